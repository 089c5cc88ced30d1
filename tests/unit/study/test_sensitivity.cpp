#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include <neocol/study/sensitivity.hpp>

using namespace neocol::study;
using std::numbers::pi;

namespace {

template <typename F>
std::vector<double> evaluate(const PointSet& points, F&& f) {
    std::vector<double> y;
    for (std::size_t i = 0; i < points.size(); ++i)
        y.push_back(f(points.point(i)));
    return y;
}

double ishigami(std::span<const double> u) {
    const auto x = [&](std::size_t i) { return pi * (2.0 * u[i] - 1.0); };
    return std::sin(x(0)) + 7.0 * std::pow(std::sin(x(1)), 2) +
           0.1 * std::pow(x(2), 4) * std::sin(x(0));
}

const std::vector<double> g_weights{0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0};

double g_function(std::span<const double> u) {
    double product = 1.0;
    for (std::size_t i = 0; i < g_weights.size(); ++i)
        product *= (std::abs(4.0 * u[i] - 2.0) + g_weights[i]) / (1.0 + g_weights[i]);
    return product;
}

}  // namespace

TEST_CASE("Sobol' indices of the Ishigami function are those of its closed form") {
    const std::size_t n = 4096;
    const PointSet points = saltelli_points(n, 3, 1);
    const SobolIndices indices = sobol_indices(n, 3, evaluate(points, ishigami), {200, 0.9, 1});
    const double p4 = std::pow(pi, 4), p8 = std::pow(pi, 8), a = 7.0, b = 0.1;
    const double v1 = 0.5 * std::pow(1.0 + b * p4 / 5.0, 2), v2 = a * a / 8.0;
    const double v13 = b * b * p8 * (1.0 / 18.0 - 1.0 / 50.0), v = v1 + v2 + v13;
    CHECK(indices.mean == Approx(a / 2.0).epsilon(0.01));
    CHECK(indices.variance == Approx(v).epsilon(0.01));
    const double first[] = {v1 / v, v2 / v, 0.0};
    const double total[] = {(v1 + v13) / v, v2 / v, v13 / v};
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(indices.inputs[i].first.value == Approx(first[i]).margin(0.01));
        CHECK(indices.inputs[i].total.value == Approx(total[i]).margin(0.01));
        CHECK(indices.inputs[i].first.low <= indices.inputs[i].first.value);
        CHECK(indices.inputs[i].total.high >= indices.inputs[i].total.value);
    }
}

TEST_CASE("Sobol' indices of the g-function are those of its closed form") {
    const std::size_t n = 8192, k = g_weights.size();
    const PointSet points = saltelli_points(n, k, 7);
    const SobolIndices indices = sobol_indices(n, k, evaluate(points, g_function), {100, 0.9, 1});
    double product = 1.0;
    for (const double w : g_weights)
        product *= 1.0 + 1.0 / (3.0 * (1.0 + w) * (1.0 + w));
    const double variance = product - 1.0;
    CHECK(indices.variance == Approx(variance).epsilon(0.02));
    for (std::size_t i = 0; i < k; ++i) {
        const double part = 1.0 / (3.0 * (1.0 + g_weights[i]) * (1.0 + g_weights[i]));
        CHECK(indices.inputs[i].first.value == Approx(part / variance).margin(0.015));
        CHECK(indices.inputs[i].total.value ==
              Approx(part * product / (1.0 + part) / variance).margin(0.015));
    }
}

TEST_CASE("intervals of Sobol' indices cover the truth about as often as they say") {
    // Additive: the first-order index of x0 is 4/(4 + 1), of x1 1/(4 + 1).
    int covered = 0;
    const int rounds = 60;
    for (int seed = 1; seed <= rounds; ++seed) {
        const PointSet set = latin_hypercube(256, 4, static_cast<std::uint64_t>(seed));
        PointSet points{2, {}};
        for (const auto& columns : {std::pair{0, 1}, {2, 3}, {2, 1}, {0, 3}}) {
            for (std::size_t i = 0; i < 256; ++i) {
                points.values.push_back(set.point(i)[static_cast<std::size_t>(columns.first)]);
                points.values.push_back(set.point(i)[static_cast<std::size_t>(columns.second)]);
            }
        }
        const auto y = evaluate(points, [](std::span<const double> x) { return 2 * x[0] + x[1]; });
        const SobolIndices indices = sobol_indices(256, 2, y, {200, 0.9, 1});
        const Estimated& total = indices.inputs[0].total;
        covered += total.low <= 0.8 && 0.8 <= total.high;
    }
    CHECK(covered >= 45);
}

TEST_CASE("rows with a failed case are left out of Sobol' indices") {
    const std::size_t n = 256;
    const PointSet points = saltelli_points(n, 2, 3);
    auto y = evaluate(points, [](std::span<const double> x) { return x[0] + x[1] * x[1]; });
    y[5] = y[2 * n + 9] = std::numeric_limits<double>::quiet_NaN();
    const SobolIndices indices = sobol_indices(n, 2, y);
    CHECK(indices.rows == n - 2);
    // Variances 1/12 and 4/45.
    CHECK(indices.inputs[0].total.value == Approx((1.0 / 12) / (1.0 / 12 + 4.0 / 45)).margin(0.03));
    const SobolIndices flat = sobol_indices(n, 2, std::vector<double>(4 * n, 3.0));
    CHECK(std::isnan(flat.inputs[0].total.value));
}

TEST_CASE("elementary effects of a plane are its slopes, without spread") {
    const MorrisDesign design = morris_paths(8, 3, 1);
    const auto y = evaluate(
        design.points, [](std::span<const double> x) { return 3.0 * x[0] - 2.0 * x[1] + 5.0; });
    const auto effects = morris_effects(design, y);
    CHECK(effects[0].mu == Approx(3.0));
    CHECK(effects[1].mu == Approx(-2.0));
    CHECK(effects[1].mu_star.value == Approx(2.0));
    CHECK(effects[2].mu_star.value == Approx(0.0).margin(1e-12));
    CHECK(effects[0].sigma == Approx(0.0).margin(1e-12));
    CHECK(effects[0].effects == 8);
}

TEST_CASE("elementary effects of a product spread as its other factor does") {
    // The effect of x0 on x0 x1 is x1, on levels 1/8, 3/8, 5/8, 7/8 equally: variance 5/64.
    const MorrisDesign design = morris_paths(4000, 2, 9);
    auto y = evaluate(design.points, [](std::span<const double> x) { return x[0] * x[1]; });
    const auto effects = morris_effects(design, y, {10, 0.9, 1});
    CHECK(effects[0].mu == Approx(0.5).margin(0.015));
    CHECK(effects[0].sigma == Approx(std::sqrt(5.0 / 64.0)).margin(0.01));
    y[0] = std::numeric_limits<double>::quiet_NaN();
    const auto missing = morris_effects(design, y, {10, 0.9, 1});
    CHECK(missing[0].effects + missing[1].effects == 7999);
}

TEST_CASE("sample quantiles interpolate between order statistics") {
    CHECK(sample_quantile({3.0, 1.0, 2.0}, 0.5) == 2.0);
    CHECK(sample_quantile({0.0, 10.0}, 0.05) == Approx(0.5));
    CHECK(std::isnan(sample_quantile({}, 0.5)));
}
