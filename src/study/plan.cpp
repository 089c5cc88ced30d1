#include <neocol/study/plan.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/core/version.hpp>
#include <neocol/files/files.hpp>

#include "plan_parts.hpp"

namespace neocol::study {
namespace detail {
namespace {

constexpr int format_version = 4;

/// Of a plan that is read: whoever computed its digest, states of all cases fit into memory.
constexpr std::uint64_t most_cases = 100'000'000;

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + toml_string(name);
    return '[' + text + ']';
}

std::vector<std::string> names(const DocumentNode& node) {
    std::vector<std::string> list;
    for (const DocumentNode& element : node.elements())
        list.push_back(element.is_string() ? element.string() : std::string());  // no name: refused
    return list;
}

}  // namespace

void write_plan_text(const Plan& plan) {
    std::string text = fmt::format(
        "# Written by neocol {}; study.toml is what the user wrote.\n"
        "format_version = {}\nid = \"{}\"\ntitle = {}\nquestion = {}\nmodel = {}\n"
        "base_hash = \"{}\"\n"
        "design = \"{}\"\nsamples = {}\nearlier_samples = [{}]\nreplicates = {}\nisa = "
        "\"{}\"\ninterpreter = "
        "{}\nevery_days = {}\ncase_time_limit_seconds = {}\n"
        "n_cases = {}\nobservables = {}\noutcomes = {}\n",
        version(), format_version, plan.id, toml_string(plan.title), toml_string(plan.question),
        toml_string(plan.model), plan.base_hash, plan.design, plan.samples,
        fmt::join(plan.earlier_samples, ", "), plan.replicates, plan.isa, plan.interpreter,
        plan.every.days(), plan.case_time_limit, plan.n_cases, list(plan.observables),
        list(plan.outcomes));
    for (const Restriction& restriction : plan.restrictions) {
        text += fmt::format(
            "\n[[solved]]\nmodel = {}\nhash = \"{}\"\nn_species = {}\nn_solved = {}\n"
            "left_out = {}\n",
            toml_string(restriction.model), restriction.model_hash, restriction.n_species,
            restriction.n_solved, list(restriction.left_out));
    }
    for (const io::Override& setting : plan.set) {
        text += fmt::format("\n[[set]]\nkey = {}\nvalue = {}\n", toml_string(setting.key),
                            toml_string(setting.value));
    }
    for (const Column& column : plan.columns) {
        text +=
            fmt::format("\n[[column]]\nname = {}\nkey = {}\nunit = {}\n", toml_string(column.name),
                        toml_string(column.key), toml_string(column.unit));
    }
    for (const Seal& seal : plan.seals) {
        text += fmt::format("\n[[file]]\nname = {}\nbytes = {}\nsha256 = \"{}\"\n",
                            toml_string(seal.name), seal.bytes, seal.sha256);
    }
    files::write(plan.file("plan.toml"), files::sealed("plan", text));
}

std::string manifest_units(const Plan& plan) {
    std::string units = "column,unit,key\nrun,1,\nid,,\nreplicate,1,\nseed,1,run.seed\n";
    for (const Column& column : plan.columns) {
        units += fmt::format("{},{},{}\n", csv_cell(column.name), csv_cell(column.unit),
                             csv_cell(column.key));
    }
    return units;
}

void set_seal(Plan& plan, Seal seal) {
    const auto found =
        std::find_if(plan.seals.begin(), plan.seals.end(),
                     [&](const Seal& candidate) { return candidate.name == seal.name; });
    if (found == plan.seals.end())
        plan.seals.push_back(std::move(seal));
    else
        *found = std::move(seal);
}

const Seal& seal_named(const Plan& plan, const std::string& name) {
    for (const Seal& seal : plan.seals)
        if (seal.name == name) return seal;
    throw IoError(plan.file("plan.toml"), fmt::format("has no digest of {}", name));
}

std::vector<io::Override> shared_overrides(const Study& study) {
    std::vector<io::Override> list = study.set;
    list.push_back({"output.fields", "[]"});
    list.push_back({"output.field_times", "[]"});
    list.push_back({"output.just_after_sessions", "false"});
    list.push_back({"output.times", "common"});
    if (study.every) list.push_back({"output.every", study.every->text()});
    return list;
}

}  // namespace detail

std::string Plan::read(const std::string& name) const {
    const Seal& seal = detail::seal_named(*this, name);
    std::string bytes = files::read(file(name));
    check_seal(seal, bytes, file(name));
    return bytes;
}

std::string Plan::study_text() const {
    const std::string path = file("study.toml");
    return files::unsealed("study", files::read(path), path);
}

Manifest Plan::manifest() const {
    return {file("manifest.csv"), detail::seal_named(*this, "manifest.csv")};
}

void Plan::check_inputs() const {
    for (const Seal& seal : seals)
        if (seal.name.starts_with("inputs/")) read(seal.name);
}

Plan open_plan(const std::string& folder) {
    const std::string path = folder + "/plan.toml";
    if (files::kind_of(path) == files::Kind::absent)
        throw IoError(folder, "is no plan of a study; 'neocol study plan STUDY.toml' makes one");
    const std::string bytes = files::read(path);
    if (bytes.starts_with("# Written by neocol "))
        throw IoError(path, "was written by another version of neocol; plan the study again");
    const Document document = Document::parse(files::unsealed("plan", bytes, path), path);
    const DocumentNode root = document.root();
    const auto version_of_file = root.get("format_version").integer();
    if (!version_of_file || *version_of_file != detail::format_version)
        throw IoError(path, "was written by another version of neocol; plan the study again");
    const auto text = [&](const DocumentNode& node, const char* key) {
        const DocumentNode member = node.get(key);
        if (!member.is_string()) throw IoError(path, fmt::format("'{}' is missing", key));
        return member.string();
    };
    const auto number = [&](const char* key) {
        const DocumentNode member = root.get(key);
        if (!member.is_number()) throw IoError(path, fmt::format("'{}' is missing", key));
        return member.number();
    };
    const auto whole = [&](const char* key) {
        const auto value = root.get(key).integer();
        if (!value || *value < 0)
            throw IoError(path, fmt::format("'{}' is no number of anything", key));
        return static_cast<std::uint64_t>(*value);
    };
    Plan plan;
    plan.folder = folder;
    plan.id = text(root, "id");
    plan.title = text(root, "title");
    plan.question = text(root, "question");
    plan.model = text(root, "model");
    plan.base_hash = text(root, "base_hash");
    plan.isa = text(root, "isa");
    plan.design = text(root, "design");
    plan.samples = whole("samples");
    for (const DocumentNode& size : root.get("earlier_samples").elements()) {
        const auto n = size.integer();
        if (!n || *n <= 0) throw IoError(path, "'earlier_samples' has no number of anything");
        plan.earlier_samples.push_back(static_cast<std::size_t>(*n));
    }
    plan.replicates = whole("replicates");
    plan.interpreter = root.get("interpreter").boolean().value_or(false);
    plan.every = number("every_days");
    plan.case_time_limit = number("case_time_limit_seconds");
    plan.n_cases = whole("n_cases");
    if (plan.n_cases > detail::most_cases)
        throw IoError(path, fmt::format("{} cases, and at most {} are possible", plan.n_cases,
                                        detail::most_cases));
    plan.observables = detail::names(root.get("observables"));
    plan.outcomes = detail::names(root.get("outcomes"));
    for (const DocumentNode& element : root.get("solved").elements()) {
        const auto count = [&](const char* key) {
            return static_cast<std::size_t>(element.get(key).integer().value_or(0));
        };
        plan.restrictions.push_back({text(element, "model"), text(element, "hash"),
                                     count("n_species"), count("n_solved"),
                                     detail::names(element.get("left_out"))});
    }
    for (const DocumentNode& element : root.get("set").elements())
        plan.set.push_back({text(element, "key"), text(element, "value")});
    for (const DocumentNode& element : root.get("column").elements())
        plan.columns.push_back(
            {text(element, "name"), text(element, "key"), text(element, "unit")});
    // A digest proves no good will: names become datasets and columns.
    std::vector<std::string> names = names_of(plan.columns);
    names.insert(names.end(), plan.observables.begin(), plan.observables.end());
    names.insert(names.end(), plan.outcomes.begin(), plan.outcomes.end());
    for (const std::string& name : names)
        if (!is_name(name))
            throw IoError(path, fmt::format("{} is no name of a column", json_string(name)));
    for (const DocumentNode& element : root.get("file").elements()) {
        const auto n = element.get("bytes").integer();
        if (!n || *n < 0) throw IoError(path, "'bytes' of a file is missing");
        plan.seals.push_back(
            {text(element, "name"), static_cast<std::uint64_t>(*n), text(element, "sha256")});
    }
    return plan;
}

std::vector<io::Override> Plan::overrides(const Case& planned_case) const {
    std::vector<io::Override> list = set;
    for (std::size_t c = 0; c < columns.size() && c < planned_case.cells.size(); ++c)
        list.push_back({columns[c].key, columns[c].value(planned_case.cells[c])});
    list.push_back({"run.seed", fmt::format("{}", planned_case.seed)});
    return list;
}

std::unique_ptr<CaseRunner> make_runner(const Plan& plan, const std::string& cache_folder,
                                        const std::string& key_folder,
                                        std::function<void(const std::string&)> warn,
                                        const std::atomic<bool>* stop) {
    plan.check_inputs();
    CaseFamily family;
    family.compile.stop = stop;
    family.path = plan.file("inputs/scenario.toml");
    family.text = plan.read("inputs/scenario.toml");
    family.library = io::Library({plan.file("inputs/models")});
    family.interpreter = plan.interpreter;
    family.compile.isa = plan.isa;
    family.compile.cache_folder = cache_folder;
    family.compile.key_folder = key_folder;
    family.compile.warn = std::move(warn);
    family.compile.or_interpret = true;
    family.compile.signed_search = {plan.file("kernels")};
    auto runner = std::make_unique<CaseRunner>(std::move(family));
    for (const Restriction& restriction : plan.restrictions)
        runner->leave_out(restriction);
    return runner;
}

}  // namespace neocol::study
