#pragma once

namespace neocol {

/// Version of neocol as in `CMakeLists.txt`, such as "0.1.0".
const char* version();
/// Commit the program was built from, "unknown" outside a git checkout, with "+" if modified.
const char* git_revision();

}  // namespace neocol
