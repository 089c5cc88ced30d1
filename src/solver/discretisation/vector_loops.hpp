#pragma once

#include <cstddef>

namespace neocol::solver {

/// Loops over contiguous values that the stages are made of, compiled for several instruction sets.
/// Pointers of one call do not overlap unless said.

/// out = u + a[0] v[0] + ... + a[n-1] v[n-1], n <= 4. out may be u.
void combine(double* out, const double* u, std::size_t count, const double* a,
             const double* const* v, std::size_t n);

/// w = b y (`first`) or w += b y.
void accumulate(double* w, const double* y, double b, bool first, std::size_t count);

/// w = sum b_i v_i over the stages.
void weighted_sum(double* w, const double* b, const double* const* v, std::size_t count);

/// sum[k] += a[i] * b[i] by lane k = i mod lanes.
void add_product(double* sum, const double* a, const double* b, std::size_t count);
/// sum[k] += a[i] * (b[i] - reference)^2 by lane.
void add_square(double* sum, const double* a, const double* b, double reference, std::size_t count);
/// Sum of the lanes in a fixed order.
inline double sum_lanes(const double* sum) {
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

}  // namespace neocol::solver
