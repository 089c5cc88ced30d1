#pragma once

#include <memory>

#include <pybind11/pybind11.h>

#include <neocol/io/scenario_reader.hpp>

namespace neocol::python {

/// A scenario that was read, shared by whoever runs it or has its results.
using SharedScenario = std::shared_ptr<io::LoadedScenario>;

void bind_scenario(pybind11::module_& module);

}  // namespace neocol::python
