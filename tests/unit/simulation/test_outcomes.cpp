#include <catch2/catch.hpp>

#include <cmath>

#include "../../../src/simulation/outcomes.hpp"

using namespace neocol;
using model::Measure;
using model::Moment;
using simulation::OutcomeValue;
using simulation::RunTimes;

namespace {

/// Observable of the tests: rest 2, from the session on day 10 the pulse 2 + s exp(1 - s), s days
/// after the session; it peaks at s = 1 with the value 3.
double pulse(double t) {
    const double s = t - 10.0;
    return s <= 0.0 ? 2.0 : 2.0 + s * std::exp(1.0 - s);
}

TimeSeries pulse_series(double until) {
    TimeSeries series(1);
    bool after = false;
    const auto add = [&](double t, bool jump) {
        const double v = pulse(t);
        series.add(t, {&v, 1}, jump);
    };
    for (double t = 0.0; t <= 10.0; t += 2.0)
        add(t, after);
    add(10.0, true);
    const int n = static_cast<int>(std::lround((until - 10.0) / 0.05));
    for (int i = 1; i <= n; ++i)
        add(10.0 + 0.05 * i, false);
    return series;
}

OutcomeValue measure(Measure m, double until, auto&& change) {
    model::Model model;
    model::Outcome outcome;
    outcome.observable = 0;
    outcome.measure = m;
    outcome.from = {Moment::Origin::first_session, 0.0};
    change(outcome);
    model.outcomes.push_back(outcome);
    const RunTimes clock{{10.0}, 0.0, until, 40.0};
    return simulation::evaluate_outcomes(model, pulse_series(until), clock)[0];
}

OutcomeValue measure(Measure m, double until = 40.0) {
    return measure(
        m, until, [](model::Outcome&) {});
}

}  // namespace

TEST_CASE("peak and its time are found between the points of a series") {
    CHECK(measure(Measure::peak).value == Approx(3.0).epsilon(1e-6));
    CHECK(measure(Measure::time_of_peak).value == Approx(1.0).epsilon(1e-4));
}

TEST_CASE("trough and its time are found between the points of a series, also below a jump") {
    // A parabola from 5 on day 10 down to 1, right after a point of the series or right before.
    const double lowest = GENERATE(2.92, 2.88);
    const auto dip = [&](double s) { return 1.0 + 4.0 * std::pow(s / lowest - 1.0, 2.0); };
    TimeSeries series(1);
    const auto add = [&](double t, double v, bool jump) { series.add(t, {&v, 1}, jump); };
    add(0.0, 2.0, false);
    add(10.0, 2.0, false);
    add(10.0, dip(0.0), true);
    for (int i = 1; i <= 60; ++i)
        add(10.0 + 0.1 * i, dip(0.1 * i), false);
    model::Model model;
    model::Outcome outcome;
    outcome.observable = 0;
    outcome.from = {Moment::Origin::first_session, 0.0};
    outcome.measure = Measure::trough;
    model.outcomes.push_back(outcome);
    outcome.measure = Measure::time_of_trough;
    model.outcomes.push_back(outcome);
    outcome.from = {Moment::Origin::first_session, 4.0};  // it only rises from there
    model.outcomes.push_back(outcome);
    outcome.measure = Measure::trough;
    model.outcomes.push_back(outcome);
    const RunTimes clock{{10.0}, 0.0, 16.0, 16.0};
    const auto values = simulation::evaluate_outcomes(model, series, clock);
    CHECK(values[0].value == Approx(1.0).epsilon(1e-9));
    CHECK(values[1].value == Approx(lowest).epsilon(1e-6));
    CHECK(values[2].value == Approx(0.0).margin(1e-12));
    CHECK(values[3].value == Approx(dip(4.0)).epsilon(1e-9));
    for (const OutcomeValue& value : values)
        CHECK_FALSE(value.censored);
}

TEST_CASE("the trough of a pulse above rest is rest, where its window begins") {
    CHECK(measure(Measure::trough).value == Approx(2.0).epsilon(1e-12));
    CHECK(measure(Measure::time_of_trough).value == Approx(0.0).margin(1e-12));
    CHECK(measure(Measure::trough, 20.0).censored);
}

TEST_CASE("change is against the value just before the first session") {
    const auto at = [](model::Outcome& o) { o.at_moment = {Moment::Origin::last_session, 2.0}; };
    const double exact = 2.0 * std::exp(-1.0);
    CHECK(measure(Measure::change, 40.0, at).value == Approx(exact).epsilon(1e-6));
    CHECK(measure(Measure::relative_change, 40.0, at).value == Approx(0.5 * exact).epsilon(1e-6));
}

TEST_CASE("integral and time above a threshold agree with their closed forms") {
    // Integral of 2 + s exp(1 - s) from 0 to 30.
    const double exact = 60.0 + std::exp(1.0) * (1.0 - 31.0 * std::exp(-30.0));
    CHECK(measure(Measure::integral).value == Approx(exact).epsilon(1e-6));
    const auto half = [](model::Outcome& o) { o.threshold = 2.5; };
    // Roots of s exp(1 - s) = 1/2, from Lambert's W.
    CHECK(measure(Measure::time_above, 40.0, half).value ==
          Approx(2.678346990016661 - 0.2319609529865344).epsilon(1e-5));
    CHECK(measure(Measure::first_above, 40.0, half).value ==
          Approx(0.2319609529865344).epsilon(1e-5));
}

TEST_CASE("a threshold relative to the baseline multiplies it") {
    const auto relative = [](model::Outcome& o) {
        o.threshold = 1.25;
        o.threshold_relative = true;
    };
    CHECK(measure(Measure::first_above, 40.0, relative).value ==
          Approx(0.2319609529865344).epsilon(1e-5));
}

TEST_CASE("an outcome the run is too short for is censored with the reason") {
    const auto late = [](model::Outcome& o) { o.at_moment = {Moment::Origin::last_session, 20.0}; };
    const OutcomeValue cut = measure(Measure::value, 20.0, late);
    CHECK(cut.censored);
    CHECK(std::isnan(cut.value));
    CHECK(cut.reason.find("day 30") != std::string::npos);
    CHECK(measure(Measure::peak, 20.0).censored);
    const auto never = [](model::Outcome& o) { o.threshold = 9.0; };
    CHECK(measure(Measure::first_above, 40.0, never).censored);
}

TEST_CASE("the first day of a run and the last are within it") {
    const auto first = [](model::Outcome& o) { o.at_moment = {Moment::Origin::start, 0.0}; };
    const auto last = [](model::Outcome& o) { o.at_moment = {Moment::Origin::last_session, 10.0}; };
    CHECK(measure(Measure::value, 20.0, first).value == Approx(2.0).epsilon(1e-12));
    CHECK(measure(Measure::value, 20.0, last).value == Approx(pulse(20.0)).epsilon(1e-12));
}

TEST_CASE("without sessions a default window begins at the start, one asked for is censored") {
    model::Model model;
    model::Outcome outcome;
    outcome.observable = 0;
    outcome.measure = Measure::time_of_peak;
    outcome.from = {Moment::Origin::first_session, 0.0, true};
    model.outcomes.push_back(outcome);
    outcome.from.by_default = false;
    model.outcomes.push_back(outcome);
    const RunTimes clock{{}, 0.0, 40.0, 40.0};
    const auto values = simulation::evaluate_outcomes(model, pulse_series(40.0), clock);
    CHECK(values[0].value == Approx(11.0).epsilon(1e-4));
    CHECK_FALSE(values[0].censored);
    CHECK(values[1].censored);
}
