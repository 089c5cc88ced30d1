#pragma once

#include <neocol/model/model.hpp>
#include <neocol/simulation/scenario.hpp>
#include <neocol/tissue/grid.hpp>

namespace neocol::simulation {

/// The grid a scenario asks for.
/// \throws InputError  too few cells, wounds deeper than the domain
tissue::Grid make_grid(const Scenario& scenario, const model::Model& model);

/// Radius of the territory of one channel in `single_channel` [mm].
double territory_radius(const Scenario& scenario);

}  // namespace neocol::simulation
