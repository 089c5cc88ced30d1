#pragma once

#include <string>
#include <vector>

#include <neocol/io/library.hpp>
#include <neocol/machine/machine.hpp>

namespace neocol::python {

/// Read when it is first asked for.
const machine::Machine& this_machine();

/// The user's folders, then those of the installation.
io::Library library_of(const std::vector<std::string>& folders);

}  // namespace neocol::python
