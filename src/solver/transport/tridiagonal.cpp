#include "transport/tridiagonal.hpp"

#include <algorithm>

#include "discretisation/vectorise.hpp"

namespace neocol::solver {

namespace {

/// Factors an open chain; `first` and `last` are conductances to a voxel outside it.
void factor_chain(const Line& line, std::size_t n, double first, double last, LineFactor& out) {
    out.scale.resize(n);
    out.lower.resize(n);
    out.upper.resize(n);
    double inner = 0.0;  // conductance to the eliminated part as it appears in this row's sum
    double pivot_before = 1.0;
    for (std::size_t i = 0; i < n; ++i) {
        double sum = line.volume[i] * line.weight[i] + line.sink[i];
        if (i == 0) sum += first;
        if (i + 1 == n) sum += last;
        const double below = i > 0 ? line.conductance[i] : 0.0;
        const double above = i + 1 < n ? line.conductance[i + 1] : 0.0;
        if (i > 0) sum += below * (inner / pivot_before);
        const double pivot = sum + above;
        const double w = line.weight[i] / pivot;
        out.scale[i] = line.volume[i] * w;
        out.lower[i] = i > 0 ? below * w / line.weight[i - 1] : 0.0;
        out.upper[i] = i + 1 < n ? above * w / line.weight[i + 1] : 0.0;
        inner = sum;
        pivot_before = pivot;
    }
}

void solve_chain(const LineFactor& f, std::vector<double>& b) {
    const std::size_t n = f.scale.size();
    double q = 0.0;
    for (std::size_t i = 0; i < n; ++i)
        b[i] = q = f.scale[i] * b[i] + f.lower[i] * q;
    double u = 0.0;
    for (std::size_t i = n; i-- > 0;)
        b[i] = u = b[i] + f.upper[i] * u;
}

void close_periodic(const Line& line, LineFactor& out) {
    const std::size_t n = line.volume.size() - 1;  // chain
    const double w = line.weight[n];
    const double first = line.conductance[0], previous = line.conductance[n];
    // The chain's answer to its own row sums: 1 - border, without cancellation.
    std::vector<double> ones(n);
    for (std::size_t i = 0; i < n; ++i)
        ones[i] = w + line.sink[i] / line.volume[i];
    out.border.assign(n, 0.0);
    out.border[0] += first / line.volume[0];
    out.border[n - 1] += previous / line.volume[n - 1];
    solve_chain(out, out.border);
    for (double& x : out.border)
        x /= w;
    solve_chain(out, ones);
    const double pivot =
        line.volume[n] * w + line.sink[n] + first * ones[0] / w + previous * ones[n - 1] / w;
    out.last_scale = line.volume[n] * w / pivot;
    out.last_from_first = first / pivot;
    out.last_from_previous = previous / pivot;
}

/// Eight lines side by side: data[i * 8 + lane].
inline void solve_interleaved(const LineFactor& f, double* __restrict data) {
    const std::size_t n = f.scale.size();
    const double* scale = f.scale.data();
    const double* lower = f.lower.data();
    const double* upper = f.upper.data();
    double carry[lanes] = {};
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < lanes; ++k) {
            carry[k] = scale[i] * data[i * lanes + k] + lower[i] * carry[k];
            data[i * lanes + k] = carry[k];
        }
    std::fill(carry, carry + lanes, 0.0);
    for (std::size_t i = n; i-- > 0;)
        for (std::size_t k = 0; k < lanes; ++k) {
            carry[k] = data[i * lanes + k] + upper[i] * carry[k];
            data[i * lanes + k] = carry[k];
        }
    if (!f.periodic) return;
    double last[lanes];
    for (std::size_t k = 0; k < lanes; ++k) {
        last[k] = f.last_scale * data[n * lanes + k] + f.last_from_first * data[k] +
                  f.last_from_previous * data[(n - 1) * lanes + k];
        data[n * lanes + k] = last[k];
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < lanes; ++k)
            data[i * lanes + k] += last[k] * f.border[i];
}

}  // namespace

void factor(const Line& line, LineFactor& out) {
    const std::size_t n = line.volume.size();
    out.periodic = line.periodic && n > 2;
    if (out.periodic) {
        factor_chain(line, n - 1, line.conductance[0], line.conductance[n - 1], out);
        close_periodic(line, out);
        return;
    }
    if (line.periodic && n == 2) {  // both faces join the same two voxels
        const double joined[3] = {0.0, line.conductance[0] + line.conductance[1], 0.0};
        factor_chain({line.volume, line.weight, joined, line.sink, false}, n, 0.0, 0.0, out);
        return;
    }
    factor_chain(line, n, 0.0, 0.0, out);
}

NEOCOL_CLONES
void solve_rows(const LineFactor& f, double* data, std::size_t n_rows, std::size_t row_stride,
                double* __restrict scratch) {
    const std::size_t n = f.size();
    for (std::size_t r = 0; r < n_rows; r += lanes) {
        const std::size_t count = std::min(lanes, n_rows - r);
        double* rows = data + r * row_stride;
        if (count < lanes) std::fill(scratch, scratch + n * lanes, 0.0);
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t i = 0; i < n; ++i)
                scratch[i * lanes + k] = rows[k * row_stride + i];
        solve_interleaved(f, scratch);
        for (std::size_t k = 0; k < count; ++k)
            for (std::size_t i = 0; i < n; ++i)
                rows[k * row_stride + i] = scratch[i * lanes + k];
    }
}

NEOCOL_CLONES
void solve_strided(const LineFactor& f, double* data, std::size_t width, std::size_t stride) {
    const std::size_t n = f.scale.size();
    for (std::size_t k = 0; k < width; ++k)
        data[k] *= f.scale[0];
    for (std::size_t i = 1; i < n; ++i) {
        double* __restrict here = data + i * stride;
        const double* __restrict before = here - stride;
        const double scale = f.scale[i], lower = f.lower[i];
        for (std::size_t k = 0; k < width; ++k)
            here[k] = scale * here[k] + lower * before[k];
    }
    for (std::size_t i = n - 1; i-- > 0;) {
        double* __restrict here = data + i * stride;
        const double* __restrict after = here + stride;
        const double upper = f.upper[i];
        for (std::size_t k = 0; k < width; ++k)
            here[k] += upper * after[k];
    }
    if (!f.periodic) return;
    double* __restrict last = data + n * stride;
    const double* first = data;
    const double* previous = data + (n - 1) * stride;
    for (std::size_t k = 0; k < width; ++k)
        last[k] = f.last_scale * last[k] + f.last_from_first * first[k] +
                  f.last_from_previous * previous[k];
    for (std::size_t i = 0; i < n; ++i) {
        double* __restrict here = data + i * stride;
        const double border = f.border[i];
        for (std::size_t k = 0; k < width; ++k)
            here[k] += last[k] * border;
    }
}

}  // namespace neocol::solver
