#pragma once

#include <cstddef>
#include <vector>

#include "discretisation.hpp"

namespace neocol::solver {

/// What one step did, integrated over the domain: the terms of the budget.
struct Gains {
    /// Integral of every process's rate by layer: [group][layer * n_processes + process].
    std::vector<std::vector<double>> process;
    /// Inward through the walls, by species.
    std::vector<double> transported;

    explicit Gains(const Discretisation& d);
    void clear();
    /// this = low + share * (this - low).
    void blend(const Gains& low, double share);
};

}  // namespace neocol::solver
