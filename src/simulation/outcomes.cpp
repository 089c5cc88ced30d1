#include "outcomes.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace neocol::simulation {
namespace {

using model::Moment;
using model::Outcome;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

OutcomeValue censored(std::string reason) {
    return {not_a_number, true, std::move(reason)};
}

/// Moment on the run's clock, nothing if it hangs on a session and there is none.
std::optional<Time> resolve(const Moment& moment, const RunTimes& clock) {
    switch (moment.origin) {
        case Moment::Origin::start:
            return clock.start + moment.offset;
        case Moment::Origin::end:
            return clock.until + moment.offset;
        case Moment::Origin::first_session:
            if (clock.sessions.empty() && !moment.by_default) return {};
            return (clock.sessions.empty() ? clock.start : clock.sessions.front()) + moment.offset;
        case Moment::Origin::last_session:
            if (clock.sessions.empty()) return {};
            return clock.sessions.back() + moment.offset;
    }
    return {};
}

OutcomeValue at_moment(const Outcome& outcome, const TimeSeries& s, const RunTimes& clock,
                       double baseline) {
    const auto moment = resolve(outcome.at_moment, clock);
    if (!moment) return censored("the regimen has no session");
    const double t = moment->days();
    if (t > clock.reached || *moment < clock.start)
        return censored(fmt::format("day {:g} is outside the run", t));
    const model::Reading reading =
        model::kind_of(outcome.measure)
            .read({s, static_cast<std::size_t>(outcome.observable), t, t, baseline, not_a_number});
    if (reading.censored != nullptr) return censored(reading.censored);
    return {reading.value, false, {}};
}

OutcomeValue in_window(const Outcome& outcome, const TimeSeries& s, const RunTimes& clock,
                       double baseline) {
    const auto first = resolve(outcome.from, clock), last = resolve(outcome.until, clock);
    if (!first || !last) return censored("the regimen has no session");
    const double from = first->days(), to = last->days();
    if (from > clock.reached) {
        return censored(
            fmt::format("the window begins after day {:g}, where the run ended", clock.reached));
    }
    const double threshold = outcome.threshold * (outcome.threshold_relative ? baseline : 1.0);
    const model::Reading reading = model::kind_of(outcome.measure)
                                       .read({s, static_cast<std::size_t>(outcome.observable), from,
                                              std::min(to, clock.reached), baseline, threshold});
    if (reading.censored != nullptr) return censored(reading.censored);
    OutcomeValue result{reading.value, false, {}};
    if (to > clock.reached && !reading.is_final) {
        result.censored = true;
        result.reason = fmt::format("the run ended on day {:g}, before its window", clock.reached);
    }
    return result;
}

}  // namespace

std::vector<OutcomeValue> evaluate_outcomes(const model::Model& model, const TimeSeries& series,
                                            const RunTimes& clock) {
    std::vector<OutcomeValue> values;
    values.reserve(model.outcomes.size());
    for (const Outcome& outcome : model.outcomes) {
        const auto q = static_cast<std::size_t>(outcome.observable);
        const Time moment = clock.sessions.empty() ? clock.start : clock.sessions.front();
        const double baseline = series.at(std::min(moment.days(), clock.reached), q);
        const bool single_moment = model::is_at_a_moment(model::kind_of(outcome.measure).looks);
        values.push_back(single_moment ? at_moment(outcome, series, clock, baseline)
                                       : in_window(outcome, series, clock, baseline));
    }
    return values;
}

}  // namespace neocol::simulation
