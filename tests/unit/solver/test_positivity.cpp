// What is not negative stays so: in every geometry, whatever makes it low, and for good.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/solver/odeint_stepper.hpp>

#include "build_model.hpp"

using namespace neocol;
using namespace neocol::test;
using tissue::Geometry;

namespace {

constexpr Geometry all_geometries[] = {Geometry::well_mixed, Geometry::column, Geometry::section,
                                       Geometry::single_channel, Geometry::patch};

/// What a stepper allows below 0, as a share of tolerance times scale: see solver/positivity.cpp.
constexpr double allowed = 2e-3;

/// t (2 - t), t = min(u/K, 1): a zero-order loss that ends with its reactant.
model::NodeId ramp(ModelBuilder& m, int species, double K) {
    model::Graph& g = m.model.graph;
    const model::NodeId t =
        g.make(model::Operation::minimum, g.divide(m.u(species), m.number(K)), m.number(1.0));
    return g.multiply(t, g.subtract(m.number(2.0), t));
}

/// A spike that spreads and decays.
ModelBuilder spike() {
    ModelBuilder m;
    const int a = m.add_species("a");
    m.diffuse(a, {1.0});
    m.add_decay(a, 3.0);
    m.finish();
    return m;
}

/// A spike that is taken up at a constant rate while there is any.
ModelBuilder uptake() {
    ModelBuilder m;
    const int a = m.add_species("a");
    m.add_process(m.model.graph.multiply(m.number(40.0), ramp(m, a, 0.05)), {{a, -1.0}});
    m.diffuse(a, {1.0});
    m.finish();
    return m;
}

/// A spike that spreads and uses up something that does not move.
ModelBuilder front() {
    ModelBuilder m;
    const int a = m.add_species("a"), b = m.add_species("b", {1.0});
    m.add_process(
        m.model.graph.multiply(m.parameter({1000.0}), m.model.graph.multiply(m.u(a), m.u(b))),
        {{a, -1.0}, {b, -1.0}});
    m.diffuse(a, {1.0});
    m.finish();
    return m;
}

/// Cells that divide, even where a signal they climb has drawn them away.
ModelBuilder climbing() {
    ModelBuilder m;
    const int a = m.add_species("a"), cells = m.add_species("cells");
    m.add_process(m.model.graph.multiply(m.number(5.0), m.u(cells)), {{cells, 1.0}});
    m.diffuse(a, {0.05});
    m.diffuse(cells, {0.01}).taxis.push_back({a, m.number(0.2), ""});
    m.finish();
    return m;
}

/// What is lost at a constant rate whether it is there or not, which the language refuses.
ModelBuilder bottomless() {
    ModelBuilder m;
    const int a = m.add_species("a");
    m.model.stationary = m.model.subtract_balance = false;
    m.add_process(m.number(1.0), {{a, -1.0}});
    m.diffuse(a, {0.1});
    m.finish();
    return m;
}

/// Least value of all species over all steps, over their scale of 1.
double least_of(Rig& rig, double until) {
    double least = std::numeric_limits<double>::infinity();
    while (rig.stepper->time() < until) {
        rig.stepper->step(until);
        for (std::size_t s = 0; s < rig.builder.model.species.size(); ++s)
            least = std::min(least, rig.minimum(static_cast<int>(s)));
    }
    return least;
}

}  // namespace

TEST_CASE("species that may not be negative stay so in every geometry") {
    struct Row {
        const char* name;
        ModelBuilder (*make)();
        double until;
    };
    for (const Row& row : {Row{"spike", spike, 2.0},
                           {"uptake", uptake, 2.0},
                           {"front", front, 2.0},
                           {"climbing", climbing, 0.5}})
        for (const Geometry geometry : all_geometries)
            for (const double tolerance : {1e-2, 1e-4}) {
                if (geometry == Geometry::patch && tolerance < 1e-3) continue;
                ModelBuilder m = row.make();
                solver::StepperOptions options;
                options.tolerance = tolerance;
                Rig rig(m, make_grid(geometry, 13), options);
                rig.fill_rest();
                rig.at(0, rig.grid.nz() / 3, rig.grid.ny() / 2, rig.grid.nx() / 3) = 10.0;
                if (m.model.species.size() > 1 && m.model.species[1].name == "cells")
                    rig.fill(1, [](double x, double, double z) { return x < 0.5 && z < 0.5; });
                rig.stepper->start(0.0);
                CAPTURE(row.name, tissue::to_string(geometry), tolerance);
                CHECK(least_of(rig, row.until) >= -allowed * tolerance);
                CHECK(rig.worst_residual() < 1e-12);
            }
}

TEST_CASE("a state that rounding has put a little too low stays watched after a session") {
    for (const Geometry geometry : all_geometries) {
        ModelBuilder m = uptake();
        solver::StepperOptions options;
        options.tolerance = 1e-3;
        Rig rig(m, make_grid(geometry, 9), options);
        rig.fill(0, [](double, double, double) { return 1.0; });
        rig.stepper->start(0.0);
        rig.run(0.01);
        rig.at(0, 0, 0, 0) = -1.01e-3 * options.tolerance;
        rig.stepper->restart(0.01);
        CAPTURE(tissue::to_string(geometry));
        CHECK(least_of(rig, 1.0) >= -allowed * options.tolerance);
    }
}

TEST_CASE(
    "a loss that does not end with its reactant ends the run, with a session in between too") {
    for (const Geometry geometry : all_geometries)
        for (const bool with_session : {false, true}) {
            ModelBuilder m = bottomless();
            Rig rig(m, make_grid(geometry, 9));
            rig.fill(0, [](double, double, double) { return 1.0; });
            rig.stepper->start(0.0);
            CAPTURE(tissue::to_string(geometry), with_session);
            try {
                double sessions = 0.9;
                while (rig.stepper->time() < 3.0) {
                    rig.stepper->step(with_session && sessions < 3.0 ? sessions : 3.0);
                    if (with_session && rig.stepper->time() >= sessions) {
                        rig.stepper->restart(rig.stepper->time());
                        sessions += 0.05;
                    }
                }
                FAIL("ended at " << rig.minimum(0));
            } catch (const NumericsError& error) {
                CHECK(error.where.species == "a");
                CHECK(error.where.time == Approx(1.0).margin(1e-3));
                CHECK_FALSE(error.where.place.empty());
                CHECK_THAT(error.what(), Catch::Contains("below zero") &&
                                             Catch::Contains("stops_below") &&
                                             Catch::Contains("--explain-steps"));
            }
            CHECK(rig.minimum(0) > -1e-6);
        }
}

namespace {

/// A well-mixed model with Odeint's stepper.
struct OdeintRig {
    tissue::Grid grid = make_grid(Geometry::well_mixed, 1);
    tissue::FieldTable fields;
    std::vector<std::unique_ptr<kernel::Kernel>> kernels;
    std::unique_ptr<solver::OdeintStepper> stepper;

    OdeintRig(ModelBuilder& m, double tolerance) : fields(m.model, grid) {
        std::vector<const kernel::Kernel*> pointers;
        for (const model::System& system : m.model.systems) {
            kernels.push_back(kernel::make_interpreter(m.model, system));
            pointers.push_back(kernels.back().get());
        }
        solver::StepperOptions options;
        options.tolerance = tolerance;
        stepper = std::make_unique<solver::OdeintStepper>(
            solver::Problem{m.model, pointers, grid, fields, m.environment}, options);
    }
    double& at(std::size_t s) { return *stepper->state().field(fields.fields()[s]); }
    double residual() const {
        const std::vector<double> all = stepper->budget().residual();
        return *std::max_element(all.begin(), all.end());
    }
};

}  // namespace

TEST_CASE("Odeint leaves nothing below zero, and closes the budget") {
    for (const double tolerance : {1e-1, 1e-2, 1e-3, 1e-5}) {
        ModelBuilder m;
        const int a = m.add_species("a"), b = m.add_species("b"), c = m.add_species("c");
        model::Graph& g = m.model.graph;
        m.add_process(g.multiply(m.number(200.0), m.u(a)), {{a, -1.0}, {b, 1.0}});
        m.add_process(g.multiply(m.number(3e4), g.multiply(m.u(b), m.u(c))),
                      {{b, -1.0}, {c, -1.0}});
        m.add_process(g.multiply(m.number(0.7), ramp(m, c, 1e-3)), {{c, -1.0}});
        m.finish();
        OdeintRig rig(m, tolerance);
        rig.at(0) = 1.0;
        rig.at(2) = 1.5;
        rig.stepper->start(0.0);
        double least = 0.0;
        int steps = 0;
        while (rig.stepper->time() < 5.0) {
            rig.stepper->step(5.0);
            ++steps;
            for (std::size_t s = 0; s < 3; ++s)
                least = std::min(least, rig.at(s));
        }
        CAPTURE(tolerance, steps);
        CHECK(least >= 0.0);
        CHECK(steps < 2000);
        CHECK(rig.residual() < 1e-12);
    }
}

TEST_CASE("Odeint says where it stops, of which species and why") {
    ModelBuilder m = bottomless();
    OdeintRig rig(m, 1e-4);
    rig.at(0) = 1.0;
    rig.stepper->start(0.0);
    try {
        while (rig.stepper->time() < 3.0)
            rig.stepper->step(3.0);
        FAIL("ended at " << rig.at(0));
    } catch (const NumericsError& error) {
        CHECK(error.where.species == "a");
        CHECK(error.where.time == Approx(1.0).margin(1e-3));
        CHECK_THAT(error.what(),
                   Catch::Contains("a would fall below zero") && Catch::Contains("stops_below"));
    }
    CHECK(rig.at(0) > -1e-6);
}

TEST_CASE("Odeint and neocol's own stepper agree on what is taken up") {
    for (ModelBuilder (*make)() : {uptake, front}) {
        const double tolerance = 1e-6;
        ModelBuilder m = make();
        OdeintRig odeint(m, tolerance);
        solver::StepperOptions options;
        options.tolerance = tolerance;
        Rig own(m, make_grid(Geometry::well_mixed, 1), options);
        const std::size_t n = m.model.species.size();
        for (std::size_t s = 0; s < n; ++s)
            odeint.at(s) = own.at(static_cast<int>(s), 0, 0, 0) = s == 0 ? 2.0 : 1.0;
        odeint.stepper->start(0.0);
        own.stepper->start(0.0);
        for (const double t : {0.01, 0.04, 0.2, 1.0}) {
            own.run(t);
            while (odeint.stepper->time() < t)
                odeint.stepper->step(t);
            for (std::size_t s = 0; s < n; ++s) {
                CAPTURE(t, s);
                CHECK(odeint.at(s) == Approx(own.at(static_cast<int>(s), 0, 0, 0)).margin(2e-5));
            }
        }
    }
}

TEST_CASE("steps may be as short as time can tell apart") {
    // A rate of 1e14 a day: the first steps are far below 1e-12 d.
    ModelBuilder m;
    const int a = m.add_species("a");
    m.add_process(m.model.graph.multiply(m.number(1e14), m.model.graph.multiply(m.u(a), m.u(a))),
                  {{a, -1.0}});
    m.finish();
    OdeintRig odeint(m, 1e-4);
    odeint.at(0) = 1.0;
    odeint.stepper->start(0.0);
    Rig own(m, make_grid(Geometry::well_mixed, 1));
    own.at(a, 0, 0, 0) = 1.0;
    own.stepper->start(0.0);
    // u = 1/(1 + 1e14 t)
    const double t = 1e-12;
    own.run(t);
    while (odeint.stepper->time() < t)
        odeint.stepper->step(t);
    CHECK(odeint.at(0) == Approx(1.0 / 101.0).epsilon(1e-2));
    CHECK(own.at(a, 0, 0, 0) == Approx(1.0 / 101.0).epsilon(5e-2));
}
