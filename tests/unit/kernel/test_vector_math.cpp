#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

namespace {
#include "../../../src/kernel/vector_math.inc"

/// Distance from the exact value in units in the last place of a double.
double ulps(double value, long double exact) {
    int exponent = 0;
    std::frexp(static_cast<double>(exact), &exponent);
    return static_cast<double>(std::fabs((value - exact) / std::ldexp(1.0L, exponent - 53)));
}

/// Largest error of f over n arguments between a and b.
template <typename F, typename Exact>
double worst(double a, double b, F f, Exact exact) {
    std::mt19937_64 random(5);
    std::uniform_real_distribution<double> between(a, b);
    double largest = 0.0;
    for (int i = 0; i < 100000; ++i) {
        const double x = between(random);
        largest = std::max(largest, ulps(f(x), exact(static_cast<long double>(x))));
    }
    return largest;
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("exp is accurate to 1.5 units in the last place") {
    const auto exact = [](long double x) { return std::exp(x); };
    CHECK(worst(
              -1.0, 1.0, [](double v) { return nk_exp(v); }, exact) <= 1.5);
    CHECK(worst(
              -707.4, 709.7, [](double v) { return nk_exp(v); }, exact) <= 1.5);
    CHECK(nk_exp(0.0) == 1.0);
    CHECK(nk_exp(-infinity) == 0.0);
    CHECK(nk_exp(710.0) == infinity);
    CHECK(std::isnan(nk_exp(std::nan(""))));
}

TEST_CASE("log is accurate to 1.5 units in the last place") {
    CHECK(worst(
              0.5, 2.0, [](double v) { return nk_log(v); },
              [](long double x) { return std::log(x); }) <= 1.5);
    // 2^x for whole x and fractions: every exponent
    CHECK(worst(
              -1000.0, 1000.0, [](double x) { return nk_log(std::exp2(x)); },
              [](long double x) {
                  return std::log(static_cast<long double>(std::exp2(static_cast<double>(x))));
              }) <= 1.5);
    CHECK(nk_log(1.0) == 0.0);
    CHECK(nk_log(0.0) == Approx(-1022.0 * std::log(2.0)));
    CHECK(nk_log(-3.0) == nk_log(0.0));
    CHECK(nk_log(infinity) == infinity);
}

TEST_CASE("pow is accurate to 1.5 units in the last place up to the limits of the range") {
    std::mt19937_64 random(6);
    std::uniform_real_distribution<double> logarithm(-300.0, 300.0), exponent(-50.0, 50.0);
    double largest = 0.0;
    for (int i = 0; i < 300000; ++i) {
        const double y = exponent(random);
        const double x = std::exp(logarithm(random) / std::max(1.0, std::fabs(y) / 2.3));
        if (std::fabs(y * std::log(x)) > 707.0) continue;
        const long double exact =
            std::pow(static_cast<long double>(x), static_cast<long double>(y));
        largest = std::max(largest, ulps(nk_pow(x, y), exact));
    }
    CHECK(largest <= 1.5);
}

TEST_CASE("pow keeps its special values") {
    CHECK(nk_pow(0.0, 0.5) == 0.0);
    CHECK(nk_pow(-2.0, 3.0) == 0.0);
    CHECK(nk_pow(0.0, 0.0) == 1.0);
    CHECK(nk_pow(0.0, -1.0) == infinity);
    CHECK(nk_pow(7.0, 0.0) == 1.0);
    CHECK(nk_pow(1.0, 1e6) == 1.0);
    CHECK(nk_pow(2.0, 10.0) == 1024.0);
    CHECK(nk_pow(1e200, 2.0) == infinity);
    CHECK(nk_pow(1e-200, 2.0) == 0.0);
    CHECK(nk_pow(infinity, 0.5) == infinity);
}

TEST_CASE("tanh is accurate to 3 units in the last place, also near 0") {
    const auto exact = [](long double x) { return std::tanh(x); };
    CHECK(worst(
              -30.0, 30.0, [](double v) { return nk_tanh(v); }, exact) <= 3.0);
    CHECK(worst(
              -1e-3, 1e-3, [](double v) { return nk_tanh(v); }, exact) <= 3.0);
    CHECK(nk_tanh(1e-300) == 1e-300);
    CHECK(nk_tanh(-infinity) == -1.0);
}

TEST_CASE("sin and cos are accurate to 3 units in the last place and refuse huge arguments") {
    const auto sine = [](long double x) { return std::sin(x); };
    const auto cosine = [](long double x) { return std::cos(x); };
    CHECK(worst(
              -10.0, 10.0, [](double v) { return nk_sin(v); }, sine) <= 3.0);
    CHECK(worst(
              -10.0, 10.0, [](double v) { return nk_cos(v); }, cosine) <= 3.0);
    CHECK(worst(
              -1e8, 1e8, [](double v) { return nk_sin(v); }, sine) <= 3.0);
    CHECK(worst(
              -1e8, 1e8, [](double v) { return nk_cos(v); }, cosine) <= 3.0);
    CHECK(nk_sin(0.0) == 0.0);
    CHECK(nk_cos(0.0) == 1.0);
    CHECK(std::isnan(nk_sin(1e9)));
}
