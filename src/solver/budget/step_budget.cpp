#include "budget/step_budget.hpp"

#include <algorithm>

namespace neocol::solver {

StepBudget::StepBudget(const Discretisation& d) : transported(d.model.species.size(), 0.0) {
    for (const Group& group : d.groups)
        process.emplace_back(group.n_layers * group.n_processes, 0.0);
}

void StepBudget::clear() {
    for (std::vector<double>& values : process)
        std::fill(values.begin(), values.end(), 0.0);
    std::fill(transported.begin(), transported.end(), 0.0);
}

void StepBudget::blend(const Discretisation& d, const StepBudget& low,
                       const std::vector<double>& shares) {
    for (std::size_t g = 0; g < process.size(); ++g) {
        const Group& group = d.groups[g];
        for (std::size_t p = 0; p < group.n_processes; ++p) {
            const auto& changes =
                d.model.processes[static_cast<std::size_t>(group.system->processes[p])].changes;
            if (changes.empty()) continue;
            const double share = shares[static_cast<std::size_t>(changes.front().species)];
            for (std::size_t k = p; k < process[g].size(); k += group.n_processes)
                process[g][k] = low.process[g][k] + share * (process[g][k] - low.process[g][k]);
        }
    }
    for (std::size_t s = 0; s < transported.size(); ++s)
        transported[s] = low.transported[s] + shares[s] * (transported[s] - low.transported[s]);
}

}  // namespace neocol::solver
