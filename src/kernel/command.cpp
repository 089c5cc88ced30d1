#include "command.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace neocol::kernel {

namespace {

// Between fork and exec only calls that are safe after a fork in a program with threads.

extern "C" void end_group(int) {
    if (getpgrp() == getpid()) kill(0, SIGKILL);
    _exit(1);
}

void set_default(int signal) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
}

/// The command itself; does not return.
[[noreturn]] void become(char* const* argv, const char* log, unsigned cpu_seconds) {
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(out, STDERR_FILENO) < 0)
        _exit(127);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    if (cpu_seconds > 0) {
        const struct rlimit limit { cpu_seconds, cpu_seconds + 5 };
        setrlimit(RLIMIT_CPU, &limit);
    }
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGXFSZ})
        set_default(signal);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execvp(argv[0], argv);
    _exit(127);
}

/// Stands between neocol and the command: leads the group, and ends it when neocol ends.
[[noreturn]] void watch(pid_t parent, char* const* argv, const char* log, unsigned cpu_seconds) {
    setpgid(0, 0);
    struct sigaction action {};
    action.sa_handler = end_group;
    sigaction(SIGTERM, &action, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    set_default(SIGCHLD);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);
    const pid_t command = fork();
    if (command < 0) _exit(127);
    if (command == 0) become(argv, log, cpu_seconds);
    // Files of neocol are not kept open by the one that waits.
    close_range(0, ~0U, 0);
    int status = 0;
    while (waitpid(command, &status, 0) < 0)
        if (errno != EINTR) _exit(127);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

}  // namespace

CommandEnd run_command(const std::vector<std::string>& arguments, const std::string& log,
                       const std::atomic<bool>* stop, unsigned cpu_seconds) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);

    const pid_t self = getpid();
    const pid_t watcher = fork();
    if (watcher < 0) return {127, false};
    if (watcher == 0) watch(self, argv.data(), log.c_str(), cpu_seconds);
    setpgid(watcher, watcher);  // so that it leads a group whoever is first

    CommandEnd end;
    int status = 0;
    timespec pause{0, 1'000'000};
    while (true) {
        const pid_t ended = waitpid(watcher, &status, WNOHANG);
        if (ended == watcher) break;
        if (ended < 0 && errno != EINTR) return {127, end.stopped};
        if (stop != nullptr && stop->load() && !end.stopped) {
            end.stopped = true;
            kill(-watcher, SIGKILL);
        }
        nanosleep(&pause, nullptr);
        if (pause.tv_nsec < 20'000'000) pause.tv_nsec += pause.tv_nsec / 4;
    }
    end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return end;
}

}  // namespace neocol::kernel
