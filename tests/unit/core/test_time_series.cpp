#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

#include <neocol/core/time_series.hpp>

using neocol::TimeSeries;

namespace {

double cubic(double t) {
    return 1.0 + t * (2.0 + t * (-3.0 + 0.5 * t));
}

TimeSeries sampled(double (*f)(double), const std::vector<double>& times) {
    TimeSeries series(1);
    for (const double t : times) {
        const double v = f(t);
        series.add(t, {&v, 1}, false);
    }
    return series;
}

}  // namespace

TEST_CASE("a cubic is interpolated exactly between uneven points") {
    const TimeSeries series = sampled(cubic, {0.0, 0.1, 0.5, 1.7, 2.0, 3.5});
    for (double t = 0.0; t <= 3.5; t += 0.07)
        CHECK(series.at(t, 0) == Approx(cubic(t)).epsilon(1e-12));
}

TEST_CASE("interpolation of a smooth function is of order four") {
    const auto error = [](int n) {
        TimeSeries series(1);
        for (int i = 0; i <= n; ++i) {
            const double t = 2.0 * i / n, v = std::sin(3.0 * t);
            series.add(t, {&v, 1}, false);
        }
        double worst = 0.0;
        for (double t = 0.3; t < 1.7; t += 0.001)
            worst = std::max(worst, std::abs(series.at(t, 0) - std::sin(3.0 * t)));
        return worst;
    };
    CHECK(std::log2(error(20) / error(40)) > 3.9);
}

TEST_CASE("a jump is not smoothed: the value before it at its moment, the value after it later") {
    TimeSeries series(1);
    for (const auto& [t, v, jump] : std::vector<std::tuple<double, double, bool>>{
             {0, 1, false}, {1, 1, false}, {1, 5, true}, {2, 5, false}})
        series.add(t, {&v, 1}, jump);
    CHECK(series.at(1.0, 0) == 1.0);
    CHECK(series.at(1.0 + 1e-9, 0) == 5.0);
    CHECK(series.at(0.999, 0) == 1.0);
}

TEST_CASE("a constant series stays constant to the last bit") {
    const TimeSeries series = sampled([](double) { return 0.1; }, {0.0, 0.3, 0.4, 2.0, 7.7});
    for (double t = 0.0; t < 7.7; t += 0.013)
        CHECK(series.at(t, 0) == 0.1);
}

TEST_CASE("the integral of the interpolant of a cubic is exact") {
    const TimeSeries series = sampled(cubic, {0.0, 0.5, 1.0, 2.0});
    double sum = 0.0;
    for (std::size_t i = 0; i + 1 < series.size(); ++i)
        sum += series.integrate(i, series.time(i), series.time(i + 1), 0);
    CHECK(sum == Approx(2.0 + 4.0 - 8.0 + 2.0).epsilon(1e-12));
}

TEST_CASE(
    "nothing falls below 0 between two values above it, and what need not be is not limited") {
    TimeSeries series(1);
    for (const auto& [t, v] : std::vector<std::pair<double, double>>{
             {0, 1}, {0.1, 0.3}, {0.3, 1e-3}, {2.0, 1e-6}, {9.0, 1e-9}})
        series.add(t, {&v, 1}, false);
    double lowest = 1.0;
    for (double t = 0.0; t < 9.0; t += 0.01)
        lowest = std::min(lowest, series.at(t, 0));
    CHECK(lowest == 0.0);  // the cubic alone reaches -0.5
    const TimeSeries signed_course =
        sampled([](double t) { return t - 1.0; }, {0.0, 0.5, 2.0, 3.0});
    CHECK(signed_course.at(0.25, 0) == Approx(-0.75));
}

TEST_CASE("ends below 0 by a rounding of the largest value are ends at 0") {
    TimeSeries series(1);
    for (const auto& [t, v] : std::vector<std::pair<double, double>>{
             {0, 1}, {0.1, 0.3}, {0.3, 1e-3}, {2.0, -2e-5}, {9.0, -1e-9}, {10.0, -1e-2}})
        series.add(t, {&v, 1}, false);
    for (double t = 0.31; t < 8.99; t += 0.01)
        CHECK(series.at(t, 0) >= (t < 2.01 && t > 1.99 ? -2e-5 : 0.0));
    CHECK(series.at(9.9, 0) < 0.0);  // what falls below is not held up
}

TEST_CASE("what cannot be negative stays above the ends that a stepper left below 0") {
    // A course of 0.03 whose species may be below 0 by 5e-6: more than a rounding of its values.
    TimeSeries series(2);
    for (const auto& [t, v] : std::vector<std::pair<double, double>>{
             {0.0, 0.03}, {0.8, 0.006}, {1.0, 1.4e-3}, {1.6, -5e-6}, {2.2, 1e-9}, {2.8, 1e-11}}) {
        const double both[] = {v, v};
        series.add(t, both, false);
    }
    series.set_non_negative({true, false});
    double lowest = 0.0, unlimited = 0.0;
    for (double t = 0.81; t < 2.79; t += 0.01) {
        lowest = std::min(lowest, series.at(t, 0));
        unlimited = std::min(unlimited, series.at(t, 1));
    }
    CHECK(lowest >= -5e-6);
    CHECK(unlimited < -2e-5);
    CHECK_THROWS_AS(series.set_non_negative({true}), std::logic_error);
}

TEST_CASE("the interpolant turns where its derivative vanishes") {
    const TimeSeries series = sampled(cubic, {0.0, 0.1, 0.5, 1.7, 2.0, 3.5});
    // 2 - 6 t + 1.5 t^2 = 0
    const double first = (6.0 - std::sqrt(24.0)) / 3.0, second = (6.0 + std::sqrt(24.0)) / 3.0;
    REQUIRE(series.turns(1, 0).size() == 1);
    CHECK(series.turns(1, 0)[0] == Approx(first));
    CHECK(series.turns(3, 0).empty());
    CHECK(second > 3.5);
}

TEST_CASE("points close together do not magnify their errors over a long step") {
    // A course that falls slowly, known to 1e-4, with a landing of a second in it.
    const auto course = [](double t) { return std::exp(-t / 30.0); };
    TimeSeries series(1);
    double sign = 1.0;
    for (const double t : {0.0, 8.0, 16.0, 24.0, 24.00001, 44.0, 44.001, 60.0, 80.0}) {
        const double v = course(t) + 1e-4 * (sign = -sign);
        series.add(t, {&v, 1}, false);
    }
    double worst = 0.0;
    for (double t = 0.0; t < 80.0; t += 0.1)
        worst = std::max(worst, std::abs(series.at(t, 0) - course(t)));
    CHECK(worst < 2e-3);  // the four nearest points alone make it 300
}

TEST_CASE("what is said to be settled does not change as points are added") {
    TimeSeries series(1);
    std::vector<double> times{0.0};
    for (int i = 1; i < 60; ++i)  // uneven by factors up to a hundred
        times.push_back(times.back() + std::pow(10.0, std::sin(3.0 * i)));
    std::vector<std::vector<double>> settled;  // by interval: three values, once they are
    for (const double t : times) {
        const double v = std::cos(0.3 * t);
        series.add(t, {&v, 1}, t == times[30]);
        for (std::size_t i = settled.size(); i + 1 < series.size() && series.is_settled(i); ++i) {
            settled.emplace_back();
            for (const double x : {0.2, 0.5, 0.9})
                settled[i].push_back(
                    series.interpolate(i, std::lerp(times[i], times[i + 1], x), 0));
        }
    }
    REQUIRE(settled.size() > 20);
    for (std::size_t i = 0; i < settled.size(); ++i)
        for (std::size_t k = 0; k < 3; ++k) {
            const double x = std::vector{0.2, 0.5, 0.9}[k];
            CHECK(series.interpolate(i, std::lerp(times[i], times[i + 1], x), 0) == settled[i][k]);
        }
}
