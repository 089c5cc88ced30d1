#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/clamped.hpp>
#include <neocol/core/error.hpp>
#include <neocol/core/names.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/tree.hpp>
#include <neocol/study/case_list.hpp>
#include <neocol/study/collect.hpp>
#include <neocol/study/sensitivity_study.hpp>

namespace neocol::study {
namespace {

using io::tree::Dataset;
using io::tree::Group;

/// A numeric column or an outcome of a collected study.
struct Series {
    std::string name, unit, meaning;
    std::vector<double> values;
};

Series read_quantity(const Dataset& dataset, const std::string& name) {
    const auto attribute = [&](const char* key) {
        return dataset.has_attribute(key) ? dataset.text(key) : std::string();
    };
    return {name, attribute("units"), attribute("long_name"), dataset.read()};
}

struct Collected {
    std::vector<Series> columns, outcomes;
    std::vector<double> status, replicate;
};

bool varies(const std::vector<double>& values) {
    return std::any_of(
        values.begin(), values.end(), [&](double value) { return value != values.front(); });
}

Collected read_collected(const Group& root) {
    Collected collected;
    collected.status = root.dataset("status").read();
    collected.replicate = root.dataset("replicate").read();
    if (collected.replicate.size() != collected.status.size())
        throw IoError(root.dataset("replicate").where(), "is damaged: not one value a case");
    for (const std::string& name : root.dataset_names()) {
        const Dataset& dataset = root.dataset(name);
        const bool is_column = dataset.has_attribute("key");
        if (dataset.is_text() || !(is_column || dataset.has_attribute("definition"))) continue;
        if (dataset.read().size() != collected.status.size())
            throw IoError(dataset.where(), "is damaged: not one value a case");
        if (is_column) {
            Series column = read_quantity(dataset, name);
            if (varies(column.values)) collected.columns.push_back(std::move(column));
        } else {
            Series outcome = read_quantity(dataset, name);
            // What is doubtful has values, but no statistics rest on them.
            for (std::size_t i = 0; i < outcome.values.size(); ++i)
                if (collected.status.at(i) != 0.0)
                    outcome.values[i] = std::numeric_limits<double>::quiet_NaN();
            collected.outcomes.push_back(std::move(outcome));
        }
    }
    return collected;
}

/// The column in which two runs differ; none if they differ in several or in none.
std::size_t moved_column(const Collected& study, std::size_t a, std::size_t b) {
    std::size_t moved = study.columns.size(), count = 0;
    for (std::size_t k = 0; k < study.columns.size(); ++k) {
        if (study.columns[k].values[a] != study.columns[k].values[b]) {
            moved = k;
            ++count;
        }
    }
    return count == 1 ? moved : study.columns.size();
}

/// Elementary effects per column, a step being half of the range.
std::vector<std::vector<double>> effects_of(const Collected& study, const Series& outcome) {
    std::vector<std::vector<double>> effects(study.columns.size());
    std::vector<std::size_t> runs;
    for (std::size_t i = 0; i < study.status.size(); ++i)
        if (study.replicate[i] <= 1.0) runs.push_back(i);
    for (std::size_t i = 1; i < runs.size(); ++i) {
        const std::size_t a = runs[i - 1], b = runs[i], k = moved_column(study, a, b);
        const double change = outcome.values[b] - outcome.values[a];
        if (k == study.columns.size() || !std::isfinite(change)) continue;
        const bool up = study.columns[k].values[b] > study.columns[k].values[a];
        effects[k].push_back(2.0 * (up ? change : -change));
    }
    return effects;
}

UncertainParameter as_parameter(const Series& column) {
    UncertainParameter parameter;
    parameter.name = column.name;
    parameter.unit = column.unit.empty() ? "1" : column.unit;
    parameter.evidence = "varied";
    parameter.meaning = column.meaning;
    const auto [low, high] = std::minmax_element(column.values.begin(), column.values.end());
    parameter.distribution.low = *low;
    parameter.distribution.high = *high;
    parameter.distribution.value = std::numeric_limits<double>::quiet_NaN();
    return parameter;
}

OutcomeSensitivity analyse(const Collected& study, const Series& outcome) {
    OutcomeSensitivity sensitivity;
    sensitivity.name = outcome.name;
    sensitivity.unit = outcome.unit;
    sensitivity.meaning = outcome.meaning;
    sensitivity.missing = static_cast<std::size_t>(std::count_if(
        outcome.values.begin(), outcome.values.end(), [](double v) { return std::isnan(v); }));
    sensitivity.median = sample_quantile(outcome.values, 0.5);
    sensitivity.low = sample_quantile(outcome.values, 0.05);
    sensitivity.high = sample_quantile(outcome.values, 0.95);
    for (std::vector<double>& effects : effects_of(study, outcome))
        sensitivity.effects.push_back(morris_effect(std::move(effects)));
    return sensitivity;
}

/// Outcomes that match, in the order of the file.
std::vector<Series> chosen(const Collected& study, const std::vector<std::string>& patterns) {
    std::vector<std::string> names;
    for (const Series& outcome : study.outcomes)
        names.push_back(outcome.name);
    for (const std::string& pattern : patterns) {
        if (std::none_of(names.begin(), names.end(),
                         [&](const std::string& name) { return matches(name, pattern); })) {
            throw InputError("no outcome of the study matches '" + pattern + "'",
                             suggest(pattern, names));
        }
    }
    std::vector<Series> chosen;
    for (const Series& outcome : study.outcomes)
        if (patterns.empty() ||
            std::any_of(patterns.begin(), patterns.end(),
                        [&](const std::string& pattern) { return matches(outcome.name, pattern); }))
            chosen.push_back(outcome);
    return chosen;
}

}  // namespace

SensitivityReport sensitivity_of_collected(const std::string& path,
                                           const std::vector<std::string>& patterns) {
    const std::string file =
        files::kind_of(path) == files::Kind::folder ? path + "/collected.h5" : path;
    if (files::kind_of(file) == files::Kind::absent)
        throw IoError(file, "not there; 'neocol study collect' makes it");
    check_collected(file);
    const io::tree::File opened =
        io::tree::read(file, io::hdf5::Trust::sealed, io::tree::Extent::without_fields);
    const Group& root = opened.root;
    if (!root.has_attribute("design")) throw IoError(file, "not a collected study of neocol");
    const std::string design = root.text("design");
    if (design != "morris") {
        throw InputError(fmt::format("'{}' has the design '{}'", file, design),
                         "elementary effects need design = \"morris\"; for Sobol' indices, "
                         "'neocol sensitivity SCENARIO --method sobol' makes its own design");
    }
    const Collected study = read_collected(root);
    SensitivityReport report;
    report.title = root.has_attribute("title") ? root.text("title") : file;
    report.model = root.has_attribute("model") ? root.text("model") : "";
    report.hash = root.has_attribute("base_hash") ? root.text("base_hash") : "";
    report.samples = clamped<std::size_t>(root.number("samples"));
    report.cases = study.status.size();
    report.failed = static_cast<std::size_t>(
        std::count_if(study.status.begin(), study.status.end(),
                      [](double status) { return !has_values(clamped<std::uint8_t>(status)); }));
    report.doubtful =
        study.status.size() - report.failed -
        static_cast<std::size_t>(std::count(study.status.begin(), study.status.end(), 0.0));
    if (report.doubtful > 0) report.first_doubt = "see the column 'reason' of " + file;
    for (const Series& column : study.columns)
        report.parameters.push_back(as_parameter(column));
    for (const Series& outcome : chosen(study, patterns))
        report.outcomes.push_back(analyse(study, outcome));
    return report;
}

}  // namespace neocol::study
