#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/treatment/device.hpp>
#include <neocol/treatment/pattern.hpp>

using namespace neocol;
using namespace neocol::treatment;

namespace {

/// Distance of two points across the plane's periodic walls.
double distance(const Point& a, const Point& b, const Plane& plane) {
    double dx = std::abs(a.x - b.x), dy = std::abs(a.y - b.y);
    dx = std::min(dx, plane.length_x - dx);
    dy = std::min(dy, plane.length_y - dy);
    return std::hypot(dx, dy);
}

/// Distances from point i to all others, in order.
std::vector<double> distances(const std::vector<Point>& points, std::size_t i, const Plane& plane) {
    std::vector<double> result;
    for (std::size_t j = 0; j < points.size(); ++j)
        if (j != i) result.push_back(distance(points[i], points[j], plane));
    std::sort(result.begin(), result.end());
    return result;
}

bool all_inside(const std::vector<Point>& points, const Plane& plane) {
    return std::all_of(
        points.begin(), points.end(),
        [&](const Point& p) {
            return p.x >= 0.0 && p.x < plane.length_x && p.y >= 0.0 && p.y < plane.length_y;
        });
}

Device mf8() {
    Device device;
    device.name = "mf8";
    device.kind = DeviceKind::roller;
    device.needles = 192;
    device.rows = 8;
    device.drum_diameter = device.drum_width = 20.0;
    return device;
}

}  // namespace

TEST_CASE("a square lattice of nine in a square plane has a third of its side as pitch") {
    const Plane plane = {3.0, 3.0};
    const auto points = lattice_points(Pattern::square, 9, plane, {0.25, 2.9});
    REQUIRE(points.size() == 9);
    CHECK(all_inside(points, plane));
    for (std::size_t i = 0; i < 9; ++i) {
        const auto d = distances(points, i, plane);
        for (int k = 0; k < 4; ++k)
            CHECK(d[static_cast<std::size_t>(k)] == Approx(1.0));
        CHECK(d[4] == Approx(std::sqrt(2.0)));
    }
}

TEST_CASE("five points in a square plane form a perfect square lattice, askew") {
    // Vectors (2, 1)/5 and (-1, 2)/5 of the side: pitch 1/sqrt(5).
    const Plane plane = {1.0, 1.0};
    const auto points = lattice_points(Pattern::square, 5, plane, {0.0, 0.0});
    for (std::size_t i = 0; i < 5; ++i)
        for (const double d : distances(points, i, plane))
            CHECK(d == Approx(1.0 / std::sqrt(5.0)));
}

TEST_CASE("a hexagonal lattice is perfect where the plane allows it") {
    // The plane 1 x sqrt(3) holds two points of the triangular lattice of pitch 1; 3 x 2 sqrt(3)
    // twelve, each with six neighbours.
    const Plane plane = {3.0, 2.0 * std::sqrt(3.0)};
    const auto points = lattice_points(Pattern::hexagonal, 12, plane, {1.0, 1.0});
    REQUIRE(points.size() == 12);
    for (std::size_t i = 0; i < 12; ++i) {
        const auto d = distances(points, i, plane);
        for (std::size_t k = 0; k < 6; ++k)
            CHECK(d[k] == Approx(1.0));
        CHECK(d[6] == Approx(std::sqrt(3.0)));
    }
}

TEST_CASE("lattices have any number of points and keep them apart") {
    const Plane plane = {1.3, 0.9};
    for (const auto pattern : {Pattern::square, Pattern::hexagonal})
        for (std::size_t n = 2; n <= 150; ++n) {
            const auto points = lattice_points(pattern, n, plane, {0.3, 0.4});
            REQUIRE(points.size() == n);
            CHECK(all_inside(points, plane));
            const auto d = distances(points, 0, plane);
            // Perfect: 1 and 1.07 of the mean spacing; random points would come much nearer.
            if (n > 4) CHECK(d.front() > 0.75 * std::sqrt(plane.area() / static_cast<double>(n)));
        }
    CHECK(lattice_points(Pattern::square, 0, plane, {}).empty());
    CHECK(lattice_points(Pattern::square, 1, plane, {0.3, 0.4}).size() == 1);
}

TEST_CASE("random points are the same for the same seed and fill the plane evenly") {
    const Plane plane = {2.0, 5.0};
    const auto points = random_points(40000, plane, CounterRandom(1, 2));
    CHECK(all_inside(points, plane));
    const auto again = random_points(40000, plane, CounterRandom(1, 2));
    const auto other = random_points(40000, plane, CounterRandom(1, 3));
    CHECK(again[777].x == points[777].x);
    CHECK(other[777].x != points[777].x);
    std::array<int, 16> bins{};
    for (const Point& p : points)
        ++bins[static_cast<std::size_t>(p.x / 0.5) + 4 * static_cast<std::size_t>(p.y / 1.25)];
    for (const int count : bins)
        CHECK(std::abs(count - 2500) < 5 * 50);  // 5 standard deviations
}

TEST_CASE("a pass along x leaves rings a ring spacing apart and needles a pitch apart") {
    const Plane plane = {100.0, 60.0};
    const auto points = roller_pass(mf8(), plane, {0.0, 0.37, 0}, CounterRandom(5, 1));
    std::vector<double> rings;
    for (const Point& p : points)
        if (std::none_of(rings.begin(), rings.end(),
                         [&](double y) { return std::abs(y - p.y) < 1e-9; }))
            rings.push_back(p.y);
    std::sort(rings.begin(), rings.end());
    REQUIRE(rings.size() == 24);  // 60 mm / 2.5 mm
    for (std::size_t i = 0; i + 1 < rings.size(); ++i)
        CHECK(rings[i + 1] - rings[i] == Approx(2.5));
    std::vector<double> along;
    for (const Point& p : points)
        if (std::abs(p.y - rings[3]) < 1e-9) along.push_back(p.x);
    std::sort(along.begin(), along.end());
    const double pitch = std::numbers::pi * 20.0 / 24.0;  // 15 degrees of the drum
    for (std::size_t i = 0; i + 1 < along.size(); ++i)
        CHECK(along[i + 1] - along[i] == Approx(pitch));
    CHECK(along.front() < pitch);
    CHECK(along.back() > 100.0 - pitch);
}

TEST_CASE("a pass in any direction has the density of the drum") {
    const Plane plane = {150.0, 100.0};
    const double expected = 192 / (std::numbers::pi * 400.0) * plane.area();
    for (const double angle : {0.1, 1.0, 2.5, 4.0, 6.0}) {
        const auto points = roller_pass(mf8(), plane, {angle, 0.8, 9}, CounterRandom(5, 2));
        CHECK(all_inside(points, plane));
        // Only points within a pitch of the walls can differ.
        CHECK(static_cast<double>(points.size()) == Approx(expected).epsilon(0.03));
    }
}

TEST_CASE("passes over a plane smaller than the drum's spacing have the right mean count") {
    const Plane plane = {1.0, 1.5};
    const double expected = 192 / (std::numbers::pi * 400.0) * plane.area();  // 0.23
    const CounterRandom random(11, 4);
    double sum = 0.0;
    constexpr int n_passes = 20000;
    for (int i = 0; i < n_passes; ++i) {
        const auto first = static_cast<std::uint64_t>(i) * 100;
        const Pass pass = {2.0 * std::numbers::pi * random.uniform(first),
                           random.uniform(first + 1), first + 2};
        sum += static_cast<double>(roller_pass(mf8(), plane, pass, random).size());
    }
    // Counts are 0 or 1: standard deviation of the mean sqrt(0.23 * 0.77 / 20000) = 0.003.
    CHECK(sum / n_passes == Approx(expected).margin(5 * 0.003));
}

TEST_CASE("rolling to a density gives exactly that many punctures, evenly over the plane") {
    const Plane plane = {4.0, 4.0};
    std::array<int, 16> bins{};
    constexpr int n_courses = 1500, n = 10;
    for (int seed = 0; seed < n_courses; ++seed) {
        const auto points =
            roller_points(mf8(), n, plane, CounterRandom(static_cast<std::uint64_t>(seed), 0));
        REQUIRE(points.size() == n);
        REQUIRE(all_inside(points, plane));
        for (const Point& p : points)
            ++bins[static_cast<std::size_t>(p.x) + 4 * static_cast<std::size_t>(p.y)];
    }
    const double mean = n_courses * n / 16.0;
    for (const int count : bins)
        CHECK(std::abs(count - mean) < 5 * std::sqrt(mean));
}

TEST_CASE("a roller without its drum's sizes is refused") {
    Device device = mf8();
    device.rows = 0;
    CHECK_THROWS_AS(roller_points(device, 3, {1, 1}, CounterRandom(1, 1)), InputError);
    device = mf8();
    device.drum_diameter = 0.0;
    CHECK_THROWS_AS(roller_pass(device, {1, 1}, {}, CounterRandom(1, 1)), InputError);
}
