#pragma once

#include <cstddef>

namespace neocol::solver {

/// The right-hand side of a stage from its parts:
/// out = gh ((out - balance) + transport) + c[0] v[0] + ... + c[n-1] v[n-1] + time_factor
/// derivative of `count` values of every unknown, where `out` holds its rate, n <= 3; padding is
/// set to zero.
struct Assembly {
    std::size_t n_unknowns = 0, stride = 0;  ///< `stride` between unknowns of out and v
    const double* balance = nullptr;
    std::size_t balance_stride = 0;
    const double* transport = nullptr;    ///< [unknown][count]
    const char* has_transport = nullptr;  ///< by unknown: `transport` counts
    double gh = 0.0;
    double c[3] = {0.0, 0.0, 0.0};
    const double* v[3] = {nullptr, nullptr, nullptr};
    std::size_t n = 0;
    const double* derivative = nullptr;  ///< [unknown][count], may be null
    double time_factor = 0.0;
    std::size_t row = 1, used = 1;  ///< length of rows and how much of it is no padding
};
void assemble(double* out, const Assembly& terms, std::size_t count);

}  // namespace neocol::solver
