#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/tiling.hpp"
#include "transport/boundary_conditions.hpp"

namespace neocol::solver {

/// What flows in through the walls of a group during a stage, by boundary condition:
///
///     inward = integral over the wall of (flux - G u),
///
/// flux being that of the right-hand side, G the conductance that the factors of transport take
/// implicitly, and u the solution behind the factor of the wall's axis.
class WallBudget {
public:
    WallBudget(const Discretisation& d, const Group& group, const BoundaryConditions& walls,
               const Tiling& tiling);

    /// Forgets the fluxes, and u at the side walls.
    void reset();
    /// Forgets u at top and bottom.
    void reset_depth();

    /// Adds the flux of the right-hand side through condition k's wall on plane z, per thickness
    /// (side walls) or in all.
    void add_flux(std::size_t i_z, std::size_t k, double flux) {
        flux_[i_z * n_conditions() + k] += flux;
    }
    /// Takes u of unknown s at the side walls on planes [begin, end), behind the factor of x or y.
    void book_sides(std::size_t s, const double* field, bool along_x, std::size_t begin,
                    std::size_t end);
    /// Takes u of unknown s at top and bottom on a strip, behind the factor of depth; `field`
    /// starts with the strip.
    void book_depth(std::size_t s, const double* field, std::size_t i_strip);

    /// \param sinks    conductances of the walls, by unknown
    /// \param damping  [unknown][plane], see build_split_factor
    double inward(std::size_t k, const std::vector<WallConductances>& sinks,
                  const std::vector<std::vector<double>>& damping) const;

private:
    const Discretisation& d_;
    const Group& group_;
    const BoundaryConditions& walls_;
    const Tiling& tiling_;
    std::vector<double> flux_, sides_;  ///< [plane][condition]
    std::vector<double> depth_;         ///< [strip][condition]

    std::size_t n_conditions() const { return walls_.conditions().size(); }
};

}  // namespace neocol::solver
