#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/treatment/dose.hpp>

#include "../../../src/treatment/overlap.hpp"

#include <neocol/treatment/regimen.hpp>

using namespace neocol;
using namespace neocol::treatment;
using tissue::cartesian_axis;
using tissue::Geometry;
using tissue::Grid;
using tissue::uniform_edges;

namespace {

Session session_of(Pattern pattern, double density) {
    Session session;
    session.device.name = "test";
    session.device.pattern = pattern;
    session.device.needle_diameter = 0.25;
    session.device.hole_ratio = 0.4;   // hole radius 0.05 mm
    session.device.depth_ratio = 0.5;  // channel depth 0.75 mm
    session.device.taper_start = 0.25;
    session.device.needles = 192;
    session.device.rows = 8;
    session.device.drum_diameter = session.device.drum_width = 20.0;
    session.needle_length = 1.5;
    session.puncture_density = density;
    return session;
}

Grid patch(double length) {
    return Grid(Geometry::patch, cartesian_axis(uniform_edges(length, 20), true),
                cartesian_axis(uniform_edges(length, 20), true),
                cartesian_axis(uniform_edges(1.0, 10)), std::vector<int>(10, 0));
}

}  // namespace

TEST_CASE("the nominal channel is the device's") {
    const Channel channel = nominal_channel(session_of(Pattern::random, 1.0));
    CHECK(channel.surface_radius == Approx(0.05));
    CHECK(channel.depth == Approx(0.75));
    CHECK(channel.taper_start == 0.25);
}

TEST_CASE("the number of punctures is rounded up or down so that its mean is the density") {
    for (const auto pattern :
         {Pattern::square, Pattern::hexagonal, Pattern::roller_passes, Pattern::random}) {
        // 2.3 mm-2 on 1.5 mm x 2 mm: 6.9 punctures.
        const Session session = session_of(pattern, 2.3);
        int seven = 0;
        constexpr int n_sessions = 1000;
        for (int i = 0; i < n_sessions; ++i) {
            const auto n =
                draw_positions(session, 1.5, 2.0, 1, static_cast<std::uint64_t>(i)).size();
            REQUIRE((n == 6 || n == 7));
            seven += n == 7 ? 1 : 0;
        }
        // Binomial with 0.9: standard deviation sqrt(0.09 / 1000) = 0.0095.
        CHECK(static_cast<double>(seven) / n_sessions == Approx(0.9).margin(5 * 0.0095));
    }
}

TEST_CASE("a whole number of punctures is met exactly in every session") {
    const Session session = session_of(Pattern::square, 2.5);
    for (std::uint64_t i = 0; i < 50; ++i)
        CHECK(draw_positions(session, 2.0, 2.0, 7, i).size() == 10);
}

TEST_CASE("sessions and seeds draw other positions, the same ones draw the same") {
    for (const auto pattern :
         {Pattern::square, Pattern::hexagonal, Pattern::roller_passes, Pattern::random}) {
        const Session session = session_of(pattern, 2.0);
        const auto first = draw_positions(session, 3.0, 2.0, 5, 0);
        const auto same = draw_positions(session, 3.0, 2.0, 5, 0);
        const auto later = draw_positions(session, 3.0, 2.0, 5, 1);
        const auto other = draw_positions(session, 3.0, 2.0, 6, 0);
        REQUIRE(first.size() == 12);
        CHECK(first[3].x == same[3].x);
        CHECK(first[3].y == same[3].y);
        CHECK(first[3].x != later[3].x);
        CHECK(first[3].x != other[3].x);
        CHECK(first[3].depth == Approx(0.75));
    }
}

TEST_CASE("impossible densities and planes are refused") {
    CHECK_THROWS_AS(draw_positions(session_of(Pattern::random, -1.0), 1, 1, 1, 0), InputError);
    CHECK_THROWS_AS(draw_positions(session_of(Pattern::random, NAN), 1, 1, 1, 0), InputError);
    CHECK_THROWS_AS(draw_positions(session_of(Pattern::random, 1e9), 10, 10, 1, 0), InputError);
    CHECK_THROWS_AS(draw_positions(session_of(Pattern::random, 1.0), 0, 1, 1, 0), InputError);
}

TEST_CASE("a session makes channels in a patch, one on the axis, or density alone") {
    Session session = session_of(Pattern::random, 2.5);
    session.device.coring = 0.3;
    const auto in_patch = std::get<Channels>(make_wound(session, patch(2.0), 1, 0));
    CHECK(in_patch.channels.size() == 10);
    CHECK(in_patch.coring == 0.3);
    CHECK(in_patch.density == 2.5);

    const double radius = 1.0 / std::sqrt(std::numbers::pi * 2.5);
    const auto depth = cartesian_axis(uniform_edges(1.0, 10));
    const auto absent = cartesian_axis({0.0, 1.0});
    const Grid territory(Geometry::single_channel, tissue::radial_axis(uniform_edges(radius, 20)),
                         absent, depth, std::vector<int>(10, 0));
    const Grid column(Geometry::column, absent, absent, depth, std::vector<int>(10, 0));
    for (const Grid* grid : {&territory, &column}) {
        const auto wound = std::get<Channels>(make_wound(session, *grid, 1, 0));
        REQUIRE(wound.channels.size() == 1);
        CHECK(wound.channels[0].depth == Approx(0.75));
        CHECK(wound.density == 2.5);
    }
    session.puncture_density = 0.0;
    CHECK(std::get<Channels>(make_wound(session, column, 1, 0)).channels.empty());
    CHECK(std::get<Channels>(make_wound(session, patch(2.0), 1, 0)).channels.empty());
}

TEST_CASE("given positions and given wounds take the place of drawn ones") {
    Session session = session_of(Pattern::random, 2.5);
    session.positions = {{0.5, 0.7, 0.04, 0.6, 0.0}};
    const auto wound = std::get<Channels>(make_wound(session, patch(2.0), 1, 0));
    REQUIRE(wound.channels.size() == 1);
    CHECK(wound.channels[0].x == 0.5);
    CHECK(wound.channels[0].surface_radius == 0.04);
    session.wound = Punch{4.0, 0.9};
    CHECK(std::get<Punch>(make_wound(session, patch(2.0), 1, 0)).diameter == 4.0);
}

TEST_CASE("the chance to hit an earlier puncture is that of random placement") {
    Regimen regimen;
    for (int i = 0; i < 3; ++i)
        regimen.sessions.push_back(session_of(Pattern::random, 2.5));
    regimen.sessions[1].device.hole_ratio = 0.8;  // radius 0.1 mm
    const double pi = std::numbers::pi;
    CHECK(rehit_chance(regimen, 0) == 0.0);
    CHECK(rehit_chance(regimen, 1) == Approx(1.0 - std::exp(-2.5 * pi * 0.15 * 0.15)));
    CHECK(rehit_chance(regimen, 2) ==
          Approx(1.0 - std::exp(-2.5 * pi * (0.1 * 0.1 + 0.15 * 0.15))));
    regimen.sessions[1].wound = Punch{4.0, 0.5};
    CHECK(rehit_chance(regimen, 1) == 0.0);
    CHECK(rehit_chance(regimen, 2) == Approx(1.0 - std::exp(-2.5 * pi * 0.01)));
    CHECK_THROWS_AS(rehit_chance(regimen, 3), std::out_of_range);
}

TEST_CASE("drawn random positions hit earlier ones as often as the closed form says") {
    Regimen regimen;
    for (int i = 0; i < 2; ++i)
        regimen.sessions.push_back(session_of(Pattern::random, 8.0));
    const double length = 3.0, reach = 0.1;
    int hits = 0, total = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto first = draw_positions(regimen.sessions[0], length, length, seed, 0);
        const auto second = draw_positions(regimen.sessions[1], length, length, seed, 1);
        for (const Channel& b : second) {
            ++total;
            for (const Channel& a : first) {
                double dx = std::abs(a.x - b.x), dy = std::abs(a.y - b.y);
                dx = std::min(dx, length - dx);
                dy = std::min(dy, length - dy);
                if (std::hypot(dx, dy) < reach) {
                    ++hits;
                    break;
                }
            }
        }
    }
    const double p = rehit_chance(regimen, 1);  // 0.222
    const double deviation = std::sqrt(p * (1 - p) / total);
    CHECK(static_cast<double>(hits) / total == Approx(p).margin(5 * deviation));
}

TEST_CASE("doses say what the treatment room asks") {
    Regimen regimen;
    regimen.sessions = {session_of(Pattern::random, 2.5), session_of(Pattern::random, 2.5)};
    regimen.sessions[1].wound = Punch{4.0, 0.5};
    const auto all = doses(regimen);
    REQUIRE(all.size() == 2);
    const double pi = std::numbers::pi;
    CHECK(all[0].hole_diameter == Approx(0.1));
    CHECK(all[0].channel_depth == Approx(0.75));
    CHECK(all[0].area_fraction == Approx(2.5 * pi * 0.0025));
    CHECK(all[0].wounded_volume == Approx(2.5 * pi * 0.0025 * 0.75 * 0.5));  // 1/4 + 3/4 / 3
    CHECK(all[0].mean_distance == Approx(std::sqrt(0.4)));
    // 250 per cm2 with a drum of 15.28 per cm2 and pass.
    CHECK(all[0].passes == Approx(2.5 * pi * 400.0 / 192));
    CHECK(all[1].wounded_volume == 0.0);
}

TEST_CASE("wounded shares of layers add up to the wounded volume") {
    const Channel channel = {0, 0, 0.05, 0.75, 0.25};
    const std::vector<double> layers = {0.1, 0.2, 1.2};
    const auto fractions = layer_fractions(channel, 2.5, layers);
    double sum = 0.0;
    for (std::size_t i = 0; i < 3; ++i)
        sum += fractions[i] * layers[i];
    CHECK(sum == Approx(2.5 * volume(channel)));
    // The first layer lies above the shoulder at 0.1875 mm: full cross-section.
    CHECK(fractions[0] == Approx(2.5 * std::numbers::pi * 0.0025));
}
