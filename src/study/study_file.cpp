#include <neocol/study/study_file.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/core/names.hpp>
#include <neocol/files/files.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/simulation/limits.hpp>

#include "study_axes.hpp"

namespace neocol::study {

namespace fs = std::filesystem;

namespace {

/// Reads plain values of the study's top level.
class TopLevel {
public:
    TopLevel(const DocumentNode& root, Diagnostics& faults) : root_(root), faults_(faults) {}

    std::string text(const char* key, const std::string& otherwise = {}) {
        const DocumentNode node = root_.get(key);
        if (!node) return otherwise;
        if (node.is_string()) return node.string();
        faults_.add(node.fault(fmt::format("'{}' must be a text in quotes", key)));
        return otherwise;
    }
    std::size_t whole(const char* key, std::size_t otherwise, std::int64_t lowest) {
        const DocumentNode node = root_.get(key);
        if (!node) return otherwise;
        const auto value = node.integer();
        if (value && *value >= lowest && *value <= 100'000'000) {
            return static_cast<std::size_t>(*value);
        }
        faults_.add(node.fault(fmt::format("'{}' must be a whole number from {}", key, lowest)));
        return otherwise;
    }
    double time(const char* key, const UnitSystem& units, double scale) {
        const DocumentNode node = root_.get(key);
        if (!node) return 0.0;
        try {
            if (!node.is_string()) throw InputError("a time needs its unit");
            const Quantity value = units.parse_quantity(node.string());
            if (!(value.unit.dimension == units.parse("d").dimension) || value.internal() <= 0.0) {
                throw InputError("not a length of time above 0");
            }
            return value.internal() * scale;
        } catch (const InputError& error) {
            faults_.add(node.fault(fmt::format("'{}': {}", key, error.diagnostics.front().message),
                                   fmt::format("such as {} = \"10 min\"", key)));
            return 0.0;
        }
    }
    std::vector<std::string> names(const char* key, const std::vector<std::string>& known,
                                   const char* what) {
        const DocumentNode node = root_.get(key);
        if (!node) return known;
        std::vector<std::string> list;
        if (!node.is_array()) {
            faults_.add(node.fault(fmt::format("'{}' must be a list of names", key)));
        }
        for (const DocumentNode& one : node.elements()) {
            if (!one.is_string() ||
                std::find(known.begin(), known.end(), one.string()) == known.end()) {
                const std::string name = one.is_string() ? one.string() : "";
                faults_.add(
                    one.fault(fmt::format("unknown {} '{}'", what, name), suggest(name, known)));
            } else {
                list.push_back(one.string());
            }
        }
        return list;
    }

private:
    const DocumentNode& root_;
    Diagnostics& faults_;
};

DesignKind read_design(const DocumentNode& root, Diagnostics& faults) {
    static const std::vector<std::string> names{"grid",  "zip",   "list", "latin_hypercube",
                                                "sobol", "morris"};
    const DocumentNode node = root.get("design");
    if (!node) return root.get("case") ? DesignKind::list : DesignKind::grid;
    const std::string name = node.is_string() ? node.string() : "";
    const auto found = std::find(names.begin(), names.end(), name == "lhs" ? names[3] : name);
    if (found == names.end()) {
        faults.add(node.fault(fmt::format("unknown design '{}'", name), suggest(name, names)));
        return DesignKind::grid;
    }
    return static_cast<DesignKind>(found - names.begin());
}

bool is_sampled(DesignKind kind) {
    return kind == DesignKind::latin_hypercube || kind == DesignKind::sobol ||
           kind == DesignKind::morris;
}

template <typename T>
std::vector<std::string> names_of(const std::vector<T>& items) {
    std::vector<std::string> names;
    for (const T& item : items)
        names.push_back(item.name);
    return names;
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
        faults.add(at.fault(fmt::format("a {} design needs 'samples'", to_string(study.design)),
                            study.design == DesignKind::morris
                                ? "the number of paths, such as samples = 10"
                                : "how many cases, such as samples = 256"));
    }
    if (!is_sampled(study.design) && study.samples > 0) {
        faults.add(root.get("samples").fault(
            fmt::format("'samples' has no meaning for a {} design", to_string(study.design))));
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
    if (study.design == DesignKind::morris && (study.levels < 2 || study.levels % 2 != 0)) {
        faults.add(root.get("levels").fault("'levels' must be even", "4 is usual"));
    }
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

Study read_study(const std::string& path, const io::Library& library) {
    Study study;
    study.text = io::read_text_file(path);
    const Document document = Document::parse(study.text, path);
    const DocumentNode root = document.root();
    Diagnostics faults;
    TopLevel top(root, faults);
    study.title = top.text("title");
    study.question = top.text("question");
    const std::string scenario = top.text("scenario");
    if (scenario.empty()) {
        faults.add(root.fault("missing key 'scenario' at top level",
                              "the base scenario, relative to this file"));
    }
    study.set = detail::read_set(root.get("set"), faults);
    faults.throw_if_any();
    study.scenario = (fs::path(path).parent_path() / scenario).string();
    if (files::kind_of(study.scenario) == files::Kind::absent) {
        faults.add(root.get("scenario")
                       .fault(fmt::format("no such file: {}", study.scenario),
                              "the path is relative to the study file"));
        faults.throw_if_any();
    }
    const io::LoadedScenario base = io::read_scenario_file(study.scenario, library, study.set);
    if (study.title.empty()) study.title = base.scenario.title;

    study.design = read_design(root, faults);
    study.samples = top.whole("samples", 0, 1);
    if (static_cast<double>(study.samples) > simulation::limits::cases) {
        faults.add(root.get("samples").fault(
            fmt::format("{:.2g} samples, and at most {:g} cases are possible",
                        static_cast<double>(study.samples), simulation::limits::cases)));
        faults.throw_if_any();
    }
    study.levels = top.whole("levels", 4, 2);
    study.seed = top.whole("seed", static_cast<std::size_t>(base.scenario.run.seed), 0);
    study.replicates = top.whole("replicates", 1, 1);
    const std::string seeds = top.text("seeds", "paired");
    if (seeds != "paired" && seeds != "independent") {
        faults.add(root.get("seeds").fault(fmt::format("unknown choice of seeds '{}'", seeds),
                                           "known: paired, independent"));
    }
    study.paired_seeds = seeds == "paired";
    study.observables = top.names("observables", names_of(base.model.observables), "observable");
    study.outcomes = top.names("outcomes", names_of(base.model.outcomes), "outcome");
    for (const std::string& name : study.outcomes) {
        if (std::find(study.observables.begin(), study.observables.end(), name) !=
            study.observables.end()) {
            const DocumentNode at = root.get("outcomes");
            faults.add(
                (at ? at : root)
                    .fault(
                        fmt::format(
                            "'{}' is both an observable and an outcome: the table has one column "
                            "of a name",
                            name),
                        "observables = [...] and outcomes = [...] choose what is kept"));
        }
    }
    if (const double every = top.time("every", base.model.units, 1.0); every > 0.0) {
        const std::string given = root.get("every").string();
        try {
            study.every = exact_time(given, base.model.units.parse_quantity(given));
        } catch (const InputError& refusal) {
            const Diagnostic& cause = refusal.diagnostics.front();
            faults.add(root.get("every").fault(cause.message, cause.help));
        }
    }
    study.case_time_limit = top.time("case_time_limit", base.model.units, 86400.0);
    study.isa = top.text("isa");
    try {
        kernel::check_isa(study.isa);
    } catch (const InputError& unknown) {
        const Diagnostic& fault = unknown.diagnostics.front();
        faults.add(root.get("isa").fault(fault.message, fault.help));
    }
    detail::read_axes(root, base.model, study, faults);
    check_design(root, study, faults);
    document.report_unknown(faults);
    faults.throw_if_any();
    return study;
}

const char* to_string(DesignKind kind) {
    switch (kind) {
        case DesignKind::grid:
            return "grid";
        case DesignKind::zip:
            return "zip";
        case DesignKind::list:
            return "list";
        case DesignKind::latin_hypercube:
            return "latin_hypercube";
        case DesignKind::sobol:
            return "sobol";
        case DesignKind::morris:
            return "morris";
    }
    return "";
}

CaseSource::CaseSource(const Study& study) : study_(study) {
    const std::size_t n = study.factors.size();
    switch (study.design) {
        case DesignKind::latin_hypercube:
            points_ = latin_hypercube(study.samples, n, study.seed);
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
