#include <neocol/simulation/outcomes.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace neocol::simulation {
namespace {

using model::Measure;
using model::Moment;
using model::Outcome;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

OutcomeValue censored(std::string reason) {
    return {not_a_number, true, std::move(reason)};
}

/// Moment on the run's clock, nothing if it hangs on a session and there is none.
std::optional<Time> resolve(const Moment& moment, const RunClock& clock) {
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

struct Window {
    double from, to;
};

/// Visits the smooth pieces of the series inside the window: f(interval, t0, t1).
template <typename F>
void for_pieces(const TimeSeries& s, const Window& w, F&& f) {
    for (std::size_t i = 0; i + 1 < s.size(); ++i) {
        const double t0 = std::max(s.time(i), w.from), t1 = std::min(s.time(i + 1), w.to);
        if (s.smooth(i) && t1 > t0) {
            f(i, t0, t1);
        }
    }
}

/// Largest (sign = 1) or smallest (sign = -1) value in the window and its time: at the points of
/// the series and where the interpolant between them turns.
std::pair<double, double> extreme(const TimeSeries& s, const Window& w, std::size_t q,
                                  double sign) {
    double best_time = w.from, best = -std::numeric_limits<double>::infinity();
    const auto consider = [&](double time, double value) {
        if (sign * value > best) {
            best = sign * value;
            best_time = time;
        }
    };
    consider(w.from, s.at(w.from, q));
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s.time(i) >= w.from && s.time(i) <= w.to) {
            consider(s.time(i), s.value(i, q));
        }
    }
    for_pieces(s, w, [&](std::size_t i, double t0, double t1) {
        for (const double t : s.turns(i, q)) {
            if (t > t0 && t < t1) {
                consider(t, s.interpolate(i, t, q));
            }
        }
    });
    consider(w.to, s.at(w.to, q));
    return {best_time, sign * best};
}

/// Time in [t0, t1] at which the interpolant crosses the threshold, known to lie on both sides.
double crossing(const TimeSeries& s, std::size_t i, double t0, double t1, std::size_t q,
                double threshold) {
    const bool above = s.interpolate(i, t0, q) > threshold;
    for (int k = 0; k < 60; ++k) {
        const double middle = 0.5 * (t0 + t1);
        ((s.interpolate(i, middle, q) > threshold) == above ? t0 : t1) = middle;
    }
    return t1;
}

double time_above(const TimeSeries& s, const Window& w, std::size_t q, double threshold) {
    double total = 0.0;
    for_pieces(s, w, [&](std::size_t i, double t0, double t1) {
        const bool starts = s.interpolate(i, t0, q) > threshold;
        const bool ends = s.interpolate(i, t1, q) > threshold;
        if (starts && ends) {
            total += t1 - t0;
        } else if (starts != ends) {
            const double t = crossing(s, i, t0, t1, q, threshold);
            total += starts ? t - t0 : t1 - t;
        }
    });
    return total;
}

OutcomeValue first_passage(const TimeSeries& s, const Window& w, std::size_t q, double threshold,
                           bool above) {
    std::optional<double> found;
    const auto beyond = [&](double v) { return above ? v >= threshold : v <= threshold; };
    for_pieces(s, w, [&](std::size_t i, double t0, double t1) {
        if (found) {
            return;
        }
        if (beyond(s.interpolate(i, t0, q))) {
            found = t0;
        } else if (beyond(s.interpolate(i, t1, q))) {
            found = crossing(s, i, t0, t1, q, threshold);
        }
    });
    if (!found) {
        return censored("it did not happen before the end of the window");
    }
    return {*found - w.from, false, {}};
}

OutcomeValue at_moment(const Outcome& outcome, const TimeSeries& s, const RunClock& clock,
                       double baseline) {
    const auto moment = resolve(outcome.at_moment, clock);
    if (!moment) {
        return censored("the regimen has no session");
    }
    const double t = moment->days();
    if (t > clock.reached || *moment < clock.start) {
        return censored(fmt::format("day {:g} is outside the run", t));
    }
    const double value = s.at(t, static_cast<std::size_t>(outcome.observable));
    switch (outcome.measure) {
        case Measure::change:
            return {value - baseline, false, {}};
        case Measure::relative_change:
            if (baseline == 0.0) {
                return censored("the baseline is zero");
            }
            return {value / baseline - 1.0, false, {}};
        default:
            return {value, false, {}};
    }
}

OutcomeValue in_window(const Outcome& outcome, const TimeSeries& s, const RunClock& clock,
                       double baseline) {
    const auto first = resolve(outcome.from, clock), last = resolve(outcome.until, clock);
    if (!first || !last) {
        return censored("the regimen has no session");
    }
    const double from = first->days(), to = last->days();
    if (from > clock.reached) {
        return censored(
            fmt::format("the window begins after day {:g}, where the run ended", clock.reached));
    }
    const Window w{from, std::min(to, clock.reached)};
    const auto q = static_cast<std::size_t>(outcome.observable);
    const double threshold = outcome.threshold * (outcome.threshold_relative ? baseline : 1.0);
    OutcomeValue result;
    switch (outcome.measure) {
        case Measure::peak:
            result.value = extreme(s, w, q, 1.0).second;
            break;
        case Measure::time_of_peak:
            result.value = extreme(s, w, q, 1.0).first - w.from;
            break;
        case Measure::trough:
            result.value = extreme(s, w, q, -1.0).second;
            break;
        case Measure::time_of_trough:
            result.value = extreme(s, w, q, -1.0).first - w.from;
            break;
        case Measure::time_above:
            result.value = time_above(s, w, q, threshold);
            break;
        case Measure::first_above:
            return first_passage(s, w, q, threshold, true);
        case Measure::first_below:
            return first_passage(s, w, q, threshold, false);
        default:
            for_pieces(s, w, [&](std::size_t i, double t0, double t1) {
                result.value += s.integrate(i, t0, t1, q);
            });
    }
    if (to > clock.reached) {
        result.censored = true;
        result.reason = fmt::format("the run ended on day {:g}, before its window", clock.reached);
    }
    return result;
}

}  // namespace

std::vector<OutcomeValue> evaluate_outcomes(const model::Model& model, const TimeSeries& series,
                                            const RunClock& clock) {
    std::vector<OutcomeValue> values;
    values.reserve(model.outcomes.size());
    for (const Outcome& outcome : model.outcomes) {
        const auto q = static_cast<std::size_t>(outcome.observable);
        const Time moment = clock.sessions.empty() ? clock.start : clock.sessions.front();
        const double baseline = series.at(std::min(moment.days(), clock.reached), q);
        const bool single_moment = outcome.measure == Measure::value ||
                                   outcome.measure == Measure::change ||
                                   outcome.measure == Measure::relative_change;
        values.push_back(single_moment ? at_moment(outcome, series, clock, baseline)
                                       : in_window(outcome, series, clock, baseline));
    }
    return values;
}

}  // namespace neocol::simulation
