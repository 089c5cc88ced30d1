#pragma once

#include <vector>

#include "balance.hpp"
#include "discretisation.hpp"
#include "factor.hpp"
#include "stage.hpp"
#include "varying.hpp"
#include "walls.hpp"

namespace neocol::solver {

/// What a thread needs while it works on a group.
struct Worker {
    RowBinder::Scratch binder;
    Window window;
    AlignedVector halo[3];      ///< rows with room for neighbours at both ends
    AlignedVector outflow;      ///< rate at which taxis empties the voxels of one row
    AlignedVector moved;        ///< rate of change by transport along one row
    AlignedVector derivative;   ///< [unknown][x]: d rates / d time of one row
    AlignedVector wall_values;  ///< [output][x], twice
    AlignedVector sums;         ///< [process][lane]
    AlignedVector linearised;   ///< [process][lane]
    AlignedVector lines;        ///< of the solver along x
    AlignedVector strip;        ///< [unknown][x] of a strip in the second pass

    Worker(const Discretisation& d, const Group& group, std::size_t strip_blocks);
};

/// First pass of a stage over one group: rates, transport and walls of a stage state, then the
/// factor of the reaction and those along x and y, plane by plane.
class RightHandSide {
public:
    RightHandSide(const Discretisation& d, const Balance& balance, std::size_t i_group,
                  Reconstruction reconstruction);

    /// out = gh F(stage state) + sum_j c_j U_j + time_factor dF/dt(t_n, u_n), in the layout of a
    /// state; then, where `factors` are given, y = (I - gh J)^-1 out with J taken at `start`,
    /// weighted += b y, and (I - gh A_x)^-1 and (I - gh A_y)^-1 of y.
    struct Terms {
        const StageState* state = nullptr;
        const StageState* start = nullptr;
        double gh = 0.0;
        const double* c = nullptr;
        const double* const* increments = nullptr;
        std::size_t n = 0;
        double start_time = 0.0;
        double time_factor = 0.0;
        double time_step = 0.0;  ///< scale of the difference quotient of wall values in time
        double* out = nullptr;
        double* weighted = nullptr;
        double b = 0.0;
        bool first = false, last = false;  ///< stage of the step
    };
    void evaluate(const Terms& terms, const std::vector<SplitFactor>* factors,
                  std::vector<Worker>& workers, int threads);

    /// The start of the positive step: out = (u - reference) + h (walls + taxis, first order), of
    /// every unknown that moves or has a wall, then the factors along x and y.
    void evaluate_positive(const StageState& state, double h, double* out,
                           const std::vector<SplitFactor>& factors,
                           const std::vector<WallSinks>& sinks, std::vector<Worker>& workers,
                           int threads);

    /// Sums over plane z of the last call, per thickness: rates by process, inward wall fluxes and
    /// the vector behind the factors of x and y at the side walls by condition.
    double process(std::size_t i_z, std::size_t p) const {
        return process_sums_[i_z * group_.n_processes + p];
    }
    /// J_p times `weighted` after the last stage, likewise.
    double linearised(std::size_t i_z, std::size_t p) const {
        return linearised_sums_[i_z * group_.n_processes + p];
    }
    double wall_flux(std::size_t i_z, std::size_t k) const {
        return wall_flux_[i_z * walls_.conditions().size() + k];
    }
    double wall_after(std::size_t i_z, std::size_t k) const {
        return wall_after_[i_z * walls_.conditions().size() + k];
    }

    /// Largest rate at which taxis emptied a voxel in the last call [d-1]: a Courant number of one
    /// is reached in a step of its inverse.
    double largest_outflow() const;

    const Walls& walls() const { return walls_; }
    bool depends_on_time() const { return depends_on_time_; }
    /// Bounds on the walls' conductances at a state, by unknown.
    void wall_sinks(const StageState& state, Worker& worker, std::vector<WallSinks>& sinks) const;
    /// Sets diffusivities that vary within layers to their largest values by layer, for the
    /// factors. \throws NumericsError  a diffusivity is negative or not finite
    void bound_diffusivities(const StageState& state, std::vector<Worker>& workers, int threads,
                             std::vector<Transport>& transport) const;

private:
    const Discretisation& d_;
    const Balance& balance_;
    std::size_t i_group_;
    const Group& group_;
    Walls walls_;
    bool depends_on_time_ = false;
    Reconstruction reconstruction_;
    std::vector<double> process_sums_, linearised_sums_, wall_flux_, wall_after_, outflow_;

    void range(const Terms& terms, const std::vector<SplitFactor>* factors, Worker& worker,
               std::size_t begin, std::size_t end);
    void row(const Terms& terms, Worker& worker, std::size_t i_z, std::size_t i_y);
    void react(const Terms& terms, Worker& worker, std::size_t i_z, std::size_t i_y) const;
    void positive_row(const StageState& state, double h, double* out,
                      const std::vector<WallSinks>& sinks, Worker& worker, std::size_t i_z,
                      std::size_t i_y);
    void time_derivative(const Terms& terms, Worker& worker, std::size_t i_z,
                         std::size_t i_y) const;
    void evaluate_walls(const kernel::Row& row, double* values) const;
    Walls::Row wall_row(const Worker& worker, const Walls::Condition& condition, std::size_t i_z,
                        std::size_t i_y, const double* u, const double* values) const;
    bool move(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y);
    void diffuse_varying(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y) const;
    void attract(Worker& worker, std::size_t s, const TaxisTerm& taxis,
                 Reconstruction reconstruction, std::size_t i_z, std::size_t i_y);
    const double* widen(const double* row, AlignedVector& buffer) const;
    template <typename Visit>
    void visit_faces(const Worker& worker, std::size_t s, std::size_t output, std::size_t i_z,
                     std::size_t i_y, const Visit& visit) const;
    void diffuse_row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y) const;
    [[noreturn]] void throw_bad_diffusivity(std::size_t s, std::size_t i_z, std::size_t i_y,
                                            std::size_t i_x, double value, double time) const;
    void solve_lateral(const std::vector<SplitFactor>& factors, Worker& worker, double* out,
                       std::size_t begin, std::size_t end);
};

}  // namespace neocol::solver
