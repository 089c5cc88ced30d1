#include "streams.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <neocol/core/quoting.hpp>

#include "command.hpp"

namespace neocol::cli {

namespace {

bool ended_by_us = false;

/// libhdf5 1.10 calls `exit(-1)` where it has no memory for an identifier.
void tell_foreign_end() {
    if (ended_by_us) return;
    note("error: a library that neocol uses gave up, most likely for want of memory\n");
    ::_exit(exit_invalid_input);
}

/// Also where there is no memory.
void write_printable(std::string_view text, std::FILE* file) noexcept {
    try {
        const std::string shown = printable(text);
        std::fwrite(shown.data(), 1, shown.size(), file);
    } catch (const std::bad_alloc&) {
        for (const char c : text)
            std::fputc(c == '\n' || (c >= ' ' && c != '\x7f') ? c : '?', file);
    }
}

}  // namespace

void watch_ending() {
    std::atexit(tell_foreign_end);
}

void open_standard_streams() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        if (::open("/dev/null", O_RDWR) != descriptor) ::_exit(exit_file_error);
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

int close_output(int code) {
    ended_by_us = true;
    errno = 0;
    const bool failed_before = std::ferror(stdout) != 0;
    const bool failed = std::fflush(stdout) != 0;
    if (!failed && !failed_before) return code;
    // Of a failure before only the fact is left; writing once more tells its kind.
    if (!failed && ::write(STDOUT_FILENO, "\n", 1) == 1) errno = EIO;
    const int reason = errno;
    if (reason == EPIPE) return code == exit_done ? exit_reader_gone : code;
    note("error: standard output: cannot write: {}\n", std::strerror(reason));
    return code == exit_done ? exit_file_error : code;
}

void note(std::string_view text) noexcept {
    write_printable(text, stderr);
    std::fflush(stderr);
}

void print(std::string_view text) {
    fmt::print("{}", printable(text));
}

void put(std::string_view text) noexcept {
    write_printable(text, stdout);
}

int terminal_columns() {
    winsize size{};
    constexpr int usual = 80;
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

}  // namespace neocol::cli
