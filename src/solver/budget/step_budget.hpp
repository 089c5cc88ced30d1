#pragma once

#include <cstddef>
#include <vector>

#include "discretisation/discretisation.hpp"

namespace neocol::solver {

/// What one step did, integrated over the domain: the terms of the budget.
struct StepBudget {
    /// Integral of every process's rate by layer: [group][layer * n_processes + process].
    std::vector<std::vector<double>> process;
    /// Inward through the walls, by species.
    std::vector<double> transported;

    explicit StepBudget(const Discretisation& d);
    void clear();
    /// this = low + share * (this - low), with the share of every species; a process has that of
    /// the species it changes, which must be the same for all of them.
    void blend(const Discretisation& d, const StepBudget& low, const std::vector<double>& shares);
};

}  // namespace neocol::solver
