#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "build_model.hpp"
#include "stepper/step_control.hpp"

// Gustafsson's predictive controller (doi:10.1145/198429.198437) with the usual safety factor of
// 0.9 and growth between 0.2 and 5, as docs/numerics.md says: sizes follow in closed form.

using namespace neocol;
using namespace neocol::test;
using solver::StepControl;
using solver::StepInfo;
using tissue::Geometry;

namespace {

constexpr int order = 3;
constexpr double far = 1e6;

/// A control whose last step, the first, had size 1 and this error.
StepControl after_first(double error, double largest = 30.0) {
    StepControl control(largest, order);
    control.begin(1.0);
    control.accept(control.choose(far), error);
    return control;
}

}  // namespace

TEST_CASE("the next step is 0.9 h error^(-1/order), between a fifth and five times the last") {
    CHECK(after_first(1.0).memory.next_size == Approx(0.9));
    CHECK(after_first(1.0 / 8.0).memory.next_size == Approx(1.8));
    CHECK(after_first(1e-9).memory.next_size == Approx(5.0));
    CHECK(after_first(0.0).memory.next_size == Approx(5.0));
    CHECK(after_first(1e-9).memory.reason == StepInfo::Limit::growth);
    CHECK(after_first(1.0 / 8.0).memory.reason == StepInfo::Limit::error);
    StepControl second_order(30.0, 2);
    second_order.begin(1.0);
    second_order.accept(second_order.choose(far), 0.25);
    CHECK(second_order.memory.next_size == Approx(1.8));
}

TEST_CASE("a rejected step is followed by 0.9 h error^(-1/order), at least a fifth") {
    StepControl control(30.0, order);
    control.begin(2.0);
    control.reject(2.0, 8.0);
    CHECK(control.memory.next_size == Approx(0.9));
    CHECK(control.memory.reason == StepInfo::Limit::error);
    control.reject(2.0, 1e9);
    CHECK(control.memory.next_size == Approx(0.4));
}

TEST_CASE("the step after a rejection does not grow, the one after it may") {
    StepControl control(30.0, order);
    control.begin(2.0);
    control.reject(2.0, 8.0);
    control.accept(control.choose(far), 1e-6);
    CHECK(control.memory.next_size == Approx(0.9));
    control.accept(control.choose(far), 1e-6);
    CHECK(control.memory.next_size > 1.0);
}

TEST_CASE("an unusable step is followed by the share of it that was asked for, without growth") {
    StepControl control(30.0, order);
    control.begin(2.0);
    control.shrink(2.0, 0.25, StepInfo::Limit::positivity);
    CHECK(control.memory.next_size == 0.5);
    CHECK(control.choose(far).reason == StepInfo::Limit::positivity);
    control.accept(control.choose(far), 1e-6);
    CHECK(control.memory.next_size == Approx(0.5));
}

TEST_CASE("where errors have been growing, the trend of their coefficient shortens the next step") {
    // err = C h^3: with sizes 1 and h, C grew by (e2/h^3)/e1, and the next size is less by its
    // cube root.
    for (const double e1 : {0.125, 0.5})
        for (const double e2 : {0.3, 0.9}) {
            StepControl control = after_first(e1);
            const double h = control.memory.next_size;
            control.accept(control.choose(far), e2);
            const double grew = std::cbrt(e2 / (h * h * h) / e1);
            CHECK(control.memory.next_size ==
                  Approx(h * 0.9 / std::cbrt(e2) / std::max(grew, 1.0)));
        }
    // A coefficient that falls does not lengthen it, and an error of almost none sets no trend.
    StepControl falling = after_first(0.9);
    const double h = falling.memory.next_size;
    falling.accept(falling.choose(far), 0.1);
    CHECK(falling.memory.next_size == Approx(h * 0.9 / std::cbrt(0.1)));
    StepControl nothing = after_first(1e-9);
    nothing.accept(nothing.choose(far), 0.5);
    const double capped = std::cbrt(0.5 / 125.0 / 1e-2);
    CHECK(nothing.memory.next_size == Approx(5.0 * 0.9 / std::cbrt(0.5) / std::max(capped, 1.0)));
}

TEST_CASE("no step is larger than the largest") {
    StepControl control = after_first(1e-9, 3.0);
    CHECK(control.memory.next_size == 3.0);
    CHECK(control.memory.reason == StepInfo::Limit::largest);
    control.begin(7.0);
    CHECK(control.memory.next_size == 3.0);
}

TEST_CASE("steps land on the limit, or halve the way to it, and then go on as before") {
    StepControl control(30.0, order);
    control.begin(2.0);
    CHECK_FALSE(control.choose(4.1).lands);
    CHECK(control.choose(4.1).size == 2.0);
    CHECK(control.choose(3.0).size == 1.5);  // not 2 and then a sliver of 1
    CHECK(control.choose(3.0).reason == StepInfo::Limit::landing);
    CHECK(control.choose(2.0).lands);
    const StepControl::Choice landing = control.choose(0.01);
    CHECK(landing.lands);
    CHECK(landing.size == 0.01);
    control.accept(landing, 1e-8);
    CHECK(control.memory.next_size == 2.0);
    // Unless the shortened step itself says that it may not grow.
    control.accept(control.choose(0.5), 1.0);
    CHECK(control.memory.next_size == Approx(0.45));
}

TEST_CASE(
    "the first step is a fiftieth of the time in which rates would change the state by itself") {
    ModelBuilder m;
    const int a = m.add_species("a");
    m.add_decay(a, 3.0);
    m.finish();
    Rig rig(m, make_grid(Geometry::well_mixed, 1));
    rig.at(a, 0, 0, 0) = 2.0;
    rig.stepper->start(0.0);
    const StepInfo first = rig.stepper->step(100.0);
    CHECK(first.rejected == 0);
    CHECK(first.size == Approx(0.02 / 3.0));
}

TEST_CASE("attempts whose error exceeds the tolerance are thrown away and counted") {
    // Sources that switch on ever more steeply: long steps run into them, some of them by little.
    int narrowly = 0;
    for (double steepness = 20.0; steepness < 400.0; steepness *= 1.3) {
        ModelBuilder m;
        const int a = m.add_species("a");
        model::Graph& g = m.model.graph;
        m.add_process(g.hill(m.time(), m.number(5.0), m.number(steepness)), {{a, 1.0}});
        m.add_decay(a, 0.05);
        m.finish();
        Rig rig(m, make_grid(Geometry::well_mixed, 1));
        rig.at(a, 0, 0, 0) = 1.0;
        rig.stepper->start(0.0);
        std::uint64_t accepted = 0, rejected = 0;
        for (; rig.stepper->time() < 10.0; ++accepted) {
            const StepInfo step = rig.stepper->step(10.0);
            CHECK(step.error <= 1.0);
            rejected += static_cast<std::uint64_t>(step.rejected);
            narrowly += step.rejected > 0 && step.error > 0.2;
        }
        CHECK(accepted == rig.stepper->statistics().accepted);
        CHECK(rejected == rig.stepper->statistics().rejected);
    }
    CHECK(narrowly > 0);
}

TEST_CASE("the stepper's sizes follow its errors") {
    ModelBuilder m;  // predator and prey: limited by the error all the time
    const int prey = m.add_species("prey"), predator = m.add_species("predator");
    model::Graph& g = m.model.graph;
    m.add_process(m.u(prey), {{prey, 1.0}});
    m.add_process(g.multiply(m.u(prey), m.u(predator)), {{prey, -1.0}, {predator, 1.0}});
    m.add_decay(predator, 1.0);
    m.finish();
    Rig rig(m, make_grid(Geometry::well_mixed, 1));
    rig.at(prey, 0, 0, 0) = 0.2;
    rig.at(predator, 0, 0, 0) = 1.5;
    rig.stepper->start(0.0);
    std::vector<StepInfo> steps;
    while (rig.stepper->time() < 20.0)
        steps.push_back(rig.stepper->step(1e6));
    int followed = 0;
    for (std::size_t i = 2; i < steps.size(); ++i) {
        const StepInfo &before = steps[i - 2], &last = steps[i - 1], &now = steps[i];
        if (now.limit != StepInfo::Limit::error || now.rejected > 0 || last.rejected > 0) continue;
        if (before.error < 0.01) continue;  // such errors set no trend
        const double trend = last.size / before.size * std::cbrt(before.error / last.error);
        CHECK(now.size ==
              Approx(last.size * 0.9 / std::cbrt(last.error) * std::min(trend, 1.0)).epsilon(1e-9));
        ++followed;
    }
    CHECK(followed > 20);
}
