#pragma once

#include <vector>

#include <neocol/simulation/scenario.hpp>
#include <neocol/simulation/validate.hpp>

namespace neocol::simulation {

/// What a valid scenario says that may not be what is meant: cells that are wider than the channels
/// they are to show, observables of wounds whose wounds are of several kinds.
std::vector<Fault> warnings(const Scenario& scenario, const model::Model& model);

}  // namespace neocol::simulation
