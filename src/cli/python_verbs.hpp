#pragma once

#include <span>
#include <string>
#include <vector>

#include "command.hpp"

namespace neocol::cli {

/// Becomes a verb of the Python package: `python3 -m neocol VERB ARGUMENTS`, with NEOCOL_PROGRAM
/// naming this program. Returns only by throwing: otherwise the exit code is the verb's.
/// \param arguments  what follows the verb on the command line, as typed
/// \throws IoError  there is no package, or no python3
[[noreturn]] void become_python_verb(const char* verb, std::span<const char* const> arguments,
                                     const Invocation& invocation);

/// The same in a process of its own. \returns its exit code, 128 and more after a signal
/// \throws IoError
int call_python_verb(const char* verb, const std::vector<std::string>& arguments,
                     const Invocation& invocation);

/// The verbs of the Python package, in the order of the help. Each prints its own help.
std::span<const Command> python_verbs();

}  // namespace neocol::cli
