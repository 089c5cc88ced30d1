#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"
#include "discretisation/tiling.hpp"
#include "discretisation/worker.hpp"
#include "reaction/reaction_factors.hpp"
#include "reaction/rest_balance.hpp"
#include "transport/boundary_conditions.hpp"
#include "transport/split_solver.hpp"
#include "transport/transport_operator.hpp"
#include "transport/wall_budget.hpp"

namespace neocol::solver {

/// The right-hand side of the fields of one group, as a stage needs it:
///
///     F(t, u) = rates(t, u) - rates at rest + transport(u) + walls(t, u).
class RightHandSide {
public:
    RightHandSide(const Discretisation& d, const RestBalance& balance, std::size_t i_group,
                  const Tiling& tiling, const BoundaryConditions& walls, WallBudget& wall_budget,
                  Reconstruction reconstruction);

    /// out = gh F(stage state) + sum_j c_j U_j + time_factor dF/dt(t_n, u_n), in the layout of a
    /// state.
    struct Terms {
        const StageState* state = nullptr;
        const StageState* start = nullptr;
        double gh = 0.0;
        const double* c = nullptr;
        const double* const* increments = nullptr;
        std::size_t n = 0;
        double start_time = 0.0;
        double time_factor = 0.0;
        double time_step = 0.0;
        double* out = nullptr;
    };
    /// What follows in a stage while its rows are in the cache: the factors of the early processes,
    /// then those of transport along x and y.
    struct FirstFactors {
        ReactionFactors& reaction;
        SplitSolver& transport;
        const std::vector<SplitFactor>& lines;
        ReactionFactors::EarlyTerms early;
    };
    /// \param factors  applied to `out`; may be null
    void evaluate(const Terms& terms, const FirstFactors* factors, std::vector<Worker>& workers,
                  int threads);

    /// Integral over band k of the last call of the rate of process p.
    double process(std::size_t i_band, std::size_t p) const {
        return process_sums_[i_band * group_.n_processes + p];
    }

private:
    const Discretisation& d_;
    const RestBalance& balance_;
    std::size_t i_group_;
    const Group& group_;
    const Tiling& tiling_;
    const BoundaryConditions& walls_;
    WallBudget& wall_budget_;
    bool depends_on_time_ = false;
    TransportOperator transport_;
    std::vector<double> process_sums_;

    void range(const Terms& terms, const FirstFactors* factors, Worker& worker, std::size_t begin,
               std::size_t end);
    void piece(const Terms& terms, Worker& worker, const Piece& piece);
    bool transport_rate(Worker& worker, const Piece& piece, std::size_t s, bool at_wall,
                        double* rate);
    void time_derivative(const Terms& terms, Worker& worker, const Piece& piece) const;
};

}  // namespace neocol::solver
