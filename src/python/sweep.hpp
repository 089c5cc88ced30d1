#pragma once

#include <pybind11/pybind11.h>

namespace neocol::python {

void bind_sweep(pybind11::module_& module);

}  // namespace neocol::python
