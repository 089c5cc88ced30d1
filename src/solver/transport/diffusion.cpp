#include "transport/diffusion.hpp"

#include "discretisation/vectorise.hpp"

namespace neocol::solver {

namespace {

/// Conductance per area of half a voxel of diffusivity a and half a voxel of b in series with a
/// resistance; 0 if either is closed.
inline double series(double a, double b, double half_a, double half_b, double resistance) {
    const double product = a * b;
    const double sum = (half_a * b + half_b * a) + resistance * product;
    return sum > 0.0 ? product / (sum > 0.0 ? sum : 1.0) : 0.0;
}

}  // namespace

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
void diffuse_along(double* __restrict out, const AlongX& row, std::size_t count) {
    const double* u = row.u;
    const double* d = row.coefficient;
    const double* h = row.half_width;
    for (std::size_t i = 0; i < count; ++i) {
        const double left = row.area[i] * series(d[i - 1], d[i], h[i - 1], h[i], 0.0);
        const double right = row.area[i + 1] * series(d[i], d[i + 1], h[i], h[i + 1], 0.0);
        out[i] += row.inverse_volume[i] * (right * (u[i + 1] - u[i]) - left * (u[i] - u[i - 1]));
    }
}

NEOCOL_CLONES
void diffuse_across(double* __restrict lower, double* __restrict upper, const AcrossFace& face,
                    std::size_t count) {
    const double* u0 = face.u[1];
    const double* u1 = face.u[2];
    const double* d0 = face.coefficient[0];
    const double* d1 = face.coefficient[1];
    const double w0 = face.weight[0], w1 = face.weight[1], i0 = 1.0 / w0, i1 = 1.0 / w1;
    const double r0 = face.reference[0], r1 = face.reference[1];
    const double h0 = face.half_width[0], h1 = face.half_width[1], resistance = face.resistance;
    const double per_lower = face.per_lower, per_upper = face.per_upper;
    for (std::size_t i = 0; i < count; ++i) {
        const double g = series(d0[i] * w0, d1[i] * w1, h0, h1, resistance);
        const double flux = g * ((u1[i] - r1) * i1 - (u0[i] - r0) * i0);
        lower[i] += per_lower * flux;
        upper[i] -= per_upper * flux;
    }
}

NEOCOL_CLONES
void add_diffusion_coefficients(double* __restrict forward, double* __restrict backward,
                                const AlongX& row, std::size_t count) {
    const double* d = row.coefficient;
    const double* h = row.half_width;
    for (std::size_t i = 0; i < count; ++i) {
        const double g = row.area[i] * (0.5 * (d[i - 1] + d[i]) / (h[i - 1] + h[i]));
        forward[i] += g;
        backward[i] += g;
    }
}

NEOCOL_CLONES
void add_diffusion_coefficients(double* __restrict forward, double* __restrict backward,
                                const AcrossFace& face, std::size_t count) {
    const double* d0 = face.coefficient[0];
    const double* d1 = face.coefficient[1];
    const double w0 = face.weight[0], w1 = face.weight[1];
    const double h0 = face.half_width[0], h1 = face.half_width[1], resistance = face.resistance;
    const double a0 = face.area / w0, a1 = face.area / w1, distance = h0 + h1;
    const bool interface = face.interface;
    for (std::size_t i = 0; i < count; ++i) {
        const double x0 = d0[i] * w0, x1 = d1[i] * w1, mean = 0.5 * (x0 + x1);
        const double inside = mean / (distance + resistance * mean);
        const double g = interface ? series(x0, x1, h0, h1, resistance) : inside;
        forward[i] += g * a0;
        backward[i] += g * a1;
    }
}

}  // namespace neocol::solver
