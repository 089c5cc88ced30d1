#pragma once

#include <span>
#include <string>

#include "command.hpp"

namespace neocol::cli {

/// Becomes the Python program of a verb: `python3 scripts/neocol_verb.py VERB SCRIPT ARGUMENTS`,
/// with NEOCOL_PROGRAM and NEOCOL_MODELS naming this program and its models. The program is looked
/// up in `scripts/` beside each of the model folders, so in the sources first, then in the
/// installation. Returns only by throwing: otherwise the exit code is the script's. \param
/// arguments  what follows the verb on the command line, as typed \throws IoError  no such script,
/// or no python3
[[noreturn]] void run_script(const Command& command, std::span<const char* const> arguments,
                             const Invocation& invocation);

/// The verbs that are Python programs, in the order of the help. A program prints its own help, and
/// names the packages it needs in a line `# needs: numpy scipy`.
std::span<const Command> script_commands();

}  // namespace neocol::cli
