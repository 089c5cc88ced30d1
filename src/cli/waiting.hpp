#pragma once

namespace neocol::cli {

/// Lets threads that wait for each other sleep in place of spinning: beside other work a spinning
/// thread takes the core that the one it waits for needs, and two threads took three to five times
/// as long as one.
///
/// libgomp reads its policy as it is loaded, before `main`: so a verb that integrates on several
/// threads starts itself anew, once, with OMP_WAIT_POLICY=passive. Nothing happens if the user has
/// set OMP_WAIT_POLICY or GOMP_SPINCOUNT, or if the program cannot be started again.
void wait_asleep(int argc, char** argv);

}  // namespace neocol::cli
