#pragma once

#include <memory>
#include <span>
#include <vector>

#include <neocol/solver/stepper.hpp>

namespace neocol::solver {

/// Integrates a well-mixed model with Boost.Odeint's Rosenbrock method of order 4: the ODE solver
/// of choice where there is no space, and an independent check of `Stepper`.
///
/// The integrals of all process rates are integrated beside the species. Rosenbrock methods keep
/// linear invariants, so the budgets close to rounding.
/// \pre one voxel, one system (no surface fields)
class OdeintStepper {
public:
    OdeintStepper(const Problem& problem, const StepperOptions& options);
    ~OdeintStepper();

    /// True if this stepper can serve a model on a grid.
    static bool serves(const model::Model& model, const tissue::Grid& grid);

    tissue::State& state();
    const tissue::State& state() const;
    const RowBinder& binder() const;
    void start(double t);
    void set_parameters(const Environment& environment);
    void restart(double t);
    StepInfo step(double limit);
    double time() const;
    const Budget& budget() const;
    const StepStatistics& statistics() const;
    std::vector<double> save() const;
    /// \pre start() was called  \throws Error  numbers of another model
    void load(std::span<const double> saved);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::solver
