#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <neocol/core/aligned.hpp>

namespace neocol::solver {

/// Factor of diffusion along one line,
///
///     V_i u_i + sum_faces g (u_i/w_i - u_j/w_j) + s_i u_i / w_i = V_i b_i,
///
/// with g >= 0 the conductance of a face times gamma h, w a weight and s a sink at a wall. The
/// pivots are formed by additions only, so that fast diffusion loses no digits and a positive
/// right-hand side gives a positive solution. A periodic line is closed by bordering.
///
/// Forward: q_i = scale_i b_i + lower_i q_{i-1}. Backward: u_i = q_i + upper_i u_{i+1}.
struct LineFactor {
    std::vector<double> scale, lower, upper;
    bool periodic = false;
    std::vector<double> border;  ///< periodic: answer of the chain to its last voxel
    double last_scale = 1.0, last_from_first = 0.0, last_from_previous = 0.0;

    std::size_t size() const { return scale.size() + (periodic ? 1 : 0); }
};

/// What a line is made of; sizes n, conductance n + 1 (face i lies between i - 1 and i).
struct Line {
    std::span<const double> volume, weight, conductance, sink;
    bool periodic = false;  ///< face 0 joins the last voxel to the first; weights must be equal
};

/// Factors a line. \pre all spans have the line's size
void factor(const Line& line, LineFactor& out);

/// Solves `n_rows` contiguous lines in place: voxel i of row r at data[r * row_stride + i].
/// `scratch` holds 8 * size() doubles.
void solve_rows(const LineFactor& f, double* data, std::size_t n_rows, std::size_t row_stride,
                double* scratch);

/// Solves `width` interleaved lines in place: voxel i of line k at data[i * stride + k].
void solve_strided(const LineFactor& f, double* data, std::size_t width, std::size_t stride);

}  // namespace neocol::solver
