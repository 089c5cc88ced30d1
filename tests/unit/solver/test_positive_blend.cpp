#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "build_model.hpp"
#include "stepper/positive_step.hpp"

using namespace neocol;
using namespace neocol::test;
using tissue::Geometry;

namespace {

/// One positive step of a rig's model from its present state.
struct OneStep {
    solver::Discretisation d;
    solver::RestBalance balance;
    solver::Workspace workspace;
    std::deque<solver::GroupWork> work;
    std::optional<solver::Rosenbrock> rosenbrock;
    std::optional<solver::PositiveStep> positive;

    OneStep(Rig& rig, double h)
        : d({rig.builder.model, pointers(rig), rig.grid, rig.fields, rig.builder.environment}),
          balance(d, solver::state_at_rest(d)),
          workspace(d) {
        for (std::size_t g = 0; g < d.groups.size(); ++g)
            work.emplace_back(d, balance, g, solver::Reconstruction::limited, 1);
        rosenbrock.emplace(d, workspace, work, solver::StepperOptions::Factor::automatic, 1);
        positive.emplace(d, balance, workspace, work, 1);
        rig.stepper->start(0.0);
        const double* u = rig.stepper->state().data();
        rosenbrock->prepare(u, 0.0);
        positive->attempt(u, 0.0, h);
    }

    static std::vector<const kernel::Kernel*> pointers(const Rig& rig) {
        std::vector<const kernel::Kernel*> kernels;
        for (const auto& kernel : rig.kernels)
            kernels.push_back(kernel.get());
        return kernels;
    }
    double at(Rig& rig, int species, std::size_t i_z) const {
        const tissue::Field& field = rig.fields.fields()[static_cast<std::size_t>(species)];
        return workspace.stages[2][field.offset + rig.grid.row(i_z, 0)];
    }
};

/// So far above the species' scale of 1 that the smallest undershoot beside it counts.
constexpr double spike = 1e6;

/// Diffusing, decaying `a` that turns into `b`, which does not move; `c` by itself decays.
ModelBuilder spike_and_bystander() {
    ModelBuilder m;
    const int a = m.add_species("a"), b = m.add_species("b"), c = m.add_species("c");
    m.diffuse(a, {1.0});
    m.add_process(m.model.graph.multiply(m.parameter({2.0}), m.u(a)), {{a, -1.0}, {b, 0.5}});
    m.add_decay(c, 1.0);
    m.finish();
    return m;
}

}  // namespace

TEST_CASE("the positive step decays as implicit Euler and books what it lost") {
    for (const double h : {0.1, 1.0, 50.0}) {
        ModelBuilder m;
        const int a = m.add_species("a");
        m.add_decay(a, 3.0);
        m.finish();
        Rig rig(m, make_grid(Geometry::well_mixed, 1));
        rig.at(a, 0, 0, 0) = 2.0;
        const OneStep step(rig, h);
        const double exact = 2.0 / (1.0 + 3.0 * h);
        CHECK(step.at(rig, a, 0) == Approx(exact).epsilon(1e-13));
        CHECK(step.positive->least[0] == step.at(rig, a, 0));
        CHECK(step.positive->step_budget.process[0][0] == Approx(2.0 - exact).epsilon(1e-13));
    }
}

TEST_CASE("the positive step diffuses as implicit Euler") {
    for (const double h : {0.01, 1.0, 100.0}) {
        ModelBuilder m;
        const int a = m.add_species("a");
        m.diffuse(a, {0.3});
        m.finish();
        Rig rig(m, make_grid(Geometry::column, 2));
        rig.at(a, 0, 0, 0) = 5.0;
        const OneStep step(rig, h);
        const double difference = 5.0 / (1.0 + 2.0 * h * 0.3 / 0.25);
        CHECK(step.at(rig, a, 0) == Approx(0.5 * (5.0 + difference)).epsilon(1e-12));
        CHECK(step.at(rig, a, 1) == Approx(0.5 * (5.0 - difference)).epsilon(1e-12));
    }
}

TEST_CASE("the positive step books what a wall lets out") {
    const double d = 0.2, k = 0.7, h = 3.0;
    const double conductance = 1.0 / (1.0 / k + 0.5 * 0.5 / d);  // half a cell, then the wall
    for (const model::Side side : {model::Side::top, model::Side::bottom}) {
        ModelBuilder m;
        const int a = m.add_species("a");
        m.diffuse(a, {d});
        m.add_boundary(a, side, model::BoundaryKind::robin, m.number(0.0), m.number(k));
        m.finish();
        Rig rig(m, make_grid(Geometry::column, 2));
        rig.fill(a, [](double, double, double) { return 4.0; });
        const OneStep step(rig, h);
        // Two cells: (1 + x + y) near - x far = 4, -x near + (1 + x) far = 4.
        const double x = h * d / 0.25, y = h * conductance / 0.5;
        const double determinant = (1.0 + x + y) * (1.0 + x) - x * x;
        const double near = (4.0 * (1.0 + x) + 4.0 * x) / determinant;
        const double far = (4.0 * (1.0 + x + y) + 4.0 * x) / determinant;
        const bool top = side == model::Side::top;
        CHECK(step.at(rig, a, top ? 0 : 1) == Approx(near).epsilon(1e-12));
        CHECK(step.at(rig, a, top ? 1 : 0) == Approx(far).epsilon(1e-12));
        CHECK(step.positive->step_budget.transported[0] ==
              Approx(0.5 * (near + far) - 4.0).epsilon(1e-12));
    }
}

TEST_CASE("a blend takes no more of the positive step than brings the lowest voxel to its bound") {
    int blended = 0;
    for (const Geometry geometry : {Geometry::column, Geometry::section, Geometry::patch}) {
        ModelBuilder m = spike_and_bystander();
        solver::StepperOptions options;
        options.tolerance = 0.1;
        Rig rig(m, make_grid(geometry, 17), options);
        rig.at(0, 8, rig.grid.ny() / 2, rig.grid.nx() / 2) = spike;
        rig.stepper->start(0.0);
        while (rig.stepper->time() < 0.1) {
            const solver::StepInfo info = rig.stepper->step(0.1);
            CHECK(info.blend >= 0.0);
            CHECK(info.blend <= 1.0);
            CHECK(info.error <= 1.0);
            if (info.blend == 1.0) continue;
            ++blended;
            const double lowest = std::min(rig.minimum(0), rig.minimum(1));  // they share a blend
            CHECK(std::abs(lowest) <= 2e-3 * options.tolerance);
        }
    }
    CHECK(blended > 3);
}

TEST_CASE("a blend leaves species alone that no process joins with the one that undershot") {
    ModelBuilder m = spike_and_bystander();
    solver::StepperOptions options;
    options.tolerance = 0.1;
    Rig rig(m, make_grid(Geometry::section, 17), options);
    rig.at(0, 8, 0, 8) = spike;
    rig.fill(2, [](double, double, double) { return 1.0; });
    rig.stepper->start(0.0);
    int blended = 0;
    while (rig.stepper->time() < 0.1) {
        const double before = rig.at(2, 3, 0, 3);
        const solver::StepInfo info = rig.stepper->step(0.1);
        if (info.blend > 0.95) continue;
        ++blended;
        // Of third order, where the positive step is of first.
        const double share = rig.at(2, 3, 0, 3) / before, exact = std::exp(-info.size);
        CHECK(std::abs(share - exact) <
              0.1 * (1.0 - info.blend) * std::abs(1.0 / (1.0 + info.size) - exact));
    }
    CHECK(blended > 0);
    CHECK(rig.worst_residual() < 1e-12);
}

TEST_CASE("what a blend changes counts as an error of the step") {
    ModelBuilder m;
    const int a = m.add_species("a");
    m.diffuse(a, {1.0});
    m.add_decay(a, 1.0);
    m.finish();
    solver::StepperOptions options;
    options.tolerance = 0.1;
    Rig rig(m, make_grid(Geometry::section, 17), options),
        twin(m, make_grid(Geometry::section, 17));
    const auto norm = [&](const std::vector<double>& values) {
        double sum = 0.0;
        for (std::size_t z = 0; z < 17; ++z)
            for (std::size_t x = 0; x < 17; ++x)
                sum += values[rig.grid.row(z, 0) + x] * values[rig.grid.row(z, 0) + x];
        return std::sqrt(sum / (17.0 * 17.0));
    };
    rig.at(a, 8, 0, 8) = spike;
    rig.stepper->start(0.0);
    const double largest = norm(rig.values());
    int blended = 0;
    while (rig.stepper->time() < 0.1) {
        const std::vector<double> before = rig.values();
        const solver::StepInfo info = rig.stepper->step(0.1);
        if (info.blend == 1.0) continue;
        ++blended;
        std::copy(before.begin(), before.end(), twin.stepper->state().data());
        const OneStep low(twin, info.size);
        // blended = low + share (high - low), so that high - blended follows from the other two.
        std::vector<double> change = rig.values();
        for (std::size_t i = 0; i < change.size(); ++i)
            change[i] = (1.0 - info.blend) / info.blend * (change[i] - low.workspace.stages[2][i]);
        CHECK(info.error >= 0.999 * norm(change) / (options.tolerance * largest));
    }
    CHECK(blended > 2);
}

TEST_CASE("budgets of blended steps close at every wall, also of products") {
    using model::BoundaryKind;
    for (const Geometry geometry : {Geometry::section, Geometry::single_channel, Geometry::patch})
        for (const BoundaryKind kind :
             {BoundaryKind::fixed, BoundaryKind::flux, BoundaryKind::robin}) {
            ModelBuilder m;
            const int a = m.add_species("a"), b = m.add_species("b");
            m.diffuse(a, {1.0});
            m.add_process(m.model.graph.multiply(m.parameter({2.0}), m.u(a)),
                          {{a, -1.0}, {b, 0.5}});
            for (const model::Side side :
                 {model::Side::outer, model::Side::top, model::Side::bottom})
                m.add_boundary(a, side, kind, m.number(0.3 * spike),
                               kind == BoundaryKind::robin ? m.number(0.7) : model::no_node);
            m.finish();
            solver::StepperOptions options;
            options.tolerance = 1e-2;
            Rig rig(m, make_grid(geometry, 13), options);
            rig.at(a, 1, rig.grid.ny() / 2, rig.grid.nx() - 2) = spike;
            rig.stepper->start(0.0);
            rig.run(0.05);
            CAPTURE(tissue::to_string(geometry), static_cast<int>(kind));
            CHECK(rig.stepper->statistics().blended > 0);
            CHECK(rig.worst_residual() < 1e-12);
            CHECK(rig.stepper->budget().produced[1][0] ==
                  Approx(-0.5 * rig.stepper->budget().produced[0][0]).epsilon(1e-12));
        }
}
