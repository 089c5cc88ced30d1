#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/tiling.hpp"
#include "discretisation/worker.hpp"
#include "transport/linearised_transport.hpp"
#include "transport/split_factor.hpp"
#include "transport/wall_budget.hpp"

namespace neocol::solver {

/// Applies the line factors of transport, (I - gh A_z/S)^-1 (I - gh A_y/S)^-1 (I - gh A_x/S)^-1, in
/// place, and books what stands at the walls behind each.
class SplitSolver {
public:
    SplitSolver(const Discretisation& d, const Group& group, const Tiling& tiling,
                WallBudget& budget)
        : d_(d), group_(group), tiling_(tiling), budget_(budget) {}

    /// The factors along x and y of all unknowns on planes [begin, end); `out` has the layout of a
    /// state.
    void solve_lateral(const std::vector<SplitFactor>& factors, Worker& worker, double* out,
                       std::size_t begin, std::size_t end);
    /// The factor along z of unknown s on a strip; `field` starts with the strip.
    void solve_depth(const SplitFactor& factor, std::size_t s, double* field, std::size_t i_strip);
    /// All factors of the unknowns that `serves` names.
    void solve(const std::vector<LinearisedTransport>& factors, const std::vector<char>& serves,
               double* out, int threads);

private:
    const Discretisation& d_;
    const Group& group_;
    const Tiling& tiling_;
    WallBudget& budget_;
};

}  // namespace neocol::solver
