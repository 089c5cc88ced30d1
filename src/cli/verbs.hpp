#pragma once

#include <span>

#include "command.hpp"

namespace neocol::cli {

/// The verbs of this program that are C++, in the order of the help. CMake makes the function from
/// its list of verbs (verbs.cpp.in).
std::span<const Command* const> compiled_commands();

}  // namespace neocol::cli
