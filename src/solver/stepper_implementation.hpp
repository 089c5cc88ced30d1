#pragma once

#include <optional>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/solver/stepper.hpp>

#include "balance.hpp"
#include "closures.hpp"
#include "discretisation.hpp"
#include "ledger.hpp"
#include "measure.hpp"
#include "positive_step.hpp"
#include "rosenbrock.hpp"
#include "step_control.hpp"

namespace neocol::solver {

struct Stepper::Implementation {
    StepperOptions options;
    Discretisation d;
    std::unique_ptr<Closures> closures;  ///< nullptr if the model has none
    Balance balance;
    Workspace workspace;
    std::vector<GroupWork> work;
    std::optional<Rosenbrock> rosenbrock;
    std::optional<PositiveStep> positive;
    Ledger ledger;
    StepControl control;
    tissue::State state;
    StepStatistics statistics;
    const std::atomic<bool>* stop = nullptr;
    int limiting_species = -1;       ///< of the last attempt that told one, for messages
    int error_order = 0;             ///< of the last attempt in its size; 0: the method's
    int undershooting_species = -1;  ///< likewise: would fall below zero
    bool falls_at_any_step = false;  ///< of the last attempt: below zero, however short it is
    double time = 0.0;
    std::vector<double> floor, peak;
    std::vector<double> undershoot;   ///< by species: what counts as not negative; signed: infinite
    std::vector<double> allowed;      ///< likewise, or as far below 0 as the state at hand is
    std::vector<std::size_t> joined;  ///< set of every species, see joined_species

    Implementation(const model::Model& model, const std::vector<const kernel::Kernel*>& kernels,
                   const tissue::Grid& grid, const tissue::FieldTable& fields,
                   const Environment& environment, const StepperOptions& o);

    void make_steps();
    void take(const Measures& measures);
    void allow(const Measures& measures, bool more);
    double first_step();
    double worst(const std::vector<double>& norms, int& species) const;
    bool finite() const;
    template <typename Visit>
    void visit_suspects(const std::vector<double>& least, const Visit& visit) const;
    bool undershoots(const std::vector<double>& least) const;
    bool positive_failed();
    bool repair(double h, StepInfo& info);
    std::vector<double> blend_shares() const;
    double blend(const std::vector<double>& shares, int& species);
    void accept(const StepControl::Choice& choice, double limit, StepInfo& info);
    bool attempt(const StepControl::Choice& choice, StepInfo& info);
    /// Smallest step that time can be told apart by [d].
    double smallest_step() const;
    NumericsError::Where worst_place(int species) const;
    [[noreturn]] void fail(double h, const StepInfo& info) const;
};

}  // namespace neocol::solver
