#pragma once

#include <vector>

#include <neocol/kernel/kernel.hpp>
#include <neocol/model/model.hpp>
#include <neocol/solver/environment.hpp>
#include <neocol/tissue/grid.hpp>
#include <neocol/tissue/state.hpp>

namespace neocol::solver {

/// A model on a grid: equations, their arithmetic, the grid, the layout of a state and the values
/// of parameters. What is referred to outlives whatever is made from a problem.
struct Problem {
    const model::Model& model;
    std::vector<const kernel::Kernel*> kernels;  ///< one per Model::systems, in order
    const tissue::Grid& grid;
    const tissue::FieldTable& fields;
    const Environment& environment;
};

}  // namespace neocol::solver
