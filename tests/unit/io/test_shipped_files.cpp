#include <catch2/catch.hpp>

#include <neocol/io/device_reader.hpp>
#include <neocol/io/library.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/io/skin_reader.hpp>

#include "scenario_fixture.hpp"

using namespace neocol;
using namespace neocol::io;

namespace {
const std::string models = std::string(NEOCOL_SOURCE_DIR) + "/models";
}

TEST_CASE("every shipped device and site is read without a fault") {
    const Library library({models});
    REQUIRE_FALSE(library.names(LibraryPart::devices).empty());
    for (const std::string& name : library.names(LibraryPart::devices)) {
        const NamedText file = library.find(LibraryPart::devices, name);
        INFO(name);
        const DeviceFile device = read_device(file.text, file.path, name);
        CHECK(device.device.needle_diameter > 0.0);
        CHECK_FALSE(device.sources.empty());
    }
    for (const std::string& name : library.names(LibraryPart::sites)) {
        const NamedText file = library.find(LibraryPart::sites, name);
        INFO(name);
        const SiteFile site = read_site(file.text, file.path, name);
        for (const std::string& condition : site.condition_names())
            CHECK(site.in_condition(condition).thickness() > 0.5);
    }
}

TEST_CASE("every shipped scenario is read, and its resolved text gives the same run") {
    const Library library({models});
    const std::filesystem::path folder = std::string(NEOCOL_SOURCE_DIR) + "/scenarios";
    if (!std::filesystem::is_directory(folder)) return;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (file.path().extension() != ".toml") continue;
        INFO(file.path().string());
        const LoadedScenario loaded = read_scenario_file(file.path().string(), library);
        Library only_model;
        only_model.add_model(loaded.scenario.model_name, loaded.model.text);
        const LoadedScenario again =
            read_scenario(loaded.scenario.resolved_text, "resolved", only_model);
        CHECK(again.scenario.hash == loaded.scenario.hash);
    }
}

TEST_CASE("a condition replaces only what it names") {
    const SiteFile site = read_site(io::fixture::site_text, "knee.toml", "knee");
    CHECK(site.condition_names() == std::vector<std::string>{"normal", "scar"});
    CHECK(site.in_condition("scar").layers[1].thickness == Approx(0.9));
    CHECK(site.in_condition("scar").layers[1].properties.at("perfusion") == 1.0);
    CHECK(site.in_condition("scar").layers[0].thickness == Approx(0.1));
    CHECK(site.in_condition("normal").layers[1].thickness == Approx(1.4));
}

TEST_CASE("evidence must be a known grade and speak of a key that is there") {
    const std::string text = std::string(io::fixture::device_text) + "needles = \"gues\"\n";
    try {
        read_device(text, "drum.toml", "drum");
        FAIL("accepted");
    } catch (const InputError& error) {
        REQUIRE(error.diagnostics.size() == 1);
        CHECK(error.diagnostics[0].message == "the device has no 'needles'");
    }
    CHECK_THROWS_AS(
        read_device(io::fixture::replaced(io::fixture::device_text, "\"design\"", "\"gues\""),
                    "drum.toml", "drum"),
        InputError);
}
