#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include <neocol/io/device_reader.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/io/skin_reader.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/study/cohort.hpp>
#include <neocol/study/cohort_compare.hpp>
#include <neocol/study/parameter_draws.hpp>
#include <neocol/study/slurm.hpp>
#include <neocol/study/study_file.hpp>

#include "readers.hpp"

namespace neocol::fuzz {

namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(NEOCOL_SOURCE_DIR "/" + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Models, devices and sites as they are shipped, and two small models.
const io::Library& library() {
    static const io::Library known = [] {
        io::Library all({NEOCOL_SOURCE_DIR "/models"});
        for (const char* name : {"tiny", "toy"})
            all.add_model(name, text_of(std::string("tests/models/") + name + ".toml"));
        // The first with the layers of shipped sites, in place of the large model.
        std::string layered = text_of("tests/models/tiny.toml");
        const std::string two = "\"epidermis\", \"dermis\"";
        layered.replace(layered.find(two), two.size(),
                        "\"epidermis\", \"papillary_dermis\", \"reticular_dermis\", \"subcutis\"");
        all.add_model("layered", std::move(layered));
        return all;
    }();
    return known;
}

/// Leading lines `--set KEY=VALUE` of an input, taken off.
std::vector<io::Override> take_overrides(std::string_view& input) {
    constexpr std::string_view start = "--set ";
    std::vector<io::Override> list;
    while (input.starts_with(start) && list.size() < 5) {
        const std::size_t end = std::min(input.find('\n'), input.size());
        list.push_back(
            io::parse_override(std::string(input.substr(start.size(), end - start.size()))));
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    return list;
}

/// What was parsed is kept: a new system now and then.
const UnitSystem& units() {
    static std::unique_ptr<UnitSystem> known;
    static int n_inputs = 0;
    if (n_inputs++ % 20'000 == 0) known = std::make_unique<UnitSystem>();
    return *known;
}

}  // namespace

void read_scenario(std::string_view input) {
    accepted([&] {
        const std::vector<io::Override> overrides = take_overrides(input);
        const io::LoadedScenario loaded =
            io::read_scenario(std::string(input), folder() + "/s.toml", library(), overrides);
        for (const Diagnostic& warning : loaded.warnings)
            check_message(render(warning));
        require(!loaded.scenario.resolved_text.empty(), "a scenario is resolved");
    });
}

void read_device(std::string_view input) {
    accepted([&] { io::read_device(std::string(input), "d.toml", "d", units()); });
}

void read_skin(std::string_view input) {
    accepted([&] {
        const io::SiteFile site = io::read_site(std::string(input), "k.toml", "k", units());
        for (const std::string& name : site.condition_names())
            site.in_condition(name);
    });
}

void read_cohort(std::string_view input) {
    accepted([&] {
        const study::Cohort cohort = study::read_cohort(std::string(input), "c.toml");
        for (const study::Person& person : study::draw_persons(cohort, 3, 1))
            study::person_overrides(cohort, person);
    });
}

void read_cluster(std::string_view input) {
    const std::string path = put("cluster.toml", input);
    accepted([&] {
        const study::Cluster cluster = study::read_cluster(path);
        study::make_batch_submission(cluster, 1000, 10.0, 1001, {"neocol"}, folder() + "/slurm");
    });
}

void read_study_file(std::string_view input) {
    static const std::string base = put("base.toml", text_of("tests/fuzz/base.toml"));
    const std::string path = put("study.toml", input);
    accepted([&] {
        const study::Study study = study::read_study(path, library());
        if (study.samples > 10'000) return;  // points of a sampled design, of any number of columns
        const study::CaseSource source(study);
        std::vector<std::string> cells;
        for (const std::size_t i : {std::size_t{0}, source.size() / 2, source.size() - 1})
            if (i < source.size()) source.row(i, cells);
    });
}

constexpr const char* driven_model = R"(
[model]
name = "driven"
title = "What an input drives"
stationary = false
balance = "none"
[input.drive]
value = "2 d-1"
meaning = "of the table"
[species.u]
unit = "1"
scale = 1
meaning = "what is driven"
[process.growth]
rate = "drive"
changes = { u = 1 }
meaning = "growth"
)";
constexpr const char* driven_scenario = R"(
title = "Driven"
model = "driven.toml"
[domain]
geometry = "well_mixed"
[run]
until = "1 day"
[inputs.drive]
table = "input.csv"
unit = "d-1"
time_unit = "h"
depth_unit = "um"
outside = "hold"
)";

void read_table(std::string_view input) {
    static const model::Model model = model::parse_model(text_of("tests/models/toy.toml"), "toy");
    accepted([&] { study::draw_sample(std::string(input), "sample.csv", model, 5, 1); });
    std::filesystem::create_directories(folder() + "/toy");
    put("toy/closure.csv", input);
    accepted([&] { study::find_closure_errors(io::Library({folder()}), "toy"); });
    put("toy/driven.toml", driven_model);
    put("toy/input.csv", input);
    accepted([&] {
        io::read_scenario(driven_scenario, folder() + "/toy/driven_scenario.toml", library());
    });
}

}  // namespace neocol::fuzz
