#include "interruption.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include <unistd.h>

#include "command.hpp"

namespace neocol::cli {
namespace {

struct Request {
    int signal;
    const char* name;
    bool warns = false;     ///< a scheduler's warning ahead of the end
    bool of_shell = false;  ///< stays ignored if it was when the program started
};

constexpr Request requests[] = {{SIGTERM, "SIGTERM"},
                                {SIGINT, "SIGINT", false, true},
                                {SIGHUP, "SIGHUP", false, true},
                                {SIGQUIT, "SIGQUIT", false, true},
                                {SIGUSR1, "SIGUSR1", true},
                                {SIGUSR2, "SIGUSR2", true},
                                {SIGXCPU, "SIGXCPU", true},
                                {SIGALRM, "SIGALRM"},
                                {SIGVTALRM, "SIGVTALRM"}};

std::atomic<bool> asked{false};
std::atomic<const Request*> first{nullptr};
std::atomic<double> first_time{0.0};
std::atomic<const char*> promise_of_work{nullptr};  ///< null: nothing was computed yet
static_assert(std::atomic<double>::is_always_lock_free &&
              std::atomic<const char*>::is_always_lock_free);

const Request* find(int signal) {
    const auto* found =
        std::find_if(std::begin(requests), std::end(requests),
                     [&](const Request& request) { return request.signal == signal; });
    return found == std::end(requests) ? nullptr : found;
}

/// Writes pieces of text as one line on stderr; may be called in a signal handler.
void acknowledge(const char* name, const char* what) {
    char line[256] = "\n";
    std::size_t n = isatty(STDERR_FILENO) != 0 ? 1 : 0;  // below a progress bar
    for (const char* piece : {name, ": ", what, "\n"}) {
        const std::size_t size = std::min(std::strlen(piece), sizeof line - n);
        std::memcpy(line + n, piece, size);
        n += size;
    }
    if (::write(STDERR_FILENO, line, n) < 0) return;  // nobody reads it
}

double seconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void end_at_once(int signal) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);  // delivered when the handler returns
}

void on_signal(int signal) {
    const int saved = errno;
    const Request* request = find(signal);
    const char* promise = promise_of_work.load();
    if (promise == nullptr) {
        acknowledge(request->name, "nothing was computed yet: the same command begins again");
        ::_exit(exit_checkpoint);
    }
    const Request* earlier = nullptr;
    if (first.compare_exchange_strong(earlier, request)) {
        first_time = seconds();
        asked = true;
        acknowledge(request->name, promise);
    } else if (earlier->warns && !request->warns) {
        first = request;
        first_time = seconds();
        acknowledge(request->name, promise);
    } else {
        // The same request may come twice, to the process and to its group.
        constexpr double one_request = 0.5;
        if (seconds() - first_time >= one_request && !request->warns) {
            acknowledge(request->name, "once more: ending at once");
            end_at_once(signal);
        }
    }
    errno = saved;
}

}  // namespace

void heed_signals() {
    for (const Request& request : requests) {
        struct sigaction action = {}, before = {};
        action.sa_handler = on_signal;
        action.sa_flags = SA_RESTART;  // a write in hand is finished
        sigemptyset(&action.sa_mask);
        for (const Request& other : requests)
            sigaddset(&action.sa_mask, other.signal);
        if (request.of_shell && sigaction(request.signal, nullptr, &before) == 0 &&
            before.sa_handler == SIG_IGN)
            continue;
        sigaction(request.signal, &action, nullptr);
    }
}

void begin_work(const char* promise) {
    promise_of_work = promise;
}

const std::atomic<bool>& stop_asked() {
    return asked;
}

std::string stop_signal() {
    const Request* request = first.load();
    return request != nullptr ? request->name : "";
}

void restore_signals() {
    for (const int signal : {SIGPIPE, SIGXFSZ})
        std::signal(signal, SIG_DFL);
}

}  // namespace neocol::cli
