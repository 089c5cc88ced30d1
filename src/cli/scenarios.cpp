#include "scenarios.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/document.hpp>
#include <neocol/files/files.hpp>
#include <neocol/simulation/estimate.hpp>

#include "models.hpp"
#include "streams.hpp"

namespace neocol::cli {

void add_scenario_options(CLI::App& app, ScenarioArguments& arguments) {
    CLI::Option* file = app.add_option(
        "scenario", arguments.file, "scenario file, or the name of one of 'neocol list scenarios'");
    app.add_option("--from", arguments.from, "repeat the scenario stored in this result")
        ->excludes(file);
    app.add_option("--set", arguments.set, "key=value in place of the scenario's, repeatable")
        ->allow_extra_args(false);
}

std::string scenario_path(const std::string& given, const Invocation& invocation) {
    const bool is_name =
        given.find('/') == std::string::npos && given.find('.') == std::string::npos;
    if (!is_name || files::kind_of(given) != files::Kind::absent) return given;
    if (files::kind_of(given + ".toml") != files::Kind::absent)
        throw InputError(
            fmt::format("there is a file {0}.toml here, and '{0}' would be the scenario "
                        "that comes with neocol",
                        given),
            fmt::format("write {}.toml, or call the file another name", given));
    return library(invocation).find(io::LibraryPart::scenarios, given).path;
}

void refuse_no_file(const std::string& scenario) {
    const files::Kind there = files::kind_of(scenario);
    if (there == files::Kind::special) {
        throw InputError(scenario + ": is no regular file (a device or a pipe)",
                         "copy it into a file first");
    }
    if (there != files::Kind::absent) return;
    throw InputError(scenario + ": no such file",
                     "'neocol list scenarios' names those that come with neocol");
}

std::vector<io::Override> parse_overrides(const std::vector<std::string>& set) {
    std::vector<io::Override> overrides;
    for (const std::string& text : set)
        overrides.push_back(io::parse_override(text));
    return overrides;
}

namespace {

io::LoadedScenario read(const ScenarioArguments& arguments, const Invocation& invocation) {
    if (arguments.file.empty() && arguments.from.empty())
        throw UsageError("no scenario given: name one, or a file, or --from a result");
    const std::vector<io::Override> overrides = parse_overrides(arguments.set);
    if (!arguments.from.empty())
        return io::read_scenario_of_result(arguments.from, overrides, library(invocation));
    const std::string path = scenario_path(arguments.file, invocation);
    refuse_no_file(path);
    return io::read_scenario_file(path, library(invocation), overrides);
}

}  // namespace

io::LoadedScenario load_scenario(const ScenarioArguments& arguments, const Invocation& invocation) {
    io::LoadedScenario loaded = read(arguments, invocation);
    for (const Diagnostic& warning : loaded.warnings)
        note("{}\n", render(warning, "warning"));
    return loaded;
}

namespace {

std::string size_text(double bytes) {
    return bytes >= 1e9 ? fmt::format("{:.3g} GB", bytes / 1e9)
                        : fmt::format("{:.3g} MB", bytes / 1e6);
}

}  // namespace

std::string needs_text(const io::LoadedScenario& loaded, const tissue::Grid& grid,
                       const simulation::Estimate& estimate) {
    const simulation::OutputOptions& output = loaded.scenario.output;
    return fmt::format(
        "{} voxels ({} x {} x {}), {} unknowns\n"
        "about {} of memory; about {:.2g} steps, {:.3g} s on one thread\n"
        "about {:.0f} records of {} observables and {} of {} fields: a result of up to {}\n"
        "the model: {} species, {} processes, {} operations to compile\n",
        estimate.voxels, grid.nx(), grid.ny(), grid.nz(), estimate.unknowns,
        size_text(estimate.bytes), estimate.steps, estimate.seconds, estimate.records,
        loaded.model.observables.size(), output.field_times.size(), output.fields.size(),
        size_text(estimate.record_bytes + estimate.field_bytes), loaded.model.species.size(),
        loaded.model.processes.size(), loaded.model.graph.size());
}

void check_memory(const simulation::Estimate& estimate, const io::LoadedScenario& loaded,
                  const Invocation& invocation) {
    if (estimate.bytes <= invocation.memory_bytes) return;
    const io::NamedText& file = loaded.files.front();
    const Document document = Document::parse(file.text, file.path);
    const DocumentNode domain = document.root().get("domain");
    const DocumentNode spacing = domain.get("spacing");
    throw InputError({(spacing ? spacing : domain)
                          .fault(fmt::format("the grid of {} voxels needs {}, but this machine "
                                             "has {}",
                                             estimate.voxels, size_text(estimate.bytes),
                                             size_text(invocation.memory_bytes)),
                                 "choose a coarser domain.spacing, or a smaller domain.width or "
                                 "thickness")});
}

io::StoredResult read_as_asked(const std::string& path, bool as_is) {
    if (as_is) {
        io::StoredResult result = io::read_result(path, io::hdf5::Trust::any);
        if (!result.is_sealed) {
            note(
                "warning: {}: is not as neocol wrote it (its digest is missing or does not "
                "match): what follows may be wrong\n",
                path);
        }
        for (const std::string& damage : result.damage)
            note("warning: not read: {}\n", damage);
        return result;
    }
    try {
        return io::read_result(path, io::hdf5::Trust::written);
    } catch (const IoError& error) {
        const std::string text = error.what();
        if (text.find("is not as neocol wrote it") == std::string::npos) throw;
        throw IoError("", text + "\n--as-is reads it nevertheless");
    }
}

}  // namespace neocol::cli
