#pragma once

#include <cstddef>

namespace neocol::solver {

/// What fluxes with a coefficient by voxel are made of: diffusion that depends on fields, taxis.

/// The row's own axis; arrays have a valid halo of `halo` voxels at both ends.
struct AlongX {
    const double* u = nullptr;                 ///< halo 2 (1 for diffusion)
    const double* coefficient = nullptr;       ///< halo 1: diffusivity or sensitivity
    const double* toward = nullptr;            ///< halo 1: deviation of what taxis follows
    const double* area = nullptr;              ///< of faces, n + 1
    const double* half_width = nullptr;        ///< halo 1
    const double* inverse_distance = nullptr;  ///< of faces, halo 1
    const double* inverse_volume = nullptr;
};

/// Faces between two neighbouring rows, `lower` before `upper` along y or z.
struct AcrossFace {
    const double* u[4] = {};  ///< before lower, lower, upper, after upper (outer ones: taxis only)
    const double* coefficient[2] = {};
    const double* toward[2] = {};
    double toward_reference[2] = {0.0, 0.0};
    double half_width[2] = {0.0, 0.0};
    double inverse_distance[3] = {0.0, 0.0, 0.0};  ///< 0: that row does not exist
    double weight[2] = {1.0, 1.0};
    double reference[2] = {0.0, 0.0};
    double resistance = 0.0;
    double area = 0.0;
    bool interface = false;                    ///< between two layers
    double per_lower = 0.0, per_upper = 0.0;   ///< area over volume of either row's voxels
    std::size_t planes[2] = {}, rows[2] = {};  ///< of lower and upper
};

}  // namespace neocol::solver
