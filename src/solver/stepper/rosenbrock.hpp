#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <vector>

#include <neocol/solver/stepper.hpp>

#include "budget/step_budget.hpp"
#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"
#include "quasi_steady/algebraic_variables.hpp"
#include "stepper/group_work.hpp"
#include "stepper/tableau.hpp"
#include "transport/exact_diffusion.hpp"

namespace neocol::solver {

/// The step of high order: four stages of ROS34PW2, see RosenbrockTableau, in which I - gamma h A
/// is replaced by the product of GroupWork's factors.
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

    /// Of the model; nullptr if it has none.
    AlgebraicVariables* algebraic = nullptr;
    std::vector<double> error;  ///< root mean square of the embedded error, by species
    std::vector<double> least;  ///< smallest new value, by species
    StepBudget step_budget;

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
