#pragma once

#include <vector>

#include "balance.hpp"
#include "discretisation.hpp"
#include "factor.hpp"
#include "frozen_transport.hpp"
#include "movement.hpp"
#include "stage.hpp"
#include "tiling.hpp"
#include "walls.hpp"

namespace neocol::solver {

/// What the positive step takes the deviation from: nothing where taxis acts on the whole.
inline double positive_reference(const Transport& transport, std::size_t i_z) {
    return transport.taxis.empty() ? transport.reference[i_z] : 0.0;
}

/// What a stage does to one group but for the factors of depth and exact diffusion: rates,
/// transport and walls of a stage state, the factors of the reaction before and after diffusion,
/// and those along x and y, plane by plane.
class RightHandSide {
public:
    RightHandSide(const Discretisation& d, const Balance& balance, std::size_t i_group,
                  const Tiling& tiling, Reconstruction reconstruction);

    /// out = gh F(stage state) + sum_j c_j U_j + time_factor dF/dt(t_n, u_n), in the layout of a
    /// state; then, where `factors` are given, y = (I - gh J)^-1 out with J that of the early
    /// processes at `start`, weighted += b y, and (I - gh A_x)^-1 and (I - gh A_y)^-1 of y.
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

    /// After diffusion: out = (I - gh J)^-1 out with J that of the late processes at `start`.
    struct LateTerms {
        const StageState* start = nullptr;
        double gh = 0.0;
        double* out = nullptr;
        const double* const* increments = nullptr;  ///< of all stages
        const double* b = nullptr;
        bool last = false;
    };
    void react_late(const LateTerms& terms, std::vector<Worker>& workers, int threads);

    /// The factors of the unknowns that `serves` names, all axes.
    void solve_frozen(const std::vector<FrozenTransport>& frozen, const std::vector<char>& serves,
                      double* out, int threads);

    /// The start of the positive step: out = (u - reference) + h walls, then the factors along x
    /// and y.
    void evaluate_positive(const StageState& state, double h, double* out,
                           const std::vector<SplitFactor>& factors,
                           const std::vector<WallSinks>& sinks, std::vector<Worker>& workers,
                           int threads);

    /// Integrals over band k of the last call of the rates by process, and of J_p times what the
    /// stages made of it, after the last one.
    double process(std::size_t i_band, std::size_t p) const {
        return process_sums_[i_band * group_.n_processes + p];
    }
    double linearised(std::size_t i_band, std::size_t p) const {
        return linearised_sums_[i_band * group_.n_processes + p];
    }
    /// Of plane z, per thickness: inward wall fluxes and the vector behind the factors of x and y
    /// at the side walls by condition.
    double wall_flux(std::size_t i_z, std::size_t k) const {
        return wall_flux_[i_z * walls_.conditions().size() + k];
    }
    double wall_after(std::size_t i_z, std::size_t k) const {
        return wall_after_[i_z * walls_.conditions().size() + k];
    }

    const Walls& walls() const { return walls_; }
    bool depends_on_time() const { return depends_on_time_; }
    /// Bounds on the walls' conductances at a state, by unknown.
    void wall_sinks(const StageState& state, Worker& worker, std::vector<WallSinks>& sinks) const;
    /// Takes the coefficients of unknowns that move differently from voxel to voxel from a state.
    /// \throws NumericsError  a diffusivity is negative or not finite
    void freeze(const StageState& state, std::vector<Worker>& workers, int threads,
                std::vector<FrozenTransport>& frozen) const;

private:
    const Discretisation& d_;
    const Balance& balance_;
    std::size_t i_group_;
    const Group& group_;
    const Tiling& tiling_;
    Walls walls_;
    bool depends_on_time_ = false;
    std::vector<kernel::Part> parts_;  ///< by process
    bool any_early_ = false, any_late_ = false;
    /// By unknown: whether the rate of an early, of a late process depends on it.
    std::vector<char> early_reads_, late_reads_;
    Movement movement_;
    std::vector<double> process_sums_, linearised_sums_, wall_flux_, wall_after_;

    void range(const Terms& terms, const std::vector<SplitFactor>* factors, Worker& worker,
               std::size_t begin, std::size_t end);
    void piece(const Terms& terms, Worker& worker, const Piece& piece);
    bool move(Worker& worker, const Piece& piece, std::size_t s, bool at_wall, double* moved);
    void react(const Terms& terms, Worker& worker, const Piece& piece) const;
    void react_late(const LateTerms& terms, Worker& worker, const Piece& piece) const;
    void measure_voxels(Worker& worker, const Piece& piece) const;
    void book_linearised(const Worker& worker, std::size_t i_band, kernel::Part part);
    kernel::Row bind(const StageState& state, const double* plane, std::size_t stride,
                     const Piece& piece, double time, Worker& worker) const;
    void positive_row(const StageState& state, double h, double* out,
                      const std::vector<WallSinks>& sinks, Worker& worker, std::size_t i_z,
                      std::size_t i_y);
    void time_derivative(const Terms& terms, Worker& worker, const Piece& piece) const;
    void differentiate_walls(const Terms& terms, Worker& worker, std::size_t i_z, std::size_t i_y,
                             double* derivative, std::size_t stride) const;
    void evaluate_walls(const kernel::Row& row, double* values) const;
    Walls::Row wall_row(const Worker& worker, const Walls::Condition& condition, std::size_t i_z,
                        std::size_t i_y, const double* u, const double* values) const;
    void book_side_walls(std::size_t s, const double* field, bool along_x, std::size_t begin,
                         std::size_t end);
    void solve_lateral(const std::vector<SplitFactor>& factors, Worker& worker, double* out,
                       std::size_t begin, std::size_t end);
};

}  // namespace neocol::solver
