#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "../../../src/treatment/overlap.hpp"

using namespace neocol::treatment;

namespace {

constexpr double pi = std::numbers::pi;

/// Disc in rectangle by quadrature over x of the clipped chord, x = R sin(u) to tame the ends.
double disc_by_quadrature(double R, const Rectangle& box) {
    const double low = std::asin(std::clamp(box.x0 / R, -1.0, 1.0));
    const double high = std::asin(std::clamp(box.x1 / R, -1.0, 1.0));
    constexpr int n = 20000;
    double sum = 0.0;
    for (int i = 0; i < n; ++i) {
        const double u = low + (high - low) * (i + 0.5) / n;
        const double half = R * std::cos(u);
        const double chord = std::min(half, box.y1) - std::max(-half, box.y0);
        sum += std::max(chord, 0.0) * half;
    }
    return sum * (high - low) / n;
}

/// Integral of a function of depth by the midpoint rule.
template <typename Function>
double over_depth(double z0, double z1, Function f) {
    constexpr int n = 4000;
    double sum = 0.0;
    for (int i = 0; i < n; ++i)
        sum += f(z0 + (z1 - z0) * (i + 0.5) / n);
    return sum * (z1 - z0) / n;
}

}  // namespace

TEST_CASE("a disc inside, around, beside and across a rectangle has its elementary area") {
    CHECK(disc_in_rectangle(1.0, {-2, 2, -3, 3}) == Approx(pi).epsilon(1e-15));
    CHECK(disc_in_rectangle(5.0, {-2, 2, -3, 3}) == 24.0);
    CHECK(disc_in_rectangle(1.0, {1.0, 2.0, -1.0, 1.0}) == 0.0);
    CHECK(disc_in_rectangle(1.0, {0.8, 2.0, 0.8, 2.0}) == 0.0);  // corner at 1.13
    CHECK(disc_in_rectangle(1.0, {0, 2, 0, 2}) == Approx(pi / 4).epsilon(1e-15));
    CHECK(disc_in_rectangle(1.0, {0, 2, -2, 2}) == Approx(pi / 2).epsilon(1e-15));
    // A segment beyond the line x = 1/2: acos(1/2) - sqrt(3)/4.
    CHECK(disc_in_rectangle(1.0, {0.5, 2, -2, 2}) ==
          Approx(pi / 3 - std::sqrt(3.0) / 4).epsilon(1e-14));
    // A strip |x| < 1/2: pi - 2 segments.
    CHECK(disc_in_rectangle(1.0, {-0.5, 0.5, -2, 2}) ==
          Approx(pi / 3 + std::sqrt(3.0) / 2).epsilon(1e-14));
    // The square inscribed, and the square of side sqrt(3) whose corners stand out.
    const double s = std::sqrt(0.5);
    CHECK(disc_in_rectangle(1.0, {-s, s, -s, s}) == Approx(2.0).epsilon(1e-14));
    const double h = std::sqrt(3.0) / 2;
    const double segment = pi / 6 - std::sqrt(3.0) / 4;  // beyond distance h: angle pi/6
    CHECK(disc_in_rectangle(1.0, {-h, h, -h, h}) == Approx(pi - 4 * segment).epsilon(1e-14));
    CHECK(disc_in_rectangle(0.0, {-1, 1, -1, 1}) == 0.0);
}

TEST_CASE("disc areas agree with quadrature for rectangles anywhere") {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> uniform(-1.3, 1.3);
    for (int i = 0; i < 100; ++i) {
        Rectangle box = {uniform(random), uniform(random), uniform(random), uniform(random)};
        if (box.x0 > box.x1) std::swap(box.x0, box.x1);
        if (box.y0 > box.y1) std::swap(box.y0, box.y1);
        CHECK(disc_in_rectangle(1.0, box) == Approx(disc_by_quadrature(1.0, box)).margin(2e-7));
    }
}

TEST_CASE("a channel narrows from its shoulder to its tip") {
    const Channel channel = {0, 0, 0.1, 1.0, 0.4};
    CHECK(radius_at(channel, 0.0) == 0.1);
    CHECK(radius_at(channel, 0.4) == 0.1);
    CHECK(radius_at(channel, 0.7) == Approx(0.05));
    CHECK(radius_at(channel, 1.0) == 0.0);
    CHECK(radius_at(channel, 2.0) == 0.0);
    const Channel cylinder = {0, 0, 0.1, 1.0, 1.0};
    CHECK(radius_at(cylinder, 0.999999) == 0.1);
    CHECK(radius_at(cylinder, 1.0) == 0.0);
}

TEST_CASE("volumes are those of cone and cylinder") {
    CHECK(volume({0, 0, 0.3, 2.0, 0.0}) == Approx(pi * 0.09 * 2.0 / 3.0).epsilon(1e-15));
    CHECK(volume({0, 0, 0.3, 2.0, 1.0}) == Approx(pi * 0.09 * 2.0).epsilon(1e-15));
    CHECK(volume({0, 0, 0.3, 2.0, 0.5}) == Approx(pi * 0.09 * (1.0 + 1.0 / 3.0)).epsilon(1e-15));
}

TEST_CASE("mean cross-sections integrate the hole exactly in depth") {
    const Rectangle whole = {-1, 1, -1, 1};
    for (const double taper : {0.0, 0.3, 0.9, 1.0}) {
        const Channel channel = {0, 0, 0.2, 1.5, taper};
        const double expected = volume(channel);
        CHECK(2.0 * mean_area(channel, 0.0, 2.0) == Approx(expected).epsilon(1e-14));
        CHECK(2.0 * mean_area_in_rectangle(channel, whole, 0.0, 2.0) ==
              Approx(expected).epsilon(1e-14));
        CHECK(2.0 * mean_area_in_ring(channel, 0.0, 1.0, 0.0, 2.0) ==
              Approx(expected).epsilon(1e-14));
        // By symmetry a quadrant holds a quarter.
        CHECK(2.0 * mean_area_in_rectangle(channel, {0, 1, -1, 0}, 0.0, 2.0) ==
              Approx(expected / 4).epsilon(1e-13));
    }
}

TEST_CASE("a plane's cross-section is the limit of a thin slice's") {
    const Channel channel = {0, 0, 0.2, 1.5, 0.25};
    const Rectangle box = {-0.05, 0.13, 0.02, 0.4};
    for (const double z : {0.0, 0.2, 0.6, 1.1}) {
        CHECK(mean_area_in_rectangle(channel, box, z, z) ==
              Approx(mean_area_in_rectangle(channel, box, z, z + 1e-7)).epsilon(1e-5));
        CHECK(mean_area_in_ring(channel, 0.03, 0.5, z, z) ==
              Approx(mean_area_in_ring(channel, 0.03, 0.5, z, z + 1e-7)).epsilon(1e-5));
        CHECK(mean_area(channel, z, z) == Approx(pi * std::pow(radius_at(channel, z), 2)));
    }
}

TEST_CASE("tapered overlap with boxes and rings agrees with quadrature over depth") {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    for (int i = 0; i < 200; ++i) {
        const Channel channel = {0, 0, 0.05 + 0.3 * uniform(random), 0.3 + uniform(random),
                                 uniform(random)};
        const double x = 0.6 * (uniform(random) - 0.5), y = 0.6 * (uniform(random) - 0.5);
        const Rectangle box = {x, x + 0.3 * uniform(random), y, y + 0.3 * uniform(random)};
        const double z0 = uniform(random), z1 = z0 + 0.5 * uniform(random);
        const double in_box = over_depth(
            z0, z1, [&](double z) { return disc_in_rectangle(radius_at(channel, z), box); });
        CHECK((z1 - z0) * mean_area_in_rectangle(channel, box, z0, z1) ==
              Approx(in_box).margin(1e-5 * (z1 - z0) * channel.surface_radius));
        const double r0 = 0.2 * uniform(random), r1 = r0 + 0.2 * uniform(random);
        const double in_ring = over_depth(z0, z1, [&](double z) {
            const double outer = std::min(r1, radius_at(channel, z));
            return outer > r0 ? pi * (outer * outer - r0 * r0) : 0.0;
        });
        CHECK((z1 - z0) * mean_area_in_ring(channel, r0, r1, z0, z1) ==
              Approx(in_ring).margin(1e-5 * (z1 - z0) * channel.surface_radius));
    }
}

TEST_CASE("fractions are exactly 0 outside a hole and exactly the whole inside") {
    const Channel channel = {0, 0, 0.2, 1.0, 0.5};
    const Rectangle inside = {-0.1, 0.1, -0.1, 0.1}, outside = {0.2, 0.3, -0.1, 0.1};
    CHECK(mean_area_in_rectangle(channel, inside, 0.1, 0.5) == (0.1 + 0.1) * (0.1 + 0.1));
    CHECK(mean_area_in_rectangle(channel, outside, 0.0, 1.0) == 0.0);
    CHECK(mean_area_in_rectangle(channel, inside, 1.0, 1.5) == 0.0);
    CHECK(mean_area_in_ring(channel, 0.2, 0.3, 0.0, 1.0) == 0.0);
    CHECK(mean_area_in_ring(channel, 0.0, 0.1, 0.0, 0.5) == Approx(pi * 0.01).epsilon(1e-15));
}
