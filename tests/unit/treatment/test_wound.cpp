#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>

#include "wound_support.hpp"

using namespace neocol;
using namespace neocol::treatment;
using tissue::Spacing;
using tissue::uniform_edges;

namespace {

constexpr double pi = std::numbers::pi;

Channels channels_of(std::vector<Channel> channels, double density = 0.0) {
    Channels wound;
    wound.channels = std::move(channels);
    wound.density = density;
    return wound;
}

/// Every value between 0 and 1, zero in the padding of rows.
bool is_map_of_shares(const tissue::Grid& grid, const AlignedVector& values) {
    for (std::size_t k = 0; k < grid.nz(); ++k)
        for (std::size_t j = 0; j < grid.ny(); ++j)
            for (std::size_t i = 0; i < grid.nx_padded(); ++i) {
                const double value = values[grid.row(k, j) + i];
                if (i < grid.nx() ? !(value >= 0.0 && value <= 1.0) : value != 0.0) return false;
            }
    return true;
}

}  // namespace

TEST_CASE("the wounded fraction holds each channel's volume on any grid") {
    const Spacing coarse{0.2, 0.2, 1.0}, fine{0.02, 0.02, 1.0}, graded{0.01, 0.1, 1.2};
    const std::vector<tissue::Grid> grids = {
        patch(uniform_edges(1.0, 3), uniform_edges(0.8, 2), coarse),
        patch(uniform_edges(1.0, 50), uniform_edges(0.8, 40), fine),
        patch(graded_edges(1.0, 23, 1.1), graded_edges(0.8, 17, 0.9), graded),
        patch(uniform_edges(1.0, 1), uniform_edges(0.8, 1), coarse),
    };
    for (const auto& grid : grids)
        for (const double radius : {0.003, 0.05, 0.35})
            for (const double taper : {0.0, 0.4, 1.0})
                for (const double x : {0.0, 0.01, 0.517, 0.999, 1.0})
                    for (const double y : {0.0, 0.4, 0.79}) {
                        const Channel channel = {x, y, radius, 0.7337, taper};
                        const InjuryMap map = injury_map(grid, channels_of({channel}));
                        CHECK(integral(grid, map.wounded) ==
                              Approx(volume(channel)).epsilon(1e-12));
                        CHECK(plane_integral(grid, map.surface_wounded) ==
                              Approx(pi * radius * radius).epsilon(1e-12));
                        CHECK(plane_integral(grid, map.junction_wounded) ==
                              Approx(pi * std::pow(radius_at(channel, 0.1), 2)).epsilon(1e-12));
                    }
}

TEST_CASE("maps are shares, zero in padding, and removal is the cored share") {
    const auto grid = patch(uniform_edges(1.0, 13), uniform_edges(1.0, 11), {0.05, 0.05, 1.0});
    Channels wound = channels_of({{0.02, 0.5, 0.11, 0.9, 0.3}, {0.6, 0.97, 0.2, 0.5, 1.0}});
    wound.coring = 0.25;
    const InjuryMap map = injury_map(grid, wound);
    CHECK(map.wounded.size() == grid.n_padded());
    CHECK(map.surface_wounded.size() == grid.nx_padded() * grid.ny());
    CHECK(is_map_of_shares(grid, map.wounded));
    CHECK(is_map_of_shares(grid, map.removed));
    for (std::size_t i = 0; i < map.wounded.size(); ++i)
        CHECK(map.removed[i] == 0.25 * map.wounded[i]);
    for (std::size_t i = 0; i < map.surface_wounded.size(); ++i)
        CHECK(map.surface_removed[i] == 0.25 * map.surface_wounded[i]);
    // Untouched voxels are exactly untouched: below the tips and far from the holes.
    const std::size_t below = grid.row(grid.nz() - 1, 5);
    CHECK(map.wounded[below + 3] == 0.0);
    CHECK(map.wounded[grid.row(0, 2) + 7] == 0.0);
}

TEST_CASE("a channel across a corner of the periodic plane shows in all four corners") {
    const auto grid = patch(uniform_edges(1.0, 10), uniform_edges(1.0, 10), {0.1, 0.1, 1.0});
    const InjuryMap map = injury_map(grid, channels_of({{0.0, 1.0, 0.08, 0.5, 1.0}}));
    const double quarter = pi * 0.08 * 0.08 / 4.0 / 0.01;
    for (const std::size_t j : {std::size_t{0}, std::size_t{9}})
        for (const std::size_t i : {std::size_t{0}, std::size_t{9}})
            CHECK(map.wounded[grid.row(0, j) + i] == Approx(quarter).epsilon(1e-12));
    CHECK(map.wounded[grid.row(0, 5) + 5] == 0.0);
}

TEST_CASE("mirrored walls keep the part of a channel inside") {
    const auto grid = patch(uniform_edges(1.0, 10), uniform_edges(1.0, 10), {0.1, 0.1, 1.0}, false);
    const Channel channel = {0.0, 0.5, 0.08, 0.5, 0.0};
    const InjuryMap map = injury_map(grid, channels_of({channel}));
    CHECK(integral(grid, map.wounded) == Approx(volume(channel) / 2.0).epsilon(1e-12));
    CHECK(map.wounded[grid.row(0, 5) + 9] == 0.0);
}

TEST_CASE("disjoint channels in one voxel add, overlapping ones unite") {
    const auto coarse = patch({0.0, 1.0}, {0.0, 1.0}, {1.0, 1.0, 1.0});
    const Channel a = {0.2, 0.5, 0.1, 0.6, 0.0}, b = {0.45, 0.5, 0.1, 0.6, 0.0};
    CHECK(integral(coarse, injury_map(coarse, channels_of({a, b})).wounded) ==
          Approx(2.0 * volume(a)).epsilon(1e-12));
    // The same place twice: voxels inside the hole are wounded once.
    const auto fine = patch(uniform_edges(1.0, 100), uniform_edges(1.0, 100), {0.1, 0.1, 1.0});
    const Channel disc = {0.5, 0.5, 0.2, 0.6, 1.0};
    const InjuryMap twice = injury_map(fine, channels_of({disc, disc}));
    CHECK(twice.wounded[fine.row(0, 50) + 50] == 1.0);
    CHECK(integral(fine, twice.wounded) == Approx(volume(disc)).epsilon(0.02));
    // Two discs half a diameter apart: the lens counts once.
    const Channel shifted = {0.7, 0.5, 0.2, 0.6, 1.0};
    const double lens = 0.04 * (2.0 * pi / 3.0 - std::sqrt(3.0) / 2.0);
    const InjuryMap united = injury_map(fine, channels_of({disc, shifted}));
    CHECK(integral(fine, united.wounded) == Approx(2.0 * volume(disc) - 0.6 * lens).epsilon(0.005));
    const double share = united.wounded[fine.row(0, 50) + 60];
    CHECK(share == 1.0);
}

TEST_CASE("overlap across a periodic wall counts once") {
    const auto grid = patch(uniform_edges(1.0, 200), uniform_edges(1.0, 200), {0.5, 0.5, 1.0});
    const Channel left = {0.03, 0.5, 0.05, 1.0, 1.0}, right = {0.97, 0.5, 0.05, 1.0, 1.0};
    const double both = integral(grid, injury_map(grid, channels_of({left, right})).wounded);
    // Two discs of radius 0.05 at distance 0.06: lens 2 R^2 acos(d/2R) - d/2 sqrt(4R^2 - d^2).
    const double lens =
        2.0 * 0.0025 * std::acos(0.6) - 0.03 * std::sqrt(4.0 * 0.0025 - 0.06 * 0.06);
    CHECK(both == Approx(2.0 * pi * 0.0025 - lens).epsilon(0.005));
}

TEST_CASE("hole radius and depth are those of the nearest channel") {
    const auto grid = patch(uniform_edges(1.0, 10), uniform_edges(1.0, 10), {0.1, 0.1, 1.0});
    const Channel wide = {0.15, 0.5, 0.1, 0.8, 0.0}, slim = {0.55, 0.5, 0.02, 0.4, 1.0};
    const InjuryMap map = injury_map(grid, channels_of({wide, slim}));
    CHECK(map.surface_hole_radius[grid.row(0, 5) + 1] == Approx(0.1));
    CHECK(map.surface_hole_radius[grid.row(0, 5) + 5] == Approx(0.02));
    // x = 0.95 is nearer to the wide channel, across the wall.
    CHECK(map.surface_hole_radius[grid.row(0, 5) + 9] == Approx(0.1));
    CHECK(map.hole_depth[grid.row(3, 5) + 0] == 0.8);
    CHECK(map.hole_depth[grid.row(3, 5) + 5] == 0.4);
    CHECK(map.junction_hole_radius[grid.row(0, 5) + 0] == Approx(0.1 * 0.7 / 0.8));
    CHECK(map.hole_radius[grid.row(3, 5) + 5] == Approx(0.02));
    CHECK(map.hole_radius[grid.row(4, 5) + 5] == 0.0);
    // Root mean square of the radius over z = 0.2 to 0.3: R(z) = 0.075 to 0.0625.
    const double mean_square = (0.075 * 0.075 + 0.075 * 0.0625 + 0.0625 * 0.0625) / 3.0;
    CHECK(map.hole_radius[grid.row(2, 5) + 1] == Approx(std::sqrt(mean_square)));
}

TEST_CASE("the nearest of many channels is the nearest by search over all") {
    const auto grid = patch(uniform_edges(1.0, 37), uniform_edges(0.7, 29), {0.5, 0.5, 1.0});
    std::mt19937 random(9);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    for (const std::size_t n : {2u, 7u, 40u}) {
        std::vector<Channel> channels;
        for (std::size_t i = 0; i < n; ++i)
            channels.push_back({uniform(random), 0.7 * uniform(random),
                                1e-3 * (1.0 + static_cast<double>(i)), 0.5, 0.0});
        const InjuryMap map = injury_map(grid, channels_of(channels));
        for (std::size_t j = 0; j < grid.ny(); ++j)
            for (std::size_t i = 0; i < grid.nx(); ++i) {
                double best = 10.0, radius = 0.0;
                for (const Channel& channel : channels) {
                    double dx = std::abs(channel.x - grid.x().centres[i]);
                    double dy = std::abs(channel.y - grid.y().centres[j]);
                    dx = std::min(dx, 1.0 - dx);
                    dy = std::min(dy, 0.7 - dy);
                    if (std::hypot(dx, dy) < best) {
                        best = std::hypot(dx, dy);
                        radius = channel.surface_radius;
                    }
                }
                REQUIRE(map.surface_hole_radius[grid.row(0, j) + i] == Approx(radius));
            }
    }
}

TEST_CASE("a territory's lateral mean is density times the hole's cross-section") {
    for (const double density : {0.5, 2.5, 10.0}) {
        const double radius = 1.0 / std::sqrt(pi * density);
        const Channel channel = {0, 0, 0.06, 0.77, 0.35};
        for (const auto& r :
             {uniform_edges(radius, 4), uniform_edges(radius, 60), graded_edges(radius, 20, 1.2)}) {
            const auto grid = territory(r, {0.03, 0.08, 1.1});
            const InjuryMap map = injury_map(grid, channels_of({channel}, density));
            CHECK(integral(grid, map.wounded) == Approx(volume(channel)).epsilon(1e-12));
            for (std::size_t k = 0; k < grid.nz(); ++k) {
                double mean = 0.0;
                for (std::size_t i = 0; i < grid.nx(); ++i)
                    mean += map.wounded[grid.row(k, 0) + i] * grid.x().volumes[i] / grid.area();
                const double z0 = grid.z().edges[k], z1 = grid.z().edges[k + 1];
                CHECK(mean == Approx(density * mean_area(channel, z0, z1)).margin(1e-15));
            }
            CHECK(plane_integral(grid, map.surface_wounded) / grid.area() ==
                  Approx(density * pi * 0.0036).epsilon(1e-12));
        }
    }
}

TEST_CASE("column and section spread the channels at their density") {
    const Channel channel = {0, 0, 0.06, 0.77, 0.35};
    for (const auto& grid :
         {column({0.07, 0.07, 1.0}), section(uniform_edges(2.0, 9), {0.03, 0.1, 1.2})}) {
        const InjuryMap map = injury_map(grid, channels_of({channel}, 2.5));
        CHECK(integral(grid, map.wounded) / grid.area() ==
              Approx(2.5 * volume(channel)).epsilon(1e-12));
        CHECK(plane_integral(grid, map.surface_wounded) / grid.area() ==
              Approx(2.5 * pi * 0.0036).epsilon(1e-12));
        CHECK(is_map_of_shares(grid, map.wounded));
    }
}

TEST_CASE("a well-mixed compartment stands for the tissue at the channels' depth") {
    const Channel channel = {0, 0, 0.06, 1.7, 0.0};
    const InjuryMap map = injury_map(well_mixed(), channels_of({channel}, 2.5));
    CHECK(map.wounded[0] == Approx(2.5 * pi * 0.0036 / 3.0));
    CHECK(map.surface_wounded[0] == Approx(2.5 * pi * 0.0036));
    CHECK(map.hole_depth[0] == 1.7);
    CHECK(map.hole_radius[0] == Approx(0.06 / std::sqrt(3.0)));
}

TEST_CASE("no channels leave no wound") {
    const auto grid = patch(uniform_edges(1.0, 4), uniform_edges(1.0, 4), {0.1, 0.1, 1.0});
    const InjuryMap map = injury_map(grid, channels_of({}));
    CHECK(integral(grid, map.wounded) == 0.0);
    CHECK(integral(grid, map.hole_radius) == 0.0);
    CHECK(integral(column({0.1, 0.1, 1.0}),
                   injury_map(column({0.1, 0.1, 1.0}), channels_of({})).wounded) == 0.0);
}

TEST_CASE("channels that do not fit are refused with the numbers") {
    const auto grid = patch(uniform_edges(1.0, 4), uniform_edges(1.0, 4), {0.1, 0.1, 1.0});
    try {
        injury_map(grid, channels_of({{0.5, 0.5, 0.05, 1.2, 0.0}}));
        FAIL("a channel deeper than the grid was taken");
    } catch (const InputError& error) {
        const std::string message = error.what();
        CHECK(message.find("1.2 mm") != std::string::npos);
        CHECK(message.find("1 mm") != std::string::npos);
    }
    const auto refused = [&](const Channel& channel) {
        CHECK_THROWS_AS(injury_map(grid, channels_of({channel})), InputError);
    };
    CHECK_NOTHROW(injury_map(grid, channels_of({{0.5, 0.5, 0.05, 1.0, 0.0}})));
    refused({-0.1, 0.5, 0.05, 0.5, 0.0});
    refused({0.5, 1.1, 0.05, 0.5, 0.0});
    refused({0.5, 0.5, -0.05, 0.5, 0.0});
    refused({0.5, 0.5, 0.05, -0.5, 0.0});
    refused({0.5, 0.5, NAN, 0.5, 0.0});
    refused({0.5, 0.5, 0.05, 0.5, 1.5});
    refused({0.5, 0.5, 0.6, 0.5, 0.0});  // wider than the periodic plane
    const auto small = territory(uniform_edges(0.3, 10), {0.1, 0.1, 1.0});
    CHECK_THROWS_AS(injury_map(small, channels_of({{0, 0, 0.31, 0.5, 0.0}}, 3.5)), InputError);
    CHECK_THROWS_AS(injury_map(small, channels_of({{}, {}}, 3.5)), InputError);
    CHECK_THROWS_AS(injury_map(column({0.1, 0.1, 1.0}), channels_of({{0, 0, 0.1, 0.5, 0.0}}, 40.0)),
                    InputError);
    Channels coring = channels_of({{0.5, 0.5, 0.05, 0.5, 0.0}});
    coring.coring = 1.5;
    CHECK_THROWS_AS(injury_map(grid, coring), InputError);
}

TEST_CASE("the summary gives densities and shares by layer") {
    const auto grid = patch(uniform_edges(2.0, 40), uniform_edges(2.0, 40), {0.02, 0.05, 1.1});
    std::vector<Channel> channels;
    for (int i = 0; i < 10; ++i)
        channels.push_back({0.1 + 0.2 * i, 0.1 + 0.17 * i, 0.05, 0.6, 0.0});
    const Wound wound = channels_of(channels, 2.4);
    const auto summary = summarise(grid, wound, injury_map(grid, wound));
    CHECK(summary.puncture_density == Approx(2.5));
    CHECK(summary.channel_depth == 0.6);
    CHECK(summary.surface_fraction == Approx(2.5 * pi * 0.0025).epsilon(1e-12));
    CHECK(summary.wounded_volume == Approx(2.5 * volume(channels[0])).epsilon(1e-12));
    REQUIRE(summary.layer_fraction.size() == 3);
    const double tops[] = {0.0, 0.1, 0.3, 1.0};
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(summary.layer_fraction[i] ==
              Approx(2.5 * mean_area(channels[0], tops[i], tops[i + 1])).epsilon(1e-12));
}
