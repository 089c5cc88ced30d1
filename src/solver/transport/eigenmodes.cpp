#include "transport/eigenmodes.hpp"

#include <algorithm>
#include <cstring>

#include <neocol/core/aligned.hpp>

#include "discretisation/vectorise.hpp"

namespace neocol::solver {

namespace {

/// One block of voxels as the compiler's own vector, which it splits where the machine's are
/// shorter.
using Block = double __attribute__((vector_size(lanes * sizeof(double))));

[[gnu::always_inline]] inline void load(Block& block, const double* p) {
    std::memcpy(&block, p, sizeof block);
}

/// `rows` rows at once, to use each element of the matrix several times.
template <std::size_t rows>
[[gnu::always_inline]] inline void multiply_rows(const double* in, std::size_t in_stride,
                                                 const double* matrix, std::size_t n,
                                                 std::size_t width, double* out) {
    for (std::size_t k = 0; k < width; k += lanes) {
        Block sum[rows] = {};
        for (std::size_t i = 0; i < n; ++i) {
            Block m;
            load(m, matrix + i * width + k);
            for (std::size_t q = 0; q < rows; ++q)
                sum[q] += in[q * in_stride + i] * m;
        }
        for (std::size_t q = 0; q < rows; ++q)
            std::memcpy(out + q * width + k, &sum[q], sizeof sum[q]);
    }
}

}  // namespace

NEOCOL_CLONES
void multiply(const double* __restrict in, std::size_t n_rows, std::size_t in_stride,
              const double* __restrict matrix, std::size_t n, std::size_t width,
              double* __restrict out) {
    constexpr std::size_t group = 6;
    std::size_t r = 0;
    for (; r + group <= n_rows; r += group)
        multiply_rows<group>(in + r * in_stride, in_stride, matrix, n, width, out + r * width);
    for (; r < n_rows; ++r)
        multiply_rows<1>(in + r * in_stride, in_stride, matrix, n, width, out + r * width);
}

NEOCOL_CLONES
void multiply_across(const double* __restrict in, std::size_t n, std::size_t width,
                     const double* __restrict matrix, std::size_t matrix_width,
                     double* __restrict out) {
    for (std::size_t k = 0; k < n; ++k) {
        double* __restrict target = out + k * width;
        std::fill(target, target + width, 0.0);
        for (std::size_t i = 0; i < n; ++i) {
            const double m = matrix[i * matrix_width + k];
            const double* __restrict source = in + i * width;
            for (std::size_t j = 0; j < width; ++j)
                target[j] += m * source[j];
        }
    }
}

NEOCOL_CLONES
void sweep_modes(const Modes& modes, const double* __restrict inverse_pivots,
                 double* __restrict field, std::size_t nz, std::size_t plane, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k)
        field[k] = inverse_pivots[k] * (modes.scale[0] * field[k]);
    for (std::size_t z = 1; z < nz; ++z) {
        const double scale = modes.scale[z], lower = modes.lower[z];
        double* here = field + z * plane;
        const double* before = here - plane;
        const double* r = inverse_pivots + z * plane;
        for (std::size_t k = 0; k < count; ++k)
            here[k] = r[k] * (scale * here[k] + lower * before[k]);
    }
    for (std::size_t z = nz - 1; z-- > 0;) {
        const double upper = modes.upper[z];
        double* here = field + z * plane;
        const double* after = here + plane;
        const double* r = inverse_pivots + z * plane;
        for (std::size_t k = 0; k < count; ++k)
            here[k] += r[k] * (upper * after[k]);
    }
}

NEOCOL_CLONES
void find_pivots(const double* __restrict rates, const double* __restrict sum,
                 const double* __restrict leak, const double* __restrict conductance,
                 std::size_t nz, std::size_t plane, std::size_t count,
                 double* __restrict inverse_pivots, double* __restrict inner) {
    for (std::size_t z = 0; z < nz; ++z) {
        double* r = inverse_pivots + z * plane;
        const double* above = r - plane;
        const double g = z > 0 ? conductance[z] : 0.0, next = conductance[z + 1];
        const double s = sum[z], l = leak[z];
        if (z == 0)
            for (std::size_t k = 0; k < count; ++k)
                inner[k] = s + l * rates[k];
        else
            for (std::size_t k = 0; k < count; ++k)
                inner[k] = (s + l * rates[k]) + g * (inner[k] * above[k]);
        for (std::size_t k = 0; k < count; ++k)
            r[k] = 1.0 / (inner[k] + next);
    }
}

}  // namespace neocol::solver
