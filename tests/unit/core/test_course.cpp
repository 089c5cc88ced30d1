#include <algorithm>
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include <neocol/core/course.hpp>

using neocol::Course;
using neocol::MonotoneCubic;

namespace {

MonotoneCubic sampled(double (*f)(double), double from, double to, std::size_t n) {
    std::vector<double> x, y;
    for (std::size_t i = 0; i <= n; ++i) {
        x.push_back(from + (to - from) * static_cast<double>(i) / static_cast<double>(n));
        y.push_back(f(x.back()));
    }
    return {x, y};
}

double largest_error(double (*f)(double), double from, double to, std::size_t n) {
    const MonotoneCubic cubic = sampled(f, from, to, n);
    double largest = 0.0;
    for (int k = 0; k <= 5000; ++k) {
        const double x = from + (to - from) * k / 5000.0;
        largest = std::max(largest, std::abs(cubic.value(x) - f(x)));
    }
    return largest;
}

double decay(double x) {
    return std::exp(-x);
}

}  // namespace

TEST_CASE("a line stays a line", "[course]") {
    const MonotoneCubic line({0.0, 0.5, 2.0, 3.0}, {1.0, 2.0, 5.0, 7.0});
    for (const double x : {0.0, 0.1, 0.5, 1.7, 2.9, 3.0}) {
        CHECK(line.value(x) == Approx(1.0 + 2.0 * x).epsilon(1e-15));
        if (x < 3.0) CHECK(line.slope(x) == Approx(2.0).epsilon(1e-14));
    }
}

TEST_CASE("values hold beyond the ends, and of one point everywhere", "[course]") {
    const MonotoneCubic line({1.0, 2.0}, {3.0, 5.0}), point({1.0}, {4.0});
    CHECK(line.value(0.0) == 3.0);
    CHECK(line.value(9.0) == 5.0);
    CHECK(line.slope(0.0) == 0.0);
    CHECK(line.slope(2.0) == 0.0);
    CHECK(line.slope(1.0) == 2.0);
    CHECK(point.value(-5.0) == 4.0);
    CHECK(point.slope(1.0) == 0.0);
}

TEST_CASE("the interpolant leaves no interval's range", "[course]") {
    const std::vector<double> x{0.0, 1.0, 1.1, 4.0, 4.5, 7.0}, y{0.0, 0.0, 9.0, 9.5, 2.0, 2.0};
    const MonotoneCubic cubic(x, y);
    for (std::size_t i = 0; i + 1 < x.size(); ++i)
        for (int k = 0; k <= 100; ++k) {
            const double value = cubic.value(x[i] + (x[i + 1] - x[i]) * k / 100.0);
            CHECK(value >= std::min(y[i], y[i + 1]));
            CHECK(value <= std::max(y[i], y[i + 1]));
        }
}

TEST_CASE("value and slope are continuous, and the slope is the value's derivative", "[course]") {
    const MonotoneCubic cubic({0.0, 1.0, 1.5, 4.0}, {0.0, 2.0, 2.5, 1.0});
    for (const double x : {1.0, 1.5}) {
        CHECK(cubic.value(x - 1e-9) == Approx(cubic.value(x)).margin(1e-8));
        CHECK(cubic.slope(x - 1e-9) == Approx(cubic.slope(x)).margin(1e-7));
    }
    for (const double x : {0.2, 0.9, 1.2, 2.0, 3.7}) {
        const double h = 1e-5;
        CHECK(cubic.slope(x) ==
              Approx((cubic.value(x + h) - cubic.value(x - h)) / (2.0 * h)).margin(1e-8));
    }
}

TEST_CASE("the interpolant of what rises or falls is of third order and more", "[course]") {
    const double coarse = largest_error(decay, 0.0, 2.0, 20),
                 fine = largest_error(decay, 0.0, 2.0, 40);
    CHECK(std::log2(coarse / fine) > 2.9);
}

TEST_CASE("knots are where a course bends", "[course]") {
    Course course;
    course.times = {0.0, 1.0, 2.0, 3.0, 4.0};
    course.values = {5.0, 5.0, 5.0, 7.0, 7.0};
    CHECK(course.knots() == std::vector<double>{2.0, 3.0});
    course.depths = {0.0, 1.0};
    course.values = {5.0, 0.0, 5.0, 1.0, 5.0, 1.0, 5.0, 1.0, 5.0, 1.0};
    CHECK(course.knots() == std::vector<double>{0.0, 1.0});
    CHECK(Course{}.knots().empty());
}
