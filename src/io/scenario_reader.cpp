#include <neocol/io/scenario_reader.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <neocol/core/hash.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/result_reader.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/model/restrict.hpp>
#include <neocol/simulation/limits.hpp>
#include <neocol/simulation/validate.hpp>
#include <neocol/simulation/warnings.hpp>

#include "overrides.hpp"
#include "scenario_keys.hpp"
#include "scenario_parts.hpp"

namespace neocol::io {

namespace fs = std::filesystem;
using namespace detail;

namespace {

/// True if a model is called by the path of its file.
bool is_path(const std::string& name) {
    return name.find('/') != std::string::npos || name.ends_with(".toml");
}

/// The model that is solved: the whole one, or what is left of it.
model::Model& without_left_out(FileCache& cache, model::Model& whole, const NamedText& file) {
    const auto left_out = cache.left_out.find(whole.hash);
    if (left_out == cache.left_out.end() || left_out->second.empty()) return whole;
    const auto found = cache.restricted.find(whole.hash);
    if (found != cache.restricted.end()) return found->second;
    return cache.restricted
        .emplace(whole.hash, model::parse_without(file.text, file.path, left_out->second))
        .first->second;
}

/// The model a scenario names; faults are collected, null is returned if there are any.
model::Model* read_model(ScenarioDraft& draft, const TableReader& root) {
    const DocumentNode entry = root.at("model");
    const auto name = root.text("model");
    if (!name) return nullptr;
    try {
        NamedText file;
        if (is_path(*name))
            file = read_model_file(draft.relative(*name), draft.library);
        else
            file = draft.library.find(LibraryPart::models, *name);
        draft.scenario.model_name = fs::path(*name).stem().string();
        draft.files.push_back(file);
        model::Model& whole = draft.cache.models.get(file, [](const NamedText& given) {
            return model::parse_model(given.text, given.path);
        });
        return &without_left_out(draft.cache, whole, file);
    } catch (const IoError& error) {
        // A file that is there and cannot be read is no fault of the scenario.
        if (files::kind_of(error.path) == files::Kind::regular) throw;
        draft.values.add(entry.fault(error.what()));
    } catch (const InputError& error) {
        add_faults_of_file(draft.values, entry, error);
    }
    return nullptr;
}

/// Where a key path of simulation::validate stands: the key itself, or the nearest table above it.
DocumentNode place_of(const ScenarioDraft& draft, const DocumentNode& root, std::string key) {
    while (!key.empty()) {
        const auto found = draft.places.find(key);
        if (found != draft.places.end() && found->second) return found->second;
        const std::size_t dot = key.rfind('.');
        key.resize(dot == std::string::npos ? 0 : dot);
    }
    return root;
}

/// Adds what simulation::validate finds. Faults of the same kind at the same place are one.
void add_validation(ScenarioDraft& draft, const DocumentNode& root, const model::Model& model,
                    Diagnostics& faults) {
    std::set<std::tuple<std::string, int, int>> known;
    for (const Diagnostic& fault : faults.list())
        known.emplace(fault.at.path, fault.at.line, fault.at.column);
    std::vector<simulation::Fault> of_scenario = simulation::validate(draft.scenario, model);
    // What a run would take means something only where nothing else is wrong.
    if (of_scenario.empty() && faults.empty())
        simulation::check_limits(draft.scenario, model, of_scenario);
    for (const simulation::Fault& fault : of_scenario) {
        if (draft.skin_is_faulty && fault.key.starts_with("skin")) continue;
        const DocumentNode place = place_of(draft, root, fault.key);
        Diagnostic diagnostic = place.is_table() ? place.fault_at_key(fault.message, fault.help)
                                                 : place.fault(fault.message, fault.help);
        const SourcePosition& at = diagnostic.at;
        const bool is_new = known.emplace(at.path, at.line, at.column).second;
        // Tables collect faults of several kinds; a value has one fault at a time.
        if (is_new || place.is_table()) faults.add(std::move(diagnostic));
    }
}

/// What is doubtful and not refused, with its place.
void add_warnings(ScenarioDraft& draft, const DocumentNode& root, const model::Model& model) {
    for (const simulation::Fault& warning : simulation::warnings(draft.scenario, model)) {
        const DocumentNode place = place_of(draft, root, warning.key);
        draft.warnings.push_back(place.is_table()
                                     ? place.fault_at_key(warning.message, warning.help)
                                     : place.fault(warning.message, warning.help));
    }
}

std::string with_overrides(const std::string& text, const std::vector<Override>& overrides) {
    std::string all = text;
    if (!overrides.empty() && !all.ends_with('\n')) all += '\n';
    for (const Override& given : overrides)
        all += fmt::format("# --set {}={}\n", given.key, given.value);
    return all;
}

/// Of values that were recorded several times the last one, where the first one stood.
void settle(std::vector<ReadValue>& resolved) {
    std::map<std::string, std::size_t, std::less<>> places;
    std::vector<ReadValue> settled;
    for (ReadValue& value : resolved) {
        const auto [place, is_new] = places.emplace(value.key, settled.size());
        if (is_new)
            settled.push_back(std::move(value));
        else
            settled[place->second] = std::move(value);
    }
    resolved = std::move(settled);
}

/// Digest of all that decides what a run computes: not where the fields stand that it begins with,
/// but what they are.
std::string identity(simulation::Scenario& scenario, const model::Model& model) {
    std::string text = scenario.resolved_text;
    if (scenario.initial) {
        const std::string file = std::exchange(scenario.initial->file, {});
        text = canonical_text(scenario, model);
        scenario.initial->file = file;
    }
    return sha256_hex(text + '\0' + model.hash).substr(0, 24);
}

struct Read {
    simulation::Scenario scenario;
    model::Model* model;  ///< in `cache`
    std::vector<NamedText> files;
    std::vector<Diagnostic> warnings;
};

/// An override, parsed once for all scenarios that share it.
Document parsed_override(FileCache& cache, const Override& given) {
    constexpr std::size_t most_kept = 10'000;
    if (cache.overrides.size() >= most_kept) cache.overrides.clear();
    const std::pair key{given.key, given.value};
    const auto known = cache.overrides.find(key);
    if (known != cache.overrides.end()) return known->second;
    return cache.overrides.emplace(key, override_document(given)).first->second;
}

/// Reads a scenario; its model, site and devices are parsed only if `cache` does not have them.
Read read_with(FileCache& cache, const UnitSystem& units, const Document& text,
               const Library& library, const std::vector<Override>& overrides) {
    simulation::Scenario scenario;
    std::vector<NamedText> files{{text.path(), text.text()}};
    scenario.text = with_overrides(text.text(), overrides);
    Diagnostics faults;

    std::vector<Document> changes;
    for (const Override& change : overrides)
        changes.push_back(parsed_override(cache, change));
    const Document document = overlaid(text, changes, faults);
    const DocumentNode top = document.root();

    ScenarioDraft draft{library,
                        cache,
                        fs::path(text.path()).parent_path().string(),
                        ValueReader(units, faults, &scenario.resolved, "scenario"),
                        scenario,
                        files,
                        {}};
    const TableReader root(top, scenario_table, draft.values);
    scenario.title = root.text("title", "");
    scenario.question = root.text("question", "");
    scenario.run_time = root.text("run_time", "");

    model::Model* known = read_model(draft, root);
    const std::size_t faults_before_skin = faults.list().size();
    read_skin(draft, root, known);
    draft.skin_is_faulty = faults.list().size() > faults_before_skin;
    read_regimen(draft, root);
    read_domain(draft, root);
    read_run(draft, root);
    read_output(draft, root, known);
    // These may use the units the model declares.
    const ValueReader of_model(known != nullptr ? known->units : units, faults, &scenario.resolved,
                               "scenario");
    read_treatment(draft, of_model, root.at("treatment"), known);
    read_parameters(draft, of_model, root.at("parameters"), known);
    read_inputs(draft, of_model, root.at("inputs"), known);
    if (known != nullptr) read_law_of_sessions(draft, top, *known);
    if (known != nullptr) add_validation(draft, top, *known, faults);
    check_keys(top, scenario_table, faults);
    if (known != nullptr && faults.empty()) read_initial(draft, root, *known);
    faults.throw_if_any();
    add_warnings(draft, top, *known);

    settle(scenario.resolved);
    scenario.resolved_text = canonical_text(scenario, *known);
    scenario.hash = identity(scenario, *known);
    return {std::move(scenario), known, std::move(files), std::move(draft.warnings)};
}

}  // namespace

constinit const Table scenario_table{.meaning = "One run: skin, device, course, domain",
                                     .keys = detail::scenario_keys};

std::vector<std::string> paths_read(const LoadedScenario& loaded) {
    std::vector<std::string> paths;
    for (const NamedText& file : loaded.files)
        paths.push_back(file.path);
    if (loaded.scenario.initial) paths.push_back(loaded.scenario.initial->file);
    return paths;
}

LoadedScenario read_scenario(std::string text, const std::string& path, const Library& library,
                             const std::vector<Override>& overrides) {
    FileCache cache;
    const UnitSystem units;
    const Document document = Document::parse(std::move(text), path);
    Read read = read_with(cache, units, document, library, overrides);
    return {std::move(read.scenario), std::move(*read.model), std::move(read.files),
            std::move(read.warnings), overrides};
}

struct ScenarioFamily::Implementation {
    std::string text, path;
    Library library;
    UnitSystem units;
    FileCache cache;
    std::optional<Document> document;  ///< of the text, once it is needed
};

ScenarioFamily::ScenarioFamily(std::string text, std::string path, Library library)
    : implementation_(std::make_unique<Implementation>()) {
    implementation_->text = std::move(text);
    implementation_->path = std::move(path);
    implementation_->library = std::move(library);
}
ScenarioFamily::~ScenarioFamily() = default;
ScenarioFamily::ScenarioFamily(ScenarioFamily&&) noexcept = default;
ScenarioFamily& ScenarioFamily::operator=(ScenarioFamily&&) noexcept = default;

ScenarioFamily::Member ScenarioFamily::read(const std::vector<Override>& overrides) {
    Implementation& self = *implementation_;
    if (!self.document) self.document = Document::parse(self.text, self.path);
    Read read = read_with(self.cache, self.units, *self.document, self.library, overrides);
    return {std::move(read.scenario), read.model, std::move(read.files)};
}

void ScenarioFamily::leave_out(const std::string& model_hash, std::vector<std::string> species) {
    implementation_->cache.left_out[model_hash] = std::move(species);
}

LoadedScenario read_scenario_file(const std::string& path, const Library& library,
                                  const std::vector<Override>& overrides) {
    return read_scenario(read_text_file(path), path, with_models_beside(path, library), overrides);
}

LoadedScenario read_scenario_of_result(const std::string& result_path,
                                       const std::vector<Override>& overrides,
                                       const Library& library) {
    const StoredResult result = read_result(result_path);
    const std::string path = result_path + ":/provenance/resolved";
    const Document document = Document::parse(result.provenance.resolved, path);
    const DocumentNode name = document.root().get("model");
    Library with_model = library;
    with_model.add_model(name.is_string() ? name.string() : result.model,
                         result.provenance.model_text);
    Repeated repeated = repeat_with(result.provenance.resolved, overrides);
    return read_scenario(std::move(repeated.text), path, with_model, repeated.overrides);
}

}  // namespace neocol::io
