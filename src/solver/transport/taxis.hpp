#pragma once

#include <cstddef>

namespace neocol::solver {

/// Fluxes whose coefficients differ from voxel to voxel: diffusion that depends on fields, taxis.

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

/// Adds the divergence of diffusion along the row: harmonic mean of diffusivities at faces.
void diffuse_along(double* out, const AlongX& row, std::size_t count);
/// Adds what diffuses through a face across, G (p_upper - p_lower), to the rate of change of the
/// lower row and takes it from that of the upper one.
void diffuse_across(double* lower, double* upper, const AcrossFace& face, std::size_t count);

/// How the face value of u is reconstructed from the upwind side.
enum class Reconstruction { limited, linear };

/// Adds the divergence of the taxis flux coefficient * u * d(toward)/dx along the row; `fluxes`
/// holds count + 1 numbers.
void attract_along(double* out, double* fluxes, const AlongX& row, Reconstruction reconstruction,
                   std::size_t count);
/// The same for what goes through a face across: from the lower row to the upper one.
void attract_across(double* lower, double* upper, const AcrossFace& face,
                    Reconstruction reconstruction, std::size_t count);

/// Adds the coefficients of a linear flux forward * u_lower - backward * u_upper to those of the
/// lower face of every voxel of the row, or of every voxel of a face across: of diffusion, and of
/// taxis with values of the upwind voxel. `u` is not looked at.
///
/// Inside a layer the diffusivity of these faces is the arithmetic mean, not the harmonic one of
/// the fluxes: a front of diffusion that vanishes with what diffuses would be stuck in both.
void add_diffusion_faces(double* forward, double* backward, const AlongX& row, std::size_t count);
void add_diffusion_faces(double* forward, double* backward, const AcrossFace& face,
                         std::size_t count);
void add_taxis_faces(double* forward, double* backward, const AlongX& row, std::size_t count);
void add_taxis_faces(double* forward, double* backward, const AcrossFace& face, std::size_t count);

}  // namespace neocol::solver
