#pragma once

#include <vector>

#include <neocol/solver/stepper.hpp>

#include "budget/step_budget.hpp"
#include "discretisation/discretisation.hpp"
#include "reaction/rest_balance.hpp"

namespace neocol::solver {

/// Books what steps and sessions do into a Budget.
class Ledger {
public:
    Ledger(const Discretisation& d, const Balance& balance);

    Budget budget;

    void begin(const std::vector<double>& content);
    void inject(const std::vector<double>& content);
    void book(const Gains& gains, double step, const std::vector<double>& content);

private:
    const Discretisation& d_;
    const Balance& balance_;

    void book_process(const Group& group, std::size_t p, const std::vector<double>& by_layer);
};

}  // namespace neocol::solver
