#pragma once

#include <string>
#include <vector>

#include <neocol/kernel/compiled.hpp>

/// What the process finds around it: nothing below this layer reads the environment.
namespace neocol::machine {

/// Where neocol's files are, and what this machine lets its process use.
struct Machine {
    std::vector<std::string> model_folders;  ///< `models/` of the sources, then of the installation
    std::vector<std::string> kernel_folders;  ///< kernels compiled with the program, read only
    std::string package_folder;  ///< holds the Python package neocol; empty: there is none
    std::string cache_folder;    ///< for kernels compiled later
    std::string key_folder;      ///< of the key that signs them; does not change with NEOCOL_CACHE
    std::string program;         ///< path of the program or module that runs
    std::string host;
    std::string scheduler;      ///< job ids of Slurm, PBS or LSF, empty outside a job
    std::string started;        ///< ISO 8601
    int allocated_threads = 0;  ///< by the scheduler, 0 if there is none
    int cores = 1;              ///< usable: affinity and control groups bound them
    double memory_bytes = 0.0;  ///< of the machine or the scheduler's allocation
};

/// \param program  path of the program or module that runs: its files lie around it
/// \throws IoError  there is no folder to keep compiled models in
Machine read_machine(const std::string& program);

/// Where kernels are looked for and compiled into for this user on this machine.
void set_up_compiler(kernel::CompileOptions& options, const Machine& machine);

/// Most threads of one process: beyond this a run gains nothing on any machine.
inline constexpr int most_threads = 1024;

/// Threads for a run of this many voxels: what is asked for, within the scheduler's allocation if
/// there is one; else (0) the allocation, or as many as the grid can feed, and never more than the
/// usable cores.
/// \param warning  set if more is asked for than the allocation or the cores
/// \throws UsageError  more than most_threads
int choose_threads(const Machine& machine, int asked, std::size_t n_voxels, std::string& warning);

/// Starts so many threads and ends them: OpenMP would end the program where they cannot be had.
/// \throws Error  saying how many can be started
void prove_threads(int n);

}  // namespace neocol::machine
