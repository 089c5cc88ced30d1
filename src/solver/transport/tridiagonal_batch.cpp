#include "transport/tridiagonal_batch.hpp"

#include <algorithm>

#include "discretisation/vectorise.hpp"

namespace neocol::solver {

namespace {

/// Rows of the chain of voxels 0 ... n - 1 of each line. What goes through the outer faces of a
/// periodic line's chain leaves it.
[[gnu::always_inline]] inline void factor_chain(const LineBatch& lines, std::size_t n,
                                                const LineBatchFactor& out,
                                                double* __restrict inner,
                                                double* __restrict pivots) {
    const double* __restrict g = lines.line_rate;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t at = i * lines.stride;
        const bool first = i == 0, last = i + 1 == n;
        const double inverse = 1.0 / lines.volume[i];
        const double here = lines.rate[i] * inverse;
        const double before = first ? 0.0 : lines.rate[i - 1] * inverse;
        const double after = last ? 0.0 : lines.rate[i + 1] * inverse;
        const double down = !first || lines.periodic ? here : 0.0;
        const double up = !last || lines.periodic ? here : 0.0;
        const double sink = here * lines.sink[i];
        const double* __restrict forward = lines.forward + at;
        const double* __restrict backward = lines.backward + at;
        const double* __restrict forward_up = forward + (up > 0.0 ? lines.stride : 0);
        const double* __restrict backward_up = backward + (up > 0.0 ? lines.stride : 0);
        double* __restrict scale = out.scale + at;
        double* __restrict lower = out.lower + at;
        double* __restrict upper = out.upper + at;
        const double kept_below = first ? 0.0 : down, kept_above = last ? 0.0 : up;
        const double lost = (first ? down : 0.0), lost_up = (last ? up : 0.0);
        for (std::size_t k = 0; k < lines.width; ++k) {
            const double gk = g[k];
            double sum = 1.0 + gk * sink;
            sum += gk * (lost * backward[k] + lost_up * forward_up[k]);
            if (!first) sum += gk * (kept_below * backward[k]) * (inner[k] / pivots[k]);
            const double pivot = sum + gk * (kept_above * forward_up[k]);
            const double inverse_pivot = 1.0 / pivot;
            scale[k] = inverse_pivot;
            lower[k] = gk * (before * forward[k]) * inverse_pivot;
            upper[k] = gk * (after * backward_up[k]) * inverse_pivot;
            inner[k] = sum;
            pivots[k] = pivot;
        }
    }
}

[[gnu::always_inline]] inline void solve_chain(const LineBatch& lines, std::size_t n,
                                               const LineBatchFactor& f, double* data) {
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t at = i * lines.stride;
        double* __restrict here = data + at;
        const double* __restrict scale = f.scale + at;
        const double* __restrict lower = f.lower + at;
        if (i == 0) {
            for (std::size_t k = 0; k < lines.width; ++k)
                here[k] *= scale[k];
        } else {
            const double* __restrict before = here - lines.stride;
            for (std::size_t k = 0; k < lines.width; ++k)
                here[k] = scale[k] * here[k] + lower[k] * before[k];
        }
    }
    for (std::size_t i = n - 1; i-- > 0;) {
        double* __restrict here = data + i * lines.stride;
        const double* __restrict after = here + lines.stride;
        const double* __restrict upper = f.upper + i * lines.stride;
        for (std::size_t k = 0; k < lines.width; ++k)
            here[k] += upper[k] * after[k];
    }
}

/// The last voxel of a periodic line. Its pivot is its own share of what it holds and that of what
/// it gives to the chain, so it needs no subtraction either.
[[gnu::always_inline]] inline void close(const LineBatch& lines, const LineBatchFactor& out,
                                         double* __restrict of_chain) {
    const std::size_t last = lines.n - 1, previous = last - 1;
    const double* __restrict g = lines.line_rate;
    const double* __restrict forward = lines.forward;
    const double* __restrict backward = lines.backward;
    const std::size_t at = last * lines.stride;
    // Beside these lines stand others, whose border is theirs.
    for (std::size_t i = 0; i < last; ++i)
        std::fill_n(out.border + i * lines.stride, lines.width, 0.0);
    for (std::size_t k = 0; k < lines.width; ++k) {
        out.border[k] += g[k] * lines.rate[last] * forward[k] / lines.volume[0];
        out.border[previous * lines.stride + k] +=
            g[k] * lines.rate[last] * backward[at + k] / lines.volume[previous];
    }
    solve_chain(lines, last, out, out.border);
    std::fill(of_chain, of_chain + lines.width, 0.0);
    for (std::size_t i = 0; i < last; ++i)
        for (std::size_t k = 0; k < lines.width; ++k)
            of_chain[k] += (lines.volume[i] + g[k] * lines.rate[i] * lines.sink[i]) *
                           out.border[i * lines.stride + k];
    for (std::size_t k = 0; k < lines.width; ++k) {
        const double own = lines.volume[last] + g[k] * lines.rate[last] * lines.sink[last];
        const double inverse = 1.0 / (own + of_chain[k]);
        out.scale[at + k] = lines.volume[last] * inverse;
        out.lower[at + k] = g[k] * lines.rate[0] * backward[k] * inverse;
        out.upper[at + k] = g[k] * lines.rate[previous] * forward[at + k] * inverse;
    }
}

}  // namespace

NEOCOL_CLONES
void factor(const LineBatch& lines, const LineBatchFactor& out, double* scratch) {
    const std::size_t chain = lines.periodic ? lines.n - 1 : lines.n;
    factor_chain(lines, chain, out, scratch, scratch + lines.width);
    if (lines.periodic) close(lines, out, scratch);
}

NEOCOL_CLONES
void solve(const LineBatch& lines, const LineBatchFactor& f, double* data) {
    if (!lines.periodic) {
        solve_chain(lines, lines.n, f, data);
        return;
    }
    const std::size_t last = lines.n - 1, at = last * lines.stride;
    solve_chain(lines, last, f, data);
    double* __restrict end = data + at;
    const double* __restrict previous = end - lines.stride;
    for (std::size_t k = 0; k < lines.width; ++k)
        end[k] =
            f.scale[at + k] * end[k] + (f.lower[at + k] * data[k] + f.upper[at + k] * previous[k]);
    for (std::size_t i = 0; i < last; ++i) {
        double* __restrict here = data + i * lines.stride;
        const double* __restrict border = f.border + i * lines.stride;
        for (std::size_t k = 0; k < lines.width; ++k)
            here[k] += end[k] * border[k];
    }
}

}  // namespace neocol::solver
