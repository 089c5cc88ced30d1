#include "stepper/step_control.hpp"

#include <algorithm>
#include <cmath>

namespace neocol::solver {

namespace {

constexpr double safety = 0.9, most_growth = 5.0, least_growth = 0.2;
constexpr double smallest_error = 1e-10, smallest_last_error = 1e-2;

/// Share of a step by which the limit may be missed and still be landed on.
constexpr double landing_slack = 1e-10;

}  // namespace

void StepControl::begin(double size) {
    memory.next_size = std::min(size, largest_);
    memory.last_error = 1.0;
    memory.last_size = 0.0;
    memory.reason = size < largest_ ? StepInfo::Limit::growth : StepInfo::Limit::largest;
    after_rejection_ = false;
}

StepControl::Choice StepControl::choose(double remaining) {
    Choice choice{memory.next_size, false, memory.reason};
    shortened_ = false;
    if (choice.size * (1.0 + landing_slack) >= remaining) {
        shortened_ = choice.size > remaining * (1.0 + landing_slack);
        choice.size = remaining;
        choice.lands = true;
    } else if (2.0 * choice.size > remaining) {
        choice.size = 0.5 * remaining;
        shortened_ = true;
    }
    if (shortened_) choice.reason = StepInfo::Limit::landing;
    return choice;
}

void StepControl::reject(double size, double error) {
    shrink(size, std::max(least_growth, safety * std::pow(error, -1.0 / order_)),
           StepInfo::Limit::error);
}

void StepControl::shrink(double size, double share, StepInfo::Limit reason) {
    memory.next_size = size * share;
    memory.reason = reason;
    after_rejection_ = true;
}

void StepControl::accept(const Choice& choice, double error, int order) {
    const double exponent = 1.0 / (order > 0 ? order : order_);
    const double bounded = std::max(error, smallest_error);
    double growth = safety * std::pow(bounded, -exponent);
    if (memory.last_size > 0.0) {  // what the trend of the error coefficient makes of it
        const double trend =
            choice.size / memory.last_size * std::pow(memory.last_error / bounded, exponent);
        growth *= std::min(trend, 1.0);
    }
    growth = std::clamp(growth, least_growth, after_rejection_ ? 1.0 : most_growth);
    memory.last_error = std::max(error, smallest_last_error);
    memory.last_size = choice.size;
    double next = choice.size * growth;
    StepInfo::Limit reason =
        growth < most_growth ? StepInfo::Limit::error : StepInfo::Limit::growth;
    // The estimate of a shortened step speaks only as far as it may grow.
    if (shortened_ && growth >= most_growth && next < memory.next_size) {
        next = memory.next_size;
        reason = memory.reason;
    }
    if (next >= largest_) {
        next = largest_;
        reason = StepInfo::Limit::largest;
    }
    memory.next_size = next;
    memory.reason = reason;
    after_rejection_ = false;
}

}  // namespace neocol::solver
