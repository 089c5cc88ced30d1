#include <cmath>
#include <vector>

#include <Eigen/Dense>
#include <catch2/catch.hpp>

#include "random_model.hpp"

using neocol::AlignedVector;
using neocol::lanes;
using neocol::kernel::make_interpreter;
using neocol::kernel::Program;
using neocol::model::Model;
using neocol::model::System;
using neocol::test::random_model;
using neocol::test::RandomRow;

namespace {

/// Margin for sums whose terms may cancel.
Approx near(double value) {
    return Approx(value).epsilon(1e-10).margin(1e-10);
}

}  // namespace

TEST_CASE("the interpreter's rates and programs are the graph's values") {
    for (unsigned seed = 0; seed < 6; ++seed) {
        const Model model = random_model(seed, 5, 9);
        const System& system = model.systems.front();
        const auto kernel = make_interpreter(model, system);
        const RandomRow data(model, system, seed, 3, seed % 2 == 1);
        AlignedVector out(20 * data.stride, 0.0);
        const auto agrees = [&](const std::vector<neocol::model::NodeId>& roots) {
            for (std::size_t k = 0; k < roots.size(); ++k) {
                if (roots[k] == neocol::model::no_node) continue;
                for (std::size_t i = 0; i < data.size(); ++i) {
                    const double expected =
                        model.graph.evaluate(roots[k], data.unknowns_at(i), data.inputs_at(i));
                    CAPTURE(seed, k, i);
                    REQUIRE(out[k * data.stride + i] == near(expected));
                }
            }
        };
        kernel->rates(data.row(), out.data(), data.stride, nullptr, nullptr);
        agrees(system.rates);
        kernel->time_derivative(data.row(), out.data(), data.stride);
        agrees(system.time_derivative);
        for (const Program program : {Program::coefficients, Program::injury, Program::observables,
                                      Program::boundary, Program::initial, Program::events}) {
            const auto roots = program_roots(model, system, program);
            REQUIRE(kernel->n_outputs(program) == roots.size());
            kernel->evaluate(program, data.row(), out.data(), data.stride);
            agrees(roots);
        }
    }
}

TEST_CASE("a species the injury does not name keeps its value") {
    const Model model = random_model(3, 4, 4);
    const System& system = model.systems.front();
    const RandomRow data(model, system, 1, 2);
    AlignedVector out(system.unknowns.size() * data.stride, -1.0);
    make_interpreter(model, system)->evaluate(Program::injury, data.row(), out.data(), data.stride);
    for (std::size_t s = 0; s < system.unknowns.size(); ++s) {
        if (system.unknowns[s] % 2 == 0) continue;
        for (std::size_t i = 0; i < data.size(); ++i)
            CHECK(out[s * data.stride + i] == data.state[s * data.stride + i]);
    }
}

TEST_CASE("the sparse solve agrees with dense elimination") {
    for (unsigned seed = 0; seed < 8; ++seed) {
        const int n_species = 3 + static_cast<int>(seed);
        const Model model = random_model(seed, n_species, 2 * n_species);
        const System& system = model.systems.front();
        const RandomRow data(model, system, seed, 2);
        const double gamma_h = 0.07;
        AlignedVector x = data.vector;
        make_interpreter(model, system)->solve(data.row(), gamma_h, x.data(), data.stride);
        const auto n = static_cast<Eigen::Index>(system.unknowns.size());
        for (std::size_t i = 0; i < data.size(); ++i) {
            Eigen::MatrixXd a = Eigen::MatrixXd::Identity(n, n);
            for (const neocol::model::Entry& entry : system.jacobian) {
                a(entry.row, entry.column) -=
                    gamma_h *
                    model.graph.evaluate(entry.value, data.unknowns_at(i), data.inputs_at(i));
            }
            Eigen::VectorXd b(n);
            for (Eigen::Index s = 0; s < n; ++s)
                b(s) = data.vector[static_cast<std::size_t>(s) * data.stride + i];
            const Eigen::VectorXd expected = a.partialPivLu().solve(b);
            const double scale = expected.cwiseAbs().maxCoeff();
            for (Eigen::Index s = 0; s < n; ++s) {
                CAPTURE(seed, i, s);
                CHECK(std::fabs(x[static_cast<std::size_t>(s) * data.stride + i] - expected(s)) <=
                      1e-9 * scale);
            }
        }
    }
}

TEST_CASE("a zero right-hand side has the zero solution to the last bit") {
    const Model model = random_model(2, 6, 12);
    const System& system = model.systems.front();
    const RandomRow data(model, system, 5, 2);
    AlignedVector b(system.unknowns.size() * data.stride, 0.0);
    make_interpreter(model, system)->solve(data.row(), 0.3, b.data(), data.stride);
    for (const double v : b)
        CHECK(v == 0.0);
}

TEST_CASE("process sums are weighted sums of process rates, lane by lane") {
    const Model model = random_model(4, 5, 8);
    const System& system = model.systems.front();
    const auto kernel = make_interpreter(model, system);
    const RandomRow data(model, system, 9, 3);
    AlignedVector plain(5 * data.stride), out(5 * data.stride), sums(8 * lanes, 0.5);
    kernel->rates(data.row(), plain.data(), data.stride, nullptr, nullptr);
    kernel->rates(data.row(), out.data(), data.stride, data.weights.data(), sums.data());
    for (std::size_t p = 0; p < 8; ++p) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            double expected = 0.5;
            for (std::size_t i = lane; i < data.size(); i += lanes) {
                expected +=
                    data.weights[i] * model.graph.evaluate(system.process_rates[p],
                                                           data.unknowns_at(i), data.inputs_at(i));
            }
            CHECK(sums[p * lanes + lane] == near(expected));
        }
    }
    for (std::size_t s = 0; s < 5; ++s)
        for (std::size_t i = 0; i < data.size(); ++i)
            CHECK(out[s * data.stride + i] == plain[s * data.stride + i]);
}

TEST_CASE("process Jacobians times a vector are weighted directional derivatives") {
    const Model model = random_model(6, 4, 6);
    const System& system = model.systems.front();
    const auto kernel = make_interpreter(model, system);
    const RandomRow data(model, system, 3, 2);
    AlignedVector sums(6 * lanes, 0.0);
    kernel->process_jacobian_times(data.row(), data.vector.data(), data.stride, data.weights.data(),
                                   sums.data());
    AlignedVector expected(6 * lanes, 0.0);
    for (const neocol::model::Entry& entry : system.process_jacobian) {
        for (std::size_t i = 0; i < data.size(); ++i) {
            expected[static_cast<std::size_t>(entry.row) * lanes + i % lanes] +=
                data.weights[i] *
                model.graph.evaluate(entry.value, data.unknowns_at(i), data.inputs_at(i)) *
                data.vector[static_cast<std::size_t>(entry.column) * data.stride + i];
        }
    }
    for (std::size_t k = 0; k < sums.size(); ++k)
        CHECK(sums[k] == near(expected[k]));
}
