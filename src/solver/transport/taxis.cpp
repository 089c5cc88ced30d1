#include "transport/taxis.hpp"

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

/// Slope between two one-sided differences: van Leer's harmonic mean where limited.
inline double slope(double a, double b, bool limited) {
    const double product = a * b;
    const double harmonic = product > 0.0 ? 2.0 * product / (product > 0.0 ? a + b : 1.0) : 0.0;
    return limited ? harmonic : 0.5 * (a + b);
}

struct Upwind {
    double inverse_distance[3];
    double half_width[2];
    bool limited;
};

/// Velocity times the upwind value at the face between `lower` and `upper`.
inline double upwind_flux(double velocity, double before, double lower, double upper, double after,
                          const Upwind& g) {
    const double a = (lower - before) * g.inverse_distance[0];
    const double b = (upper - lower) * g.inverse_distance[1];
    const double c = (after - upper) * g.inverse_distance[2];
    const double from_lower = lower + g.half_width[0] * slope(a, b, g.limited);
    const double from_upper = upper - g.half_width[1] * slope(b, c, g.limited);
    return velocity * (velocity > 0.0 ? from_lower : from_upper);
}

}  // namespace

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
void attract_along(double* __restrict out, double* __restrict fluxes, const AlongX& row,
                   Reconstruction reconstruction, std::size_t count) {
    const double* u = row.u;
    const double* chi = row.coefficient;
    const double* c = row.toward;
    const double* k = row.inverse_distance;
    const double* h = row.half_width;
    const bool limited = reconstruction == Reconstruction::limited;
    for (std::size_t i = 0; i <= count; ++i) {
        const std::ptrdiff_t j = static_cast<std::ptrdiff_t>(i);
        const double velocity = 0.5 * (chi[j - 1] + chi[j]) * ((c[j] - c[j - 1]) * k[j]);
        fluxes[i] = upwind_flux(velocity, u[j - 2], u[j - 1], u[j], u[j + 1],
                                {{k[j - 1], k[j], k[j + 1]}, {h[j - 1], h[j]}, limited});
    }
    for (std::size_t i = 0; i < count; ++i) {
        const double a = row.area[i] * row.inverse_volume[i];
        const double b = row.area[i + 1] * row.inverse_volume[i];
        out[i] += a * fluxes[i] - b * fluxes[i + 1];
    }
}

NEOCOL_CLONES
void attract_across(double* __restrict lower, double* __restrict upper, const AcrossFace& face,
                    Reconstruction reconstruction, std::size_t count) {
    const double *u0 = face.u[0], *u1 = face.u[1], *u2 = face.u[2], *u3 = face.u[3];
    const double *x0 = face.coefficient[0], *x1 = face.coefficient[1];
    const double *c0 = face.toward[0], *c1 = face.toward[1];
    const double r0 = face.toward_reference[0], r1 = face.toward_reference[1];
    const Upwind geometry{
        {face.inverse_distance[0], face.inverse_distance[1], face.inverse_distance[2]},
        {face.half_width[0], face.half_width[1]},
        reconstruction == Reconstruction::limited};
    const double per_lower = face.per_lower, per_upper = face.per_upper;
    for (std::size_t i = 0; i < count; ++i) {
        const double velocity =
            0.5 * (x0[i] + x1[i]) * (((c1[i] - r1) - (c0[i] - r0)) * geometry.inverse_distance[1]);
        const double flux = upwind_flux(velocity, u0[i], u1[i], u2[i], u3[i], geometry);
        lower[i] -= per_lower * flux;
        upper[i] += per_upper * flux;
    }
}

NEOCOL_CLONES
void add_diffusion_faces(double* __restrict forward, double* __restrict backward, const AlongX& row,
                         std::size_t count) {
    const double* d = row.coefficient;
    const double* h = row.half_width;
    for (std::size_t i = 0; i < count; ++i) {
        const double g = row.area[i] * (0.5 * (d[i - 1] + d[i]) / (h[i - 1] + h[i]));
        forward[i] += g;
        backward[i] += g;
    }
}

NEOCOL_CLONES
void add_diffusion_faces(double* __restrict forward, double* __restrict backward,
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

NEOCOL_CLONES
void add_taxis_faces(double* __restrict forward, double* __restrict backward, const AlongX& row,
                     std::size_t count) {
    const double* chi = row.coefficient;
    const double* c = row.toward;
    const double* k = row.inverse_distance;
    for (std::size_t i = 0; i < count; ++i) {
        const double v = row.area[i] * (0.5 * (chi[i - 1] + chi[i]) * ((c[i] - c[i - 1]) * k[i]));
        forward[i] += v > 0.0 ? v : 0.0;
        backward[i] += v < 0.0 ? -v : 0.0;
    }
}

NEOCOL_CLONES
void add_taxis_faces(double* __restrict forward, double* __restrict backward,
                     const AcrossFace& face, std::size_t count) {
    const double *x0 = face.coefficient[0], *x1 = face.coefficient[1];
    const double *c0 = face.toward[0], *c1 = face.toward[1];
    const double r0 = face.toward_reference[0], r1 = face.toward_reference[1];
    const double k = face.inverse_distance[1], area = face.area;
    for (std::size_t i = 0; i < count; ++i) {
        const double v = area * (0.5 * (x0[i] + x1[i]) * (((c1[i] - r1) - (c0[i] - r0)) * k));
        forward[i] += v > 0.0 ? v : 0.0;
        backward[i] += v < 0.0 ? -v : 0.0;
    }
}

}  // namespace neocol::solver
