#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "saved.hpp"
#include "stepper_implementation.hpp"

namespace neocol::solver {

namespace {

/// Visits the step control's numbers in the order of a checkpoint.
template <typename Visit>
void visit_control(StepControl::Memory& memory, const Visit& visit) {
    double reason = static_cast<double>(memory.reason);
    visit(memory.wanted);
    visit(memory.last_error);
    visit(memory.last_size);
    visit(reason);
    memory.reason = static_cast<StepInfo::Limit>(static_cast<int>(reason));
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
    for (std::size_t s = 0; s < self.allowed.size(); ++s)
        saved.push_back(std::isfinite(self.allowed[s]) ? self.allowed[s] : -1.0);
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
    for (double& value : self.allowed) {
        read(value);
        if (value < 0.0) value = std::numeric_limits<double>::infinity();
    }
    visit_budget(self.ledger.budget, read);
    visit_statistics(self.statistics, read);
}

}  // namespace neocol::solver
