#pragma once

#include <string>

namespace neocol::io {

/// Where, when and by whom a run was made, as the caller knows it: io reads no environment.
struct Provenance {
    std::string command;  ///< as typed
    std::string host;
    std::string scheduler;  ///< job ids, empty outside a job
    std::string started;    ///< ISO 8601
    std::string isa;        ///< instruction set of the kernels, such as "x86-64-v3"
    std::string history;    ///< a line for each time the run was resumed or forked
};

/// Compiler neocol was built with, such as "GNU 12.2.0".
const char* compiler();
/// Its flags.
const char* compiler_flags();
/// Largest resident size of this process so far [bytes].
double peak_memory_bytes();

}  // namespace neocol::io
