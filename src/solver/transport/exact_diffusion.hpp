#pragma once

#include <span>
#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"
#include "transport/split_factor.hpp"

namespace neocol::solver {

/// Exact solution of (I - gh (A_x + A_y + A_z)) u = b by fast diagonalisation: the eigenbasis of
/// the lateral axes, which all layers and species share, and a tridiagonal system in depth per
/// mode.
///
/// Serves species with one diffusivity a layer and no condition on the outer walls.
/// Source: Lynch, Rice & Thomas 1964, doi:10.1007/BF01386067
class ExactDiffusion {
public:
    /// Voxels along a lateral axis that it is worth: setting up grows as their cube, a solve as
    /// their square.
    static constexpr std::size_t widest = 1024;

    explicit ExactDiffusion(const Discretisation& d);

    /// Pivots of one species' tridiagonal systems for a step.
    struct Factor {
        std::vector<double> scale, lower, upper, leak;  ///< by plane, see solve_modes
        AlignedVector inverse_pivots;                   ///< [z][mode], in the layout of a field
    };
    /// \param damping  as in build_split_factor
    void factor(const Group& group, const Transport& transport, std::span<const double> damping,
                const WallConductances& sinks, double gh, int threads, Factor& out) const;

    /// A species to solve: its factor and its field (first plane), solved in place.
    struct Task {
        const Factor* factor = nullptr;
        double* field = nullptr;
    };
    void solve(const std::vector<Task>& tasks, int threads) const;

private:
    /// Eigenbasis of one axis, rows padded to full lanes.
    struct Basis {
        std::size_t n = 0, padded = 0;
        std::vector<double> rates;    ///< eigenvalues of minus the operator, ascending
        AlignedVector forward, back;  ///< [voxel][mode], [mode][voxel]
    };
    const Discretisation& d_;
    Basis x_, y_;
    AlignedVector mode_rates_;  ///< sum of the axes' rates, [y mode][x mode]

    static Basis make_basis(const AxisStencil& stencil);
    void transform(double* plane, bool forward, AlignedVector& buffer) const;
    void solve_modes(const Factor& factor, double* field, std::size_t first,
                     std::size_t count) const;
};

}  // namespace neocol::solver
