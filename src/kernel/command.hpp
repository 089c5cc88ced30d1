#pragma once

#include <atomic>
#include <string>
#include <vector>

namespace neocol::kernel {

/// How a command ended.
struct CommandEnd {
    int status = 0;        ///< exit status; 127 if it could not be started, 128 + n after signal n
    bool stopped = false;  ///< it was ended because `stop` was set
};

/// Runs a program (found on the search path of commands) without a shell, waits for it, and writes
/// what it prints to the file `log`.
///
/// It runs in a group of its own that ends with neocol, however neocol ends, with all it started;
/// it inherits no open file.
/// \param stop         ends it when set; may be null
/// \param cpu_seconds  most processor time of each of its processes; 0: no limit
CommandEnd run_command(const std::vector<std::string>& arguments, const std::string& log,
                       const std::atomic<bool>* stop = nullptr, unsigned cpu_seconds = 0);

}  // namespace neocol::kernel
