#pragma once

#include <string>

#include <neocol/machine/machine.hpp>

namespace neocol::cli {

using machine::choose_threads;
using machine::prove_threads;

/// How and where the program was called: read once, in `main`.
struct Invocation : machine::Machine {
    std::string command_line;  ///< as typed
    std::string python;        ///< runs the verbs that are Python programs
    bool stdout_is_terminal = false;
    bool stderr_is_terminal = false;  ///< one that can draw a line anew
};

/// \param argv  argv[0] is the program
Invocation read_invocation(int argc, const char* const* argv);

}  // namespace neocol::cli
