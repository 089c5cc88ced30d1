#pragma once

#include <cstddef>

namespace neocol::solver {

/// Loops over contiguous values that the stages are made of, compiled for several instruction sets.
/// Pointers of one call do not overlap unless said.

/// out = u + a[0] v[0] + ... + a[n-1] v[n-1], n <= 4. out may be u.
void combine(double* out, const double* u, std::size_t count, const double* a,
             const double* const* v, std::size_t n);

/// out = gh ((out - balance) + moved) + c[0] v[0] + ... + c[n-1] v[n-1] + time_factor derivative of
/// `count` values of every unknown, where `out` holds its rate, n <= 3; padding is set to zero.
struct Assembly {
    std::size_t n_unknowns = 0, stride = 0;  ///< `stride` between unknowns of out and v
    const double* balance = nullptr;
    std::size_t balance_stride = 0;
    const double* moved = nullptr;  ///< [unknown][count]
    const char* moves = nullptr;    ///< by unknown: `moved` counts
    double gh = 0.0;
    double c[3] = {0.0, 0.0, 0.0};
    const double* v[3] = {nullptr, nullptr, nullptr};
    std::size_t n = 0;
    const double* derivative = nullptr;  ///< [unknown][count], may be null
    double time_factor = 0.0;
    std::size_t row = 1, used = 1;  ///< length of rows and how much of it is no padding
};
void assemble(double* out, const Assembly& terms, std::size_t count);

/// One row of voxels and its neighbours; rows that do not exist are `centre` with conductance 0.
struct DiffusionRow {
    const double* centre = nullptr;         ///< with a valid halo of one at both ends
    const double* before = nullptr;         ///< y - 1
    const double* after = nullptr;          ///< y + 1
    const double* above = nullptr;          ///< z - 1
    const double* below = nullptr;          ///< z + 1
    const double* x_conductance = nullptr;  ///< nx + 1, area / distance
    const double* x_inverse_volume = nullptr;
    double diffusivity = 0.0;               ///< lateral
    double y_before = 0.0, y_after = 0.0;   ///< conductances / volume, diffusivity included
    double z_above = 0.0, z_below = 0.0;    ///< likewise
    double reference[3] = {0.0, 0.0, 0.0};  ///< above, centre, below
    double inverse_weight[3] = {1.0, 1.0, 1.0};
};
/// out = divergence of the diffusive flux of a row with one diffusivity.
void diffuse(double* out, const DiffusionRow& row, std::size_t count);

/// Planes of one unknown that lie one behind the other, with finite values before and after.
struct DiffusionPlanes {
    const double* u = nullptr;  ///< first of them
    std::size_t n_planes = 0, plane = 0;
    const double* x_conductance = nullptr;  ///< as in DiffusionRow
    const double* x_inverse_volume = nullptr;
    /// By plane: lateral diffusivity, conductances to the planes above and below over thickness
    /// (0: there is none); reference and inverse weight also before the first and after the last.
    const double* diffusivity = nullptr;
    const double* above = nullptr;
    const double* below = nullptr;
    const double* reference = nullptr;
    const double* inverse_weight = nullptr;
};
/// out = divergence of the diffusive flux, `count` values a plane.
void diffuse(double* out, const DiffusionPlanes& planes, std::size_t count);

/// w = b y (`first`) or w += b y.
void accumulate(double* w, const double* y, double b, bool first, std::size_t count);

/// w = sum b_i v_i over the stages.
void weigh(double* w, const double* b, const double* const* v, std::size_t count);

/// A strip of one unknown: `n_planes` runs of values that lie `plane` apart.
struct StepStrip {
    const double* u = nullptr;
    const double* v[4] = {};
    const double* m = nullptr;
    const double* e = nullptr;
    const double* area = nullptr;       ///< of one run
    const double* thickness = nullptr;  ///< by plane
    std::size_t n_planes = 0, plane = 0;
};
/// next = u + sum m_i v_i. Sums by lane k = i mod lanes: error[k] += area * thickness * (sum e_i
/// v_i)^2, least[k] = min(least[k], next).
void finish(double* next, const StepStrip& strip, std::size_t count, double* error, double* least);

/// sum[k] += a[i] * b[i] by lane k = i mod lanes.
void add_product(double* sum, const double* a, const double* b, std::size_t count);
/// sum[k] += a[i] * (b[i] - reference)^2 by lane.
void add_square(double* sum, const double* a, const double* b, double reference, std::size_t count);
/// Sum of the lanes in a fixed order.
inline double sum_lanes(const double* sum) {
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

}  // namespace neocol::solver
