#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#include <catch2/catch.hpp>
#include <neocol/core/error.hpp>

#include "build_model.hpp"

using namespace neocol;
using namespace neocol::test;
using tissue::Geometry;

namespace {

/// 0 = div(grad q) - 4 q (1 + u) with q = 3 at the top, u' = 0.05 lap(u) + supply - q u: the field
/// is first, as the order of species in a model is free.
ModelBuilder consumers() {
    ModelBuilder m;
    m.model.stationary = false;
    const int q = m.add_species("q", {1.0}, 3.0), u = m.add_species("u", {0.0}, 1.0);
    m.model.species[0].quasi_steady = true;
    model::Graph& g = m.model.graph;
    m.add_process(
        g.multiply(m.parameter({4.0}), g.multiply(m.u(q), g.add(m.number(1.0), m.field(u)))),
        {{q, -1.0}});
    m.add_process(g.multiply(m.field(q), m.u(u)), {{u, -1.0}});
    m.add_process(m.parameter({0.5}), {{u, 1.0}});
    m.diffuse(q, {1.0});
    m.diffuse(u, {0.05});
    m.add_boundary(q, model::Side::top, model::BoundaryKind::fixed, m.number(3.0));
    m.finish();
    return m;
}

void begin(Rig& rig) {
    rig.fill(1, [](double x, double y, double z) { return 1.0 + 0.3 * x + 0.2 * y - 0.5 * z; });
    rig.stepper->start(0.0);
}

/// State at t = 1 with steps of one size.
std::vector<double> with_steps(ModelBuilder& m, double size, Geometry geometry, std::size_t n) {
    solver::StepperOptions options;
    options.fixed_step = size;
    Rig rig(m, make_grid(geometry, n), options);
    begin(rig);
    rig.run(1.0);
    return rig.values();
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(sum);
}

/// Error of 0 = 0.1 lap(q) - 0.9 q with q = 2 at one side, on n cells, against q(x, y, z).
double error_in_balance(Geometry geometry, model::Side side, std::size_t n,
                        const std::function<double(double, double, double)>& exact) {
    ModelBuilder m;
    const int q = m.add_species("q");
    m.model.species[0].quasi_steady = true;
    m.add_decay(q, 0.9);
    m.diffuse(q, {0.1});
    m.add_boundary(q, side, model::BoundaryKind::fixed, m.number(2.0));
    m.finish();
    Rig rig(m, make_grid(geometry, n));
    rig.stepper->start(0.0);
    return rig.error(q, exact);
}

}  // namespace

TEST_CASE("a field with first-order loss is the hyperbolic cosine, to second order in space") {
    // q'' = 9 q, q(0) = 2, q'(1) = 0
    const auto exact = [](double, double, double z) {
        return 2.0 * std::cosh(3.0 * (1.0 - z)) / std::cosh(3.0);
    };
    double errors[3] = {};
    for (std::size_t k = 0; k < 3; ++k)
        errors[k] =
            error_in_balance(Geometry::column, model::Side::top, std::size_t{10} << k, exact);
    CHECK(std::log2(errors[0] / errors[1]) > 1.9);
    CHECK(std::log2(errors[1] / errors[2]) > 1.9);
    CHECK(errors[2] < 1e-3);
}

TEST_CASE("a field between side walls meets its exact solution in every geometry with sides") {
    // lap(q) = 9 q, 2 at the sides; I0 around the axis, cosh in a section.
    for (const Geometry geometry : {Geometry::single_channel, Geometry::section}) {
        const auto exact = [&](double x, double, double) {
            if (geometry == Geometry::section)
                return 2.0 * std::cosh(3.0 * (x - 0.5)) / std::cosh(1.5);
            return 2.0 * std::cyl_bessel_i(0.0, 3.0 * x) / std::cyl_bessel_i(0.0, 3.0);
        };
        double errors[3] = {};
        for (std::size_t k = 0; k < 3; ++k)
            errors[k] = error_in_balance(geometry, model::Side::outer, std::size_t{8} << k, exact);
        CAPTURE(tissue::to_string(geometry), errors[0], errors[1], errors[2]);
        CHECK(std::log2(errors[0] / errors[1]) > 1.9);
        CHECK(std::log2(errors[1] / errors[2]) > 1.9);
    }
}

TEST_CASE("what is stepped with a field in balance keeps the third order in time") {
    ModelBuilder m = consumers();
    for (const Geometry geometry : {Geometry::column, Geometry::single_channel}) {
        const auto exact = with_steps(m, 1.0 / 640, geometry, 6);
        const double coarse = distance(with_steps(m, 1.0 / 20, geometry, 6), exact);
        const double middle = distance(with_steps(m, 1.0 / 40, geometry, 6), exact);
        const double fine = distance(with_steps(m, 1.0 / 80, geometry, 6), exact);
        CAPTURE(tissue::to_string(geometry), coarse, middle, fine);
        CHECK(std::log2(coarse / middle) > 2.8);
        CHECK(std::log2(middle / fine) > 2.8);
    }
}

TEST_CASE("budgets of the stepped species close beside a field in balance") {
    for (const Geometry geometry : {Geometry::column, Geometry::section, Geometry::patch}) {
        ModelBuilder m = consumers();
        Rig rig(m, make_grid(geometry, 7));
        begin(rig);
        rig.run(2.0);
        CAPTURE(tissue::to_string(geometry));
        CHECK(std::abs(rig.stepper->budget().residual()[1]) < 1e-12);
    }
}

TEST_CASE("threads, and going on from what was saved, change no bit of a model with a field") {
    std::vector<double> serial, saved;
    for (const int threads : {1, 2, 4}) {
        ModelBuilder m = consumers();
        solver::StepperOptions options;
        options.threads = threads;
        Rig rig(m, make_grid(Geometry::patch, 9), options);
        begin(rig);
        rig.run(0.5);
        const std::vector<double> middle = rig.values(), notes = rig.stepper->save();
        rig.run(1.0);
        if (threads == 1) serial = rig.values(), saved = rig.stepper->save();
        CHECK(same_bits(serial, rig.values()));
        CHECK(same_bits(saved, rig.stepper->save()));

        Rig resumed(m, make_grid(Geometry::patch, 9), options);
        std::memcpy(resumed.stepper->state().data(), middle.data(), middle.size() * sizeof(double));
        resumed.stepper->load(notes);
        resumed.run(1.0);
        CHECK(same_bits(serial, resumed.values()));
        CHECK(same_bits(saved, resumed.stepper->save()));
    }
}

TEST_CASE("rest with a field and an integral keeps its bits for ten years") {
    ModelBuilder m({"epidermis", "dermis"});
    const int q = m.add_species("q", {3.1, 3.1}, 3.0), u = m.add_species("u", {0.1, 1.0 / 3.0});
    m.model.species[0].quasi_steady = true;
    model::Graph& g = m.model.graph;
    // 0 = div(D grad q) + k (1 + u) (3.1 - q); u' = r (rest - u) + slow (q - 3.1) mean(u)
    m.add_process(g.multiply(g.add(m.number(1.0), m.field(u)),
                             g.multiply(m.parameter({0.7, 2.1}), m.parameter({3.1}))),
                  {{q, 1.0}});
    m.add_process(
        g.multiply(g.add(m.number(1.0), m.field(u)), g.multiply(m.parameter({0.7, 2.1}), m.u(q))),
        {{q, -1.0}});
    m.add_process(g.multiply(m.parameter({0.2}), m.parameter({0.1, 1.0 / 3.0})), {{u, 1.0}});
    m.add_process(g.multiply(m.parameter({0.2}), m.u(u)), {{u, -1.0}});
    const model::NodeId mean = m.integral(m.u(u), true);
    m.add_process(g.multiply(m.parameter({0.05 * 3.1}), mean), {{u, -1.0}});
    m.add_process(g.multiply(m.parameter({0.05}), g.multiply(m.field(q), mean)), {{u, 1.0}});
    m.diffuse(q, {0.4, 0.9});
    m.diffuse(u, {0.1, 0.02}).relative_to_rest = true;
    m.finish();
    const tissue::Grid grid(
        Geometry::section, tissue::cartesian_axis(tissue::uniform_edges(0.3, 11), true),
        tissue::cartesian_axis({0.0, 1.0}),
        tissue::cartesian_axis({0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7}), {0, 0, 1, 1, 1, 1});
    Rig rig(m, grid);
    rig.stepper->start(0.0);
    const std::vector<double> before = rig.values();
    rig.run(3653.0);
    CHECK(same_bits(before, rig.values()));
    // It is the equations that hold it: a disturbance moves the field.
    Rig disturbed(m, grid);
    disturbed.at(u, 3, 0, 4) += 1.0;
    disturbed.at(q, 3, 0, 4) += 1.0;
    disturbed.stepper->start(0.0);
    CHECK(disturbed.at(q, 3, 0, 4) == Approx(3.1).epsilon(1e-9));
    disturbed.run(1.0);
    CHECK_FALSE(same_bits(before, disturbed.values()));
}

TEST_CASE("feedback through a mean has its exact course, at the third order in time") {
    // u' = -k mean(u) u: the mean is m0 / (1 + k m0 t), and u keeps its shape.
    const auto error = [](double size) {
        ModelBuilder m;
        const int u = m.add_species("u");
        const model::NodeId mean = m.integral(m.u(u), true);
        m.add_process(
            m.model.graph.multiply(m.parameter({2.0}), m.model.graph.multiply(mean, m.u(u))),
            {{u, -1.0}});
        m.finish();
        solver::StepperOptions options;
        options.fixed_step = size;
        Rig rig(m, make_grid(Geometry::section, 8), options);
        const auto start = [](double x, double, double z) { return 0.5 + x * z; };
        rig.fill(u, start);
        rig.stepper->start(0.0);
        rig.run(1.0);
        CHECK(rig.worst_residual() < 1e-12);
        // Midpoints integrate x z exactly.
        return rig.error(
            u, [&](double x, double y, double z) { return start(x, y, z) / (1.0 + 2.0 * 0.75); });
    };
    const double coarse = error(1.0 / 16), middle = error(1.0 / 32), fine = error(1.0 / 64);
    CAPTURE(coarse, middle, fine);
    CHECK(std::log2(coarse / middle) > 2.8);
    CHECK(std::log2(middle / fine) > 2.8);
}

TEST_CASE("a field may read an integral over itself") {
    // q = 1 + mean(q)/2 everywhere, so 2.
    ModelBuilder m;
    const int q = m.add_species("q"), u = m.add_species("u");
    m.model.species[0].quasi_steady = true;
    model::Graph& g = m.model.graph;
    m.add_process(m.number(1.0), {{q, 1.0}});
    m.add_process(g.multiply(m.parameter({0.5}), m.integral(m.field(q), true)), {{q, 1.0}});
    m.add_decay(q, 1.0);
    m.add_decay(u, 1.0);
    m.finish();
    Rig rig(m, make_grid(Geometry::column, 5));
    rig.stepper->start(0.0);
    for (std::size_t z = 0; z < 5; ++z)
        CHECK(rig.at(q, z, 0, 0) == Approx(2.0).epsilon(1e-9));
}

TEST_CASE("a field follows parameters that an event sets, in its rates and its diffusivity") {
    // 0 = D q'' + made - q between a wall at 0 and a closed one: q = made (1 - cosh((1 - z)/L) /
    // cosh(1/L)) with L = sqrt(D).
    ModelBuilder m;
    const int q = m.add_species("oxygen"), u = m.add_species("cell");
    m.model.species[0].quasi_steady = true;
    m.add_decay(q, 1.0);
    m.add_decay(u, 1.0);
    m.add_boundary(q, model::Side::top, model::BoundaryKind::fixed, m.number(0.0));
    m.add_process(m.parameter({3.0}), {{q, 1.0}});
    m.diffuse(q, {0.5});
    m.finish();
    m.model.stationary = false;
    Rig rig(m, make_grid(Geometry::column, 60));
    const auto exact = [](double made, double diffusivity) {
        return [=](double, double, double z) {
            const double length = std::sqrt(diffusivity);
            return made * (1.0 - std::cosh((1.0 - z) / length) / std::cosh(1.0 / length));
        };
    };
    rig.stepper->start(0.0);
    CHECK(rig.error(q, exact(3.0, 0.5)) < 1e-3);
    solver::Environment changed = m.environment;
    changed.by_layer[0][changed.by_layer[0].size() - 2] = 6.0;
    changed.by_layer[0].back() = 0.1;
    rig.stepper->set_parameters(changed);
    rig.stepper->restart(0.0);
    CHECK(rig.error(q, exact(6.0, 0.1)) < 1e-3);
}

TEST_CASE("a field that nothing lets out has no solution and is named") {
    ModelBuilder m;
    const int q = m.add_species("oxygen"), u = m.add_species("u");
    m.model.species[0].quasi_steady = true;
    m.add_process(m.number(1.0), {{q, 1.0}});
    m.add_decay(u, 1.0);
    m.diffuse(q, {1.0});
    m.finish();
    m.model.stationary = false;
    Rig rig(m, make_grid(Geometry::column, 5));
    CHECK_THROWS_WITH(rig.stepper->start(0.0), Catch::Contains("quasi-steady oxygen has no"));
}
