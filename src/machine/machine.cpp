#include <neocol/machine/machine.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/useful_threads.hpp>
#include <neocol/files/files.hpp>

#include "cgroup.hpp"

namespace neocol::machine {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

int number(const std::string& text) {
    char* end = nullptr;
    const long value = std::strtol(text.c_str(), &end, 10);
    return end != text.c_str() && value > 0 ? static_cast<int>(value) : 0;
}

bool is_there(const fs::path& path, files::Kind kind) {
    return files::kind_of(path.string()) == kind;
}

/// Folders that hold models/, nearest first: beside the program (build tree), then the
/// installation.
void find_folders(const fs::path& program, Machine& machine) {
    const fs::path bin = program.parent_path();
    for (fs::path folder = bin; folder.has_relative_path(); folder = folder.parent_path()) {
        if (is_there(folder / "models", files::Kind::folder) &&
            is_there(folder / "CMakeLists.txt", files::Kind::regular)) {
            machine.model_folders.push_back((folder / "models").string());
            break;
        }
    }
    const fs::path share = bin.parent_path() / "share" / "neocol" / "models";
    if (is_there(share, files::Kind::folder)) machine.model_folders.push_back(share.string());
    for (const fs::path& folder : {bin / "kernels", bin.parent_path() / "lib" / "neocol"})
        if (is_there(folder, files::Kind::folder))
            machine.kernel_folders.push_back(folder.string());
    // In these two places only: whoever may write to a folder further up would choose what runs.
    for (const fs::path& folder : {bin / "python", bin / NEOCOL_PACKAGE_FROM_PROGRAM})
        if (machine.package_folder.empty() &&
            is_there(folder / "neocol" / "__main__.py", files::Kind::regular))
            machine.package_folder = folder.lexically_normal().string();
}

/// True if the folder, or the nearest one above it, is there and can be written to.
bool is_usable(const std::string& folder) {
    fs::path place = fs::absolute(folder).lexically_normal();
    std::error_code error;
    while (!fs::exists(place, error) && place.has_relative_path())
        place = place.parent_path();
    return fs::is_directory(place, error) && ::access(place.c_str(), W_OK | X_OK) == 0;
}

/// `neocol` in the user's folder of a kind, most wanted first.
std::vector<std::string> user_folders(const char* name, const char* in_home) {
    std::vector<std::string> list;
    if (const std::string given = variable(name); !given.empty()) list.push_back(given + "/neocol");
    if (const std::string home = variable("HOME"); !home.empty())
        list.push_back(fmt::format("{}/{}/neocol", home, in_home));
    return list;
}

/// Where the key that signs compiled kernels is kept: with the user's settings, so that it outlives
/// caches and is the same on every node; in the cache where there is no such place.
std::string find_key_folder(const std::string& cache) {
    for (const std::string& folder : user_folders("XDG_CONFIG_HOME", ".config"))
        if (is_usable(folder) || ::access((folder + "/kernel.key").c_str(), R_OK) == 0)
            return folder;
    return cache;
}

std::string find_cache() {
    if (std::string given = variable("NEOCOL_CACHE"); !given.empty()) return given;
    for (const std::string& folder : user_folders("XDG_CACHE_HOME", ".cache"))
        if (is_usable(folder)) return folder;
    std::error_code error;
    const fs::path temporary = fs::temp_directory_path(error);
    if (error)
        throw IoError("TMPDIR", "names no folder to keep compiled models in; set NEOCOL_CACHE");
    return (temporary / fmt::format("neocol-{}", getuid())).string();
}

GroupLimits group_limits() {
    return read_group_limits(files::read_of_kernel("/proc/self/cgroup"), "/sys/fs/cgroup");
}

double machine_memory(const GroupLimits& groups) {
    double bytes =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
    if (groups.memory_bytes > 0.0) bytes = std::min(bytes, groups.memory_bytes);
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        bytes = std::min(bytes, static_cast<double>(limit.rlim_cur));
    if (const int mb = number(variable("SLURM_MEM_PER_NODE")); mb > 0)
        bytes = std::min(bytes, 1024.0 * 1024.0 * mb);
    return bytes;
}

/// Processors the process may run on; any number of them.
int affinity_cores() {
    for (int n = 1024; n <= 1 << 20; n *= 4) {
        cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(n));
        if (set == nullptr) break;
        const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(n));
        CPU_ZERO_S(size, set);
        const bool known = sched_getaffinity(0, size, set) == 0;
        const int count = known ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (known) return std::max(1, count);
    }
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Cores that threads can keep busy: a quota of 2.5 feeds two that wait for each other.
int usable_cores(const GroupLimits& groups) {
    const int cores = affinity_cores();
    if (!(groups.cores > 0.0)) return cores;
    return std::clamp(static_cast<int>(std::min(groups.cores, 1e6)), 1, cores);
}

}  // namespace

Machine read_machine(const std::string& program) {
    Machine machine;
    machine.program = program;
    find_folders(program, machine);
    machine.cache_folder = find_cache();
    machine.key_folder = find_key_folder(machine.cache_folder);
    char host[256] = {};
    if (gethostname(host, sizeof host - 1) == 0) machine.host = host;
    for (const char* name :
         {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "PBS_JOBID", "LSB_JOBID"}) {
        if (const std::string value = variable(name); !value.empty())
            machine.scheduler +=
                (machine.scheduler.empty() ? "" : " ") + fmt::format("{}={}", name, value);
    }
    for (const char* name : {"SLURM_CPUS_PER_TASK", "PBS_NCPUS", "NCPUS", "LSB_DJOB_NUMPROC"})
        if (machine.allocated_threads == 0) machine.allocated_threads = number(variable(name));
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    machine.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
    const GroupLimits groups = group_limits();
    machine.cores = usable_cores(groups);
    machine.memory_bytes = machine_memory(groups);
    return machine;
}

void set_up_compiler(kernel::CompileOptions& options, const Machine& machine) {
    options.cache_folder = machine.cache_folder;
    options.key_folder = machine.key_folder;
    options.search = machine.kernel_folders;
    options.program = machine.program;
}

int choose_threads(const Machine& machine, int asked, std::size_t n_voxels, std::string& warning) {
    if (asked > most_threads) {
        throw UsageError(
            fmt::format("--threads {}: at most {} threads; this process may use {} "
                        "core{}",
                        asked, most_threads, machine.cores, machine.cores == 1 ? "" : "s"));
    }
    const int allocated = machine.allocated_threads;
    if (allocated > 0 && asked > allocated) {
        warning = fmt::format("--threads {} is more than the {} the scheduler allocated: using {}",
                              asked, allocated, allocated);
        asked = allocated;
    }
    if (asked > machine.cores && warning.empty()) {
        warning = fmt::format(
            "--threads {}, but this process may use {} core{} (affinity, control groups): threads "
            "will wait for each other",
            asked, machine.cores, machine.cores == 1 ? "" : "s");
    }
    if (asked > 0) return asked;
    if (allocated > 0) return std::clamp(allocated, 1, std::min(machine.cores, most_threads));
    return useful_threads(n_voxels, std::min(machine.cores, most_threads));
}

void prove_threads(int n) {
    std::atomic<bool> done{false};
    std::vector<std::jthread> threads;
    const auto end = [&] {
        done = true;
        done.notify_all();
    };
    try {
        threads.reserve(static_cast<std::size_t>(std::max(n - 1, 0)));
        for (int i = 1; i < n; ++i)
            threads.emplace_back([&done] { done.wait(false); });
    } catch (const std::system_error& error) {
        end();
        throw Error(
            fmt::format("{} threads cannot be started ({} can): {}; a limit was reached "
                        "(ulimit -u, ulimit -v), take fewer --threads",
                        n, threads.size() + 1, error.code().message()));
    } catch (...) {
        end();  // those that wait would be waited for
        throw;
    }
    end();
}

}  // namespace neocol::machine
