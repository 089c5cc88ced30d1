#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "build_model.hpp"

// Lateral (outer) walls: what crosses them is booked, with amounts known in closed form.

using namespace neocol;
using namespace neocol::test;
using model::BoundaryKind;
using std::numbers::pi;
using tissue::Geometry;

namespace {

/// A grid of 1 mm and not of cubes: 7 cells in x, 5 in y, 4 in z, of growing width.
tissue::Grid oblong(Geometry geometry) {
    const auto axis = [](double length, double ratio, std::size_t n) {
        std::vector<double> edges{0.0};
        double width = 1.0;
        for (std::size_t i = 0; i < n; ++i, width *= ratio)
            edges.push_back(edges.back() + width);
        for (double& edge : edges)
            edge *= length / edges[n];
        return edges;
    };
    const bool radial = geometry == Geometry::single_channel;
    tissue::Axis x =
        radial ? tissue::radial_axis(axis(1.5, 1.2, 7)) : tissue::cartesian_axis(axis(1.5, 1.2, 7));
    tissue::Axis y = geometry == Geometry::patch ? tissue::cartesian_axis(axis(0.8, 1.3, 5))
                                                 : tissue::cartesian_axis({0.0, 1.0});
    tissue::Axis z = tissue::cartesian_axis(axis(0.6, 1.4, 4));
    return tissue::Grid(geometry, std::move(x), std::move(y), std::move(z), {0, 0, 0, 0});
}

/// Area of all lateral walls of `oblong` [mm2]; in `section` per mm.
double wall_area(Geometry geometry) {
    switch (geometry) {
        case Geometry::single_channel:
            return 2.0 * pi * 1.5 * 0.6;
        case Geometry::patch:
            return 2.0 * (1.5 + 0.8) * 0.6;
        default:
            return 2.0 * 0.6;
    }
}

double volume(Geometry geometry) {
    const double depth = 0.6;
    if (geometry == Geometry::single_channel) return pi * 1.5 * 1.5 * depth;
    return 1.5 * depth * (geometry == Geometry::patch ? 0.8 : 1.0);
}

constexpr Geometry lateral[] = {Geometry::section, Geometry::single_channel, Geometry::patch};
constexpr solver::StepperOptions::Factor factors[] = {solver::StepperOptions::Factor::automatic,
                                                      solver::StepperOptions::Factor::split};

}  // namespace

TEST_CASE("a flux through lateral walls brings in flux times area times time") {
    for (const Geometry geometry : lateral)
        for (const auto factor : factors)
            for (const bool decays : {false, true}) {
                ModelBuilder m;
                const int a = m.add_species("a");
                m.diffuse(a, {0.4});
                m.add_boundary(a, model::Side::outer, BoundaryKind::flux, m.number(0.3));
                if (decays) m.add_decay(a, 2.0);
                m.finish();
                solver::StepperOptions options;
                options.factor = factor;
                options.tolerance = 1e-5;
                Rig rig(m, oblong(geometry), options);
                rig.fill(a, [](double x, double, double z) { return 1.0 + x * z; });
                rig.stepper->start(0.0);
                rig.run(1.7);
                const solver::Budget& budget = rig.stepper->budget();
                CAPTURE(tissue::to_string(geometry), decays);
                CHECK(budget.transported[0] ==
                      Approx(0.3 * wall_area(geometry) * 1.7).epsilon(1e-10));
                CHECK(rig.worst_residual() < 1e-12);
                if (!decays)
                    CHECK(budget.current[0] - budget.initial[0] ==
                          Approx(budget.transported[0]).epsilon(1e-10));
            }
}

TEST_CASE("what is held at lateral walls fills the domain, and all of it is booked") {
    for (const Geometry geometry : lateral)
        for (const BoundaryKind kind : {BoundaryKind::fixed, BoundaryKind::robin}) {
            ModelBuilder m;
            const int a = m.add_species("a");
            m.diffuse(a, {2.0});
            m.add_boundary(a, model::Side::outer, kind, m.number(5.0),
                           kind == BoundaryKind::robin ? m.number(3.0) : model::no_node);
            m.finish();
            Rig rig(m, oblong(geometry));
            rig.stepper->start(0.0);
            rig.run(40.0);
            CAPTURE(tissue::to_string(geometry), static_cast<int>(kind));
            CHECK(rig.stepper->budget().transported[0] ==
                  Approx(5.0 * volume(geometry)).epsilon(1e-3));
            CHECK(rig.worst_residual() < 1e-12);
        }
}

TEST_CASE("thin tissue loses through a lateral Robin wall at the rate of wall area per volume") {
    // Diffusion evens everything out: u' = -k A/V (u - u_out).
    const double k = 0.02;
    for (const Geometry geometry : lateral) {
        ModelBuilder m;
        const int a = m.add_species("a");
        m.diffuse(a, {400.0});
        m.add_boundary(a, model::Side::outer, BoundaryKind::robin, m.number(1.0), m.number(k));
        m.finish();
        solver::StepperOptions options;
        options.tolerance = 1e-6;
        Rig rig(m, oblong(geometry), options);
        rig.fill(a, [](double, double, double) { return 4.0; });
        rig.stepper->start(0.0);
        rig.run(10.0);
        const double share = std::exp(-k * wall_area(geometry) / volume(geometry) * 10.0);
        CAPTURE(tissue::to_string(geometry));
        CHECK(rig.stepper->budget().transported[0] ==
              Approx(3.0 * (share - 1.0) * volume(geometry)).epsilon(1e-3));
        CHECK(rig.worst_residual() < 1e-12);
    }
}
