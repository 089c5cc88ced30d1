#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

#include "build_model.hpp"
#include "reaction/linear_losses.hpp"

using namespace neocol;
using namespace neocol::test;
using tissue::Geometry;

TEST_CASE("an unknown outside loops may count on all of its own loss") {
    const std::vector<double> shares = solver::loss_shares({{-8.0, 0.0}, {2.0, -1.0}});
    CHECK(shares == std::vector<double>{1.0, 1.0});
    CHECK(solver::loss_shares({}).empty());
}

TEST_CASE("a loop takes its strength off the share of its members, and of no others") {
    // 0 and 2 act on each other; 1 is made by 0, acts on nobody; 3 has no loss of its own.
    const std::vector<double> shares = solver::loss_shares({{-8.0, 0.0, 0.5, 0.0},
                                                            {3.0, -5.0, 0.0, 0.0},
                                                            {2.0, 0.0, -1.0, 9.0},
                                                            {0.0, 0.0, 9.0, 0.0}});
    const double strength = std::sqrt(0.5 / 8.0 * 2.0 / 1.0);
    CHECK(shares[0] == Approx(1.0 - strength).epsilon(1e-12));
    CHECK(shares[1] == 1.0);
    CHECK(shares[2] == Approx(1.0 - strength).epsilon(1e-12));
    CHECK(shares[3] == 1.0);
}

TEST_CASE("where gains outweigh losses there is no share to count on") {
    const std::vector<double> shares = solver::loss_shares({{-1.0, 2.0}, {2.0, -1.0}});
    CHECK(shares == std::vector<double>{0.0, 0.0});
}

TEST_CASE("cells and a signal that call each other do not hold the steps down while they fade") {
    for (const Geometry geometry : {Geometry::column, Geometry::section}) {
        ModelBuilder m;
        const int signal = m.add_species("signal"), cells = m.add_species("cells");
        m.add_decay(signal, 8.0);
        m.add_decay(cells, 1.0);
        m.add_process(m.model.graph.multiply(m.number(5.0), m.u(cells)), {{signal, 1.0}});
        m.add_process(m.u(signal), {{cells, 1.0}});
        m.diffuse(signal, {1.0});
        m.diffuse(cells, {2.0});
        m.finish();
        solver::StepperOptions options;
        options.tolerance = 1e-4;
        Rig rig(m, make_grid(geometry, 24), options);
        rig.at(signal, 12, 0, rig.grid.nx() / 2) = 1.0;
        rig.stepper->start(0.0);
        CAPTURE(tissue::to_string(geometry));
        rig.run(30.0);
        const int late = rig.run(530.0);  // the slowest mode fades at 0.35 a day
        CHECK(late < 60);
        CHECK(rig.worst_residual() < 1e-12);
    }
}

TEST_CASE("a loss counts on its reactant only while that is there") {
    // A signal that is bound by receptors: both at once, and after the receptors are used up.
    for (const Geometry geometry : {Geometry::column, Geometry::section}) {
        ModelBuilder m;
        const int signal = m.add_species("signal"), receptor = m.add_species("receptor", {1.0});
        m.add_process(m.model.graph.multiply(m.parameter({300.0}),
                                             m.model.graph.multiply(m.u(signal), m.u(receptor))),
                      {{signal, -1.0}, {receptor, -1.0}});
        m.diffuse(signal, {1.0});
        m.finish();
        solver::StepperOptions options;
        options.tolerance = 1e-3;
        Rig rig(m, make_grid(geometry, 24), options);
        rig.fill_rest();
        for (std::size_t x = 0; x < rig.grid.nx(); ++x)
            rig.at(signal, 0, 0, x) = 100.0;
        rig.stepper->start(0.0);
        rig.run(1.0);
        CHECK(rig.minimum(receptor) < 1e-3);
        CAPTURE(tissue::to_string(geometry));
        // Nothing changes any more: steps of 1.5/300 d would be 20,000.
        CHECK(rig.run(101.0) < 60);
        CHECK(rig.worst_residual() < 1e-12);
    }
}

TEST_CASE("losses that the state decides change no bit of rest, nor with threads or a resume") {
    const auto make = [] {
        ModelBuilder m({"epidermis", "dermis"});
        const int a = m.add_species("a", {0.3, 0.7}, 1.0), b = m.add_species("b", {1.0, 2.0}, 1.0);
        model::Graph& g = m.model.graph;
        const model::NodeId use = g.multiply(m.number(5.0), g.multiply(m.u(a), m.u(b)));
        m.add_process(m.parameter({5.0 * 0.3 * 1.0, 5.0 * 0.7 * 2.0}), {{a, 1.0}});
        m.add_process(use, {{a, -1.0}});
        m.add_process(g.multiply(m.number(0.1), m.u(b)), {{b, -1.0}});
        m.add_process(m.parameter({0.1, 0.2}), {{b, 1.0}});
        m.diffuse(a, {0.4, 0.9}).relative_to_rest = true;
        m.diffuse(b, {0.1, 0.02}).relative_to_rest = true;
        m.finish();
        return m;
    };
    const auto grid = [] {
        return tissue::Grid(
            Geometry::section, tissue::cartesian_axis(tissue::uniform_edges(0.3, 11), true),
            tissue::cartesian_axis({0.0, 1.0}),
            tissue::cartesian_axis({0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7}), {0, 0, 1, 1, 1, 1});
    };
    ModelBuilder resting = make();
    Rig rest(resting, grid());
    rest.stepper->start(0.0);
    const std::vector<double> before = rest.values();
    rest.run(3653.0);
    CHECK(same_bits(before, rest.values()));

    std::vector<double> serial;
    for (const int threads : {1, 2}) {
        ModelBuilder m = make();
        solver::StepperOptions options;
        options.threads = threads;
        Rig rig(m, grid(), options);
        rig.at(0, 2, 0, 3) += 10.0;
        rig.at(1, 3, 0, 4) = 0.0;
        rig.stepper->start(0.0);
        rig.run(0.05);
        Rig resumed(m, grid(), options);
        const std::vector<double> state = rig.values();
        std::copy(state.begin(), state.end(), resumed.stepper->state().data());
        resumed.stepper->load(rig.stepper->save());
        rig.run(0.2);
        resumed.run(0.2);
        CHECK(same_bits(rig.values(), resumed.values()));
        if (serial.empty()) serial = rig.values();
        CHECK(same_bits(serial, rig.values()));
        CHECK(rig.worst_residual() < 1e-12);
    }
}
