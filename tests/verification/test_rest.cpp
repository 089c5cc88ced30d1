// Undisturbed skin stays where it is, to the last bit: every site and stationary condition that
// neocol ships, and random parameters with a stable rest.

#include <catch2/catch.hpp>

#include <cstring>
#include <filesystem>

#include <neocol/io/skin_reader.hpp>
#include <neocol/simulation/rest_check.hpp>

#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;

namespace {

const std::string topic = "invariants";

const Loaded& microneedling() {
    static const Loaded loaded =
        Loaded::compiled(source_text("models/microneedling.toml"), "microneedling");
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
        for (const std::string& condition : site.condition_names()) {
            list.push_back({name + ", " + condition, site.in_condition(condition)});
        }
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
    simulation::Simulation begun(s, loaded.model, loaded.kernels, 1);
    simulation::Scenario none = s;
    none.run.until = 0.0;
    begun.run({});
    simulation::Simulation start(none, loaded.model, loaded.kernels, 1);
    start.run({});
    const tissue::State &before = start.state(), &after = begun.state();
    return before.size() == after.size() &&
           std::memcmp(before.data(), after.data(), 8 * before.size()) == 0;
}

}  // namespace

TEST_CASE("rest of every site and stationary condition keeps its bits for ten years") {
    const Loaded& loaded = microneedling();
    REQUIRE(loaded.model.stationary);
    int moved = 0, n = 0;
    for (const Place& place : places()) {
        CAPTURE(place.name);
        const bool kept = keeps_every_bit(resting(place.skin, 3652.0), loaded);
        CHECK(kept);
        moved += kept ? 0 : 1;
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
    const tissue::Skin skin = places().front().skin;
    std::uint64_t seed = 20261123;
    const auto draw = [&] {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return static_cast<double>(seed >> 11) / 9007199254740992.0;
    };
    int moved = 0, stable = 0, tried = 0;
    while (stable < 12 && tried < 200) {
        ++tried;
        // A tenth of the way from the value to a random point of the range, for every parameter
        // that has one: whole ranges at once leave no stable rest.
        std::map<std::string, double> parameters;
        for (const model::Parameter& p : loaded.model.parameters) {
            if (p.is_switch() || !p.low || !p.high || !p.allowed.empty()) continue;
            const double target = *p.low + (*p.high - *p.low) * draw();
            parameters[p.name] = p.value + 0.1 * (target - p.value);
        }
        try {
            const auto environment = simulation::make_environment(loaded.model, skin, parameters);
            bool good = true;
            for (const auto& layer : simulation::check_rest(loaded.model, environment)) {
                good = good && layer.growth_rate <= 0.0;
            }
            if (!good) continue;
        } catch (const InputError&) {
            continue;  // a bound of a parameter is broken by this draw
        }
        ++stable;
        simulation::Scenario s = resting(skin, 3652.0);
        s.parameters = parameters;
        moved += keeps_every_bit(s, loaded) ? 0 : 1;
    }
    REQUIRE(stable >= 5);
    CHECK(claim(topic,
                "draws of all parameters of microneedling with a stable rest, " +
                    std::to_string(stable) + " in all, whose rest moved in ten years",
                moved, 0.0));
}
