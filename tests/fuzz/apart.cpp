/// ReadApart for fuzzing: a process as in the program, whose coverage comes back.
///
/// HDF5 crashes, hangs and runs out of memory on files made for it; that is why it has a process of
/// its own, and counts for nothing here. What neocol's own code does in that process counts as
/// everywhere: with the address sanitizer a report with no frame of HDF5 among the innermost, and
/// every abort, ends the target; without it a signal with no frame of HDF5 among the innermost.
///
/// A process for each input is affordable if it is forked of one that has HDF5 ready, and without
/// libFuzzer's tables.
#include <dlfcn.h>
#include <execinfo.h>
#include <hdf5.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <string_view>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

#include <io/read_apart.hpp>

#include "readers.hpp"

#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

// Counters of the edges that were taken, set by clang.
extern "C" {
[[gnu::visibility("hidden")]] extern std::uint8_t __start___sancov_cntrs[];
[[gnu::visibility("hidden")]] extern std::uint8_t __stop___sancov_cntrs[];
}

namespace neocol::io::detail {

namespace {

constexpr unsigned most_cpu_seconds = 2;
constexpr std::size_t most_message = 4096;
enum class Ending : int { none, done, refused, contained, ours };

/// What the process leaves beside the bytes it sends.
struct Shared {
    Ending ending;
    char path[most_message], message[most_message];
    std::uint8_t counters[1];
};

std::size_t n_counters() {
    return static_cast<std::size_t>(__stop___sancov_cntrs - __start___sancov_cntrs);
}

Shared& shared() {
    static Shared* const memory = [] {
        void* const place = mmap(nullptr, sizeof(Shared) + n_counters(), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (place == MAP_FAILED) std::abort();
        return static_cast<Shared*>(place);
    }();
    return *memory;
}

/// libFuzzer holds its features in one block of 23 MB, whose pages would be most of what a fork
/// copies. A margin is left for what stands next to it.
void leave_tables_behind() {
    constexpr std::uintptr_t least = std::uintptr_t{16} << 20, margin = std::uintptr_t{2} << 20;
    std::istringstream maps(files::read_of_kernel("/proc/self/maps"));
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t begin = 0, end = 0;
        char access[5] = {}, file[2] = {};
        const int n =
            std::sscanf(line.c_str(), "%lx-%lx %4s %*s %*s %*s %1s", &begin, &end, access, file);
        if (n == 3 && std::string_view(access) == "rw-p" && end - begin >= least)
            ::madvise(reinterpret_cast<void*>(begin + margin), end - begin - 2 * margin,
                      MADV_DONTFORK);
    }
}

[[noreturn]] void leave(Ending ending) {
    Shared& out = shared();
    std::memcpy(out.counters, __start___sancov_cntrs, n_counters());
    out.ending = ending;
    ::_exit(0);
}

#if __has_feature(address_sanitizer)

/// Whether a report is of HDF5's doing, or of memory that the process may not have.
void look_at_report(const char* text) {
    const std::string_view report = text;
    const std::size_t innermost = report.find("#0 "), outer = report.find("#4 ");
    const std::size_t library = report.find("libhdf5", std::min(innermost, report.size()));
    const bool is_memory = report.find("out-of-memory") != report.npos ||
                           report.find("out of memory") != report.npos ||
                           report.find("allocation-size-too-big") != report.npos;
    const bool is_theirs = library != report.npos && library < outer;
    if (!is_memory && !is_theirs) std::fprintf(stderr, "%s\n", text);
    leave(is_memory || is_theirs ? Ending::contained : Ending::ours);
}

void watch_faults() {
    __asan_set_error_report_callback(look_at_report);
    __sanitizer_set_death_callback([] {});
    ::signal(SIGABRT, SIG_DFL);
}

void limit_memory() {}  // the sanitizer's shadow takes the address space whole

#else

constexpr int most_frames = 24;

/// As above, by the stack of a signal: beyond a handler's own frames, the C library's and those of
/// a fault that HDF5 made of its heap. What it broke may come out elsewhere: run.py tries every
/// failure again under the sanitizers, which tell the first wrong access.
void look_at_signal(int number) {
    void* frames[most_frames];
    const int n = ::backtrace(frames, most_frames);
    bool is_theirs = false;
    for (int i = 0; i < n && !is_theirs; ++i) {
        Dl_info place{};
        is_theirs = ::dladdr(frames[i], &place) != 0 && place.dli_fname != nullptr &&
                    std::string_view(place.dli_fname).find("libhdf5") != std::string_view::npos;
    }
    if (!is_theirs) {
        std::fprintf(stderr, "signal %d in the process that reads HDF5\n", number);
        ::backtrace_symbols_fd(frames, n, 2);
    }
    leave(is_theirs ? Ending::contained : Ending::ours);
}

void watch_faults() {
    static char stack[1 << 16];
    stack_t other{};
    other.ss_sp = stack;
    other.ss_size = sizeof stack;
    ::sigaltstack(&other, nullptr);
    struct sigaction action {};
    action.sa_handler = look_at_signal;
    action.sa_flags = static_cast<int>(unsigned{SA_ONSTACK} | unsigned{SA_RESETHAND});
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
        ::sigaction(number, &action, nullptr);
}

#endif

void limit(int resource, rlim_t most) {
    const struct rlimit both { most, most };
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}

#if !__has_feature(address_sanitizer)
void limit_memory() {
    constexpr std::uint64_t more_memory = std::uint64_t{1} << 30;
    const std::string pages = files::read_of_kernel("/proc/self/statm");
    limit(RLIMIT_AS, std::strtoull(pages.c_str(), nullptr, 10) *
                             static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) +
                         more_memory);
}
#endif

[[noreturn]] void be_child(int out, const std::string& path,
                           const std::function<void(const ReadApart::Send&)>& work) {
    watch_faults();
    limit_memory();
    for (const int signal : {SIGXCPU, SIGALRM, SIGTERM, SIGINT})
        ::signal(signal, SIG_DFL);
    limit(RLIMIT_CPU, most_cpu_seconds);
    limit(RLIMIT_CORE, 0);
    Shared& end = shared();
    const auto refuse = [&end](const std::string& where, const std::string& why) {
        end.path[where.copy(end.path, most_message - 1)] = '\0';
        end.message[why.copy(end.message, most_message - 1)] = '\0';
        leave(Ending::refused);
    };
    try {
        work([out](std::string_view bytes) {
            while (!bytes.empty()) {
                const ssize_t n = ::write(out, bytes.data(), bytes.size());
                if (n <= 0) ::_exit(1);
                bytes.remove_prefix(static_cast<std::size_t>(n));
            }
        });
    } catch (const IoError& error) {
        std::string_view text = error.what();
        if (text.starts_with(error.path + ": ")) text.remove_prefix(error.path.size() + 2);
        refuse(error.path, std::string(text));
    } catch (const std::bad_alloc&) {
        refuse(path, "needs more memory to be read than a file of its size should");
    }
    leave(Ending::done);
}

}  // namespace

ReadApart::ReadApart(std::string path, const std::function<void(const Send&)>& work,
                     std::chrono::milliseconds silence)
    : path_(std::move(path)), silence_(silence) {
    Shared& end = shared();
    if (fuzz::reads_no_hdf5) {
        work([this](std::string_view bytes) { held_.append(bytes); });
        end.ending = Ending::done;
        return;
    }
    [[maybe_unused]] static const bool is_ready = [] {
        leave_tables_behind();
        void* frame = nullptr;  // loads what it needs, which a handler must not
        return ::H5open() >= 0 && ::backtrace(&frame, 1) >= 0;
    }();
    end.ending = Ending::none;
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) std::abort();
    child_ = ::fork();
    if (child_ < 0) std::abort();
    if (child_ == 0) {
        ::close(ends[0]);
        be_child(ends[1], path_, work);
    }
    ::close(ends[1]);
    constexpr std::size_t most_sent = std::size_t{1} << 28;
    char buffer[1 << 16];
    while (held_.size() < most_sent) {
        const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        held_.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    if (end.ending == Ending::ours || (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)) {
        std::fprintf(stderr, "a fault in the process that reads HDF5\n");
        std::abort();
    }
    if (end.ending == Ending::none) {  // by a limit of time, say
        end.ending = Ending::contained;
        return;
    }
    for (std::size_t i = 0; i < n_counters(); ++i)
        __start___sancov_cntrs[i] |= end.counters[i];
}

ReadApart::~ReadApart() = default;

[[noreturn]] void ReadApart::explain() {
    const Shared& end = shared();
    if (end.ending == Ending::refused) throw IoError(end.path, end.message);
    if (end.ending == Ending::contained)
        throw IoError(path_, "is damaged, or made to do harm: HDF5 could not read it");
    throw IoError(path_, "is damaged: it holds less than it should");
}

void ReadApart::read(void* bytes, std::size_t n) {
    if (n > held_.size() - used_) explain();
    held_.copy(static_cast<char*>(bytes), n, used_);
    used_ += n;
}

void ReadApart::finish() {
    if (shared().ending != Ending::done) explain();
    if (used_ != held_.size()) throw IoError(path_, "is damaged: it holds more than it should");
}

}  // namespace neocol::io::detail
