#pragma once

#include <cstddef>

#include <neocol/model/model.hpp>
#include <neocol/simulation/scenario.hpp>
#include <neocol/tissue/grid.hpp>

namespace neocol::simulation {

/// What a run will need, before it starts.
struct Estimate {
    std::size_t voxels = 0;
    std::size_t unknowns = 0;
    double bytes = 0.0;    ///< peak of the integrator
    double steps = 0.0;    ///< of the integrator, by experience
    double seconds = 0.0;  ///< of integration, one thread; from measured cost per unknown and step
    double records = 0.0;  ///< of the observables
    double record_bytes = 0.0, field_bytes = 0.0;  ///< of the result, before compression
};
Estimate estimate(const Scenario& scenario, const model::Model& model, const tissue::Grid& grid);

}  // namespace neocol::simulation
