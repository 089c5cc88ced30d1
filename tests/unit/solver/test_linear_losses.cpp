#include <cmath>

#include <catch2/catch.hpp>

#include "../../../src/solver/linear_losses.hpp"
#include "build_model.hpp"

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
