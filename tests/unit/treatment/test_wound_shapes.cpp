#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>

#include "wound_support.hpp"

using namespace neocol;
using namespace neocol::treatment;
using tissue::Spacing;
using tissue::uniform_edges;

namespace {

constexpr double pi = std::numbers::pi;
const Spacing coarse{0.15, 0.15, 1.0};

}  // namespace

TEST_CASE("an excision takes out its cylinder in every geometry") {
    const Excision wound = {0.31, 0.47};
    const double disc = pi * 0.31 * 0.31;

    const auto in_patch = patch(graded_edges(1.5, 17, 1.1), uniform_edges(1.2, 7), coarse);
    const InjuryMap patch_map = injury_map(in_patch, wound);
    CHECK(integral(in_patch, patch_map.wounded) == Approx(disc * 0.47).epsilon(1e-12));
    CHECK(patch_map.removed == patch_map.wounded);
    CHECK(patch_map.surface_removed == patch_map.surface_wounded);
    CHECK(plane_integral(in_patch, patch_map.junction_wounded) == Approx(disc).epsilon(1e-12));

    const auto in_territory = territory(graded_edges(2.0, 30, 1.05), coarse);
    const InjuryMap ring_map = injury_map(in_territory, wound);
    CHECK(integral(in_territory, ring_map.wounded) == Approx(disc * 0.47).epsilon(1e-12));
    CHECK(ring_map.wounded[0] == 1.0);
    CHECK(ring_map.removed == ring_map.wounded);

    for (const bool periodic : {false, true}) {
        const auto in_section = section(uniform_edges(1.5, 11), coarse, periodic);
        const InjuryMap strip_map = injury_map(in_section, wound);
        CHECK(integral(in_section, strip_map.wounded) == Approx(0.62 * 0.47).epsilon(1e-12));
        CHECK(strip_map.wounded[in_section.row(0, 0) + 5] == 1.0);
        CHECK(strip_map.wounded[0] == 0.0);
        CHECK(strip_map.removed == strip_map.wounded);
        CHECK(strip_map.surface_hole_radius[0] == Approx(0.31));
    }

    const auto in_column = column(coarse);
    const InjuryMap column_map = injury_map(in_column, wound);
    CHECK(integral(in_column, column_map.wounded) == Approx(0.47).epsilon(1e-12));
    CHECK(column_map.surface_wounded[0] == 1.0);
    CHECK(column_map.hole_depth[0] == 0.47);

    const InjuryMap mixed = injury_map(well_mixed(), wound);
    CHECK(mixed.wounded[0] == 1.0);
    CHECK(mixed.removed[0] == 1.0);
}

TEST_CASE("an excision that ends above the junction leaves it whole") {
    const auto grid = column({0.02, 0.02, 1.0});  // junction at 0.1 mm
    CHECK(injury_map(grid, Excision{1.0, 0.08}).junction_wounded[0] == 0.0);
    CHECK(injury_map(grid, Excision{1.0, 0.08}).surface_wounded[0] == 1.0);
    CHECK(injury_map(grid, Excision{1.0, 0.12}).junction_wounded[0] == 1.0);
}

TEST_CASE("an excision wider than its territory takes all of it") {
    const auto grid = territory(uniform_edges(0.5, 9), coarse);
    const InjuryMap map = injury_map(grid, Excision{2.0, 0.4});
    CHECK(integral(grid, map.wounded) == Approx(grid.area() * 0.4).epsilon(1e-12));
}

TEST_CASE("a punch is an excision by diameter") {
    const auto grid = territory(uniform_edges(4.0, 33), coarse);
    const InjuryMap punch = injury_map(grid, Punch{4.0, 0.9});
    const InjuryMap excision = injury_map(grid, Excision{2.0, 0.9});
    CHECK(punch.wounded == excision.wounded);
    CHECK(punch.removed == excision.removed);
    CHECK(punch.hole_radius == excision.hole_radius);
    CHECK(integral(grid, punch.wounded) == Approx(pi * 4.0 * 0.9).epsilon(1e-12));
}

TEST_CASE("a core takes its cylinder out where it stands") {
    const Core core = {0.05, 0.9, 0.4, 0.6};
    const auto grid = patch(uniform_edges(1.0, 20), uniform_edges(1.0, 20), coarse);
    const InjuryMap map = injury_map(grid, core);
    CHECK(integral(grid, map.removed) == Approx(pi * 0.04 * 0.6).epsilon(1e-12));
    CHECK(map.wounded[grid.row(0, 18) + 0] == 1.0);
    CHECK(map.wounded[grid.row(0, 18) + 19] == 1.0);  // across the wall
    CHECK(map.wounded[grid.row(0, 18) + 10] == 0.0);
    const auto ring = territory(uniform_edges(1.0, 20), coarse);
    CHECK_THROWS_AS(injury_map(ring, core), InputError);
    CHECK(integral(ring, injury_map(ring, Core{0, 0, 0.4, 0.6}).removed) ==
          Approx(pi * 0.04 * 0.6).epsilon(1e-12));
}

TEST_CASE("an incision parts tissue along y and takes nothing out") {
    const Incision cut = {0.01, 0.06, 0.55};
    const auto grid = patch(uniform_edges(1.0, 20), uniform_edges(0.7, 3), coarse);
    const InjuryMap map = injury_map(grid, cut);
    CHECK(integral(grid, map.wounded) == Approx(0.06 * 0.7 * 0.55).epsilon(1e-12));
    CHECK(integral(grid, map.removed) == 0.0);
    CHECK(map.wounded[grid.row(0, 1) + 19] == Approx(0.02 / 0.05).epsilon(1e-12));
    CHECK(map.surface_hole_radius[grid.row(0, 2) + 7] == Approx(0.03));
    const auto flat = section(uniform_edges(1.0, 7), coarse, true);
    CHECK(integral(flat, injury_map(flat, cut).wounded) == Approx(0.06 * 0.55).epsilon(1e-12));
    CHECK_THROWS_AS(injury_map(column(coarse), cut), InputError);
    CHECK_THROWS_AS(injury_map(territory({0.0, 1.0}, coarse), cut), InputError);
}

TEST_CASE("a slab hurts a share of every voxel between two depths") {
    const Slab slab = {0.3, 0.12, 0.41};
    for (const auto& grid :
         {patch(uniform_edges(1.0, 3), uniform_edges(1.0, 2), coarse), column(coarse),
          section(uniform_edges(1.0, 4), coarse), territory(uniform_edges(1.0, 4), coarse)}) {
        const InjuryMap map = injury_map(grid, slab);
        CHECK(integral(grid, map.wounded) == Approx(0.3 * 0.29 * grid.area()).epsilon(1e-12));
        CHECK(integral(grid, map.removed) == 0.0);
        CHECK(plane_integral(grid, map.surface_wounded) == 0.0);  // it starts below both planes
        CHECK(plane_integral(grid, map.junction_wounded) == 0.0);
    }
    const auto grid = column(coarse);
    CHECK(injury_map(grid, Slab{0.5, 0.0, 0.2}).surface_wounded[0] == 0.5);
    CHECK(injury_map(grid, Slab{0.5, 0.0, 0.2}).junction_wounded[0] == 0.5);
    CHECK(injury_map(well_mixed(), Slab{0.4, 0.0, 0.0}).wounded[0] == 0.4);
}

TEST_CASE("wounds that cannot be are refused") {
    const auto grid = patch(uniform_edges(1.0, 4), uniform_edges(1.0, 4), coarse);
    const auto refused = [&](const Wound& wound) {
        CHECK_THROWS_AS(injury_map(grid, wound), InputError);
    };
    refused(Excision{0.2, 1.5});
    refused(Excision{-0.2, 0.5});
    refused(Excision{0.6, 0.5});  // wider than the periodic plane
    refused(Punch{0.2, -0.5});
    refused(Core{1.5, 0.0, 0.1, 0.5});
    refused(Incision{0.5, 1.5, 0.5});
    refused(Incision{0.5, 0.1, 2.0});
    refused(Slab{1.2, 0.0, 0.5});
    refused(Slab{0.2, 0.5, 0.5});
    refused(Slab{0.2, -0.1, 0.5});
    refused(Slab{0.2, 0.1, 1.5});
    const auto mirrored = patch(uniform_edges(1.0, 4), uniform_edges(1.0, 4), coarse, false);
    CHECK(integral(mirrored, injury_map(mirrored, Excision{2.0, 0.5}).wounded) == Approx(0.5));
}

TEST_CASE("the depth of any wound is in its summary") {
    const auto grid = territory(uniform_edges(4.0, 16), coarse);
    const Wound punch = Punch{4.0, 0.9};
    const auto summary = summarise(grid, punch, injury_map(grid, punch));
    CHECK(summary.channel_depth == 0.9);
    CHECK(summary.puncture_density == 0.0);
    CHECK(summary.surface_fraction == Approx(0.25));
    CHECK(summary.wounded_volume == Approx(0.25 * 0.9));
    const Wound slab = Slab{0.5, 0.1, 0.3};
    CHECK(summarise(grid, slab, injury_map(grid, slab)).layer_fraction[1] == Approx(0.5));
}
