#pragma once

#include <pybind11/pybind11.h>

/// Many cases of scenarios at once.
namespace neocol::python {

void bind_cases(pybind11::module_& module);

}  // namespace neocol::python
