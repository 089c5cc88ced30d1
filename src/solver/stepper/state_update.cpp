#include "stepper/state_update.hpp"

#include <neocol/core/aligned.hpp>

#include "discretisation/vectorise.hpp"

namespace neocol::solver {

NEOCOL_CLONES
void update_state(double* __restrict next, const StepStrip& strip, std::size_t count,
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

}  // namespace neocol::solver
