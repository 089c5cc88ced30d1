#pragma once

#include <pybind11/pybind11.h>

namespace neocol::python {

/// unit_factor, internal_factor.
void bind_units(pybind11::module_& module);

}  // namespace neocol::python
