#pragma once

#include <vector>

#include <neocol/solver/stepper.hpp>

#include "budget/step_budget.hpp"
#include "discretisation/discretisation.hpp"
#include "reaction/rest_balance.hpp"

namespace neocol::solver {

/// Accumulates what steps and sessions do in a Budget.
class BudgetAccumulator {
public:
    BudgetAccumulator(const Discretisation& d, const RestBalance& balance);

    Budget budget;

    /// Begins with this content, by species.
    void begin(const std::vector<double>& content);
    /// Books the change to this content as injected by a session or an event.
    void inject(const std::vector<double>& content);
    /// Books a step of that size, after which the content is this.
    void book(const StepBudget& step_budget, double step, const std::vector<double>& content);

private:
    const Discretisation& d_;
    const RestBalance& balance_;

    void book_process(const Group& group, std::size_t p, const std::vector<double>& by_layer);
};

}  // namespace neocol::solver
