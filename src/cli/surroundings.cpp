#include <neocol/cli/surroundings.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>

namespace neocol::cli {
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

/// A word as a shell needs it, with quotes only where it does.
std::string shell_argument(const std::string& word) {
    const bool plain =
        !word.empty() && word.find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "_-./=:,+@%") == std::string::npos;
    return plain ? word : shell_word(word);
}

fs::path program_path(const char* called) {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::absolute(called) : self;
}

/// Folders that hold models/, nearest first: beside the program (build tree), then the
/// installation.
void find_folders(const fs::path& program, Surroundings& s) {
    std::error_code error;
    const fs::path bin = program.parent_path();
    for (fs::path folder = bin; folder.has_relative_path(); folder = folder.parent_path()) {
        if (fs::is_directory(folder / "models", error) &&
            fs::is_regular_file(folder / "CMakeLists.txt", error)) {
            s.model_folders.push_back((folder / "models").string());
            break;
        }
    }
    const fs::path share = bin.parent_path() / "share" / "neocol" / "models";
    if (fs::is_directory(share, error)) {
        s.model_folders.push_back(share.string());
    }
    for (const fs::path& folder : {bin / "kernels", bin.parent_path() / "lib" / "neocol"}) {
        if (fs::is_directory(folder, error)) {
            s.kernel_folders.push_back(folder.string());
        }
    }
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
    for (const std::string& folder : user_folders("XDG_CONFIG_HOME", ".config")) {
        if (is_usable(folder) || ::access((folder + "/kernel.key").c_str(), R_OK) == 0)
            return folder;
    }
    return cache;
}

std::string find_cache() {
    if (const std::string given = variable("NEOCOL_CACHE"); !given.empty()) {
        return given;
    }
    for (const std::string& folder : user_folders("XDG_CACHE_HOME", ".cache")) {
        if (is_usable(folder)) return folder;
    }
    std::error_code error;
    const fs::path temporary = fs::temp_directory_path(error);
    if (error) {
        throw IoError("TMPDIR", "names no folder to keep compiled models in; set NEOCOL_CACHE");
    }
    return (temporary / fmt::format("neocol-{}", getuid())).string();
}

double machine_memory() {
    double bytes =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
    std::ifstream limit("/sys/fs/cgroup/memory.max");
    double cgroup = 0.0;
    if (limit >> cgroup && cgroup > 0.0) {
        bytes = std::min(bytes, cgroup);
    }
    if (const int mb = number(variable("SLURM_MEM_PER_NODE")); mb > 0) {
        bytes = std::min(bytes, 1024.0 * 1024.0 * mb);
    }
    return bytes;
}

int usable_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        return std::max(1, CPU_COUNT(&set));
    }
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

Surroundings read_surroundings(int argc, const char* const* argv) {
    Surroundings s;
    for (int i = 0; i < argc; ++i) {
        s.command_line +=
            (i > 0 ? " " : "") + (i > 0 ? shell_argument(argv[i]) : std::string("neocol"));
    }
    s.program = program_path(argv[0]).string();
    find_folders(s.program, s);
    s.python = variable("NEOCOL_PYTHON");
    if (s.python.empty()) {
        s.python = "python3";
    }
    s.cache_folder = find_cache();
    s.key_folder = find_key_folder(s.cache_folder);
    char host[256] = {};
    if (gethostname(host, sizeof host - 1) == 0) {
        s.host = host;
    }
    for (const char* name :
         {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "PBS_JOBID", "LSB_JOBID"}) {
        if (const std::string value = variable(name); !value.empty()) {
            s.scheduler += (s.scheduler.empty() ? "" : " ") + fmt::format("{}={}", name, value);
        }
    }
    for (const char* name : {"SLURM_CPUS_PER_TASK", "PBS_NCPUS", "NCPUS", "LSB_DJOB_NUMPROC"}) {
        if (s.allocated_threads == 0) {
            s.allocated_threads = number(variable(name));
        }
    }
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    s.started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
    s.cores = usable_cores();
    s.stdout_is_terminal = isatty(STDOUT_FILENO) != 0;
    s.stderr_is_terminal = isatty(STDERR_FILENO) != 0;
    s.memory_bytes = machine_memory();
    return s;
}

int choose_threads(const Surroundings& surroundings, int asked, std::size_t n_voxels,
                   std::string& warning) {
    // Below this many voxels a thread waits longer than it works.
    constexpr std::size_t voxels_per_thread = 20'000;
    if (surroundings.allocated_threads > 0) {
        if (asked > surroundings.allocated_threads) {
            warning =
                fmt::format("--threads {} is more than the {} the scheduler allocated: using {}",
                            asked, surroundings.allocated_threads, surroundings.allocated_threads);
            return surroundings.allocated_threads;
        }
        return asked > 0 ? asked : surroundings.allocated_threads;
    }
    if (asked > 0) {
        return asked;
    }
    const auto useful = static_cast<int>(n_voxels / voxels_per_thread) + 1;
    return std::clamp(useful, 1, surroundings.cores);
}

}  // namespace neocol::cli
