#include "budget/budget_accumulator.hpp"

#include <algorithm>
#include <cmath>

namespace neocol::solver {

BudgetAccumulator::BudgetAccumulator(const Discretisation& d, const RestBalance& balance)
    : d_(d), balance_(balance) {
    begin(std::vector<double>(d.model.species.size(), 0.0));
}

void BudgetAccumulator::begin(const std::vector<double>& content) {
    const std::size_t n_species = d_.model.species.size(), n_processes = d_.model.processes.size();
    budget.initial = budget.current = content;
    budget.injected.assign(n_species, 0.0);
    budget.transported.assign(n_species, 0.0);
    budget.balance.assign(n_species, 0.0);
    budget.turnover.assign(n_species, 0.0);
    budget.process.assign(n_processes, 0.0);
    budget.produced.assign(n_species, std::vector<double>(n_processes, 0.0));
}

void BudgetAccumulator::inject(const std::vector<double>& content) {
    for (std::size_t s = 0; s < content.size(); ++s) {
        const double change = content[s] - budget.current[s];
        budget.injected[s] += change;
        budget.turnover[s] += std::abs(change);
        budget.current[s] = content[s];
    }
}

void BudgetAccumulator::book_process(const Group& group, std::size_t p,
                                     const std::vector<double>& by_layer) {
    const auto process = static_cast<std::size_t>(group.system->processes[p]);
    for (std::size_t layer = 0; layer < group.n_layers; ++layer) {
        const double integral = by_layer[layer * group.n_processes + p];
        budget.process[process] += integral;
        for (const Group::Change& change : group.changes[p]) {
            if (change.unknown >= group.n_unknowns) continue;
            const auto species = static_cast<std::size_t>(group.system->unknowns[change.unknown]);
            const double amount = change.yield[layer] * integral;
            budget.produced[species][process] += amount;
            budget.turnover[species] += std::abs(amount);
        }
    }
}

void BudgetAccumulator::book(const StepBudget& step_budget, double step,
                             const std::vector<double>& content) {
    for (std::size_t g = 0; g < d_.groups.size(); ++g) {
        const Group& group = d_.groups[g];
        for (std::size_t p = 0; p < group.n_processes; ++p)
            book_process(group, p, step_budget.process[g]);
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const auto species = static_cast<std::size_t>(group.system->unknowns[s]);
            const double subtracted = -step * balance_.total(g)[s];
            budget.balance[species] += subtracted;
            budget.turnover[species] += std::abs(subtracted);
        }
    }
    for (std::size_t s = 0; s < content.size(); ++s) {
        budget.transported[s] += step_budget.transported[s];
        budget.turnover[s] += std::abs(step_budget.transported[s]);
    }
    budget.current = content;
}

}  // namespace neocol::solver
