#pragma once

#include <cstddef>

namespace neocol::solver {

/// A strip of one unknown: `n_planes` runs of values that lie `plane` apart.
struct StepStrip {
    const double* u = nullptr;
    const double* v[4] = {};            ///< increments of the stages
    const double* m = nullptr;          ///< their weights in the new state
    const double* e = nullptr;          ///< and in the error estimate
    const double* area = nullptr;       ///< of one run
    const double* thickness = nullptr;  ///< by plane
    std::size_t n_planes = 0, plane = 0;
};
/// next = u + sum m_i v_i. Sums by lane k = i mod lanes: error[k] += area * thickness * (sum e_i
/// v_i)^2, least[k] = min(least[k], next).
void update_state(double* next, const StepStrip& strip, std::size_t count, double* error,
                  double* least);

}  // namespace neocol::solver
