#pragma once

#include <pybind11/pybind11.h>

namespace neocol::python {

void bind_run(pybind11::module_& module);

}  // namespace neocol::python
