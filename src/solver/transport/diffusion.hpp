#pragma once

#include <cstddef>

#include "transport/face_values.hpp"

namespace neocol::solver {

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
/// out = div(D grad u) of a row with one diffusivity a layer.
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
/// The same of planes, `count` values each.
void diffuse(double* out, const DiffusionPlanes& planes, std::size_t count);

/// Adds d/dx(D du/dx) along the row, D at faces the harmonic mean of both voxels'.
void diffuse_along(double* out, const AlongX& row, std::size_t count);
/// Adds what diffuses through a face across, G (p_upper - p_lower), to the rate of change of the
/// lower row and takes it from that of the upper one.
void diffuse_across(double* lower, double* upper, const AcrossFace& face, std::size_t count);

/// Adds the coefficients of a linear flux forward u_lower - backward u_upper of diffusion to those
/// of the lower face of every voxel of the row, or of every voxel of a face across. `u` is not
/// looked at.
///
/// Inside a layer the diffusivity of these faces is the arithmetic mean, not the harmonic one of
/// the fluxes: a front of diffusion that vanishes with what diffuses would be stuck in both.
void add_diffusion_coefficients(double* forward, double* backward, const AlongX& row,
                                std::size_t count);
void add_diffusion_coefficients(double* forward, double* backward, const AcrossFace& face,
                                std::size_t count);

}  // namespace neocol::solver
