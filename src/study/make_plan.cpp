#include <neocol/study/make_plan.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>

#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/random.hpp>
#include <neocol/files/files.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/model/restrict.hpp>
#include <neocol/simulation/limits.hpp>

#include "plan_parts.hpp"

namespace neocol::study {

namespace fs = std::filesystem;
using detail::shared_overrides;

namespace {

constexpr std::size_t most_kernel_bytes = std::size_t{256} << 20;

/// Reads cases of a study before there is a plan, and remembers the files they need.
class PlanInputs {
public:
    PlanInputs(const Study& study, io::Library library)
        : study_(study),
          family_(io::read_text_file(study.scenario), study.scenario,
                  with_neighbours(study.scenario, std::move(library))) {}

    /// The base scenario with what all cases share.
    io::ScenarioFamily::Member base() { return read(shared_overrides(study_)); }

    /// Tries every value of every axis, then a sample of whole cases.
    void try_all(const CaseSource& source) {
        for (const Factor& factor : study_.factors)
            try_factor(factor);
        constexpr std::size_t n_samples = 32;
        const std::size_t n = source.size();
        std::vector<std::string> cells;
        for (std::size_t k = 0; k < std::min(n, n_samples); ++k) {
            const std::size_t i = n <= n_samples ? k : k * (n - 1) / (n_samples - 1);
            source.row(i, cells);
            try_case(cells);
        }
    }

    /// Species of the models read so far that nothing depends on that the study keeps.
    std::vector<Restriction> restrictions(const Study& study, const PlanOptions& options) const {
        std::vector<Restriction> list;
        for (const auto& [name, model] : models_)
            list.push_back(options.whole_model
                               ? whole_model(*model)
                               : restrict_to(*model, {study.observables, study.outcomes}));
        return list;
    }

    /// Cases are from now on of models without what is left out.
    void leave_out(const std::vector<Restriction>& restrictions) {
        for (const Restriction& restriction : restrictions)
            family_.leave_out(restriction.model_hash, restriction.left_out);
    }

    const std::map<std::string, io::NamedText>& files() const { return files_; }
    const std::map<std::string, const model::Model*>& models() const { return models_; }

private:
    static io::Library with_neighbours(const std::string& scenario, io::Library library) {
        const fs::path models = fs::path(scenario).parent_path() / "models";
        if (files::kind_of(models.string()) == files::Kind::folder)
            library.add_first(models.string());
        return library;
    }

    io::ScenarioFamily::Member read(const std::vector<io::Override>& overrides) {
        io::ScenarioFamily::Member member = family_.read(overrides);
        for (std::size_t k = 1; k < member.files.size(); ++k)
            files_[member.files[k].path] = member.files[k];
        models_.try_emplace(member.model->name,
                            member.model);  // whole: read before any restriction
        return member;
    }

    void try_factor(const Factor& factor) {
        constexpr std::size_t most = 200;
        const std::size_t n = factor.rows.size();
        const bool words = std::any_of(factor.columns.begin(), factor.columns.end(),
                                       [&](std::size_t c) { return study_.columns[c].is_text(); });
        std::vector<std::vector<std::string>> rows;
        for (std::size_t k = 0; k < (words ? n : std::min(n, most)); ++k)
            rows.push_back(factor.rows[words || n <= most ? k : k * (n - 1) / (most - 1)]);
        if (factor.range) {
            for (const double u : {0.0, 0.5, 1.0})
                rows.push_back(
                    {study_.columns[factor.columns.front()].drawn(quantile(*factor.range, u))});
        }
        for (const auto& row : rows) {
            std::vector<io::Override> overrides = shared_overrides(study_);
            std::string words_of_row;
            for (std::size_t c = 0; c < row.size(); ++c) {
                const Column& column = study_.columns[factor.columns[c]];
                overrides.push_back({column.key, column.value(row[c])});
                words_of_row +=
                    fmt::format("{}{} = {}", c > 0 ? ", " : "", column.key, column.value(row[c]));
            }
            attempt(overrides, words_of_row, study_.columns[factor.columns.front()].key);
        }
    }

    void try_case(const std::vector<std::string>& cells) {
        std::vector<io::Override> overrides = shared_overrides(study_);
        std::string words;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            overrides.push_back({study_.columns[c].key, study_.columns[c].value(cells[c])});
            words += fmt::format("{}{} = {}", c > 0 ? ", " : "", study_.columns[c].key,
                                 study_.columns[c].value(cells[c]));
        }
        attempt(overrides, words, "");
    }

    /// Reads, and turns faults into those of the study.
    void attempt(const std::vector<io::Override>& overrides, const std::string& words,
                 const std::string& key) {
        try {
            read(overrides);
        } catch (const InputError& error) {
            Diagnostic fault = error.diagnostics.front();
            fault.message = fmt::format("{}case with {}: {}", key.empty() ? "the " : "a ", words,
                                        fault.message);
            fault.source_line.clear();
            fault.at = {};
            throw InputError({std::move(fault)});
        }
    }

    const Study& study_;
    io::ScenarioFamily family_;
    std::map<std::string, io::NamedText> files_;
    std::map<std::string, const model::Model*> models_;
};

/// Identities of cases, 96 bits each.
struct Identity {
    std::uint64_t high = 0;
    std::uint32_t low = 0;
    bool operator==(const Identity&) const = default;
};
struct IdentityHash {
    std::size_t operator()(const Identity& id) const { return id.high; }
};
using Identities = std::unordered_set<Identity, IdentityHash>;

Identity identity(const std::string& hex) {
    Identity id;
    std::from_chars(hex.data(), hex.data() + 16, id.high, 16);
    std::from_chars(hex.data() + 16, hex.data() + 24, id.low, 16);
    return id;
}

/// Cases of a design with their identities, replicates and seeds.
class CaseMaker {
public:
    CaseMaker(const Study& study, const Plan& plan) : study_(study), plan_(plan) {
        for (std::size_t c = 0; c < plan.columns.size(); ++c)
            order_[plan.columns[c].key] = c;
    }

    Case make(const std::vector<std::string>& cells, std::uint64_t replicate) const {
        std::string text = plan_.base_hash;
        for (const auto& [key, c] : order_)
            text += fmt::format("\n{}={} {}", key, cells[c], plan_.columns[c].unit);
        Case planned_case;
        planned_case.replicate = replicate;
        planned_case.cells = cells;
        planned_case.seed = study_.seed + replicate - 1;
        if (!study_.paired_seeds) {
            std::uint64_t stream = 0;
            const std::string digest = sha256_hex(text);
            std::from_chars(digest.data(), digest.data() + 16, stream, 16);
            planned_case.seed =
                1 + static_cast<std::uint64_t>(
                        CounterRandom(study_.seed, stream).uniform(replicate) * 2147483646.0);
        }
        planned_case.id =
            sha256_hex(fmt::format("{}\nrun.seed={}", text, planned_case.seed)).substr(0, 24);
        return planned_case;
    }

private:
    const Study& study_;
    const Plan& plan_;
    std::map<std::string, std::size_t> order_;
};

std::vector<std::string> names_of(const std::vector<Column>& columns) {
    std::vector<std::string> names;
    for (const Column& column : columns)
        names.push_back(column.name);
    return names;
}

/// Appends the cases of a design that `known` does not hold, and notes the manifest's digest.
void write_cases(const Study& study, const CaseSource& source, Identities& known,
                 PlanReport& report) {
    const double asked = static_cast<double>(source.size()) * static_cast<double>(study.replicates);
    if (asked > simulation::limits::cases) {
        throw InputError(fmt::format("the study would have {:.2g} cases, and at most {:g} are "
                                     "possible",
                                     asked, simulation::limits::cases),
                         "use fewer samples, replicates or values of an axis");
    }
    Plan& plan = report.plan;
    const CaseMaker maker(study, plan);
    std::optional<Seal> before;
    if (plan.n_cases > 0) before = detail::seal_named(plan, "manifest.csv");
    ManifestWriter writer(plan.file("manifest.csv"), before ? &*before : nullptr,
                          names_of(plan.columns));
    std::vector<std::string> cells;
    for (std::uint64_t replicate = 1; replicate <= study.replicates; ++replicate) {
        for (std::size_t i = 0; i < source.size(); ++i) {
            source.row(i, cells);
            Case planned_case = maker.make(cells, replicate);
            if (!known.insert(identity(planned_case.id)).second) {
                ++report.merged;
                continue;
            }
            planned_case.run = plan.n_cases++;
            ++report.added;
            writer.append(planned_case);
        }
    }
    detail::set_seal(plan, writer.close());
}

/// Writes an input and notes its digest. One that is there stays as it is.
/// \throws InputError  it is another text than when the study was planned
void write_input(Plan& plan, const std::string& name, const std::string& text) {
    const bool is_known = std::any_of(plan.seals.begin(), plan.seals.end(),
                                      [&](const Seal& seal) { return seal.name == name; });
    if (is_known) {
        if (plan.read(name) == text) return;
        throw InputError(fmt::format("{} changed since the study was planned",
                                     fs::path(name).filename().string()),
                         "make a plan of its own for it");
    }
    const std::string path = plan.file(name);
    files::make_folders(fs::path(path).parent_path().string());
    files::write(path, text);
    detail::set_seal(plan, {name, text.size(), sha256_hex(text)});
}

/// Where a plan keeps a file that its scenario names: tables as they lie to the scenario, models,
/// sites and devices, which are .toml, in a library of its own.
/// \throws InputError  a table that lies elsewhere
std::string place_of_input(const Study& study, const io::NamedText& file) {
    if (file.path.ends_with(".toml")) return "inputs/models/" + io::path_in_library(file);
    const fs::path beside = fs::path(study.scenario).parent_path().lexically_normal();
    const fs::path table = fs::path(file.path).lexically_normal().lexically_relative(beside);
    if (table.empty() || *table.begin() == "..")
        throw InputError(fmt::format("'{}' lies neither beside '{}' nor below its folder",
                                     file.path, study.scenario),
                         "a study keeps tables as they lie to the scenario: put it there");
    return "inputs/" + table.generic_string();
}

/// The texts a plan needs; a scenario that means the same stays as it was planned.
void write_inputs(Plan& plan, const Study& study, const PlanInputs& inputs, bool is_new) {
    if (is_new) write_input(plan, "inputs/scenario.toml", io::read_text_file(study.scenario));
    for (const auto& [path, file] : inputs.files())
        write_input(plan, place_of_input(study, file), file.text);
}

/// Brings the names in a folder, and in the folders in it, to the disk.
void sync_folders(const std::string& folder) {
    for (const std::string& name : files::names_in(folder)) {
        const std::string path = folder + '/' + name;
        if (files::kind_of(path) == files::Kind::folder) sync_folders(path);
    }
    files::sync_folder(folder);
}

/// Compiles a model in the cache, signed, and puts a copy into the plan.
void add_kernel(const Plan& plan, const model::Model& model,
                const kernel::CompileOptions& compile) {
    const std::string built = kernel::build_kernel(model, compile, compile.cache_folder);
    if (built.empty()) return;  // too large to compile
    const fs::path copy = fs::path(plan.file("kernels")) / fs::path(built).filename();
    const std::string bytes = files::read(built, most_kernel_bytes);
    if (files::kind_of(copy.string()) == files::Kind::regular &&
        files::read(copy.string(), most_kernel_bytes) == bytes)
        return;
    files::write(copy.string(), bytes);
}

/// A model as the cases of a plan solve it.
model::Model solved_model(const Plan& plan, const model::Model& whole) {
    std::vector<std::string> left_out;
    for (const Restriction& restriction : plan.restrictions)
        if (restriction.model_hash == whole.hash) left_out = restriction.left_out;
    return model::parse_without(whole.text, whole.name, left_out);
}

void write_kernels(const Plan& plan, const PlanInputs& inputs, const PlanOptions& options) {
    files::make_folders(plan.file("kernels"));
    if (plan.interpreter) return;
    kernel::CompileOptions compile = options.compile;
    compile.isa = plan.isa;
    for (const auto& [name, model] : inputs.models())
        add_kernel(plan, solved_model(plan, *model), compile);
}

/// The portable baseline, or less where this machine has less.
std::string baseline_isa() {
    const std::string machine = kernel::machine_isa();
    return machine == "x86-64-v4" ? "x86-64-v3" : machine;
}

/// A model named by a path is looked up by its name among the plan's inputs.
void name_model(Plan& plan, const io::ScenarioFamily::Member& base) {
    plan.set.push_back({"model", base.scenario.model_name});
}

Plan describe(const Study& study, const io::ScenarioFamily::Member& base,
              const PlanOptions& options) {
    Plan plan;
    plan.title = study.title;
    plan.question = study.question;
    plan.model = base.scenario.model_name;
    plan.base_hash = base.scenario.hash;
    plan.isa = study.isa.empty() ? baseline_isa() : study.isa;
    plan.design = name_of(study.design);
    plan.samples = study.samples;
    plan.replicates = study.replicates;
    plan.interpreter = options.interpreter;
    plan.every = base.scenario.output.every;
    plan.case_time_limit = study.case_time_limit;
    plan.columns = study.columns;
    plan.set = shared_overrides(study);
    const bool varies_model =
        std::any_of(study.columns.begin(), study.columns.end(),
                    [](const Column& column) { return column.key == "model"; });
    if (!varies_model) name_model(plan, base);
    plan.observables = study.observables;
    plan.outcomes = study.outcomes;
    return plan;
}

/// What a plan solves stays as it was planned; models that it did not have come with their own.
/// \throws InputError  what the study keeps now depends on what the plan leaves out
void extend_restrictions(Plan& plan, const std::vector<Restriction>& now) {
    for (const Restriction& restriction : now) {
        const auto planned = std::find_if(
            plan.restrictions.begin(), plan.restrictions.end(),
            [&](const Restriction& p) { return p.model_hash == restriction.model_hash; });
        if (planned == plan.restrictions.end()) {
            plan.restrictions.push_back(restriction);
            continue;
        }
        for (const std::string& name : planned->left_out) {
            if (std::binary_search(restriction.left_out.begin(), restriction.left_out.end(), name))
                continue;
            throw InputError(
                fmt::format("what the study keeps now depends on '{}', which the plan leaves out",
                            name),
                "make a plan of its own for it");
        }
    }
}

/// Takes away what a plan that failed left.
void remove_unfinished(const std::string& folder) {
    std::error_code nothing_left_to_do;
    fs::remove_all(folder, nothing_left_to_do);
}

/// First line in which two texts differ, for messages.
std::string first_difference(const std::string& a, const std::string& b) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()) && a[i] == b[i]; ++i)
        if (a[i] == '\n') start = i + 1;
    return fmt::format("'{}' then, '{}' now", a.substr(start, a.find('\n', start) - start),
                       b.substr(start, b.find('\n', start) - start));
}

}  // namespace

PlanReport make_plan(const std::string& study_path, const std::string& folder,
                     const PlanOptions& options) {
    if (files::kind_of(folder) != files::Kind::absent) {
        throw IoError(folder,
                      "exists already; 'neocol study run' goes on with a plan, 'neocol study "
                      "extend' adds cases, -o names another folder");
    }
    const Study study = read_study(study_path, options.library);
    const CaseSource source(study);
    PlanInputs inputs(study, options.library);
    if (inputs.base().scenario.text.find("punctures_from") != std::string::npos) {
        throw InputError(fmt::format("{}: a study draws its own punctures; 'punctures_from' cannot "
                                     "be used in it",
                                     study.scenario),
                         "leave it out: with seeds = \"paired\" all cases of a replicate share "
                         "their random numbers");
    }
    if (inputs.base().scenario.initial) {
        throw InputError(fmt::format("{}: [initial] cannot be used in a study, whose plan holds no "
                                     "result files",
                                     study.scenario),
                         "let the runs begin as the model says, or run them one by one");
    }
    inputs.try_all(source);

    const std::vector<Restriction> restrictions = inputs.restrictions(study, options);
    inputs.leave_out(restrictions);
    const io::ScenarioFamily::Member base = inputs.base();
    PlanReport report;
    report.plan = describe(study, base, options);
    Plan& plan = report.plan;
    plan.restrictions = restrictions;
    plan.id = sha256_hex(base.scenario.hash + study.text).substr(0, 16);
    plan.folder = fmt::format("{}.part-{}", folder, getpid());
    files::make_folders(plan.folder);
    try {
        files::write(plan.file("study.toml"), files::sealed("study", study.text));
        write_inputs(plan, study, inputs, true);
        write_input(plan, "inputs/base_resolved.toml", base.scenario.resolved_text);
        write_kernels(plan, inputs, options);
        Identities known;
        write_cases(study, source, known, report);
        write_input(plan, "manifest.units.csv", detail::manifest_units(plan));
        detail::write_plan_text(plan);
        files::make_folders(plan.file("results"));
        sync_folders(plan.folder);
        std::string place = folder;  // once the plan stands, nothing more may fail
        files::rename(plan.folder, folder);
        plan.folder = std::move(place);
    } catch (const fs::filesystem_error& failure) {
        remove_unfinished(plan.folder);
        throw IoError(folder, failure.code().message());
    } catch (...) {
        remove_unfinished(plan.folder);
        throw;
    }
    return report;
}

void renew_kernels(const Plan& plan, const kernel::CompileOptions& options) {
    if (plan.interpreter) return;
    kernel::CompileOptions compile = options;
    compile.isa = plan.isa;
    compile.signed_search = {plan.file("kernels")};
    plan.check_inputs();
    files::make_folders(plan.file("kernels"));
    const io::Library library({plan.file("inputs/models")});
    for (const std::string& name : library.names(io::LibraryPart::models)) {
        io::NamedText text = library.find(io::LibraryPart::models, name);
        const model::Model model =
            solved_model(plan, model::parse_model(std::move(text.text), text.path));
        if (kernel::has_kernel(model, compile)) continue;
        try {
            add_kernel(plan, model, compile);
        } catch (const Error& error) {
            // Tasks may have a compiler, or interpret.
            if (options.warn) options.warn(fmt::format("warning: {}: {}", name, error.what()));
        }
    }
}

PlanReport extend_plan(const std::string& study_path, const std::string& folder,
                       const PlanOptions& options) {
    PlanReport report;
    report.plan = open_plan(folder);
    Plan& plan = report.plan;
    Study study = read_study(study_path, options.library);
    if (study.design == DesignKind::latin_hypercube) {
        study.earlier_samples = plan.earlier_samples;
        if (study.samples < plan.samples || study.samples % plan.samples != 0)
            throw InputError(
                fmt::format("a Latin hypercube of {0} samples grows to a multiple of them, not to "
                            "{1}",
                            plan.samples, study.samples),
                fmt::format("samples = {} is the next", 2 * plan.samples));
        if (study.samples > plan.samples) study.earlier_samples.push_back(plan.samples);
    }
    const CaseSource source(study);
    PlanInputs inputs(study, options.library);
    inputs.base();
    inputs.leave_out(plan.restrictions);
    const io::ScenarioFamily::Member base = inputs.base();
    if (base.scenario.hash != plan.base_hash) {
        const std::string before = plan.read("inputs/base_resolved.toml");
        throw InputError(before == base.scenario.resolved_text
                             ? "the model's text changed since the study was planned"
                             : "what all cases share changed since the study was planned: " +
                                   first_difference(before, base.scenario.resolved_text),
                         "make a plan of its own for it");
    }
    inputs.try_all(source);
    const Plan now = describe(study, base, options);
    const auto same = [](const Column& a, const Column& b) {
        return a.key == b.key && a.unit == b.unit;
    };
    if (!std::equal(plan.columns.begin(), plan.columns.end(), now.columns.begin(),
                    now.columns.end(), same)) {
        throw InputError("the study's axes are not those of the plan, or in other units",
                         "values and replicates can be added, axes cannot; make a new plan");
    }
    extend_restrictions(plan, inputs.restrictions(study, options));
    plan.samples = study.samples;
    plan.earlier_samples = study.earlier_samples;
    plan.replicates = study.replicates;
    Identities known;
    Manifest manifest = plan.manifest();
    for (std::uint64_t i = 0; i < plan.n_cases; ++i)
        known.insert(identity(manifest.row(i).id));
    write_inputs(plan, study, inputs, false);
    write_kernels(plan, inputs, options);
    write_cases(study, source, known, report);
    detail::write_plan_text(plan);
    // Last: where this is missing, 'study run STUDY.toml' says that the plan is not of this file.
    files::write(plan.file("study.toml"), files::sealed("study", study.text));
    return report;
}

}  // namespace neocol::study
