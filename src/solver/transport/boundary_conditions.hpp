#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"
#include "discretisation/worker.hpp"

namespace neocol::solver {

/// Conductance that a wall adds to the diagonal of the factors, per area [mm d-1]: a bound on the
/// true one over the wall and the step.
struct WallConductances {
    double top = 0.0, bottom = 0.0, outer = 0.0;
};

/// The boundary conditions of a group and the fluxes they let in.
///
/// The inward flux density is G (value - u) for fixed and Robin walls, with the resistance of half
/// a voxel in series: G = 2 D/dx and G = 1/(1/coefficient + dx/(2 D)).
class BoundaryConditions {
public:
    struct Condition {
        std::size_t unknown = 0;
        model::Side side = model::Side::top;
        model::BoundaryKind kind = model::BoundaryKind::no_flux;
        std::size_t output = 0;  ///< its value in Program::boundary; the coefficient follows
    };

    BoundaryConditions(const Discretisation& d, const Group& group);

    const std::vector<Condition>& conditions() const { return conditions_; }
    std::size_t n_outputs() const { return n_outputs_; }
    bool depends_on_time() const { return depends_on_time_; }
    /// True if a condition acts on a row of plane z.
    bool touches(std::size_t i_z) const;
    bool touches(const Condition& condition, std::size_t i_z) const;

    /// Values and coefficients of all conditions along row (z, y) of a stage state, [output][x];
    /// `plane` and `stride` say where its unknowns are.
    void evaluate(const StageState& state, const double* plane, std::size_t stride, std::size_t i_z,
                  std::size_t i_y, double time, Worker& worker, double* values) const;

    /// One row next to a wall.
    struct Row {
        std::size_t i_z = 0, i_y = 0;
        const double* u = nullptr;  ///< of the condition's unknown
        const double* value = nullptr;
        const double* coefficient = nullptr;
        const double* diffusivity = nullptr;  ///< by voxel; nullptr: that of the plane
    };
    /// Row (z, y) for a condition on unknown `u`, with `values` from `evaluate`.
    Row row(const Worker& worker, const Condition& condition, std::size_t i_z, std::size_t i_y,
            const double* u, const double* values) const;
    /// Adds the flux through a condition's wall to the rate of change of the row's voxels and
    /// returns it integrated over the row's wall per thickness of the plane (outer) or in all.
    double add_flux(const Condition& condition, const Row& row, double* rate) const;
    /// The same for the positive step, which takes sink * (u - reference) implicitly: adds that to
    /// the flux, so that what is added is not negative where value and u are not.
    double add_positive_flux(const Condition& condition, const Row& row,
                             const WallConductances& sinks, double reference, double* rate) const;
    /// Adds d/dt of the rate of change by walls at the beginning of a step, a difference quotient,
    /// to row (z, y) of `derivative`, whose unknowns lie `stride` apart. \param step  of time [d]
    void add_time_derivative(const StageState& start, double time, double step, Worker& worker,
                             std::size_t i_z, std::size_t i_y, double* derivative,
                             std::size_t stride) const;
    /// Bounds on the walls' conductances at a state, by unknown.
    void bound_conductances(const StageState& state, Worker& worker,
                            std::vector<WallConductances>& sinks) const;

    /// Integral over a condition's x walls (y walls) of values of plane z in [y][x] layout, per
    /// thickness.
    double integral_x(const double* plane) const;
    double integral_y(const double* plane) const;

private:
    const Discretisation& d_;
    const Group& group_;
    std::vector<Condition> conditions_;
    std::size_t n_outputs_ = 0;
    bool depends_on_time_ = false;
    bool wall_x_ = false, wall_y_ = false;

    void raise_sink(const Condition& condition, const Row& row, WallConductances& sink) const;
    static double& sink_of(const Condition& condition, WallConductances& sinks);
    double conductance(const Condition& condition, const Row& row, std::size_t i,
                       double distance) const;
    double flux(const Condition& condition, const Row& row, std::size_t i, double distance) const;
    template <typename Visit>
    void visit(const Condition& condition, const Row& row, const Visit& act) const;
};

}  // namespace neocol::solver
