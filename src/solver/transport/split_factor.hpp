#pragma once

#include <span>
#include <vector>

#include "discretisation/discretisation.hpp"
#include "transport/boundary_conditions.hpp"
#include "transport/tridiagonal.hpp"

namespace neocol::solver {

/// Line factors of one unknown.
struct SplitFactor {
    struct Run {                          ///< planes with one lateral diffusivity
        std::size_t first = 0, last = 0;  ///< planes [first, last)
        LineFactor x, y;
    };
    std::vector<Run> runs;  ///< only those that move
    LineFactor z;
    bool in_x = false, in_y = false, in_z = false;
};

/// The factors (I - gh A_x/S)(I - gh A_y/S)(I - gh A_z/S) of one unknown.
///
/// S = 1 + gh sigma by plane, `damping`, stands for the unknown's linear loss sigma: as the factor
/// of the reaction brings S itself, the product is S - gh A up to what couples unknowns, and decay
/// and diffusion make no error of factorisation. S = 1 gives the plain factors.
void build_split_factor(const Discretisation& d, const Group& group, const Transport& transport,
                        std::span<const double> damping, const WallConductances& sinks, double gh,
                        SplitFactor& out);

}  // namespace neocol::solver
