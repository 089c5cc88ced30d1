#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"

namespace neocol::solver {

/// Content and size of every species in a state.
struct StateNorms {
    std::vector<double> content;    ///< integral over the domain
    std::vector<double> deviation;  ///< root mean square of the deviation from rest (of the value,
                                    ///< where rest is no fixed point)
    std::vector<double> least;      ///< smallest value
};

/// Sums plane by plane in a fixed order, so that the bits do not depend on the number of threads.
StateNorms state_norms(const Discretisation& d, const double* state, int threads);

/// Copies the last voxel of every row into its padding, which so stays finite where the row is.
void fill_padding(const Discretisation& d, double* state);

}  // namespace neocol::solver
