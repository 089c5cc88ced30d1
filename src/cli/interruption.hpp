#pragma once

#include <atomic>
#include <string>

namespace neocol::cli {

/// The one place where signals that ask the program to stop are heeded: INT, QUIT, HUP (shells and
/// terminals), TERM (everybody), USR1 and USR2 (Slurm, LSF, SGE ahead of a limit), XCPU, ALRM and
/// VTALRM (limits and timers).
///
/// Each is acknowledged by a line on stderr from within the handler, whatever the program is at.
/// What was ignored when the program started (nohup, `&` in a script) stays ignored. A second
/// request, half a second or more after the first, ends the program at once, unless the first was
/// a scheduler's warning (USR1, USR2, XCPU) and the second is the announced end.

/// From now on: a request ends the program at once with exit code 75, since nothing was computed
/// and nothing is left behind.
void heed_signals();

/// From now on: a request raises the flag stop_asked(), and who computes stops at the end of the
/// stage in hand. \param promise  what the acknowledgement says will happen, a literal such as
/// "stopping after the step in hand, with a checkpoint"
void begin_work(const char* promise);

/// True once the program was asked to stop.
const std::atomic<bool>& stop_asked();

/// Name of the signal that asked first, such as "SIGTERM"; empty before.
std::string stop_signal();

/// Gives signals back to what a child process expects. Before an exec.
void restore_signals();

}  // namespace neocol::cli
