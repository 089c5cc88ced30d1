#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <neocol/io/library.hpp>
#include <neocol/io/scenario_reader.hpp>

#include "scenario_fixture.hpp"

using namespace neocol;
using namespace neocol::io;
using namespace neocol::io::fixture;

namespace {

std::string origin_of(const simulation::Scenario& s, const std::string& key) {
    for (const ReadValue& read_value : s.resolved)
        if (read_value.key == key) return read_value.origin;
    return "(not there)";
}

/// The only fault of a changed scenario.
Diagnostic only_fault(const std::string& from, const std::string& to,
                      const std::vector<Override>& overrides = {}) {
    const Shelves shelves;
    const std::vector<Diagnostic> faults =
        shelves.faults(replaced(scenario_text, from, to), overrides);
    std::string all;
    for (const Diagnostic& fault : faults)
        all += render(fault) + "\n";
    INFO(all);
    REQUIRE(faults.size() == 1);
    return faults.front();
}

}  // namespace

TEST_CASE("a scenario is converted to millimetres and days") {
    const Shelves shelves;
    const LoadedScenario loaded = shelves.read(scenario_text);
    const simulation::Scenario& s = loaded.scenario;
    CHECK(s.title == "Test");
    CHECK(loaded.model.name == "tiny");
    REQUIRE(s.regimen.sessions.size() == 2);
    CHECK(s.regimen.sessions[0].time == 0.0);
    CHECK(s.regimen.sessions[1].time == Approx(14.0));
    CHECK(s.regimen.sessions[1].needle_length == Approx(1.0));
    CHECK(s.regimen.sessions[1].puncture_density == Approx(1.0));  // 100 per cm2
    CHECK(s.regimen.sessions[1].device.depth_ratio == 0.5);
    CHECK(s.domain.geometry == tissue::Geometry::single_channel);
    CHECK(s.domain.spacing.smallest == Approx(0.05));
    CHECK(s.domain.thickness == Approx(1.5));  // of the skin
    CHECK(s.skin.age == Approx(50.0 * 365.2422));
    CHECK(s.skin.phototype == 2);  // of the site
    CHECK(s.run.until == Approx(42.0));
    CHECK(s.output.field_times == std::vector<Time>{0.0, 7.0});
    CHECK(s.parameters.at("dose") == Approx(7.0));
    CHECK(s.hash.size() == 24);
    CHECK(loaded.files.size() == 4);  // scenario, model, site, device
}

TEST_CASE("a parameter beyond its declared range is used, with a warning") {
    const Shelves shelves;
    CHECK(shelves.read(scenario_text).warnings.empty());
    const LoadedScenario loaded =
        shelves.read(scenario_text, {{"parameters.dose", "\"0.5 ng/mL\""}});
    CHECK(loaded.scenario.parameters.at("dose") == Approx(0.5));
    REQUIRE(loaded.warnings.size() == 1);
    CHECK(loaded.warnings[0].message == "'dose' is below its declared range");
    CHECK(loaded.warnings[0].help == "the model takes 1 ng/mL to 20 ng/mL for plausible");
    CHECK(loaded.warnings[0].at.path == "--set");
}

TEST_CASE("every value says where it came from") {
    const Shelves shelves;
    const auto s = shelves.read(scenario_text, {{"run.tolerance", "1e-3"}}).scenario;
    CHECK(origin_of(s, "regimen.spacing") == "scenario");
    CHECK(origin_of(s, "device.depth_ratio") == "device drum");
    CHECK(origin_of(s, "skin.layer.dermis.thickness") == "site knee");
    CHECK(origin_of(s, "skin.age") == "scenario");
    CHECK(origin_of(s, "skin.phototype") == "site knee");
    CHECK(origin_of(s, "run.seed") == "default");
    CHECK(origin_of(s, "run.tolerance") == "--set");
}

TEST_CASE("the resolved text gives the same run without a library of sites and devices") {
    const Shelves shelves;
    const std::string density = "puncture_density = \"100 cm-2\"";
    for (const std::string& text :
         {std::string(scenario_text), replaced(scenario_text, density, "passes = 3"),
          replaced(
              replaced(scenario_text, density,
                       "wound = { shape = \"core\", diameter = \"0.4 mm\", depth = \"0.7 mm\" }"),
              "geometry =", "lateral_mix = false\ngeometry ="),
          replaced(scenario_text, "spacing = \"50 um\"",
                   "spacing = { smallest = \"10 um\", largest = \"70 um\", growth = 1.2 }"),
          replaced(scenario_text, "dose = \"7 ng/mL\"", "k = \"0.1 h-1\"")}) {
        const LoadedScenario first = shelves.read(text);
        Library models;
        models.add_model("tiny", model_text);
        const LoadedScenario again =
            read_scenario(first.scenario.resolved_text, "resolved", models, {});
        CHECK(again.scenario.resolved_text == first.scenario.resolved_text);
        CHECK(again.scenario.hash == first.scenario.hash);
        REQUIRE(again.scenario.regimen.sessions.size() == 2);
        CHECK(again.scenario.regimen.sessions[1].puncture_density ==
              first.scenario.regimen.sessions[1].puncture_density);
        CHECK(again.scenario.parameters == first.scenario.parameters);
        CHECK(again.scenario.skin.layers[1].thickness == first.scenario.skin.layers[1].thickness);
    }
}

TEST_CASE("a run's identity changes with its values but not with how they are written") {
    const Shelves shelves;
    const std::string hash = shelves.read(scenario_text).scenario.hash;
    CHECK(shelves.read(replaced(scenario_text, "\"2 week\"", "\"14 day\"")).scenario.hash == hash);
    CHECK(shelves.read(scenario_text, {{"regimen.spacing", "14 d"}}).scenario.hash == hash);
    CHECK(shelves.read(scenario_text, {{"regimen.spacing", "15 d"}}).scenario.hash != hash);
}

TEST_CASE("overrides take the place of values, the last of a key wins") {
    const Shelves shelves;
    const auto s = shelves
                       .read(scenario_text, {{"regimen.spacing", "1 week"},
                                             {"regimen.spacing", "3 week"},
                                             {"regimen.sessions", "3"},
                                             {"domain.lateral_mix", "false"},
                                             {"run.until", "\"100 day\""},
                                             {"output.fields", "[]"}})
                       .scenario;
    REQUIRE(s.regimen.sessions.size() == 3);
    CHECK(s.regimen.sessions[2].time == Approx(42.0));
    CHECK_FALSE(s.domain.lateral_mix);
    CHECK(s.run.until == Approx(100.0));
    CHECK(s.output.fields.empty());
    CHECK(s.text.find("# --set regimen.sessions=3") != std::string::npos);
}

TEST_CASE("an override of one value takes the place of a table, with all its keys") {
    const Shelves shelves;
    const std::string graded =
        replaced(scenario_text, "spacing = \"50 um\"",
                 "spacing = { smallest = \"20 um\", largest = \"80 um\", growth = 1.2 }");
    const simulation::Scenario s =
        shelves.read(graded, {parse_override("domain.spacing = \"25 um\"")}).scenario;
    CHECK(s.domain.spacing.smallest == Approx(0.025));
    CHECK(s.domain.spacing.largest == Approx(0.025));
}

TEST_CASE("voxels of one size grow in the coarse layers of the skin alone") {
    Shelves shelves;
    CHECK(shelves.read(scenario_text).scenario.domain.spacing.largest == Approx(0.05));
    const std::string layers =
        "layers = [{ name = \"epidermis\", thickness = \"1 mm\", properties = { perfusion = 0 } }, "
        "{ name = \"dermis\", thickness = \"2 mm\", coarse = true, properties = { perfusion = 1 } "
        "}]";
    const tissue::Spacing grown =
        shelves.read(replaced(scenario_text, "site = \"knee\"", layers)).scenario.domain.spacing;
    CHECK(grown.smallest == Approx(0.05));
    CHECK(grown.largest == Approx(0.25));
    CHECK(grown.fine_to == Approx(1.0));
    const std::string all_coarse =
        "layers = [{ name = \"dermis\", thickness = \"2 mm\", coarse = true, properties = { "
        "perfusion = 1 } }]";
    CHECK(shelves.read(replaced(scenario_text, "site = \"knee\"", all_coarse))
              .scenario.domain.spacing.largest == Approx(0.05));
}

TEST_CASE("a wrong override is reported at --set with the nearest key") {
    const Diagnostic unknown = only_fault("Test", "Test", {{"regimen.spacin", "3 week"}});
    CHECK(unknown.at.path == "--set");
    CHECK(unknown.message.find("spacin") != std::string::npos);
    CHECK(unknown.help.find("did you mean 'spacing'") != std::string::npos);
    const Diagnostic wrong = only_fault("Test", "Test", {{"regimen.spacing", "3 mm"}});
    CHECK(wrong.at.path == "--set");
    CHECK(wrong.at.column == 19);
    CHECK_THROWS_AS(parse_override("regimen.spacing"), UsageError);
    CHECK(parse_override("a.b = 3").key == "a.b");
    CHECK(parse_override("a.b = 3").value == "3");
}

TEST_CASE("explicit sessions take what they do not say from the course") {
    const Shelves shelves;
    std::string text = replaced(scenario_text, "sessions = 2\nspacing = \"2 week\"\n", "");
    text +=
        "[[session]]\nat = \"1 day\"\n"
        "[[session]]\nat = \"10 day\"\nneedle_length = \"0.5 mm\"\n"
        "device = { hole_ratio = 0.3 }\npuncture_density = \"50 cm-2\"\n"
        "[[session]]\nat = \"20 day\"\n"
        "wound = { shape = \"punch\", diameter = \"0.2 mm\", depth = \"1 mm\" }\n";
    text = replaced(text, "geometry = \"single_channel\"", "geometry = \"patch\"");
    const auto sessions = shelves.read(text).scenario.regimen.sessions;
    REQUIRE(sessions.size() == 3);
    CHECK(sessions[0].needle_length == Approx(1.0));
    CHECK(sessions[1].needle_length == Approx(0.5));
    CHECK(sessions[1].device.hole_ratio == 0.3);
    CHECK(sessions[1].device.depth_ratio == 0.5);
    CHECK(sessions[1].puncture_density == Approx(0.5));
    CHECK(std::get<treatment::Punch>(sessions[2].wound.value()).depth == Approx(1.0));
}

TEST_CASE("passes become a density by the device") {
    const Shelves shelves;
    const auto s =
        shelves.read(replaced(scenario_text, "puncture_density = \"100 cm-2\"", "passes = 4"));
    CHECK(s.scenario.regimen.sessions[0].puncture_density == Approx(0.8));
}

TEST_CASE("a bare number for a quantity is refused with the way to write it") {
    const Diagnostic fault = only_fault("needle_length = \"1 mm\"", "needle_length = 1.5");
    CHECK(fault.at.path == "test.toml");
    CHECK(fault.at.line == 8);
    CHECK(fault.at.column == 17);
    CHECK(fault.message == "'needle_length' is a length and needs a unit, but 1.5 has none");
    CHECK(fault.help == "write it with its unit, such as needle_length = \"1.5 mm\"");
}

TEST_CASE("a wrong dimension names both units") {
    const Diagnostic fault = only_fault("\"2 week\"", "\"2 mm\"");
    CHECK(fault.at.line == 11);
    CHECK(fault.message.find("a time [d]") != std::string::npos);
    CHECK(fault.message.find("'mm', which is a length") != std::string::npos);
}

TEST_CASE("a negative density is refused") {
    const Diagnostic fault = only_fault("\"100 cm-2\"", "\"-100 cm-2\"");
    CHECK(fault.at.line == 12);
    CHECK(fault.message.find("negative") != std::string::npos);
}

TEST_CASE("a channel deeper than the domain is told at the needle length, once") {
    const Diagnostic fault = only_fault("\"1 mm\"", "\"4 mm\"");
    CHECK(fault.at.line == 8);
    CHECK(fault.message.find("2 mm deep") != std::string::npos);
    CHECK(fault.help.find("domain.thickness") != std::string::npos);
}

TEST_CASE("sessions out of order are told at the later one in the text") {
    const Shelves shelves;
    std::string text = replaced(scenario_text, "sessions = 2\nspacing = \"2 week\"\n", "");
    text += "[[session]]\nat = \"9 day\"\n[[session]]\nat = \"3 day\"\n";
    const auto faults = shelves.faults(text);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].at.line == 24);
    CHECK(faults[0].message.find("not after") != std::string::npos);
}

TEST_CASE("unknown names are told with the known ones") {
    struct Case {
        const char *from, *to, *message, *help;
        int line;
    };
    for (const Case& c : std::initializer_list<Case>{
             {"\"drum\"", "\"drm\"", "unknown device 'drm'", "did you mean 'drum'", 7},
             {"\"knee\"", "\"kne\"", "unknown site 'kne'", "did you mean 'knee'", 4},
             {"\"tiny\"", "\"tinny\"", "unknown model 'tinny'", "did you mean 'tiny'", 2},
             {"[\"factor\"]", "[\"fator\"]", "unknown species 'fator'", "did you mean 'factor'",
              19},
             {"dose =", "dos =", "no parameter 'dos'", "did you mean 'dose'", 22},
             {"\"single_channel\"", "\"single\"", "unknown geometry 'single'", "single_channel",
              14},
             {"spacing = \"50", "spaceing = \"50", "unknown key 'spaceing'",
              "did you mean 'spacing'", 15},
             {"age =", "condition = \"scab\"\nage =", "unknown condition 'scab'",
              "did you mean 'scar'", 5}}) {
        const Diagnostic fault = only_fault(c.from, c.to);
        INFO(render(fault));
        CHECK(fault.at.line == c.line);
        CHECK(fault.message.find(c.message) != std::string::npos);
        CHECK(fault.help.find(c.help) != std::string::npos);
    }
}

TEST_CASE("a parameter in the wrong unit names the model's") {
    const Diagnostic fault = only_fault("\"7 ng/mL\"", "\"7 mm\"");
    CHECK(fault.at.line == 22);
    CHECK(fault.message.find("in ng/mL") != std::string::npos);
}

TEST_CASE("all faults are told in one pass") {
    const Shelves shelves;
    std::string text = scenario_text;
    text = replaced(text, "\"50 year\"", "50");
    text = replaced(text, "\"2 week\"", "\"2 mm\"");
    text = replaced(text, "\"100 cm-2\"", "\"-1 cm-2\"");
    text = replaced(text, "until", "untill");
    text = replaced(text, "dose =", "dosis =");
    std::string all;
    const auto faults = shelves.faults(text);
    std::vector<int> lines;
    for (const Diagnostic& fault : faults) {
        all += render(fault) + "\n";
        lines.push_back(fault.at.line);
    }
    INFO(all);
    for (const int line : {5, 11, 12, 16, 17, 22})
        CHECK(std::count(lines.begin(), lines.end(), line) == 1);
    CHECK(faults.size() == 6);  // line 16: 'until' is missing in [run]; line 17: 'untill'
}

TEST_CASE("missing keys are told with an example") {
    for (const auto& [line, key] : std::initializer_list<std::pair<const char*, const char*>>{
             {"needle_length = \"1 mm\"\n", "needle_length"},
             {"spacing = \"2 week\"\n", "spacing"},
             {"puncture_density = \"100 cm-2\"\n", "puncture density"},
             {"geometry = \"single_channel\"\n", "geometry"},
             {"title = \"Test\"\n", "title"},
             {"model = \"tiny\"\n", "model"}}) {
        const Shelves shelves;
        std::string text = replaced(scenario_text, line, "");
        if (std::string(key) == "model")
            text = replaced(text, "[parameters]\ndose = \"7 ng/mL\"\n", "");
        const auto faults = shelves.faults(text);
        INFO(line);
        REQUIRE(faults.size() == 1);
        CHECK(faults[0].message.find(key) != std::string::npos);
        CHECK_FALSE(faults[0].help.empty());
    }
}

TEST_CASE("faults of the files a scenario names are told in those files") {
    const Shelves shelves;
    const std::string path = shelves.folder.write(
        "models/devices/drum.toml", replaced(device_text, "depth_ratio = 0.5", "depth_ratio = 2"));
    const auto faults = shelves.faults(scenario_text);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].at.path == path);
    CHECK(faults[0].at.line == 5);
}

TEST_CASE("files that are no scenario are refused") {
    const TemporaryFolder folder;
    const Library none;
    CHECK_THROWS_AS(read_scenario_file(folder.path.string(), none), InputError);
    CHECK_THROWS_AS(read_scenario_file(folder.file("absent.toml"), none), IoError);
    CHECK_THROWS_AS(read_scenario_file(folder.write("empty.toml", ""), none), InputError);
    const std::string binary("\x89HDF\r\n\x1a\n\0\xff\xfe", 11);
    CHECK_THROWS_AS(read_scenario_file(folder.write("binary.toml", binary), none), InputError);
}

TEST_CASE("a model may be named by the path of its file") {
    const Shelves shelves;
    const std::string path = shelves.folder.write("mine/other.toml", model_text);
    shelves.folder.write("scenario.toml",
                         replaced(scenario_text, "\"tiny\"", "\"mine/other.toml\""));
    const LoadedScenario loaded =
        read_scenario_file(shelves.folder.file("scenario.toml"), Library{});
    CHECK(loaded.scenario.model_name == "other");
    CHECK(loaded.files[1].path == path);
}

TEST_CASE("the first folder of a library wins, and names are listed once") {
    const TemporaryFolder folder;
    folder.write("a/devices/pen.toml", "a");
    folder.write("b/devices/pen.toml", "b");
    folder.write("b/devices/roller.toml", "b");
    Library library({folder.file("b")});
    library.add_first(folder.file("a"));
    CHECK(library.find(LibraryPart::devices, "pen").text == "a");
    CHECK(library.names(LibraryPart::devices) == std::vector<std::string>{"pen", "roller"});
    CHECK_FALSE(library.has(LibraryPart::devices, "../devices/pen"));
}
