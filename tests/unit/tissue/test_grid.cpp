#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/tissue/grid.hpp>
#include <neocol/tissue/skin.hpp>

using namespace neocol;
using namespace neocol::tissue;

namespace {

Axis absent() {
    return cartesian_axis({0.0, 1.0});
}

double sum(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Largest ratio of neighbouring widths among cells of one layer.
double largest_ratio(const std::vector<double>& edges, const std::vector<int>& layers) {
    double largest = 1.0;
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
        if (layers[i] != layers[i + 1]) continue;
        const double a = edges[i + 1] - edges[i], b = edges[i + 2] - edges[i + 1];
        largest = std::max({largest, a / b, b / a});
    }
    return largest;
}

}  // namespace

TEST_CASE("a cartesian axis has unit faces and volumes equal to widths") {
    const Axis axis = cartesian_axis({0.0, 0.1, 0.3, 0.7}, true);
    CHECK(axis.size() == 3);
    CHECK(axis.periodic);
    CHECK_FALSE(axis.radial);
    CHECK(axis.face_areas == std::vector<double>(4, 1.0));
    CHECK(axis.volumes == axis.widths);
    CHECK(axis.widths[1] == Approx(0.2));
    CHECK(axis.centres[2] == Approx(0.5));
    CHECK(axis.length() == Approx(0.7));
}

TEST_CASE("a radial axis has circumferences as faces and rings that sum to the disc") {
    std::vector<double> edges = {0.0};
    for (int i = 0; i < 200; ++i)
        edges.push_back(edges.back() + 1e-3 * std::pow(1.02, i));
    const Axis axis = radial_axis(edges);
    CHECK(axis.radial);
    CHECK(axis.face_areas.front() == 0.0);
    CHECK(axis.face_areas[5] == Approx(2.0 * std::numbers::pi * edges[5]).epsilon(1e-15));
    const double radius = edges.back();
    CHECK(sum(axis.volumes) == Approx(std::numbers::pi * radius * radius).epsilon(1e-13));
    CHECK(axis.volumes[0] == Approx(std::numbers::pi * 1e-6).epsilon(1e-14));
}

TEST_CASE("a thin ring far from the axis keeps all digits of its volume") {
    // pi (r1^2 - r0^2) = pi (r1 - r0)(r1 + r0), with r0 = 2^10 and r1 = r0 + 2^-30 exact.
    const double r0 = 1024.0, width = std::ldexp(1.0, -30);
    const Axis axis = radial_axis({r0, r0 + width});
    CHECK(axis.volumes[0] == Approx(std::numbers::pi * width * 2048.0).epsilon(1e-12));
}

TEST_CASE("axes refuse edges that do not ascend") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(cartesian_axis({}), InputError);
    CHECK_THROWS_AS(cartesian_axis({0.0}), InputError);
    CHECK_THROWS_AS(cartesian_axis({0.0, 0.0}), InputError);
    CHECK_THROWS_AS(cartesian_axis({0.0, 1.0, 0.5}), InputError);
    CHECK_THROWS_AS(cartesian_axis({0.0, nan}), InputError);
    CHECK_THROWS_AS(cartesian_axis({0.0, infinity}), InputError);
    CHECK_THROWS_AS(radial_axis({-0.1, 1.0}), InputError);
}

TEST_CASE("uniform edges end exactly at the length") {
    const auto edges = uniform_edges(0.7, 7);
    CHECK(edges.size() == 8);
    CHECK(edges.front() == 0.0);
    CHECK(edges.back() == 0.7);
    for (std::size_t i = 0; i < 7; ++i)
        CHECK(edges[i + 1] - edges[i] == Approx(0.1));
    CHECK_THROWS_AS(uniform_edges(0.0, 3), InputError);
    CHECK_THROWS_AS(uniform_edges(1.0, 0), InputError);
    CHECK_THROWS_AS(uniform_edges(1.0, largest_axis + 1), InputError);
}

TEST_CASE("layered edges hit every layer boundary exactly") {
    const std::vector<double> layers = {0.1, 0.2, 1.3, 1.4};
    for (const Spacing spacing : {Spacing{0.02, 0.02, 1.0}, Spacing{0.01, 0.08, 1.1},
                                  Spacing{0.007, 0.5, 1.3}, Spacing{5.0, 5.0, 1.0}}) {
        const auto edges = layered_edges(layers, spacing);
        double boundary = 0.0;
        CHECK(edges.front() == 0.0);
        for (const double thickness : layers) {
            boundary += thickness;
            CHECK(std::count(edges.begin(), edges.end(), boundary) == 1);
        }
        CHECK(edges.back() == boundary);
    }
}

TEST_CASE("equal spacing that divides the layers gives exactly that many cells") {
    const auto edges = layered_edges({0.1, 0.2, 2.7}, {0.02, 0.02, 1.0});
    REQUIRE(edges.size() == 151);
    for (std::size_t i = 0; i < 150; ++i)
        CHECK(edges[i + 1] - edges[i] == Approx(0.02).epsilon(1e-12));
    // Without growth the largest size is never used.
    CHECK(layered_edges({0.1, 0.2, 2.7}, {0.02, 0.5, 1.0}) == edges);
    // A growth without room to grow changes nothing but rounding.
    CHECK(layered_edges({0.1, 0.2, 2.7}, {0.02, 0.02, 1.5}).size() == 151);
}

TEST_CASE("a single graded layer is the geometric progression") {
    // 1 + 2 + 4 + 8 = 15
    const auto edges = layered_edges({15.0}, {1.0, 100.0, 2.0});
    REQUIRE(edges.size() == 5);
    CHECK(edges[1] == Approx(1.0).epsilon(1e-13));
    CHECK(edges[2] == Approx(3.0).epsilon(1e-13));
    CHECK(edges[3] == Approx(7.0).epsilon(1e-13));
    // Far below the end of growth all cells have the largest size.
    const auto held = layered_edges({1000.0}, {1.0, 4.0, 2.0});
    REQUIRE(held.size() > 200);
    for (std::size_t i = 10; i + 1 < held.size(); ++i)
        CHECK(held[i + 1] - held[i] == Approx(4.0).epsilon(0.005));
}

TEST_CASE("growth and largest size of layered edges are kept for any layers") {
    std::mt19937 random(7);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    for (int i_case = 0; i_case < 200; ++i_case) {
        const std::vector<double> layers = {0.03 + 0.2 * uniform(random),
                                            0.05 + 0.3 * uniform(random),
                                            0.5 + 2.0 * uniform(random)};
        const Spacing spacing{0.002 + 0.02 * uniform(random), 0.03 + 0.1 * uniform(random),
                              1.0 + 0.5 * uniform(random)};
        const auto edges = layered_edges(layers, spacing);
        const auto of_cell = layers_of_cells(edges, layers);
        CHECK(largest_ratio(edges, of_cell) <= spacing.growth * (1.0 + 1e-9));
        for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
            const double width = edges[i + 1] - edges[i];
            CHECK(width <= spacing.largest * (1.0 + 1e-9));
            // No cell is larger than the progression wants at its upper edge.
            const double wanted = spacing.smallest + (spacing.growth - 1.0) * edges[i];
            CHECK(width <= wanted * (1.0 + 1e-9));
        }
        CHECK(of_cell.front() == 0);
        CHECK(of_cell.back() == 2);
        CHECK(std::is_sorted(of_cell.begin(), of_cell.end()));
    }
}

TEST_CASE("cells keep their size down to a depth and grow below it") {
    const auto edges = layered_edges({0.3, 0.7, 2.0}, {0.02, 0.1, 1.1, 1.0});
    REQUIRE(edges.size() > 51);
    for (std::size_t i = 0; i < 50; ++i)
        CHECK(edges[i + 1] - edges[i] == Approx(0.02).epsilon(1e-12));
    CHECK(edges[50] == 1.0);
    for (std::size_t i = 50; i + 1 < edges.size(); ++i) {
        const double above = edges[i] - edges[i - 1], width = edges[i + 1] - edges[i];
        // The whole number of growing cells may leave the first a little below the fine ones.
        CHECK(width >= above * (i == 50 ? 0.99 : 1.0 - 1e-9));
        CHECK(width <= above * 1.1 * (1.0 + 1e-9));
    }
    CHECK(edges.back() - edges[edges.size() - 2] == Approx(0.1).epsilon(0.05));
    // The same progression as from the surface, lower down.
    const auto below = layered_edges({2.0}, {0.02, 0.1, 1.1});
    REQUIRE(below.size() + 50 == edges.size());
    for (std::size_t i = 0; i < below.size(); ++i)
        CHECK(edges[50 + i] - 1.0 == Approx(below[i]).margin(1e-12));
}

TEST_CASE("a layer thinner than a cell becomes one cell") {
    const auto edges = layered_edges({0.005, 1.0}, {0.02, 0.02, 1.0});
    CHECK(edges.size() == 52);
    CHECK(edges[1] == 0.005);
}

TEST_CASE("impossible spacings are refused") {
    CHECK_THROWS_AS(layered_edges({}, {}), InputError);
    CHECK_THROWS_AS(layered_edges({0.1, 0.0}, {}), InputError);
    CHECK_THROWS_AS(layered_edges({1.0}, {0.0, 0.02, 1.0}), InputError);
    CHECK_THROWS_AS(layered_edges({1.0}, {0.02, 0.1, 1.1, -0.5}), InputError);
    CHECK_THROWS_AS(layered_edges({1.0}, {0.02, 0.01, 1.0}), InputError);
    CHECK_THROWS_AS(layered_edges({1.0}, {0.02, 0.02, 0.9}), InputError);
    CHECK_THROWS_AS(layered_edges({1.0}, {1e-9, 1e-9, 1.0}), InputError);
}

TEST_CASE("rows of a grid are padded to whole vectors") {
    const Grid grid(Geometry::patch, cartesian_axis(uniform_edges(1.0, 10), true),
                    cartesian_axis(uniform_edges(2.0, 5), true),
                    cartesian_axis(uniform_edges(3.0, 4)), {0, 0, 1, 1});
    CHECK(grid.nx_padded() == 16);
    CHECK(grid.n_blocks() == 2);
    CHECK(grid.n_voxels() == 200);
    CHECK(grid.n_padded() == 320);
    CHECK(grid.row(0, 0) == 0);
    CHECK(grid.row(0, 1) == 16);
    CHECK(grid.row(2, 3) == std::size_t{2 * 5 + 3} * 16);
    CHECK(grid.row(2, 3) % lanes == 0);
    CHECK(grid.volume(1, 2, 3) == Approx(0.1 * 0.4 * 0.75));
    CHECK(grid.area() == Approx(2.0));
    CHECK(grid.junction() == 2);
    CHECK(grid.layer(1) == 0);
    CHECK(grid.layer(2) == 1);
}

TEST_CASE("the area of a territory is that of its disc") {
    const Grid grid(Geometry::single_channel, radial_axis(uniform_edges(0.5, 20)), absent(),
                    cartesian_axis(uniform_edges(1.0, 10)), std::vector<int>(10, 0));
    CHECK(grid.area() == Approx(std::numbers::pi * 0.25).epsilon(1e-15));
    CHECK(grid.junction() == 0);
    double volume = 0.0;
    for (std::size_t k = 0; k < 10; ++k)
        for (std::size_t i = 0; i < 20; ++i)
            volume += grid.volume(k, 0, i);
    CHECK(volume == Approx(std::numbers::pi * 0.25).epsilon(1e-13));
}

TEST_CASE("a grid refuses axes that do not suit its geometry") {
    const Axis lateral = cartesian_axis(uniform_edges(1.0, 4));
    const Axis& depth = lateral;
    const Axis radial = radial_axis(uniform_edges(1.0, 4));
    const std::vector<int> layers(4, 0);
    CHECK_NOTHROW(Grid(Geometry::column, absent(), absent(), depth, layers));
    CHECK_NOTHROW(Grid(Geometry::section, lateral, absent(), depth, layers));
    CHECK_NOTHROW(Grid(Geometry::well_mixed, absent(), absent(), absent(), {0}));
    CHECK_THROWS_AS(Grid(Geometry::column, lateral, absent(), depth, layers), InputError);
    CHECK_THROWS_AS(Grid(Geometry::section, radial, absent(), depth, layers), InputError);
    CHECK_THROWS_AS(Grid(Geometry::section, lateral, lateral, depth, layers), InputError);
    CHECK_THROWS_AS(Grid(Geometry::single_channel, lateral, absent(), depth, layers), InputError);
    CHECK_THROWS_AS(
        Grid(Geometry::single_channel, radial_axis({0.1, 0.2}), absent(), depth, layers),
        InputError);
    CHECK_THROWS_AS(Grid(Geometry::well_mixed, absent(), absent(), depth, layers), InputError);
    CHECK_THROWS_AS(Grid(Geometry::column, absent(), absent(), depth, {0, 0}), InputError);
    CHECK_THROWS_AS(Grid(Geometry::column, absent(), absent(), depth, {0, 1, 0, 1}), InputError);
}

TEST_CASE("skin is as thick as its layers together") {
    Skin skin;
    CHECK(skin.thickness() == 0.0);
    skin.layers.resize(2);
    skin.layers[0].thickness = 0.1;
    skin.layers[1].thickness = 1.25;
    CHECK(skin.thickness() == Approx(1.35));
}

TEST_CASE("every geometry has the name used in scenarios") {
    CHECK(std::string(to_string(Geometry::well_mixed)) == "well_mixed");
    CHECK(std::string(to_string(Geometry::column)) == "column");
    CHECK(std::string(to_string(Geometry::section)) == "section");
    CHECK(std::string(to_string(Geometry::single_channel)) == "single_channel");
    CHECK(std::string(to_string(Geometry::patch)) == "patch");
}
