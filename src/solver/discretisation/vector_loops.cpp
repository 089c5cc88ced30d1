#include "discretisation/vector_loops.hpp"

#include <cstring>

#include <neocol/core/aligned.hpp>

#include "discretisation/vectorise.hpp"

namespace neocol::solver {

NEOCOL_CLONES
void combine(double* out, const double* u, std::size_t count, const double* a,
             const double* const* v, std::size_t n) {
    switch (n) {
        case 0:
            if (out != u) std::memcpy(out, u, count * sizeof(double));
            break;
        case 1:
            for (std::size_t i = 0; i < count; ++i)
                out[i] = u[i] + a[0] * v[0][i];
            break;
        case 2:
            for (std::size_t i = 0; i < count; ++i)
                out[i] = u[i] + (a[0] * v[0][i] + a[1] * v[1][i]);
            break;
        case 3:
            for (std::size_t i = 0; i < count; ++i)
                out[i] = u[i] + (a[0] * v[0][i] + a[1] * v[1][i] + a[2] * v[2][i]);
            break;
        default:
            for (std::size_t i = 0; i < count; ++i)
                out[i] = u[i] + (a[0] * v[0][i] + a[1] * v[1][i] + a[2] * v[2][i] + a[3] * v[3][i]);
    }
}

namespace {

template <std::size_t n>
[[gnu::always_inline]] inline void assemble_unknown(double* __restrict out, const double* balance,
                                                    const double* moved, const Assembly& terms,
                                                    std::size_t at, std::size_t count) {
    const double gh = terms.gh, c0 = terms.c[0], c1 = terms.c[1], c2 = terms.c[2];
    const double* v0 = n > 0 ? terms.v[0] + at : nullptr;
    const double* v1 = n > 1 ? terms.v[1] + at : nullptr;
    const double* v2 = n > 2 ? terms.v[2] + at : nullptr;
    const auto increments = [&](std::size_t i) {
        if constexpr (n == 1) return c0 * v0[i];
        if constexpr (n == 2) return c0 * v0[i] + c1 * v1[i];
        if constexpr (n == 3) return c0 * v0[i] + c1 * v1[i] + c2 * v2[i];
        return 0.0;
    };
    if (moved) {
        for (std::size_t i = 0; i < count; ++i)
            out[i] = gh * ((out[i] - balance[i]) + moved[i]) + increments(i);
    } else {
        for (std::size_t i = 0; i < count; ++i)
            out[i] = gh * (out[i] - balance[i]) + increments(i);
    }
}

}  // namespace

NEOCOL_CLONES
void assemble(double* out, const Assembly& terms, std::size_t count) {
    for (std::size_t s = 0; s < terms.n_unknowns; ++s) {
        const std::size_t at = s * terms.stride;
        double* __restrict target = out + at;
        const double* balance = terms.balance + s * terms.balance_stride;
        const double* moved = terms.moves[s] ? terms.moved + s * count : nullptr;
        switch (terms.n) {
            case 0:
                assemble_unknown<0>(target, balance, moved, terms, at, count);
                break;
            case 1:
                assemble_unknown<1>(target, balance, moved, terms, at, count);
                break;
            case 2:
                assemble_unknown<2>(target, balance, moved, terms, at, count);
                break;
            default:
                assemble_unknown<3>(target, balance, moved, terms, at, count);
        }
        if (terms.derivative) {
            const double* derivative = terms.derivative + s * count;
            for (std::size_t i = 0; i < count; ++i)
                target[i] += terms.time_factor * derivative[i];
        }
        for (std::size_t row = 0; row < count; row += terms.row)
            for (std::size_t i = row + terms.used; i < row + terms.row; ++i)
                target[i] = 0.0;
    }
}

NEOCOL_CLONES
void diffuse(double* __restrict out, const DiffusionRow& row, std::size_t count) {
    const double* __restrict c = row.centre;
    const double* __restrict before = row.before;
    const double* __restrict after = row.after;
    const double* __restrict above = row.above;
    const double* __restrict below = row.below;
    const double* __restrict k = row.x_conductance;
    const double* __restrict iv = row.x_inverse_volume;
    const double d = row.diffusivity;
    const double yb = row.y_before, ya = row.y_after, za = row.z_above, zb = row.z_below;
    const double r0 = row.reference[0], r1 = row.reference[1], r2 = row.reference[2];
    const double w0 = row.inverse_weight[0], w1 = row.inverse_weight[1], w2 = row.inverse_weight[2];
    for (std::size_t i = 0; i < count; ++i) {
        const double u = c[i];
        const double lateral = d * iv[i] * (k[i + 1] * (c[i + 1] - u) - k[i] * (u - c[i - 1]));
        const double across = ya * (after[i] - u) - yb * (u - before[i]);
        const double p = (u - r1) * w1;
        const double depth = zb * ((below[i] - r2) * w2 - p) - za * (p - (above[i] - r0) * w0);
        out[i] = (lateral + across) + depth;
    }
}

NEOCOL_CLONES
void diffuse(double* __restrict out, const DiffusionPlanes& planes, std::size_t count) {
    const double* __restrict k = planes.x_conductance;
    const double* __restrict iv = planes.x_inverse_volume;
    for (std::size_t z = 0; z < planes.n_planes; ++z) {
        const double* __restrict c = planes.u + z * planes.plane;
        const double za = planes.above[z], zb = planes.below[z], d = planes.diffusivity[z];
        const double* __restrict above = za > 0.0 ? c - planes.plane : c;
        const double* __restrict below = zb > 0.0 ? c + planes.plane : c;
        const double* r = planes.reference + z;
        const double* w = planes.inverse_weight + z;
        const double r0 = r[-1], r1 = r[0], r2 = r[1], w0 = w[-1], w1 = w[0], w2 = w[1];
        double* __restrict target = out + z * planes.plane;
        for (std::size_t i = 0; i < count; ++i) {
            const double u = c[i];
            const double lateral = d * iv[i] * (k[i + 1] * (c[i + 1] - u) - k[i] * (u - c[i - 1]));
            const double p = (u - r1) * w1;
            const double depth = zb * ((below[i] - r2) * w2 - p) - za * (p - (above[i] - r0) * w0);
            target[i] = lateral + depth;
        }
    }
}

NEOCOL_CLONES
void accumulate(double* __restrict w, const double* __restrict y, double b, bool first,
                std::size_t count) {
    if (first) {
        for (std::size_t i = 0; i < count; ++i)
            w[i] = b * y[i];
    } else {
        for (std::size_t i = 0; i < count; ++i)
            w[i] += b * y[i];
    }
}

NEOCOL_CLONES
void weigh(double* __restrict w, const double* b, const double* const* v, std::size_t count) {
    const double b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
    const double *v0 = v[0], *v1 = v[1], *v2 = v[2], *v3 = v[3];
    for (std::size_t i = 0; i < count; ++i)
        w[i] = b0 * v0[i] + b1 * v1[i] + b2 * v2[i] + b3 * v3[i];
}

NEOCOL_CLONES
void finish(double* __restrict next, const StepStrip& strip, std::size_t count,
            double* __restrict error, double* __restrict least) {
    const double m0 = strip.m[0], m1 = strip.m[1], m2 = strip.m[2], m3 = strip.m[3];
    const double e0 = strip.e[0], e1 = strip.e[1], e2 = strip.e[2], e3 = strip.e[3];
    const double* __restrict area = strip.area;
    for (std::size_t z = 0; z < strip.n_planes; ++z) {
        const std::size_t at = z * strip.plane;
        const double* __restrict u = strip.u + at;
        const double* __restrict v0 = strip.v[0] + at;
        const double* __restrict v1 = strip.v[1] + at;
        const double* __restrict v2 = strip.v[2] + at;
        const double* __restrict v3 = strip.v[3] + at;
        double* __restrict out = next + at;
        const double thickness = strip.thickness[z];
        for (std::size_t i = 0; i < count; i += lanes)
            for (std::size_t k = 0; k < lanes; ++k) {
                const double x0 = v0[i + k], x1 = v1[i + k], x2 = v2[i + k], x3 = v3[i + k];
                const double value = u[i + k] + (m0 * x0 + m1 * x1 + m2 * x2 + m3 * x3);
                const double wrong = e0 * x0 + e1 * x1 + e2 * x2 + e3 * x3;
                out[i + k] = value;
                error[k] += area[i + k] * thickness * (wrong * wrong);
                least[k] = value < least[k] ? value : least[k];
            }
    }
}

NEOCOL_CLONES
void add_product(double* __restrict sum, const double* __restrict a, const double* __restrict b,
                 std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes)
        for (std::size_t k = 0; k < lanes; ++k)
            sum[k] += a[i + k] * b[i + k];
}

NEOCOL_CLONES
void add_square(double* __restrict sum, const double* __restrict a, const double* __restrict b,
                double reference, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes)
        for (std::size_t k = 0; k < lanes; ++k) {
            const double d = b[i + k] - reference;
            sum[k] += a[i + k] * (d * d);
        }
}

}  // namespace neocol::solver
