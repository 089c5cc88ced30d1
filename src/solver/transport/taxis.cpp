#include "transport/taxis.hpp"

#include "discretisation/vectorise.hpp"

namespace neocol::solver {

namespace {

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
    const double from_lower = lower + g.half_width[0] * limited_slope(a, b, g.limited);
    const double from_upper = upper - g.half_width[1] * limited_slope(b, c, g.limited);
    return velocity * (velocity > 0.0 ? from_lower : from_upper);
}

}  // namespace

NEOCOL_CLONES
void taxis_along(double* __restrict out, double* __restrict fluxes, const AlongX& row,
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
void taxis_across(double* __restrict lower, double* __restrict upper, const AcrossFace& face,
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
void add_taxis_coefficients(double* __restrict forward, double* __restrict backward,
                            const AlongX& row, std::size_t count) {
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
void add_taxis_coefficients(double* __restrict forward, double* __restrict backward,
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
