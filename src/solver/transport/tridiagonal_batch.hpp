#pragma once

#include <cstddef>

namespace neocol::solver {

/// Lines side by side whose coefficients differ from voxel to voxel:
///
///     V_i u_i + gh sum_faces (what leaves i - what enters i) + gh s_i u_i/S_i = V_i b_i,
///
/// where `forward` u_{i-1}/S_{i-1} - `backward` u_i/S_i flows through face i, from i - 1 to i, with
/// both coefficients >= 0: diffusion, and taxis with upwind values. The matrix is an M-matrix with
/// dominant columns; pivots are formed by additions only, so that content is kept to rounding and a
/// positive right-hand side gives a positive solution. A periodic line is closed by bordering.
///
/// Voxel i of line k stands at [i * stride + k], k < width, in every array of voxels or faces.
struct LineBatch {
    std::size_t n = 0, stride = 0, width = 0;
    const double* forward = nullptr;
    const double* backward = nullptr;
    const double* volume = nullptr;  ///< [i]
    /// gh/S as the product of one value a voxel of the line and one a line.
    const double* rate = nullptr;       ///< [i]
    const double* line_rate = nullptr;  ///< [k]
    const double* sink = nullptr;       ///< s_i by voxel [i]
    bool periodic = false;              ///< face 0 joins the last voxel to the first; n > 1
};

/// Factors of such lines, arrays of the size of the lines' own:
/// q_i = scale_i b_i + lower_i q_{i-1}, u_i = q_i + upper_i u_{i+1}. On periodic lines `border` is
/// the chain's answer to its last voxel, and scale, lower and upper of that voxel give it from its
/// own right-hand side, from the first voxel and from the one before.
struct LineBatchFactor {
    double* scale = nullptr;
    double* lower = nullptr;
    double* upper = nullptr;
    double* border = nullptr;  ///< needed if periodic
};

/// Factors the lines; `scratch` holds 2 * width numbers.
void factor(const LineBatch& lines, const LineBatchFactor& out, double* scratch);

/// Solves the lines in place.
void solve(const LineBatch& lines, const LineBatchFactor& factor, double* data);

}  // namespace neocol::solver
