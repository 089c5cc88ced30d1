#include "read_apart.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>

namespace neocol::io::detail {

namespace {

/// What the child may take beyond what it has, and beside four times the file's size [byte], [s].
constexpr std::uint64_t more_memory = std::uint64_t{1} << 30;
constexpr std::uint64_t seconds = 60, bytes_a_second = 10'000'000;

/// The longest it may be silent, whatever it waits for: a disk is slower than a processor.
constexpr std::uint64_t silent_seconds = 300, slow_bytes_a_second = 1'000'000;

/// Kinds of blocks that the child sends.
constexpr char data_block = 'D', error_block = 'E', call_block = 'C', end_block = 'Z';
constexpr std::size_t head_bytes = 9;
constexpr std::uint64_t most_block_bytes = std::uint64_t{64} << 20;

bool write_all(int file, const char* bytes, std::size_t n) {
    while (n > 0) {
        const ssize_t done = ::write(file, bytes, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes += done;
        n -= static_cast<std::size_t>(done);
    }
    return true;
}

void send_block(int file, char kind, std::string_view bytes) {
    char head[head_bytes] = {kind};
    const std::uint64_t n = bytes.size();
    std::memcpy(head + 1, &n, 8);
    if (!write_all(file, head, head_bytes) || !write_all(file, bytes.data(), bytes.size()))
        ::_exit(1);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NEOCOL_IS_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(NEOCOL_IS_SANITIZED)
constexpr bool is_sanitized = true;  // its shadow memory takes the address space whole
#else
constexpr bool is_sanitized = false;
#endif

std::uint64_t address_space() {
    const std::string pages = files::read_of_kernel("/proc/self/statm");
    return std::strtoull(pages.c_str(), nullptr, 10) *
           static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void limit(int resource, std::uint64_t most) {
    struct rlimit now {};
    if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
    now.rlim_cur = std::min<rlim_t>(now.rlim_max, most);
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

void set_limits(std::uint64_t size) {
    if (const std::uint64_t now = address_space(); now > 0 && !is_sanitized)
        limit(RLIMIT_AS, now + more_memory + 4 * size);
    limit(RLIMIT_CPU, seconds + size / bytes_a_second);
    limit(RLIMIT_CORE, 0);
}

/// Text of an error without the path before it.
std::string text_of(const IoError& error) {
    const std::string_view text = error.what();
    const bool has_path = text.starts_with(error.path + ": ");
    return std::string(has_path ? text.substr(error.path.size() + 2) : text);
}

[[noreturn]] void be_child(int out, const std::string& path, std::uint64_t size,
                           const std::function<void(const ReadApart::Send&)>& work) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGPIPE, SIGXCPU})
        ::signal(signal, SIG_DFL);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2})
        ::signal(signal, SIG_IGN);  // the parent decides
    // What the C library has to say of a broken heap is not for the user.
    if (const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0)
        ::dup2(nowhere, STDERR_FILENO);
    set_limits(size);
    try {
        work([out](std::string_view bytes) {
            while (!bytes.empty()) {
                const std::string_view part = bytes.substr(0, most_block_bytes);
                send_block(out, data_block, part);
                bytes.remove_prefix(part.size());
            }
        });
        send_block(out, end_block, {});
    } catch (const files::CallError& error) {
        std::string text = text_of(error);
        const std::string reason = std::string(": ") + std::strerror(error.number);
        if (text.ends_with(reason)) text.resize(text.size() - reason.size());
        send_block(out, call_block,
                   fmt::format("{}{}{}{}{}", error.path, '\0', text, '\0', error.number));
    } catch (const IoError& error) {
        send_block(out, error_block, error.path + '\0' + text_of(error));
    } catch (const std::bad_alloc&) {
        send_block(out, error_block,
                   path + '\0' + "needs more memory to be read than a file of its size should");
    } catch (const std::exception& error) {
        send_block(out, error_block, path + '\0' + "is damaged: " + error.what());
    }
    ::_exit(0);
}

}  // namespace

ReadApart::ReadApart(std::string path, const std::function<void(const Send&)>& work,
                     std::chrono::milliseconds silence)
    : path_(std::move(path)), silence_(silence) {
    const std::uint64_t size = files::size_of(files::open_to_read(path_), path_);
    if (silence_.count() == 0)
        silence_ = std::chrono::seconds(silent_seconds + size / slow_bytes_a_second);
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw IoError(path_, fmt::format("cannot be read: {}", std::strerror(errno)));
    std::fflush(nullptr);
    child_ = ::fork();
    if (child_ < 0) {
        const int reason = errno;
        ::close(ends[0]);
        ::close(ends[1]);
        throw IoError(path_,
                      fmt::format("cannot be read: no process for it: {}", std::strerror(reason)));
    }
    if (child_ == 0) {
        ::close(ends[0]);
        be_child(ends[1], path_, size, work);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
}

ReadApart::~ReadApart() {
    int status = 0;
    if (child_ > 0) ::kill(child_, SIGKILL);
    end_child(status);
    if (pipe_ >= 0) ::close(pipe_);
}

void ReadApart::end_child(int& status) {
    if (child_ <= 0) return;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
}

void ReadApart::explain() {
    int status = 0;
    ended_ = true;
    end_child(status);
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
        throw IoError(path_, "is damaged, or made to do harm: reading it took too long");
    throw IoError(path_,
                  fmt::format("is damaged, or made to do harm: HDF5 could not read it{}",
                              WIFSIGNALED(status) ? fmt::format(" (signal {})", WTERMSIG(status))
                                                  : std::string()));
}

/// Waits until the child says something or has ended. \throws IoError  it is silent for too long
void ReadApart::wait() {
    const auto until = std::chrono::steady_clock::now() + silence_;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (left.count() <= 0) break;
        struct pollfd pipe {
            pipe_, POLLIN, 0
        };
        constexpr std::int64_t most = 60'000;
        const int ready = ::poll(&pipe, 1, static_cast<int>(std::min(left.count(), most)));
        if (ready > 0 || (ready < 0 && errno != EINTR)) return;
    }
    ::kill(child_, SIGKILL);
    explain();
}

/// Takes the next block in. \returns false at the end
bool ReadApart::fill() {
    if (ended_) return false;
    const auto exactly = [&](char* bytes, std::size_t n) {
        while (n > 0) {
            wait();
            const ssize_t got = ::read(pipe_, bytes, n);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) explain();
            bytes += got;
            n -= static_cast<std::size_t>(got);
        }
    };
    char head[head_bytes];
    exactly(head, head_bytes);
    std::uint64_t n = 0;
    std::memcpy(&n, head + 1, 8);
    if (n > most_block_bytes) explain();
    held_.resize(static_cast<std::size_t>(n));
    used_ = 0;
    exactly(held_.data(), held_.size());
    if (head[0] == data_block) return true;
    ended_ = true;
    int status = 0;
    end_child(status);
    if (head[0] == call_block) {
        const std::size_t first = held_.find('\0'), second = held_.find('\0', first + 1);
        if (first == held_.npos || second == held_.npos) throw IoError(path_, "cannot be read");
        throw files::CallError(held_.substr(0, first), held_.substr(first + 1, second - first - 1),
                               std::atoi(held_.c_str() + second + 1));
    }
    if (head[0] == error_block) {
        const std::size_t zero = held_.find('\0');
        if (zero == held_.npos) throw IoError(path_, "cannot be read");
        throw IoError(held_.substr(0, zero), held_.substr(zero + 1));
    }
    held_.clear();
    return false;
}

void ReadApart::read(void* bytes, std::size_t n) {
    char* out = static_cast<char*>(bytes);
    while (n > 0) {
        if (used_ == held_.size() && !fill())
            throw IoError(path_, "is damaged: it holds less than it should");
        const std::size_t part = std::min(n, held_.size() - used_);
        std::memcpy(out, held_.data() + used_, part);
        used_ += part;
        out += part;
        n -= part;
    }
}

void ReadApart::finish() {
    if (used_ != held_.size() || fill())
        throw IoError(path_, "is damaged: it holds more than it should");
}

}  // namespace neocol::io::detail
