#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <numbers>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "build_model.hpp"
#include "reaction/coupled_species.hpp"

using namespace neocol;
using namespace neocol::test;
using std::numbers::pi;
using tissue::Geometry;

namespace {

constexpr Geometry all_geometries[] = {Geometry::well_mixed, Geometry::column, Geometry::section,
                                       Geometry::single_channel, Geometry::patch};

/// Two species that stimulate and consume each other, both diffusing.
ModelBuilder activator_inhibitor() {
    ModelBuilder m;
    const int a = m.add_species("a"), b = m.add_species("b");
    model::Graph& g = m.model.graph;
    m.add_process(g.multiply(m.parameter({5.0}), g.hill(m.u(a), m.number(0.3), m.number(2.0))),
                  {{a, -1.0}, {b, 0.5}});
    m.add_process(g.multiply(m.parameter({2.0}), g.multiply(m.u(a), m.u(b))), {{b, -1.0}});
    m.add_decay(b, 0.8);
    m.diffuse(a, {0.05});
    m.diffuse(b, {0.01});
    m.finish();
    return m;
}

}  // namespace

TEST_CASE("diffusion conserves mass with no-flux walls in every geometry") {
    for (const Geometry geometry : all_geometries)
        for (const bool periodic : {false, true}) {
            ModelBuilder m;
            const int a = m.add_species("a");
            m.diffuse(a, {0.3});
            m.finish();
            Rig rig(m, make_grid(geometry, 9, periodic));
            rig.at(a, rig.grid.nz() / 2, rig.grid.ny() / 3, rig.grid.nx() / 3) = 4.0;
            rig.stepper->start(0.0);
            const double before = rig.stepper->budget().initial[0];
            rig.run(0.5);
            CAPTURE(tissue::to_string(geometry), periodic);
            CHECK(rig.stepper->budget().current[0] == Approx(before).epsilon(1e-13));
        }
}

TEST_CASE("decay of a well-mixed species follows the exponential") {
    ModelBuilder m;
    const int a = m.add_species("a");
    m.add_decay(a, 3.0);
    m.finish();
    solver::StepperOptions options;
    options.tolerance = 1e-6;
    Rig rig(m, make_grid(Geometry::well_mixed, 1), options);
    rig.at(a, 0, 0, 0) = 2.0;
    rig.stepper->start(0.0);
    rig.run(1.0);
    CHECK(rig.stepper->time() == 1.0);
    // A tolerance is relative to the largest value, which is the first.
    CHECK(std::abs(rig.at(a, 0, 0, 0) - 2.0 * std::exp(-3.0)) < 3.0 * options.tolerance * 2.0);
    CHECK(rig.worst_residual() < 1e-13);
}

TEST_CASE("budgets close to rounding in every geometry") {
    for (const Geometry geometry : all_geometries) {
        ModelBuilder m = activator_inhibitor();
        Rig rig(m, make_grid(geometry, 10));
        rig.fill(
            0,
            [](double x, double y, double z) {
                return 0.6 + 0.5 * std::cos(pi * x) * std::cos(2 * pi * y) * std::cos(pi * z);
            });
        rig.fill(1, [](double, double, double z) { return 0.2 * z; });
        rig.stepper->start(0.0);
        rig.run(3.0);
        CAPTURE(tissue::to_string(geometry));
        CHECK(rig.stepper->budget().turnover[1] > 0.01);
        CHECK(rig.worst_residual() < 1e-12);
    }
}

TEST_CASE("blended steps keep a spike positive and the budget closed") {
    std::uint64_t blended = 0;
    for (const Geometry geometry : {Geometry::section, Geometry::single_channel, Geometry::patch})
        for (const double tolerance : {1e-1, 1e-2, 1e-3}) {
            ModelBuilder m;
            const int a = m.add_species("a");
            m.diffuse(a, {1.0});
            m.add_decay(a, 1.0);
            m.finish();
            solver::StepperOptions options;
            options.tolerance = tolerance;
            Rig rig(m, make_grid(geometry, 17), options);
            rig.at(a, 8, rig.grid.ny() / 2, 8) = 100.0;
            rig.stepper->start(0.0);
            double least = 0.0;
            while (rig.stepper->time() < 0.1) {
                rig.stepper->step(0.1);
                least = std::min(least, rig.minimum(a));
            }
            CAPTURE(tissue::to_string(geometry), tolerance);
            CHECK(least >= -1.0001e-3 * tolerance);
            CHECK(rig.worst_residual() < 1e-12);
            blended += rig.stepper->statistics().blended;
        }
    CHECK(blended > 0);
}

TEST_CASE("species that a process joins share a blend, others have their own") {
    ModelBuilder m;
    const int a = m.add_species("a"), b = m.add_species("b");
    const int c = m.add_species("c"), d = m.add_species("d"), e = m.add_species("e");
    m.add_process(m.u(d), {{d, -1.0}, {e, 1.0}});
    m.add_process(m.u(b), {{b, -1.0}, {d, 0.5}});
    m.add_process(m.model.graph.multiply(m.u(a), m.u(c)), {{a, -1.0}});
    m.finish();
    const std::vector<std::size_t> sets = solver::coupled_species(m.model);
    const auto of = [&](int species) { return sets[static_cast<std::size_t>(species)]; };
    CHECK(of(b) == of(d));
    CHECK(of(b) == of(e));
    CHECK(of(a) != of(b));
    CHECK(of(a) != of(c));  // `a` reads `c` but takes nothing from it
    CHECK(of(c) != of(b));
}

TEST_CASE("layered rest keeps its bits for ten years") {
    ModelBuilder m({"epidermis", "dermis"});
    const int a = m.add_species("a", {3.1, 7.3}, 7.0);
    const int b = m.add_species("b", {0.1, 1.0 / 3.0}, 1.0);
    model::Graph& g = m.model.graph;
    const model::NodeId k = m.parameter({0.1 * 3.1, (1.0 / 3.0) * 7.3});
    m.add_process(k, {{a, 1.0}});
    m.add_process(g.multiply(m.u(a), m.u(b)), {{a, -1.0}});
    m.diffuse(a, {0.4, 0.9}).relative_to_rest = true;
    m.diffuse(b, {0.1, 0.02}).relative_to_rest = true;
    m.finish();
    tissue::Grid grid(
        Geometry::section, tissue::cartesian_axis(tissue::uniform_edges(0.3, 11), true),
        tissue::cartesian_axis({0.0, 1.0}),
        tissue::cartesian_axis({0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7}), {0, 0, 1, 1, 1, 1});
    Rig rig(m, std::move(grid));
    rig.stepper->start(0.0);
    const std::vector<double> before = rig.values();
    rig.run(3653.0);
    CHECK(same_bits(before, rig.values()));
    CHECK(rig.worst_residual() < 1e-12);
}

TEST_CASE("the number of threads does not change a bit") {
    std::vector<double> serial;
    std::vector<double> saved;
    for (const int threads : {1, 2, 4}) {
        ModelBuilder m = activator_inhibitor();
        solver::StepperOptions options;
        options.threads = threads;
        Rig rig(m, make_grid(Geometry::patch, 11, true), options);
        rig.at(0, 5, 5, 5) = 10.0;
        rig.stepper->start(0.0);
        rig.run(0.2);
        if (threads == 1) {
            serial = rig.values();
            saved = rig.stepper->save();
        }
        CHECK(same_bits(serial, rig.values()));
        CHECK(same_bits(saved, rig.stepper->save()));
    }
}

TEST_CASE("a symmetric state stays symmetric") {
    ModelBuilder m = activator_inhibitor();
    Rig rig(m, make_grid(Geometry::patch, 12, true));
    rig.fill(0, [](double x, double y, double z) {
        return 1.0 + std::cos(2 * pi * x) * std::cos(2 * pi * y) * z;
    });
    rig.stepper->start(0.0);
    rig.run(0.5);
    double asymmetry = 0.0;
    for (std::size_t z = 0; z < 12; ++z)
        for (std::size_t y = 0; y < 12; ++y)
            for (std::size_t x = 0; x < 12; ++x)
                asymmetry =
                    std::max({asymmetry, std::abs(rig.at(0, z, y, x) - rig.at(0, z, y, 11 - x)),
                              std::abs(rig.at(0, z, y, x) - rig.at(0, z, x, y))});
    // x before y in the factors breaks the exchange of axes only as far as they do not commute.
    CHECK(asymmetry < 1e-9);
}

TEST_CASE("steps land on the limit and a shortened step does not shorten the next") {
    ModelBuilder m;
    const int a = m.add_species("a");
    m.add_decay(a, 0.1);
    m.finish();
    Rig rig(m, make_grid(Geometry::column, 4));
    rig.fill(a, [](double, double, double) { return 1.0; });
    rig.stepper->start(0.0);
    rig.run(5.0);
    const double size = rig.stepper->step(100.0).size;
    const double t = rig.stepper->time();
    const solver::StepInfo landing = rig.stepper->step(t + 1e-3 * size);
    CHECK(landing.limit == solver::StepInfo::Limit::landing);
    CHECK(rig.stepper->time() == t + 1e-3 * size);
    CHECK(rig.stepper->step(100.0).size > 0.5 * size);
}

TEST_CASE("a stepper that is loaded goes on with the same bits") {
    ModelBuilder m = activator_inhibitor();
    const auto prepare = [](Rig& rig) {
        rig.fill(0, [](double x, double, double z) { return x + z; });
        rig.stepper->start(0.0);
    };
    Rig whole(m, make_grid(Geometry::section, 9));
    prepare(whole);
    whole.run(1.0);
    const std::vector<double> saved = whole.stepper->save(), state = whole.values();
    whole.run(2.0);

    Rig resumed(m, make_grid(Geometry::section, 9));
    std::memcpy(resumed.stepper->state().data(), state.data(), state.size() * sizeof(double));
    resumed.stepper->load(saved);
    resumed.run(2.0);
    CHECK(same_bits(whole.values(), resumed.values()));
    CHECK(same_bits(whole.stepper->save(), resumed.stepper->save()));
}

TEST_CASE("what a session changes is booked as injected") {
    ModelBuilder m = activator_inhibitor();
    Rig rig(m, make_grid(Geometry::column, 10));
    rig.fill(0, [](double, double, double) { return 1.0; });
    rig.stepper->start(0.0);
    rig.run(0.5);
    rig.at(0, 3, 0, 0) += 2.0;
    rig.stepper->restart(0.5);
    rig.run(1.0);
    CHECK(rig.stepper->budget().injected[0] == Approx(2.0 * 0.1).epsilon(1e-12));
    CHECK(rig.worst_residual() < 1e-12);
}

TEST_CASE("a step that was asked to stop changes nothing, and the next one has the same bits") {
    ModelBuilder m = activator_inhibitor();
    const auto begin = [&] {
        auto rig = std::make_unique<Rig>(m, make_grid(Geometry::section, 12, false));
        rig->at(0, 3, 0, 4) = 4.0;
        rig->at(1, 5, 0, 2) = 1.0;
        rig->stepper->start(0.0);
        return rig;
    };
    const auto calm = begin();
    std::atomic<bool> flag{true};
    {
        const auto asked = begin();
        asked->stepper->stop_when(&flag);
        CHECK(asked->stepper->step(1.0).stopped);
        CHECK(asked->stepper->time() == 0.0);
        CHECK(asked->stepper->statistics().accepted == 0);
        CHECK(same_bits(asked->values(), calm->values()));
    }
    calm->run(1.0);
    // Raised at any moment by another thread, also between the stages and after rejections.
    std::atomic<bool> done{false};
    std::thread other([&] {
        for (unsigned i = 0; !done; ++i) {
            flag = i % 2 == 0;
            std::this_thread::sleep_for(std::chrono::microseconds(i % 41));
        }
    });
    bool were_same = true;
    int n_stopped = 0;
    for (int i = 0; i < 1000 && n_stopped < 10; ++i) {  // busy machines run the other one late
        const auto asked = begin();
        asked->stepper->stop_when(&flag);
        while (asked->stepper->time() < 1.0)
            n_stopped += asked->stepper->step(1.0).stopped ? 1 : 0;
        were_same = were_same && same_bits(asked->values(), calm->values()) &&
                    same_bits(asked->stepper->save(), calm->stepper->save()) &&
                    asked->stepper->statistics().accepted == calm->stepper->statistics().accepted &&
                    asked->stepper->statistics().rejected == calm->stepper->statistics().rejected;
    }
    done = true;
    other.join();
    CHECK(n_stopped >= 10);
    CHECK(were_same);
}
