#pragma once

#include <new>
#include <string_view>

#include <fmt/format.h>

namespace neocol::cli {

/// Opens descriptors 0 to 2 that are closed on the null device, before any file is opened: else a
/// result would be given the number of stderr, and messages would be written over it. Writing to a
/// pipe that nobody reads, or past a limit of file size, fails from now on and no longer kills.
void open_standard_streams();

/// From now on the program says so where a library ends it, which nobody should be left to guess.
void watch_ending();

/// Flushes stdout at the end. \returns the exit code: `code`, unless what was printed did not get
/// out: then, of a program that did well, exit_file_error with a message, or exit_reader_gone
/// without one.
int close_output(int code);

/// Writes to stderr, which may be gone: that is no reason to stop. Here as in `print` and `put`
/// nothing steers a terminal, whatever names of files and texts hold.
void note(std::string_view text) noexcept;
template <typename... T>
void note(fmt::format_string<T...> format, T&&... arguments) {
    note(std::string_view(fmt::format(format, std::forward<T>(arguments)...)));
}

/// Writes to stdout. \throws std::system_error  it takes no more
void print(std::string_view text);
template <typename... T>
void print(fmt::format_string<T...> format, T&&... arguments) {
    print(std::string_view(fmt::format(format, std::forward<T>(arguments)...)));
}

/// Writes to stdout; a failure is told by close_output(), not here.
void put(std::string_view text) noexcept;

/// Says what was done, once it is done: a want of memory for the words does not undo it, nor does
/// it end the command as if it had failed.
template <typename Say>
void tell_done(const Say& say) {
    try {
        say();
    } catch (const std::bad_alloc&) {
        put("done; there is no memory left to say more\n");
    }
}

/// Columns of the terminal that stderr is [at present]; 80 if it does not say.
int terminal_columns();

}  // namespace neocol::cli
