#include <neocol/study/cohort_compare.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/core/version.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/study/sensitivity.hpp>

#include "cohort_cases.hpp"

namespace neocol::study {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// An observable at time t, linear between records; at a session the value before it.
double observable_at(const CaseResult& result, std::size_t j, std::size_t n, double t) {
    const auto next = std::lower_bound(result.times.begin(), result.times.end(), t - 1e-9);
    const auto i = static_cast<std::size_t>(next - result.times.begin());
    if (i == result.times.size()) return not_a_number;
    const auto value = [&](std::size_t row) { return result.observables[row * n + j]; };
    if (i == 0 || result.times[i] <= t + 1e-9) return value(i);
    const double w = (t - result.times[i - 1]) / (result.times[i] - result.times[i - 1]);
    return (1.0 - w) * value(i - 1) + w * value(i);
}

/// Splits a case's number into regimen, draw and person.
struct CaseIndex {
    CaseIndex(std::size_t i, std::size_t draws, std::size_t persons)
        : regimen(i / (draws * persons)), draw(i / persons % draws), person(i % persons) {}
    std::size_t regimen, draw, person;
};

void add_columns(Batch& batch, const ComparePlan& plan, const CohortCases& cases) {
    batch.key_columns = {"regimen", "draw", "person"};
    for (const Trait& trait : plan.cohort.traits) {
        batch.key_columns.push_back(
            trait.unit == "1" ? trait.name : fmt::format("{} [{}]", trait.name, trait.unit));
    }
    for (const Choice& choice : plan.cohort.choices)
        batch.key_columns.push_back(choice.name);
    for (const std::size_t i : plan.outcomes) {
        const model::Outcome& outcome = cases.model->outcomes[i];
        batch.value_columns.push_back(
            fmt::format("{} [{}]", outcome.name, io::stored_units(outcome.unit.text)));
    }
    for (const std::size_t i : plan.observables) {
        const model::Observable& o = cases.model->observables[i];
        for (std::size_t k = 0; k < cases.curve_points; ++k) {
            batch.value_columns.push_back(fmt::format("{} on day {:g} [{}]", o.name,
                                                      static_cast<double>(k) * curve_step,
                                                      io::stored_units(o.unit.text)));
        }
    }
}

std::vector<double> reduce(const CaseResult& result, const ComparePlan& plan,
                           const CohortCases& cases) {
    const model::Model& model = *cases.model;
    std::vector<double> values;
    for (const std::size_t i : plan.outcomes) {
        const simulation::OutcomeValue& outcome = result.outcomes[i];
        values.push_back(outcome.censored ? not_a_number
                                          : model.outcomes[i].unit.from_internal(outcome.value));
    }
    const double first = result.sessions.empty() ? 0.0 : result.sessions.front().time;
    for (const std::size_t j : plan.observables) {
        for (std::size_t k = 0; k < cases.curve_points; ++k) {
            const double t = first + static_cast<double>(k) * curve_step;
            values.push_back(model.observables[j].unit.from_internal(
                observable_at(result, j, model.observables.size(), t)));
        }
    }
    return values;
}

Batch make_batch(const std::vector<CaseRunner*>& runners, const ComparePlan& plan,
                 const CohortCases& cases) {
    Batch batch;
    add_columns(batch, plan, cases);
    const std::size_t n_draws = plan.draws.values.size(), n_persons = plan.persons;
    std::string all = version();
    for (const std::string& hash : cases.hashes)
        all += hash;
    for (std::size_t i = 0; i < runners.size() * n_draws * n_persons; ++i) {
        const CaseIndex at(i, n_draws, n_persons);
        std::vector<std::string> keys{plan.names[at.regimen], std::to_string(at.draw),
                                      std::to_string(at.person)};
        const Person& person = cases.persons[at.person];
        for (const double trait : person.traits)
            keys.push_back(csv_number(trait));
        keys.insert(keys.end(), person.choices.begin(), person.choices.end());
        for (const std::string& key : keys)
            all += "," + key;
        for (const io::Override& o : case_overrides(cases, plan, at.regimen, at.draw, at.person))
            all += o.key + "=" + o.value + ";";
        if (all.size() > (std::size_t{1} << 20)) all = sha256_hex(all);
        batch.keys.push_back(std::move(keys));
    }
    for (const std::string& column : batch.value_columns)
        all += column;
    batch.signature = sha256_hex(all).substr(0, 24);
    batch.run = [&runners, &plan, &cases, n_draws, n_persons](std::size_t i,
                                                              const CaseOptions& options) {
        const CaseIndex at(i, n_draws, n_persons);
        return runners[at.regimen]->run(case_overrides(cases, plan, at.regimen, at.draw, at.person),
                                        options);
    };
    batch.reduce = [&plan, &cases](const CaseResult& result) {
        return reduce(result, plan, cases);
    };
    return batch;
}

/// One column of the rows of a regimen.
CohortTable table_of(const std::vector<BatchRow>& rows, const ComparePlan& plan,
                     std::size_t regimen, std::size_t column) {
    CohortTable table{plan.draws.values.size(), plan.persons, {}};
    const std::size_t n = table.draws * table.persons;
    for (std::size_t i = 0; i < n; ++i)
        table.values.push_back(rows[regimen * n + i].values[column]);
    return table;
}

/// The closure error of an outcome's difference; none where the geometry needs none or it was not
/// measured.
std::optional<double> closure_of(const ComparePlan& plan, const CohortComparison& comparison,
                                 std::size_t regimen, const std::string& outcome, double value,
                                 double reference) {
    const auto measured = plan.closure.relative.find(outcome);
    const auto is_patch = [&](std::size_t r) { return comparison.regimens[r].geometry == "patch"; };
    if (is_patch(regimen) && is_patch(0)) return 0.0;
    if (measured == plan.closure.relative.end()) return std::nullopt;
    return measured->second * std::max(std::abs(value), std::abs(reference));
}

OutcomeRow analyse(const std::vector<BatchRow>& rows, const ComparePlan& plan,
                   const CohortCases& cases, const CohortComparison& comparison,
                   std::size_t column) {
    const model::Outcome& outcome = cases.model->outcomes[plan.outcomes[column]];
    OutcomeRow row{outcome.name, io::stored_units(outcome.unit.text), outcome.meaning, {}, {}};
    for (const LeastDifference& least : plan.least)
        if (least.outcome == outcome.name) row.least = least;
    std::vector<CohortTable> tables;
    for (std::size_t r = 0; r < plan.names.size(); ++r)
        tables.push_back(table_of(rows, plan, r, column));
    row.without_partner = keep_common(tables);
    for (std::size_t r = 0; r < plan.names.size(); ++r) {
        const CohortTable& own = tables[r];
        const CohortTable difference = paired_difference(tables[0], own);
        ComparedOutcome entry;
        entry.value = summarise(own, plan.seed);
        entry.difference = summarise(difference, plan.seed);
        entry.same_sign = share_of_draws(difference, entry.difference.median.median);
        const double reference =
            r == 0 ? entry.value.median.median : row.regimens[0].value.median.median;
        entry.closure =
            closure_of(plan, comparison, r, outcome.name, entry.value.median.median, reference);
        entry.below_closure =
            r > 0 && entry.closure && std::abs(entry.difference.median.median) <= *entry.closure;
        if (row.least && r > 0) {
            entry.shares =
                shares(difference, row.least->least, row.least->more_is_better, plan.seed);
        }
        row.regimens.push_back(std::move(entry));
    }
    return row;
}

CurveBand curve_of(const std::vector<BatchRow>& rows, const ComparePlan& plan,
                   const CohortCases& cases, std::size_t regimen, std::size_t which) {
    const model::Observable& o = cases.model->observables[plan.observables[which]];
    const std::size_t before = plan.outcomes.size() + which * cases.curve_points;
    const CohortTable base = table_of(rows, plan, regimen, before);
    const bool relative = std::none_of(base.values.begin(), base.values.end(),
                                       [](double v) { return std::abs(v) < 1e-12; });
    CurveBand band;
    band.observable = o.name;
    band.unit = relative ? "%" : io::stored_units(o.unit.text);
    band.meaning = o.meaning;
    band.regimen = regimen;
    const RegimenDose& dose = cases.regimens[regimen];
    for (std::size_t k = 0; k < cases.curve_points; ++k) {
        const double day = static_cast<double>(k) * curve_step;
        if (dose.first + day > dose.until + 1e-9) break;
        CohortTable change = table_of(rows, plan, regimen, before + k);
        for (std::size_t i = 0; i < change.values.size(); ++i) {
            change.values[i] = relative ? 100.0 * (change.values[i] / base.values[i] - 1.0)
                                        : change.values[i] - base.values[i];
        }
        const CohortSummary summary = summarise(change, plan.seed, 0);
        band.days.push_back(dose.first + day - (plan.clock_from_last ? dose.last : dose.first));
        band.median.push_back(summary.median.median);
        band.low.push_back(summary.median.low);
        band.high.push_back(summary.median.high);
        band.person_low.push_back(summary.person_low);
        band.person_high.push_back(summary.person_high);
    }
    return band;
}

void check_least(const ComparePlan& plan, const model::Model& model) {
    for (const LeastDifference& least : plan.least) {
        const bool watched =
            std::any_of(plan.outcomes.begin(), plan.outcomes.end(),
                        [&](std::size_t i) { return model.outcomes[i].name == least.outcome; });
        if (!watched) {
            throw InputError("--least names '" + least.outcome + "', which is not compared",
                             "name an outcome of the model, and see --outcomes");
        }
    }
}

}  // namespace

std::vector<RegimenDose> compared_doses(std::vector<CaseRunner*> runners, const ComparePlan& plan) {
    return make_cohort_cases(runners, plan).regimens;
}

CohortComparison compare_cohort(std::vector<CaseRunner*> runners, const ComparePlan& plan,
                                const BatchOptions& options) {
    const CohortCases cases = make_cohort_cases(runners, plan);
    check_least(plan, *cases.model);
    const Batch batch = make_batch(runners, plan, cases);
    CohortComparison comparison;
    comparison.model = cases.model->name;
    comparison.cohort = plan.cohort.title;
    comparison.draws_from = plan.draws.origin;
    comparison.persons = plan.persons;
    comparison.draws = plan.draws.values.size();
    comparison.parameters = plan.draws.parameters.size();
    comparison.seed = plan.seed;
    comparison.clock_from_last = plan.clock_from_last;
    comparison.follow_up = cases.follow_up;
    comparison.equal_dose = plan.equal_dose;
    comparison.closure_path = plan.closure.path;
    comparison.solved = plan.solved;
    comparison.regimens = cases.regimens;
    comparison.traits = plan.cohort.traits;
    comparison.choices = plan.cohort.choices;
    std::vector<BatchRow> rows = run_batch(batch, options);
    comparison.cases = rows.size();
    const BatchCount n = leave_out_doubtful(rows);
    comparison.complete = n.stopped == 0;
    comparison.failed = n.failed;
    comparison.first_failure = n.first_failure;
    comparison.doubtful = n.doubtful;
    comparison.first_doubt = n.first_doubt;
    if (!comparison.complete) return comparison;
    if (n.failed + n.doubtful == rows.size()) {
        throw InputError(n.failed > 0
                             ? "every case failed, the first because: " + n.first_failure
                             : "every case is doubtful, the first because: " + n.first_doubt);
    }
    for (std::size_t j = 0; j < plan.outcomes.size(); ++j)
        comparison.outcomes.push_back(analyse(rows, plan, cases, comparison, j));
    for (std::size_t which = 0; which < plan.observables.size(); ++which)
        for (std::size_t r = 0; r < plan.names.size(); ++r)
            comparison.curves.push_back(curve_of(rows, plan, cases, r, which));
    return comparison;
}

}  // namespace neocol::study
