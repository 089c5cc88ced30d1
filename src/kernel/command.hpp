#pragma once

#include <string>
#include <vector>

namespace neocol::kernel {

/// Runs a program (found on the search path of commands) without a shell, waits for it, and writes
/// what it prints to the file `log`.
/// \return its exit status; 127 if it could not be started, 128 + n if signal n ended it
int run_command(const std::vector<std::string>& arguments, const std::string& log);

}  // namespace neocol::kernel
