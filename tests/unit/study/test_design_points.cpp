#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include <neocol/core/error.hpp>
#include <neocol/study/design_points.hpp>

using namespace neocol;
using namespace neocol::study;

TEST_CASE("a Latin hypercube has one point in every interval of every dimension") {
    const PointSet set = latin_hypercube(50, 7, 3);
    REQUIRE(set.size() == 50);
    for (std::size_t d = 0; d < 7; ++d) {
        std::set<int> intervals;
        for (std::size_t i = 0; i < 50; ++i)
            intervals.insert(static_cast<int>(std::floor(set.point(i)[d] * 50.0)));
        CHECK(intervals.size() == 50);
        CHECK(*intervals.rbegin() == 49);
    }
    CHECK(latin_hypercube(50, 7, 3).values == set.values);
    CHECK(latin_hypercube(50, 7, 4).values != set.values);
}

TEST_CASE("a Latin hypercube that grows keeps its points and stays one") {
    const std::vector<std::size_t> sizes{10, 30, 60};
    const PointSet grown = grown_latin_hypercube(sizes, 5, 3);
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        const std::size_t n = sizes[k];
        const PointSet set = grown_latin_hypercube(std::span(sizes).first(k + 1), 5, 3);
        REQUIRE(set.size() == n);
        CHECK(std::equal(set.values.begin(), set.values.end(), grown.values.begin()));
        for (std::size_t d = 0; d < 5; ++d) {
            std::set<int> intervals;
            for (std::size_t i = 0; i < n; ++i)
                intervals.insert(static_cast<int>(set.point(i)[d] * static_cast<double>(n)));
            CHECK(intervals.size() == n);
            CHECK(*intervals.rbegin() == static_cast<int>(n) - 1);
        }
    }
    CHECK(grown_latin_hypercube(std::span(sizes).first(1), 5, 3).values ==
          latin_hypercube(10, 5, 3).values);
}

TEST_CASE("unshifted Sobol points are those of Joe and Kuo's tables") {
    // First points of the sequence in three dimensions, new-joe-kuo-6.21201.
    const PointSet set = sobol_points(4, 3, 0);
    const std::vector<double> expected{0, 0, 0, 0.5, 0.5, 0.5, 0.75, 0.25, 0.25, 0.25, 0.75, 0.75};
    CHECK(set.values == expected);
}

TEST_CASE("a shifted Sobol sequence keeps one point in each of 2^m intervals") {
    const PointSet set = sobol_points(64, 20, 11);
    for (std::size_t d = 0; d < 20; ++d) {
        std::set<int> intervals;
        for (std::size_t i = 0; i < 64; ++i) {
            CHECK(set.point(i)[d] >= 0.0);
            intervals.insert(static_cast<int>(set.point(i)[d] * 64.0));
        }
        CHECK(intervals.size() == 64);
        CHECK(*intervals.rbegin() == 63);
    }
    CHECK_THROWS_AS(sobol_points(2, 4000, 1), InputError);
}

TEST_CASE("along a Morris path every dimension moves once by half its range") {
    const MorrisDesign design = morris_paths(10, 6, 5);
    REQUIRE(design.points.size() == 70);
    for (std::size_t t = 0; t < 10; ++t) {
        std::set<std::size_t> moved;
        for (std::size_t s = 0; s < 6; ++s) {
            const auto before = design.points.point(t * 7 + s);
            const auto after = design.points.point(t * 7 + s + 1);
            for (std::size_t d = 0; d < 6; ++d) {
                const double jump = std::abs(after[d] - before[d]);
                CHECK(jump == Approx(d == design.moved[t * 6 + s] ? 0.5 : 0.0));
                CHECK((after[d] > 0.0 && after[d] < 1.0));
            }
            moved.insert(design.moved[t * 6 + s]);
        }
        CHECK(moved.size() == 6);
    }
    CHECK_THROWS_AS(morris_paths(1, 1, 1, 3), InputError);
}

TEST_CASE("in Saltelli's points each block takes one column from B") {
    const std::size_t n = 8, k = 3;
    const PointSet set = saltelli_points(n, k, 2);
    REQUIRE(set.size() == n * (k + 2));
    for (std::size_t i = 0; i < k; ++i) {
        for (std::size_t row = 0; row < n; ++row) {
            for (std::size_t d = 0; d < k; ++d) {
                const auto from = set.point(d == i ? n + row : row)[d];
                CHECK(set.point((i + 2) * n + row)[d] == from);
            }
        }
    }
}
