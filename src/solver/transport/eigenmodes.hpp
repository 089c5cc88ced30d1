#pragma once

#include <cstddef>

namespace neocol::solver {

/// The loops of ExactDiffusion: transforms between voxels and modes, and tridiagonal systems of
/// many modes side by side.

/// out[r][k] = sum_i in[r][i] matrix[i][k] for `n_rows` rows of `n` values, k < width; rows of the
/// result are `width` apart, a multiple of `lanes`.
void multiply(const double* in, std::size_t n_rows, std::size_t in_stride, const double* matrix,
              std::size_t n, std::size_t width, double* out);

/// out[k][j] = sum_i matrix[i][k] in[i][j]: the same along y, every row of the result a combination
/// of all rows.
void multiply_across(const double* in, std::size_t n, std::size_t width, const double* matrix,
                     std::size_t matrix_width, double* out);

/// Coefficients of the systems by plane, see LineFactor.
struct Modes {
    const double* scale;
    const double* lower;
    const double* upper;
};

/// Solves `count` systems of `nz` planes in place: mode k of plane z at field[z * plane + k].
void sweep_modes(const Modes& modes, const double* inverse_pivots, double* field, std::size_t nz,
                 std::size_t plane, std::size_t count);

/// Inverse pivots of `count` systems with sums `sum[z] + leak[z] * rates[k]`, by additions only,
/// see LineFactor; `inner` holds `count` numbers: the conductance to what is eliminated.
void find_pivots(const double* rates, const double* sum, const double* leak,
                 const double* conductance, std::size_t nz, std::size_t plane, std::size_t count,
                 double* inverse_pivots, double* inner);

}  // namespace neocol::solver
