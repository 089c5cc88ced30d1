#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/solver/problem.hpp>
#include <neocol/solver/row_binder.hpp>

namespace neocol::solver {

/// Finite volumes along one axis: conductance of face i (between voxels i - 1 and i) per unit
/// diffusivity, area / distance; zero at walls, the wrapping face at both ends if periodic.
struct AxisStencil {
    std::vector<double> conductance, volume, inverse_volume;
    std::vector<double> area;              ///< of faces, zero at walls
    std::vector<double> half_width;        ///< of voxels
    std::vector<double> inverse_distance;  ///< across faces, zero at walls
    /// half_width and inverse_distance with `halo` entries more at both ends, wrapped if periodic.
    std::vector<double> wide_half_width, wide_inverse_distance;
    bool periodic = false;

    static constexpr std::size_t halo = 2;
    std::size_t size() const { return volume.size(); }
};

AxisStencil make_stencil(const tissue::Axis& axis);

struct TaxisTerm {
    std::size_t toward = 0;       ///< unknown of the same system
    std::size_t coefficient = 0;  ///< its sensitivity among the outputs of Program::coefficients
};

/// Transport of one unknown. Vectors run over the planes of its group.
///
/// The diffusive flux through a face is -G (p_j - p_i) with p = (u - reference)/weight and
/// G = 1/((dz_i/2)/(D_i w_i) + 1/P + (dz_j/2)/(D_j w_j)): harmonic, also across an interface of
/// permeability P. `reference` is the rest value where rest is a fixed point, so that every flux
/// is exactly zero there.
struct Transport {
    bool diffuses = false;        ///< has a diffusivity
    bool per_voxel = false;       ///< the diffusivity varies within a layer or in time
    std::size_t coefficient = 0;  ///< its diffusivity among the outputs of Program::coefficients
    std::vector<double> diffusivity;  ///< [mm2 d-1]; per_voxel: a bound, set every step
    std::vector<double> weight, inverse_weight, reference;
    std::vector<double> resistance;   ///< of face z: 1/P [d mm-1]; infinite where closed
    std::vector<double> conductance;  ///< of face z, nz + 1 [mm d-1 times weight]
    std::vector<TaxisTerm> taxis;
};

/// The fields of one location and their arithmetic. A surface is a group of one plane.
struct Group {
    const model::System* system = nullptr;
    const kernel::Kernel* kernel = nullptr;
    std::size_t n_unknowns = 0, n_processes = 0, n_coefficients = 0;
    std::size_t nz = 1;
    std::size_t offset = 0, stride = 0;      ///< of its first field in a state, between fields
    std::vector<int> layer;                  ///< by plane
    std::size_t n_layers = 1;                ///< of the model
    std::vector<double> thickness;           ///< of planes [mm]; 1 on surfaces
    std::vector<std::vector<char>> present;  ///< [unknown][plane]
    std::vector<std::vector<double>> rest;   ///< [unknown][plane]
    std::vector<Transport> transport;        ///< by unknown
    bool any_coefficients = false;  ///< some diffusivity or sensitivity is needed per voxel
    bool any_taxis = false;
    /// yields[change] of every process and layer: {species position, value by layer}.
    struct Change {
        std::size_t unknown = 0;
        std::vector<double> yield;
    };
    std::vector<std::vector<Change>> changes;  ///< by process
};

/// Model on a grid: groups, geometry, and the balance at rest. Of the stepped fields, or of the
/// quasi-steady ones.
struct Discretisation {
    Problem problem;
    const model::Model& model;
    const tissue::Grid& grid;
    const tissue::FieldTable& fields;
    const Environment* environment;  ///< present values of parameters
    RowBinder binder;
    AxisStencil x, y, z;
    std::size_t nx = 0, nxp = 0, ny = 0, plane = 0;
    AlignedVector area;          ///< volume factor of x and y of one plane, zero in padding
    double total_area = 0.0;     ///< its sum
    std::vector<Group> groups;   ///< volume first, as Model::systems
    bool rest_is_fixed = false;  ///< rates and fluxes are taken relative to rest
    /// What stands before the kernels of groups whose rows are mostly padding.
    std::vector<std::unique_ptr<kernel::Kernel>> packed_kernels;

    explicit Discretisation(const Problem& problem, bool quasi_steady = false);

    /// Takes other values of parameters; rest stays what it was.
    void set_parameters(const Environment& changed);

    /// Plane of the grid that plane i_z of a group lies on or next to.
    std::size_t plane_of(const Group& group, std::size_t i_z) const;
    /// Where a voxel is, for messages: "z 0.41 mm, r 0.12 mm".
    std::string place(const Group& group, std::size_t i_z, std::size_t i_y, std::size_t i_x) const;
};

/// Conductance of every z face of a species from its diffusivity by plane.
void set_conductance(const Group& group, Transport& transport);

}  // namespace neocol::solver
