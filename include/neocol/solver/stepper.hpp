#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <neocol/core/words.hpp>
#include <neocol/solver/budget.hpp>
#include <neocol/solver/problem.hpp>
#include <neocol/solver/row_binder.hpp>
#include <neocol/tissue/state.hpp>

namespace neocol::solver {

struct StepperOptions {
    /// Error delivered, about: 2-norm relative to each species' largest so far.
    double tolerance = 1e-4;
    double largest_step = 30.0;    ///< [d]
    double smallest_step = 1e-30;  ///< [d]; never less than what time resolves in double precision
    double fixed_step = 0.0;       ///< [d]; above 0: no error control, for orders of convergence
    int threads = 1;
    /// Which factor serves diffusion: chosen per species, or one for all (for tests).
    enum class Factor { automatic, split, exact } factor = Factor::automatic;
    bool limit_taxis = true;  ///< van Leer limiter; false: unlimited linear reconstruction
};

/// What one accepted step was like, for progress, `--explain-steps` and statistics.
struct StepInfo {
    double time = 0.0;          ///< at its end [d]
    double size = 0.0;          ///< [d]
    double error = 0.0;         ///< estimate over tolerance
    int limiting_species = -1;  ///< whose error it was
    enum class Limit {
        error,
        positivity,
        factorisation,
        landing,
        growth,
        largest
    } limit = Limit::error;
    double blend = 1.0;    ///< share of the high-order solution
    int rejected = 0;      ///< attempts thrown away before it
    bool stopped = false;  ///< asked to within it: state and time are those before it
};

}  // namespace neocol::solver

namespace neocol {

template <>
inline constexpr auto words<solver::StepInfo::Limit> =
    std::to_array<Word<solver::StepInfo::Limit>>({
        {solver::StepInfo::Limit::error, "error of", "the estimate of a species met the tolerance"},
        {solver::StepInfo::Limit::positivity, "positivity of",
         "a larger one would have taken a species below zero"},
        {solver::StepInfo::Limit::factorisation, "factorisation error of",
         "what the factors of the matrix leave out"},
        {solver::StepInfo::Limit::landing, "landing", "a time to stop at came first"},
        {solver::StepInfo::Limit::growth, "growth limit after", "steps grow by so much at most"},
        {solver::StepInfo::Limit::largest, "largest step", "no step is longer"},
    });

}  // namespace neocol

namespace neocol::solver {

struct StepStatistics {
    std::uint64_t accepted = 0, rejected = 0, blended = 0;
    double smallest = 0.0, largest = 0.0;  ///< [d]
    std::vector<std::uint64_t> limited_by_species;
};

/// Adaptive integrator of a model on a grid: a Rosenbrock-W method of order 3 with approximate
/// matrix factorisation: what changes linear diffusers, diffusion and taxis, what changes the rest.
///
/// At a state that is at rest every stage is exactly zero, so rest is kept to the last bit. The
/// same bits come out for any number of threads.
/// Source: Rang & Angermann 2005, doi:10.1007/s10543-005-0035-y (ROS34PW2)
class Stepper {
public:
    Stepper(const Problem& problem, const StepperOptions& options);
    ~Stepper();

    tissue::State& state();
    const tissue::State& state() const;
    const RowBinder& binder() const;

    /// Begins at time `t` [d] from the present state: sets the budget's initial content and the
    /// balance. Padding is set here.
    void start(double t);

    /// Goes on with other values of parameters; rest, and the balance at it, stay what they were.
    /// \pre `environment` differs in parameters alone and outlives the stepper
    void set_parameters(const Environment& environment);

    /// The state was changed from outside (a session, an event): books the change as injected and
    /// forgets the step size.
    void restart(double t);

    /// One accepted step that ends at or before `limit` [d]; lands on it exactly if it comes near.
    /// \throws NumericsError  not finite, or the step became too small
    StepInfo step(double limit);
    /// From now on a step ends before its next stage when the flag is set. The step that follows,
    /// here or after `save` and `load`, has the bits it would have had. \param flag  may be null
    void stop_when(const std::atomic<bool>* flag);

    double time() const;
    const Budget& budget() const;
    const StepStatistics& statistics() const;

    /// Everything the next step depends on beside the state (step size, peak norms, budgets), as
    /// plain numbers for a checkpoint.
    std::vector<double> save() const;
    void load(std::span<const double> saved);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::solver
