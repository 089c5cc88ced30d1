#pragma once

#include <cstddef>
#include <vector>

#include <neocol/core/course.hpp>
#include <neocol/model/model.hpp>

namespace neocol::solver {

/// Values of a model's inputs by layer of the grid: by_layer[layer][input], internal units.
/// Filled for parameters, derived values, rest values, properties, activity and externals at rest;
/// the others (coordinates, time, wounds, neighbouring fields) are bound row by row.
struct Environment {
    std::vector<std::vector<double>> by_layer;
    /// By Model::externals, internal units; without values: as at rest, at all times. Empty: all.
    std::vector<Course> courses;
};

/// Rest values by layer (of Model::layers) and species, internal units; 0 where a species is absent
/// or has no rest. The stepper measures deviations from exactly these numbers, so a state at rest
/// is filled with them.
std::vector<std::vector<double>> rest_values(const model::Model& model,
                                             const Environment& environment);

}  // namespace neocol::solver
