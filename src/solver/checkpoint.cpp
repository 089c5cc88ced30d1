#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "stepper_implementation.hpp"

namespace neocol::solver {

namespace {

/// Reads and writes the plain numbers of a checkpoint in one order.
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
void visit_control(StepControl::Memory& memory, const Visit& visit) {
    double reason = static_cast<double>(memory.reason);
    visit(memory.wanted);
    visit(memory.last_error);
    visit(memory.last_size);
    visit(reason);
    memory.reason = static_cast<StepInfo::Limit>(static_cast<int>(reason));
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

}  // namespace

std::vector<double> Stepper::save() const {
    // The visitors read through copies, so that saving and loading cannot
    // disagree in order.
    const Implementation& self = *implementation_;
    std::vector<double> saved{self.time};
    const auto write = [&](double& value) { saved.push_back(value); };
    StepControl::Memory memory = self.control.memory;
    visit_control(memory, write);
    saved.insert(saved.end(), self.peak.begin(), self.peak.end());
    saved.insert(saved.end(), self.signed_species.begin(), self.signed_species.end());
    Budget budget = self.ledger.budget;
    visit_budget(budget, write);
    StepStatistics statistics = self.statistics;
    visit_statistics(statistics, write);
    return saved;
}

void Stepper::load(std::span<const double> saved) {
    Implementation& self = *implementation_;
    if (saved.size() != save().size())
        throw Error(fmt::format("a checkpoint of another model: {} numbers where {} are needed",
                                saved.size(), save().size()));
    std::size_t next = 0;
    const auto read = [&](double& value) { value = saved[next++]; };
    read(self.time);
    visit_control(self.control.memory, read);
    for (double& value : self.peak)
        read(value);
    for (char& value : self.signed_species)
        value = saved[next++] > 0.0 ? 1 : 0;
    visit_budget(self.ledger.budget, read);
    visit_statistics(self.statistics, read);
}

}  // namespace neocol::solver
