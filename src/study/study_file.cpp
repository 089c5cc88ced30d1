#include <neocol/study/study_file.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/core/table_reader.hpp>
#include <neocol/files/files.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/simulation/limits.hpp>

#include "study_axes.hpp"

namespace neocol::study {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t most = 100'000'000;
constexpr QuantityKind wall_time{"a time", "d", "10 min"};
constexpr Key observable_key = keys::text("", "an observable of the model");
constexpr Key outcome_key = keys::text("", "an outcome of the model");
constexpr Key case_value = keys::any("", "a key of the scenario and its value");
constexpr Key set_value = keys::any("", "a key of the scenario and its value");
constexpr Table case_table{.meaning = "one case: keys of the scenario and their values",
                           .others = &case_value};
constexpr Table set_table{.meaning = "keys of the scenario and their values in all cases",
                          .others = &set_value};
constexpr auto study_keys = std::to_array<Key>({
    keys::text("title", "what the study is, in a line; the scenario's if left out"),
    keys::text("question", "what it is to answer"),
    keys::text("scenario", "the base scenario, relative to this file").required(),
    keys::table("set", set_table, "what differs from the scenario in all cases"),
    keys::choice<DesignKind>("design", "design",
                             "how cases are chosen; grid, or list with [[case]], if left out"),
    keys::whole("samples", 1, most, "of sampled designs; paths of morris"),
    keys::whole("levels", 2, most, "of morris, an even number; 4 if left out"),
    keys::whole("seed", 0, most, "of the design, and first seed of the cases"),
    keys::whole("replicates", 1, most, "runs of every case, which differ by their seed"),
    keys::choice<Seeds>("seeds", "choice of seeds", "of replicates"),
    keys::list("observables", observable_key, "that are stored; all if left out"),
    keys::list("outcomes", outcome_key, "that are stored; all if left out"),
    keys::time("every", limits::positive, "between records of observables"),
    keys::quantity("case_time_limit", wall_time, limits::positive, "wall time of a case"),
    keys::text("isa", "instruction set of the compiled kernels"),
    keys::tables("axis", detail::axis_table, "what varies"),
    keys::tables("case", case_table, "cases one by one"),
});

DesignKind read_design(const TableReader& root) {
    return root.choice("design", root.has("case") ? DesignKind::list : DesignKind::grid);
}

/// Names of a list, all known ones if there is none.
std::vector<std::string> read_names(const TableReader& root, const char* key, const char* noun,
                                    const std::vector<std::string>& known) {
    if (!root.has(key)) return known;
    std::vector<std::string> list;
    if (!root.values().array(root.at(key))) return list;
    for (const DocumentNode& element : root.at(key).elements())
        if (const auto name = root.values().choice(element, noun, known)) list.push_back(*name);
    return list;
}

std::size_t count_of(const TableReader& root, const char* key, std::size_t otherwise) {
    const auto value = root.whole(key);
    return value ? static_cast<std::size_t>(*value) : otherwise;
}

bool is_sampled(DesignKind kind) {
    return kind == DesignKind::latin_hypercube || kind == DesignKind::sobol ||
           kind == DesignKind::morris;
}

/// Faults of the design as a whole: samples where there should be none, unequal lengths.
void check_design(const DocumentNode& root, const Study& study, Diagnostics& faults) {
    const DocumentNode at = root.get(root.get("design") ? "design" : "scenario");
    if (study.factors.empty()) {
        faults.add(root.get("scenario")
                       .fault_at_key("the study varies nothing",
                                     "add [[axis]] with key and values, or [[case]]"));
    }
    if (is_sampled(study.design) && study.samples == 0) {
        faults.add(at.fault(fmt::format("a {} design needs 'samples'", name_of(study.design)),
                            study.design == DesignKind::morris
                                ? "the number of paths, such as samples = 10"
                                : "how many cases, such as samples = 256"));
    }
    if (!is_sampled(study.design) && study.samples > 0) {
        faults.add(root.get("samples").fault(
            fmt::format("'samples' has no meaning for a {} design", name_of(study.design))));
    }
    for (const Factor& factor : study.factors) {
        if (study.design == DesignKind::zip &&
            factor.rows.size() != study.factors.front().rows.size()) {
            faults.add(at.fault(
                fmt::format("axes of a zip design must have as many values each: '{}' has {}, "
                            "'{}' has {}",
                            study.columns[study.factors.front().columns.front()].name,
                            study.factors.front().rows.size(),
                            study.columns[factor.columns.front()].name, factor.rows.size()),
                "for every combination, take design = \"grid\""));
            break;
        }
    }
    if (study.design == DesignKind::morris && (study.levels < 2 || study.levels % 2 != 0))
        faults.add(root.get("levels").fault("'levels' must be even", "4 is usual"));
}

}  // namespace

std::string Column::value(const std::string& cell) const {
    return is_text() || unit == "1" ? cell : cell + ' ' + unit;
}

std::string Column::drawn(double number, int digits) const {
    const std::string shorter =
        digits > 0 ? fmt::format("{:.{}g}", number, digits) : fmt::format("{}", number);
    if (key.starts_with("parameters.")) return shorter;
    const double whole = whole_nanoseconds(number, unit);
    return whole == number || whole_nanoseconds(std::stod(shorter), unit) == std::stod(shorter)
               ? shorter
               : fmt::format("{}", whole);
}

constinit const Table study_table{.meaning = "A study: many cases of one scenario",
                                  .keys = study_keys};

Study read_study(const std::string& path, const io::Library& library) {
    Study study;
    study.text = io::read_text_file(path);
    const Document document = Document::parse(study.text, path);
    const DocumentNode top = document.root();
    Diagnostics faults;
    const UnitSystem plain_units;
    const TableReader head(top, study_table, ValueReader(plain_units, faults));
    study.title = head.text("title", "");
    study.question = head.text("question", "");
    const std::string scenario = head.text("scenario", "");
    study.set = detail::read_set(head.table("set").node(), faults);
    faults.throw_if_any();
    study.scenario = (fs::path(path).parent_path() / scenario).string();
    if (files::kind_of(study.scenario) == files::Kind::absent) {
        faults.add(head.fault("scenario", fmt::format("no such file: {}", study.scenario),
                              "the path is relative to the study file"));
        faults.throw_if_any();
    }
    const io::LoadedScenario base = io::read_scenario_file(study.scenario, library, study.set);
    if (study.title.empty()) study.title = base.scenario.title;

    // Units that the model declares are known from here on.
    const TableReader root(top, study_table, ValueReader(base.model.units, faults));
    study.design = read_design(root);
    study.samples = count_of(root, "samples", 0);
    if (static_cast<double>(study.samples) > simulation::limits::cases) {
        faults.add(root.fault(
            "samples", fmt::format("{:.2g} samples, and at most {:g} cases are possible",
                                   static_cast<double>(study.samples), simulation::limits::cases)));
        faults.throw_if_any();
    }
    study.levels = count_of(root, "levels", 4);
    study.seed = count_of(root, "seed", static_cast<std::size_t>(base.scenario.run.seed));
    study.replicates = count_of(root, "replicates", 1);
    study.paired_seeds = root.choice("seeds", Seeds::paired) == Seeds::paired;
    study.observables =
        read_names(root, "observables", "observable", names_of(base.model.observables));
    study.outcomes = read_names(root, "outcomes", "outcome", names_of(base.model.outcomes));
    for (const std::string& name : study.outcomes) {
        if (std::find(study.observables.begin(), study.observables.end(), name) !=
            study.observables.end()) {
            faults.add((root.has("outcomes") ? root.at("outcomes") : top)
                           .fault(fmt::format("'{}' is both an observable and an outcome: the "
                                              "table has one column of a name",
                                              name),
                                  "observables = [...] and outcomes = [...] choose what is kept"));
        }
    }
    study.every = root.time("every");
    study.case_time_limit = 86400.0 * root.quantity("case_time_limit", 0.0);
    study.isa = root.text("isa", "");
    try {
        kernel::check_isa(study.isa);
    } catch (const InputError& unknown) {
        root.values().add_at(root.at("isa"), unknown);
    }
    detail::read_axes(root, base.model, study);
    check_design(top, study, faults);
    check_keys(top, study_table, faults);
    faults.throw_if_any();
    return study;
}

CaseSource::CaseSource(const Study& study) : study_(study) {
    const std::size_t n = study.factors.size();
    switch (study.design) {
        case DesignKind::latin_hypercube:
            points_ = grown_latin_hypercube(study.sizes(), n, study.seed);
            break;
        case DesignKind::sobol:
            points_ = sobol_points(study.samples, n, study.seed);
            break;
        case DesignKind::morris:
            points_ = morris_paths(study.samples, n, study.seed, study.levels).points;
            break;
        case DesignKind::grid:
            size_ = 1;
            for (const Factor& factor : study.factors) {
                size_ *= factor.rows.size();
                if (size_ > 100'000'000) {
                    throw InputError("the grid has more than 100 million cases",
                                     "a sampled design (sobol, latin_hypercube) covers many axes");
                }
            }
            break;
        case DesignKind::zip:
        case DesignKind::list:
            size_ = study.factors.front().rows.size();
    }
    if (is_sampled(study.design)) size_ = points_.size();
}

void CaseSource::row(std::size_t i, std::vector<std::string>& cells) const {
    cells.resize(study_.columns.size());
    const bool sampled = is_sampled(study_.design);
    std::size_t rest = i;
    for (std::size_t f = study_.factors.size(); f-- > 0;) {
        const Factor& factor = study_.factors[f];
        const double u = sampled ? points_.point(i)[f] : 0.0;
        if (factor.range) {
            cells[factor.columns.front()] =
                study_.columns[factor.columns.front()].drawn(quantile(*factor.range, u));
            continue;
        }
        const std::size_t n = factor.rows.size();
        std::size_t which = i;
        if (sampled) {
            which = std::min(n - 1, static_cast<std::size_t>(u * static_cast<double>(n)));
        } else if (study_.design == DesignKind::grid) {
            which = rest % n;
            rest /= n;
        }
        for (std::size_t c = 0; c < factor.columns.size(); ++c)
            cells[factor.columns[c]] = factor.rows[which][c];
    }
}

}  // namespace neocol::study
