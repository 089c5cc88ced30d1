#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "build_model.hpp"

using namespace neocol;
using namespace neocol::test;
using model::Location;
using tissue::Geometry;

namespace {

struct Barrier {
    ModelBuilder m{std::vector<std::string>{"epidermis", "dermis"}};
    int signal = 0, cover = 0, front = 0;

    /// A signal that leaves through an open surface, a cover that closes it, and a front on the
    /// junction that heals where there is signal below it.
    Barrier() {
        signal = m.add_species("signal", {0.0}, 1.0);
        cover = m.add_species("cover", {1.0}, 1.0, Location::surface);
        front = m.add_species("front", {1.0}, 1.0, Location::junction);
        model::Graph& g = m.model.graph;
        m.add_decay(signal, 0.5);
        m.add_process(g.multiply(m.parameter({2.0}), g.subtract(m.number(1.0), m.u(cover))),
                      {{cover, 1.0}}, Location::surface);
        const model::NodeId below = m.input(model::Input::Kind::adjacent, signal);
        m.add_process(g.multiply(below, g.subtract(m.number(1.0), m.u(front))), {{front, 1.0}},
                      Location::junction);
        m.diffuse(signal, {0.2});
        m.diffuse(front, {0.05});
        const model::NodeId above = m.input(model::Input::Kind::surface, cover);
        m.add_boundary(signal, model::Side::top, model::BoundaryKind::robin, m.number(0.0),
                       g.multiply(m.parameter({4.0}), g.subtract(m.number(1.0), above)));
        m.finish();
    }

    tissue::Grid grid(Geometry geometry, std::size_t n) const {
        const auto none = [] { return tissue::cartesian_axis({0.0, 1.0}); };
        const auto axis = [&] { return tissue::cartesian_axis(tissue::uniform_edges(1.0, n)); };
        std::vector<int> layers(n, 1);
        std::fill(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(n / 4), 0);
        tissue::Axis x = geometry == Geometry::single_channel
                             ? tissue::radial_axis(tissue::uniform_edges(1.0, n))
                         : geometry == Geometry::column ? none()
                                                        : axis();
        tissue::Axis y = geometry == Geometry::patch ? axis() : none();
        return tissue::Grid(geometry, std::move(x), std::move(y), axis(), layers);
    }
};

}  // namespace

TEST_CASE("surface fields act on the volume and back, with closed budgets, in every geometry") {
    for (const Geometry geometry :
         {Geometry::column, Geometry::section, Geometry::single_channel, Geometry::patch}) {
        Barrier b;
        Rig rig(b.m, b.grid(geometry, 8));
        rig.fill(
            b.signal, [](double x, double, double) { return 1.0 + x; });
        rig.fill(
            b.cover, [](double x, double, double) { return x > 0.5 ? 1.0 : 0.0; });
        rig.fill(b.front, [](double x, double, double) { return x > 0.5 ? 0.4 : 0.0; });
        rig.stepper->start(0.0);
        rig.run(1.0);
        const solver::Budget& budget = rig.stepper->budget();
        CAPTURE(tissue::to_string(geometry));
        CHECK(budget.transported[0] < -0.01);
        CHECK(budget.current[2] > budget.initial[2] + 0.01);
        CHECK(rig.worst_residual() < 1e-12);
    }
}

TEST_CASE("a cover closes exponentially whatever lies below") {
    Barrier b;
    solver::StepperOptions options;
    options.tolerance = 1e-6;
    Rig rig(b.m, b.grid(Geometry::section, 8), options);
    rig.fill(
        b.cover, [](double, double, double) { return 0.0; });
    rig.fill(b.signal, [](double, double, double) { return 1.0; });
    rig.stepper->start(0.0);
    rig.run(0.7);
    for (std::size_t x = 0; x < 8; ++x)
        CHECK(rig.at(b.cover, 0, 0, x) == Approx(1.0 - std::exp(-1.4)).epsilon(1e-5));
}

TEST_CASE("a laterally uniform state gives the same column in column, section and patch") {
    std::vector<double> columns[3];
    const Geometry geometries[] = {Geometry::column, Geometry::section, Geometry::patch};
    for (std::size_t k = 0; k < 3; ++k) {
        Barrier b;
        Rig rig(b.m, b.grid(geometries[k], 8));
        rig.fill(
            b.signal, [](double, double, double z) { return 1.0 + z; });
        rig.fill(
            b.cover, [](double, double, double) { return 0.3; });
        rig.fill(b.front, [](double, double, double) { return 0.1; });
        rig.stepper->start(0.0);
        rig.run(1.0);
        for (std::size_t z = 0; z < 8; ++z)
            columns[k].push_back(rig.at(b.signal, z, 0, 0));
        columns[k].push_back(rig.at(b.cover, 0, 0, 0));
        columns[k].push_back(rig.at(b.front, 0, 0, 0));
    }
    for (std::size_t k = 1; k < 3; ++k)
        for (std::size_t i = 0; i < columns[0].size(); ++i)
            CHECK(columns[k][i] == Approx(columns[0][i]).epsilon(1e-11));
}

TEST_CASE("volume processes read the surface field above them, however rows are taken together") {
    for (const Geometry geometry :
         {Geometry::column, Geometry::section, Geometry::single_channel, Geometry::patch}) {
        CAPTURE(tissue::to_string(geometry));
        Barrier geometries;
        ModelBuilder m({"epidermis", "dermis"});
        const int signal = m.add_species("signal", {0.0}, 1.0);
        const int first = m.add_species("first", {0.0}, 1.0, Location::surface);
        const int second = m.add_species("second", {0.0}, 1.0, Location::junction);
        const model::NodeId loss = m.model.graph.add(m.input(model::Input::Kind::surface, first),
                                                     m.input(model::Input::Kind::surface, second));
        m.add_process(m.model.graph.multiply(loss, m.u(signal)), {{signal, -1.0}});
        m.finish();
        solver::StepperOptions options;
        options.tolerance = 1e-6;
        Rig rig(m, geometries.grid(geometry, 12), options);
        rig.fill(
            signal, [](double, double, double) { return 1.0; });
        rig.fill(
            first, [](double x, double, double) { return 0.5 + x; });
        rig.fill(second, [](double x, double, double) { return 2.0 * x; });
        rig.stepper->start(0.0);
        rig.run(0.8);
        for (std::size_t z = 0; z < rig.grid.nz(); ++z)
            for (std::size_t x = 0; x < rig.grid.nx(); ++x) {
                const double rate = 0.5 + 3.0 * rig.grid.x().centres[x];
                CHECK(rig.at(signal, z, 0, x) == Approx(std::exp(-0.8 * rate)).epsilon(1e-4));
            }
    }
}

TEST_CASE("motility that follows a surface field follows it along both axes of a patch") {
    std::vector<double> along[2];
    for (const bool turned : {false, true}) {
        ModelBuilder m({"epidermis", "dermis"});
        const int signal = m.add_species("signal", {0.0}, 1.0);
        const int cover = m.add_species("cover", {0.0}, 1.0, Location::surface);
        m.diffuse(signal, {1.0}).diffusivity = m.input(model::Input::Kind::surface, cover);
        m.finish();
        solver::StepperOptions options;
        options.tolerance = 1e-7;
        Rig rig(m, Barrier().grid(Geometry::patch, 8), options);
        const auto place = [&](double x, double y) { return turned ? y : x; };
        rig.fill(
            cover, [&](double x, double y, double) { return 0.01 + 0.2 * place(x, y); });
        rig.fill(signal, [](double, double, double z) { return z > 0.5 ? 1.0 : 0.0; });
        rig.stepper->start(0.0);
        rig.run(0.3);
        for (std::size_t i = 0; i < 8; ++i)
            for (std::size_t j = 0; j < 8; ++j)
                for (std::size_t z = 0; z < 8; ++z)
                    along[turned].push_back(turned ? rig.at(signal, z, i, j)
                                                   : rig.at(signal, z, j, i));
    }
    for (std::size_t i = 0; i < along[0].size(); ++i)
        CHECK(along[1][i] == Approx(along[0][i]).margin(1e-6));
}
