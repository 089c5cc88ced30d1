#include "invocation.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <unistd.h>

#include <neocol/core/quoting.hpp>

namespace neocol::cli {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
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

}  // namespace

Invocation read_invocation(int argc, const char* const* argv) {
    Invocation invocation;
    static_cast<machine::Machine&>(invocation) =
        machine::read_machine(program_path(argv[0]).string());
    for (int i = 0; i < argc; ++i)
        invocation.command_line +=
            (i > 0 ? " " : "") + (i > 0 ? shell_argument(argv[i]) : std::string("neocol"));
    invocation.python = variable("NEOCOL_PYTHON");
    if (invocation.python.empty()) invocation.python = "python3";
    invocation.stdout_is_terminal = isatty(STDOUT_FILENO) != 0;
    invocation.stderr_is_terminal = isatty(STDERR_FILENO) != 0 && variable("TERM") != "dumb";
    return invocation;
}

}  // namespace neocol::cli
