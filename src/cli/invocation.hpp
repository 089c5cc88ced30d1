#pragma once

#include <string>
#include <vector>

namespace neocol::cli {

/// How and where the program was called: read once, in `main`; nothing below reads the environment.
struct Invocation {
    std::string command_line;                ///< as typed
    std::vector<std::string> model_folders;  ///< `models/` of the installation, then of the sources
    std::vector<std::string> kernel_folders;  ///< kernels compiled with the program, read only
    std::string cache_folder;                 ///< for kernels compiled later
    std::string key_folder;  ///< of the key that signs them; does not change with NEOCOL_CACHE
    std::string program;     ///< path of this program
    std::string python;      ///< runs the verbs that are Python programs
    std::string host;
    std::string scheduler;      ///< job ids of Slurm, PBS or LSF, empty outside a job
    std::string started;        ///< ISO 8601
    int allocated_threads = 0;  ///< by the scheduler, 0 if there is none
    int cores = 1;              ///< usable: affinity and control groups bound them
    bool stdout_is_terminal = false;
    bool stderr_is_terminal = false;  ///< one that can draw a line anew
    double memory_bytes = 0.0;        ///< of the machine or the scheduler's allocation
};

/// \param program  argv[0]
Invocation read_invocation(int argc, const char* const* argv);

/// Most threads of one process: beyond this a run gains nothing on any machine.
inline constexpr int most_threads = 1024;

/// Threads for a run of this many voxels: what the command line asks for, within the scheduler's
/// allocation if there is one; else the allocation, or as many as the grid can feed, and never more
/// than the usable cores.
/// \param warning  set if the command line asks for more than the allocation or the cores
/// \throws UsageError  more than most_threads
int choose_threads(const Invocation& invocation, int asked, std::size_t n_voxels,
                   std::string& warning);

/// Starts so many threads and ends them: OpenMP would end the program where they cannot be had.
/// \throws Error  saying how many can be started
void prove_threads(int n);

}  // namespace neocol::cli
