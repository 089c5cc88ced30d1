#include <catch2/catch.hpp>

#include <limits>

#include <neocol/model/parse.hpp>

#include "../../../src/simulation/judge.hpp"

using namespace neocol;
using namespace neocol::simulation;

namespace {

constexpr const char* text = R"(
[model]
name = "decay"
title = "Decay"
balance = "none"
[parameter.k]
value = "0.5 d-1"
meaning = "rate"
source = "chosen"
evidence = "design"
[species.u]
unit = "ng/mL"
rest = "none"
scale = "1 ng/mL"
meaning = "what decays"
[process.decay]
rate = "k*u"
changes = { u = -1 }
meaning = "first-order decay"
[initial]
u = "1 ng/mL"
[observable.mean]
value = "u"
unit = "ng/mL"
meaning = "mean"
[bound.level]
value = "u"
unit = "ng/mL"
at_most = "2 ng/mL"
meaning = "level"
source = "chosen"
)";

constexpr double tolerance = 1e-4;

/// A run without a blemish, to be spoilt.
struct Good {
    model::Model model = model::parse_model(text, "decay.toml");
    RunSummary summary;
    TimeSeries series{1};

    Good() {
        summary.smallest_value = {0.1};
        summary.bounds = {{"level", 0.1, 1.0, true}};
        solver::Budget& b = summary.budget;
        b.initial = {1.0};
        b.current = {0.5};
        b.injected = b.transported = b.balance = {0.0};
        b.turnover = {0.5};
        b.produced = {{-0.5}};
        const double values[] = {1.0, 0.5};
        series.add(0.0, std::span(values, 1), false);
        series.add(1.0, std::span(values + 1, 1), false);
    }
    Judgement judged() const { return judge(model, summary, series, tolerance); }
};

}  // namespace

TEST_CASE("a run that is finite, not negative, within bounds and balanced is complete") {
    const Good run;
    CHECK(run.judged().status == RunStatus::complete);
    CHECK(run.judged().reason.empty());
}

TEST_CASE("each blemish makes a run doubtful and is named") {
    const auto says = [](const Good& run, const char* words) {
        const Judgement judgement = run.judged();
        CHECK(judgement.status == RunStatus::doubtful);
        CHECK(judgement.reason.find(words) != std::string::npos);
    };
    Good negative;
    negative.summary.smallest_value = {-2.0 * largest_undershoot * tolerance};
    says(negative, "'u' fell to");
    Good out_of_bounds;
    out_of_bounds.summary.bounds = {{"level", 0.1, 3.0, false}};
    says(out_of_bounds, "bound 'level'");
    Good open;
    open.summary.budget.current = {0.5 + 1e-8};
    says(open, "budget of 'u'");
    Good open_without_number;
    open_without_number.summary.budget.current = {std::numeric_limits<double>::quiet_NaN()};
    says(open_without_number, "budget of 'u'");
    Good not_a_number;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    not_a_number.series.add(2.0, std::span(&nan, 1), false);
    says(not_a_number, "observable 'mean'");
    Good outcome;
    outcome.model.outcomes.resize(1);
    outcome.model.outcomes[0].name = "gain";
    outcome.summary.outcomes = {{nan, false, ""}};
    says(outcome, "outcome 'gain'");
    outcome.summary.outcomes = {{nan, true, "the run ended early"}};
    CHECK(outcome.judged().status == RunStatus::complete);
}

TEST_CASE("rounding below zero is no blemish, and signed species may be negative") {
    Good run;
    run.summary.smallest_value = {-0.5 * largest_undershoot * tolerance};
    CHECK(run.judged().status == RunStatus::complete);
    run.summary.smallest_value = {-1.0};
    run.model.species[0].is_signed = true;
    CHECK(run.judged().status == RunStatus::complete);
}

TEST_CASE("of several species the one that fell furthest, and the largest open budget, is named") {
    Good run;
    run.model.species.resize(3, run.model.species[0]);
    run.model.species[1].name = "v";
    run.model.species[2].name = "w";
    const double allowed = largest_undershoot * tolerance;
    run.summary.smallest_value = {-2.0 * allowed, -4.0 * allowed, -3.0 * allowed};
    solver::Budget& b = run.summary.budget;
    b.initial = {1.0, 1.0, 1.0};
    b.current = {0.5 + 1e-8, 0.5 + 3e-8, 0.5 + 2e-8};
    b.injected = b.transported = b.balance = {0.0, 0.0, 0.0};
    b.turnover = {0.5, 0.5, 0.5};
    b.produced = {{-0.5}, {-0.5}, {-0.5}};
    const std::string reason = run.judged().reason;
    CHECK(reason.find("'v' fell to") != std::string::npos);
    CHECK(reason.find("budget of 'v'") != std::string::npos);
    CHECK(reason.find("'u'") == std::string::npos);
    CHECK(reason.find("'w'") == std::string::npos);
}

TEST_CASE("a broken bound is told with its limits, a kept one of another name is not") {
    Good run;
    run.model.bounds.push_back(run.model.bounds[0]);
    run.model.bounds[1].name = "range";
    run.model.bounds[1].at_least = 0.25 * *run.model.bounds[0].at_most;
    run.summary.bounds = {
        {"level", 0.1, 1.0, true},
        {"range", 0.05 * *run.model.bounds[0].at_most, 1.5 * *run.model.bounds[0].at_most, false}};
    CHECK(run.judged().reason ==
          "bound 'range' (at least 0.5, at most 2 ng/mL) was broken: "
          "0.1 to 3 ng/mL");
}
