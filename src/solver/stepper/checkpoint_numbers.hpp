#pragma once

#include <cstdint>
#include <vector>

#include <neocol/solver/stepper.hpp>

/// Plain numbers of a checkpoint, visited in one order for writing and for reading.
namespace neocol::solver {

template <typename Visit>
void visit_budget(Budget& budget, const Visit& visit) {
    for (std::vector<double>* part :
         {&budget.initial, &budget.current, &budget.injected, &budget.transported, &budget.balance,
          &budget.process, &budget.turnover})
        for (double& value : *part)
            visit(value);
    for (std::vector<double>& row : budget.produced)
        for (double& value : row)
            visit(value);
}

template <typename Visit>
void visit_statistics(StepStatistics& statistics, const Visit& visit) {
    const auto count = [&](std::uint64_t& value) {
        double number = static_cast<double>(value);
        visit(number);
        value = static_cast<std::uint64_t>(number);
    };
    count(statistics.accepted);
    count(statistics.rejected);
    count(statistics.blended);
    visit(statistics.smallest);
    visit(statistics.largest);
    for (std::uint64_t& value : statistics.limited_by_species)
        count(value);
}

}  // namespace neocol::solver
