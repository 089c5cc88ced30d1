// Undisturbed skin stays where it is, to the last bit: every site and stationary condition that
// neocol ships, and random parameters with a stable rest.

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include <neocol/io/skin_reader.hpp>
#include <neocol/simulation/parameters.hpp>
#include <neocol/simulation/rest_check.hpp>

#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;

namespace {

const std::string topic = "invariants";
constexpr double rounding = 1e-9;     // growth rate of species that do not decay at rest [d-1]
constexpr double ten_years = 3652.0;  // [d]

const Loaded& microneedling() {
    static const Loaded loaded =
        Loaded::compiled(model_text("models/microneedling.toml"), "microneedling");
    return loaded;
}

struct Place {
    std::string name;
    tissue::Skin skin;
};

/// Every shipped site in every condition.
std::vector<Place> places() {
    std::vector<Place> list;
    for (const std::string& path : source_files("models/skin")) {
        const std::string name = std::filesystem::path(path).stem().string();
        const io::SiteFile site = io::read_site(source_text(path), path, name);
        for (const std::string& condition : site.condition_names())
            list.push_back({fmt::format("{}, {}", name, condition), site.in_condition(condition)});
    }
    return list;
}

/// A scenario without sessions on a coarse grid: depth alone, for rest is uniform across.
simulation::Scenario resting(const tissue::Skin& skin, double until) {
    simulation::Scenario s = scenario(tissue::Geometry::column, until, 1e-4, until);
    s.skin = skin;
    s.domain.spacing = {0.2, 0.2, 1.0};
    s.domain.thickness = 2.0;
    return s;
}

/// True if the whole state has its bits of the start at the end.
bool keeps_every_bit(const simulation::Scenario& s, const Loaded& loaded) {
    simulation::Simulation begun(s, *loaded.compiled_model, 1);
    simulation::Scenario none = s;
    none.run.until = 0.0;
    begun.run({});
    simulation::Simulation start(none, *loaded.compiled_model, 1);
    start.run({});
    const tissue::State &before = start.state(), &after = begun.state();
    return before.size() == after.size() &&
           std::memcmp(before.data(), after.data(), 8 * before.size()) == 0;
}

/// True if no small disturbance of rest grows, as `neocol model check` takes it.
bool rests_stably(const model::Model& model, const tissue::Skin& skin,
                  const std::map<std::string, double>& parameters) {
    try {
        const auto reports =
            simulation::check_rest(model, simulation::make_environment(model, skin, parameters));
        return std::all_of(reports.begin(), reports.end(),
                           [](const auto& layer) { return layer.growth_rate <= rounding; });
    } catch (const InputError&) {
        return false;  // a bound is broken by this draw
    }
}

}  // namespace

TEST_CASE("rest of every site and condition keeps its bits for ten years") {
    const Loaded& loaded = microneedling();
    REQUIRE(loaded.model.stationary);
    int moved = 0, n = 0;
    for (const Place& place : places()) {
        CAPTURE(place.name);
        const bool unchanged = keeps_every_bit(resting(place.skin, ten_years), loaded);
        CHECK(unchanged);
        moved += unchanged ? 0 : 1;
        ++n;
    }
    REQUIRE(n >= 16);
    CHECK(claim(topic,
                "pairs of site and condition of microneedling, " + std::to_string(n) +
                    " in all, whose rest moved in ten years",
                moved, 0.0));
}

TEST_CASE("rest keeps its bits for random parameters whose rest is stable") {
    const Loaded& loaded = microneedling();
    const std::vector<Place> all = places();
    std::uint64_t seed = 20261123;
    const auto draw = [&] {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return static_cast<double>(seed >> 11) / 9007199254740992.0;
    };
    constexpr int wanted = 30, most = 300;
    int moved = 0, stable = 0, tried = 0;
    for (; stable < wanted && tried < most; ++tried) {
        const tissue::Skin& skin = all[static_cast<std::size_t>(tried) % all.size()].skin;
        std::map<std::string, double> parameters;
        for (const model::Parameter& p : loaded.model.parameters)
            if (p.low && p.high && !p.is_switch() && p.allowed.empty())
                parameters[p.name] = *p.low + (*p.high - *p.low) * draw();
        if (!rests_stably(loaded.model, skin, parameters)) continue;
        ++stable;
        simulation::Scenario s = resting(skin, ten_years);
        s.parameters = parameters;
        moved += keeps_every_bit(s, loaded) ? 0 : 1;
    }
    INFO(stable << " of " << tried);
    REQUIRE(stable >= 10);
    CHECK(claim(topic,
                "draws of all parameters of microneedling from their ranges with a stable rest (" +
                    std::to_string(stable) + " of " + std::to_string(tried) +
                    " drawn) whose rest moved in ten years",
                moved, 0.0));
}
