#pragma once

#include <pybind11/pybind11.h>

namespace neocol::python {

/// neocol's errors become those of neocol.errors, which carry what the C++ ones do.
void translate_errors();

}  // namespace neocol::python
