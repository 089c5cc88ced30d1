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

NEOCOL_CLONES
void accumulate(double* __restrict w, const double* __restrict y, double b, bool first,
                std::size_t count) {
    if (first)
        for (std::size_t i = 0; i < count; ++i)
            w[i] = b * y[i];
    else
        for (std::size_t i = 0; i < count; ++i)
            w[i] += b * y[i];
}

NEOCOL_CLONES
void weighted_sum(double* __restrict w, const double* b, const double* const* v,
                  std::size_t count) {
    const double b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3];
    const double *v0 = v[0], *v1 = v[1], *v2 = v[2], *v3 = v[3];
    for (std::size_t i = 0; i < count; ++i)
        w[i] = b0 * v0[i] + b1 * v1[i] + b2 * v2[i] + b3 * v3[i];
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
