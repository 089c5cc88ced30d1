#include <neocol/io/scenario_reader.hpp>

#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include <neocol/core/hash.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/result_reader.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/simulation/doubts.hpp>
#include <neocol/simulation/limits.hpp>

#include "overrides.hpp"
#include "scenario_parts.hpp"

namespace neocol::io {

namespace fs = std::filesystem;
using namespace detail;

namespace {

/// True if a model is called by the path of its file.
bool is_path(const std::string& name) {
    return name.find('/') != std::string::npos || name.ends_with(".toml");
}

/// The model a scenario names; faults are collected, null is returned if there are any.
model::Model* read_model(Pass& pass, const Entry& root) {
    const Entry entry = root.get("model");
    if (!entry) {
        pass.values.missing(root, "model", "such as model = \"microneedling\"");
        return nullptr;
    }
    const auto name = pass.values.text(entry);
    if (!name) return nullptr;
    try {
        NamedText file;
        if (is_path(*name)) {
            file.path = pass.relative(*name);
            file.text = read_text_file(file.path);
        } else {
            file = pass.library.find(Shelf::models, *name);
        }
        pass.scenario.model_name = fs::path(*name).stem().string();
        pass.files.push_back(file);
        return &pass.kept.models.get(file, [](const NamedText& given) {
            return model::parse_model(given.text, given.path);
        });
    } catch (const IoError& error) {
        // A file that is there and cannot be read is no fault of the scenario.
        if (files::kind_of(error.path) == files::Kind::regular) throw;
        pass.values.add(entry.fault(error.what()));
    } catch (const InputError& error) {
        const Diagnostic first = first_fault(error);
        if (first.at.path.empty()) {
            pass.values.add(entry.fault(first.message, first.help));
        } else {
            for (const Diagnostic& fault : error.diagnostics)
                pass.values.add(fault);
        }
    }
    return nullptr;
}

/// Where a key path of simulation::validate stands: the key itself, or the nearest table above it.
Entry place_of(const Pass& pass, const Entry& root, std::string key) {
    while (!key.empty()) {
        const auto found = pass.places.find(key);
        if (found != pass.places.end() && found->second) return found->second;
        const std::size_t dot = key.rfind('.');
        key.resize(dot == std::string::npos ? 0 : dot);
    }
    return root;
}

/// Adds what simulation::validate finds. Faults of the same kind at the same place are one.
void add_validation(Pass& pass, const Entry& root, const model::Model& model, Diagnostics& faults) {
    std::set<std::tuple<std::string, int, int>> known;
    for (const Diagnostic& fault : faults.list()) {
        known.emplace(fault.at.path, fault.at.line, fault.at.column);
    }
    std::vector<simulation::Fault> found = simulation::validate(pass.scenario, model);
    // What a run would take means something only where nothing else is wrong.
    if (found.empty() && faults.empty()) simulation::check_limits(pass.scenario, model, found);
    for (const simulation::Fault& fault : found) {
        if (pass.skin_is_faulty && fault.key.starts_with("skin")) continue;
        const Entry place = place_of(pass, root, fault.key);
        Diagnostic diagnostic = place.is_table() ? place.fault_at_key(fault.message, fault.help)
                                                 : place.fault(fault.message, fault.help);
        const SourcePosition& at = diagnostic.at;
        const bool is_new = known.emplace(at.path, at.line, at.column).second;
        // Tables collect faults of several kinds; a value has one fault at a time.
        if (is_new || place.is_table()) faults.add(std::move(diagnostic));
    }
}

/// What is doubtful and not refused, with its place.
void add_doubts(Pass& pass, const Entry& root, const model::Model& model) {
    for (const simulation::Fault& doubt : simulation::doubts(pass.scenario, model)) {
        const Entry place = place_of(pass, root, doubt.key);
        pass.warnings.push_back(place.is_table() ? place.fault_at_key(doubt.message, doubt.help)
                                                 : place.fault(doubt.message, doubt.help));
    }
}

std::string with_overrides(const std::string& text, const std::vector<Override>& overrides) {
    std::string all = text;
    if (!overrides.empty() && !all.ends_with('\n')) all += '\n';
    for (const Override& given : overrides) {
        all += fmt::format("# --set {}={}\n", given.key, given.value);
    }
    return all;
}

struct Read {
    simulation::Scenario scenario;
    model::Model* model;  ///< in `kept`
    std::vector<NamedText> files;
    std::vector<Diagnostic> warnings;
};

/// Reads a scenario; its model, site and devices are parsed only if `kept` does not have them.
Read read_with(KeptFiles& kept, const UnitSystem& units, std::string text, const std::string& path,
               const Library& library, const std::vector<Override>& overrides) {
    simulation::Scenario scenario;
    std::vector<NamedText> files{{path, text}};
    scenario.text = with_overrides(text, overrides);
    Diagnostics faults;

    std::vector<Document> documents;
    for (auto one = overrides.rbegin(); one != overrides.rend(); ++one) {
        documents.push_back(override_document(*one));
    }
    Document given = Document::parse(std::move(text), path);
    documents = check_lists(std::move(documents), given, faults);
    given = Document::parse(given.text(), path);  // forgets what the check has asked for
    documents.push_back(std::move(given));
    std::vector<DocumentNode> roots;
    for (const Document& document : documents)
        roots.push_back(document.root());
    const Entry root(std::move(roots));

    Pass pass{library,
              kept,
              fs::path(path).parent_path().string(),
              Values(units, faults, &scenario.resolved, "scenario"),
              scenario,
              files,
              {}};
    if (!root.get("title")) pass.values.missing(root, "title", "say in a line what the run is");
    scenario.title = pass.values.text(root.get("title")).value_or("");
    scenario.question = pass.values.text(root.get("question")).value_or("");
    scenario.run_time = pass.values.text(root.get("run_time")).value_or("");

    model::Model* known = read_model(pass, root);
    const std::size_t faults_before_skin = faults.list().size();
    read_skin(pass, root, known);
    pass.skin_is_faulty = faults.list().size() > faults_before_skin;
    read_regimen(pass, root);
    read_domain(pass, root);
    read_run(pass, root);
    read_output(pass, root, known);
    // Overrides of parameters may use the units the model declares.
    Pass with_model_units{
        library,
        kept,
        pass.folder,
        Values(known != nullptr ? known->units : units, faults, &scenario.resolved, "scenario"),
        scenario,
        files,
        {}};
    read_parameters(with_model_units, root, known);
    if (known != nullptr) add_validation(pass, root, *known, faults);
    for (const Document& document : documents)
        document.report_unknown(faults);
    faults.throw_if_any();
    add_doubts(pass, root, *known);
    std::move(pass.warnings.begin(), pass.warnings.end(),
              std::back_inserter(with_model_units.warnings));

    settle(scenario.resolved);
    scenario.resolved_text = canonical_text(scenario, *known);
    scenario.hash = sha256_hex(scenario.resolved_text + '\0' + known->hash).substr(0, 24);
    return {std::move(scenario), known, std::move(files), std::move(with_model_units.warnings)};
}

}  // namespace

LoadedScenario read_scenario(std::string text, const std::string& path, const Library& library,
                             const std::vector<Override>& overrides) {
    KeptFiles kept;
    const UnitSystem units;
    Read read = read_with(kept, units, std::move(text), path, library, overrides);
    return {std::move(read.scenario), std::move(*read.model), std::move(read.files),
            std::move(read.warnings)};
}

struct ScenarioFamily::Implementation {
    std::string text, path;
    Library library;
    UnitSystem units;
    KeptFiles kept;
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
    Read read = read_with(self.kept, self.units, self.text, self.path, self.library, overrides);
    return {std::move(read.scenario), read.model, std::move(read.files)};
}

LoadedScenario read_scenario_file(const std::string& path, const Library& library,
                                  const std::vector<Override>& overrides) {
    Library all = library;
    const fs::path models = fs::path(path).parent_path() / "models";
    if (files::kind_of(models.string()) == files::Kind::folder) all.add_first(models.string());
    return read_scenario(read_text_file(path), path, all, overrides);
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
