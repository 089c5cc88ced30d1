#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <vector>

#include <neocol/solver/stepper.hpp>

#include "budget/step_budget.hpp"
#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"
#include "discretisation/tiling.hpp"
#include "discretisation/worker.hpp"
#include "quasi_steady/algebraic_variables.hpp"
#include "reaction/linear_losses.hpp"
#include "reaction/reaction_factors.hpp"
#include "reaction/rest_balance.hpp"
#include "right_hand_side/right_hand_side.hpp"
#include "stepper/tableau.hpp"
#include "transport/boundary_conditions.hpp"
#include "transport/exact_diffusion.hpp"
#include "transport/linearised_transport.hpp"
#include "transport/split_factor.hpp"
#include "transport/split_solver.hpp"
#include "transport/wall_budget.hpp"

namespace neocol::solver {

/// Arrays that steps work in, in the layout of a state.
struct Workspace {
    AlignedVector stages[n_stages];
    AlignedVector weighted;  ///< sum of b_i y_i, y_i behind the early factor of stage i
    tissue::State next;
    explicit Workspace(const Discretisation& d);
};

/// One group's share of the work, with everything that is made once.
struct GroupWork {
    std::size_t i_group = 0;
    Tiling tiling;
    LinearLosses losses;
    Walls walls;
    WallBudget wall_budget;
    RightHandSide rhs;
    ReactionFactors reaction;
    SplitSolver transport;
    std::vector<Worker> workers;  ///< by thread
    std::vector<SplitFactor> factors;
    std::vector<WallSinks> sinks;
    std::vector<LinearisedTransport> linearised;  ///< of unknowns with taxis or a diffusivity by
                                                  ///< voxel
    std::vector<char> is_linearised;              ///< by unknown: those are its factors
    std::vector<ExactDiffusion::Factor> exact_factors;
    std::vector<std::vector<double>> damping;  ///< [unknown][plane], see build_split_factor
    std::vector<char> eligible;                ///< by unknown: an exact factor may serve it
    std::vector<char> exact;                   ///< by unknown: it does
    /// By strip: [unknown][lane] sums of squared errors and least values.
    std::vector<double> errors, least;

    GroupWork(const Discretisation& d, const Balance& balance, std::size_t i_group,
              Reconstruction reconstruction, int threads);
    GroupWork(const GroupWork&) = delete;  // its parts refer to each other
    GroupWork& operator=(const GroupWork&) = delete;

    /// Sets the damping for steps of gh; 0 sets it to 1.
    void set_damping(double gh);
};

/// The high-order step.
class Rosenbrock {
public:
    Rosenbrock(const Discretisation& d, Workspace& workspace, std::deque<GroupWork>& work,
               StepperOptions::Factor factor, int threads);

    /// What belongs to the beginning of a step and not to its size: losses and bounds for the
    /// factors.
    void prepare(const double* u, double t);

    /// Root mean square of F(t, u) by species.
    std::vector<double> rate_norms(const double* u, double t);

    /// Attempts a step of size h from u at t: fills Workspace::next and what follows.
    /// \param stop  looked at before every stage; may be null
    /// \returns false if it was set: what is filled means nothing
    bool attempt(const double* u, double t, double h, const std::atomic<bool>* stop = nullptr);

    /// What stages read of the whole state at once; nullptr if the model has nothing of the kind.
    Closures* closures = nullptr;
    std::vector<double> error;  ///< root mean square of the embedded error, by species
    std::vector<double> least;  ///< smallest new value, by species
    Gains gains;

private:
    const Discretisation& d_;
    Workspace& workspace_;
    std::deque<GroupWork>& work_;
    int threads_;
    bool chooses_ = false;    ///< between split and exact factors, by species and step
    double stiffness_ = 0.0;  ///< geometric mean of lateral and depth rates at diffusivity 1 [mm-2]
    RosenbrockTableau tableau_;
    StageState start_, state_;
    std::optional<ExactDiffusion> exact_diffusion_;
    std::vector<std::vector<double>> process_;  // [group][band * n_processes + process]
    std::vector<std::vector<double>> walls_;    // [group][condition]: integral of inward flux

    void build_factors(double gh);
    void solve_exactly(std::size_t i_stage);
    void first_pass(std::size_t i_stage, const double* u, double t, double h);
    void second_pass(std::size_t i_stage, double gh);
    void finish_strip(GroupWork& work, std::size_t i_strip, std::size_t s);
    void book_stage(std::size_t i_stage);
    void collect(double h);
};

}  // namespace neocol::solver
