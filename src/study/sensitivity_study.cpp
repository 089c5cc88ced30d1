#include <neocol/study/sensitivity_study.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/core/version.hpp>
#include <neocol/io/stored_units.hpp>

namespace neocol::study {
namespace {

struct Design {
    MorrisDesign morris;
    PointSet sobol;
    const PointSet& points(SensitivityMethod method) const {
        return method == SensitivityMethod::morris ? morris.points : sobol;
    }
};

Design make_design(const SensitivityPlan& plan) {
    Design design;
    if (plan.method == SensitivityMethod::morris)
        design.morris = morris_paths(plan.samples, plan.parameters.size(), plan.seed);
    else
        design.sobol = saltelli_points(plan.samples, plan.parameters.size(), plan.seed);
    return design;
}

std::vector<io::Override> overrides_at(const SensitivityPlan& plan, std::span<const double> point) {
    std::vector<io::Override> overrides = plan.base;
    for (std::size_t k = 0; k < plan.parameters.size(); ++k) {
        const UncertainParameter& p = plan.parameters[k];
        overrides.push_back(set_parameter(p, quantile(p.distribution, point[k])));
    }
    return overrides;
}

Batch make_batch(CaseRunner& runner, const SensitivityPlan& plan, const PointSet& points,
                 const model::Model& model, const std::string& hash) {
    Batch batch;
    for (const UncertainParameter& p : plan.parameters) {
        batch.key_columns.push_back(p.unit == "1" ? p.name
                                                  : fmt::format("{} [{}]", p.name, p.unit));
    }
    for (const std::size_t i : plan.outcomes) {
        const model::Outcome& outcome = model.outcomes[i];
        batch.value_columns.push_back(
            fmt::format("{} [{}]", outcome.name, io::stored_units(outcome.unit.text)));
    }
    std::string all = hash + version();
    for (std::size_t i = 0; i < points.size(); ++i) {
        std::vector<std::string> keys;
        for (std::size_t k = 0; k < plan.parameters.size(); ++k) {
            keys.push_back(
                csv_number(quantile(plan.parameters[k].distribution, points.point(i)[k])));
            all += "," + keys.back();
        }
        batch.keys.push_back(std::move(keys));
    }
    for (const std::string& column : batch.value_columns)
        all += column;
    batch.signature = sha256_hex(all).substr(0, 24);
    batch.run = [&runner, &plan, &points](std::size_t i, const CaseOptions& options) {
        return runner.run(overrides_at(plan, points.point(i)), options);
    };
    batch.reduce = [&plan, &model](const CaseResult& result) {
        std::vector<double> values;
        for (const std::size_t i : plan.outcomes) {
            const simulation::OutcomeValue& outcome = result.outcomes[i];
            values.push_back(outcome.censored
                                 ? std::numeric_limits<double>::quiet_NaN()
                                 : model.outcomes[i].unit.from_internal(outcome.value));
        }
        return values;
    };
    return batch;
}

OutcomeSensitivity analyse(const SensitivityPlan& plan, const Design& design,
                           const model::Outcome& outcome, const std::vector<double>& y) {
    OutcomeSensitivity sensitivity;
    sensitivity.name = outcome.name;
    sensitivity.unit = io::stored_units(outcome.unit.text);
    sensitivity.meaning = outcome.meaning;
    sensitivity.missing = static_cast<std::size_t>(
        std::count_if(y.begin(), y.end(), [](double value) { return std::isnan(value); }));
    sensitivity.median = sample_quantile(y, 0.5);
    sensitivity.low = sample_quantile(y, 0.05);
    sensitivity.high = sample_quantile(y, 0.95);
    if (plan.method == SensitivityMethod::morris)
        sensitivity.effects = morris_effects(design.morris, y);
    else
        sensitivity.indices = sobol_indices(plan.samples, plan.parameters.size(), y);
    return sensitivity;
}

/// How much a parameter matters to an outcome: mu* or total index.
double importance(const OutcomeSensitivity& outcome, std::size_t k) {
    const double value = outcome.effects.empty() ? outcome.indices.inputs[k].total.value
                                                 : outcome.effects[k].mu_star.value;
    return std::isnan(value) ? -1.0 : value;
}

std::vector<std::size_t> by_importance(const OutcomeSensitivity& outcome, std::size_t n) {
    std::vector<std::size_t> order(n);
    for (std::size_t k = 0; k < n; ++k)
        order[k] = k;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return importance(outcome, a) > importance(outcome, b);
    });
    return order;
}

std::string interval(const Estimated& e) {
    return fmt::format("{:>9.3g} {:>19}", e.value, fmt::format("[{:.3g}, {:.3g}]", e.low, e.high));
}

void print_outcome(std::string& out, const SensitivityReport& report, const OutcomeSensitivity& o,
                   std::size_t rows) {
    const bool morris = report.method == SensitivityMethod::morris;
    if (std::isnan(o.median)) {
        out +=
            fmt::format("\n{} [{}]: no case has a value (followed long enough?)\n", o.name, o.unit);
        return;
    }
    out += fmt::format("\n{} [{}]: median {:.4g}, 5 to 95 % of the design {:.4g} to {:.4g}", o.name,
                       o.unit, o.median, o.low, o.high);
    out += o.missing > 0 ? fmt::format("; {} cases without a value\n", o.missing) : "\n";
    if (!morris && std::isnan(o.indices.inputs.front().total.value)) {
        out += "  does not vary\n";
        return;
    }
    out += morris ? fmt::format("  {:<22}{:>10} {:>19}{:>10}{:>10}  {}\n", "parameter", "mu*",
                                "90 % interval", "mu", "sigma", "evidence")
                  : fmt::format("  {:<22}{:>10} {:>19}{:>10} {:>19}  {}\n", "parameter", "first",
                                "90 % interval", "total", "90 % interval", "evidence");
    const std::vector<std::size_t> order = by_importance(o, report.parameters.size());
    for (std::size_t r = 0; r < std::min(rows, order.size()); ++r) {
        const UncertainParameter& p = report.parameters[order[r]];
        if (morris) {
            const MorrisEffect& e = o.effects[order[r]];
            out += fmt::format("  {:<22} {}{:>10.3g}{:>10.3g}  {}\n", p.name, interval(e.mu_star),
                               e.mu, e.sigma, p.evidence);
        } else {
            const SobolIndex& s = o.indices.inputs[order[r]];
            out += fmt::format("  {:<22} {} {}  {}\n", p.name, interval(s.first), interval(s.total),
                               p.evidence);
        }
    }
}

}  // namespace

std::size_t SensitivityPlan::cases() const {
    return samples * (parameters.size() + (method == SensitivityMethod::morris ? 1 : 2));
}

SensitivityReport run_sensitivity(CaseRunner& runner, const SensitivityPlan& plan,
                                  const BatchOptions& options) {
    const io::ScenarioFamily::Member base = runner.read(plan.base);
    const Design design = make_design(plan);
    const Batch batch =
        make_batch(runner, plan, design.points(plan.method), *base.model, base.scenario.hash);
    SensitivityReport report;
    report.method = plan.method;
    report.title = base.scenario.title;
    report.model = base.model->name;
    report.hash = base.scenario.hash;
    report.samples = plan.samples;
    report.cases = plan.cases();
    report.seed = plan.seed;
    report.parameters = plan.parameters;
    report.solved = plan.solved;
    BatchOptions watched = options;
    watched.progress = [&](const BatchProgress& progress) {
        report.reused = progress.reused;
        if (options.progress) options.progress(progress);
    };
    std::vector<BatchRow> rows = run_batch(batch, watched);
    const BatchCount n = leave_out_doubtful(rows);
    report.complete = n.stopped == 0;
    report.failed = n.failed;
    report.first_failure = n.first_failure;
    report.doubtful = n.doubtful;
    report.first_doubt = n.first_doubt;
    if (!report.complete) return report;
    if (n.failed + n.doubtful == rows.size()) {
        throw InputError(n.failed > 0
                             ? "every case failed, the first because: " + n.first_failure
                             : "every case is doubtful, the first because: " + n.first_doubt);
    }
    for (std::size_t j = 0; j < plan.outcomes.size(); ++j) {
        std::vector<double> y;
        for (const BatchRow& row : rows)
            y.push_back(row.values[j]);
        report.outcomes.push_back(analyse(plan, design, base.model->outcomes[plan.outcomes[j]], y));
    }
    return report;
}

std::string to_text(const SensitivityReport& report, std::size_t rows) {
    const bool morris = report.method == SensitivityMethod::morris;
    std::string out = fmt::format(
        "{}\n{} of {} parameters over their declared ranges: {} cases ({} {}, seed {}), {} "
        "failed\n",
        report.title, morris ? "Morris's elementary effects" : "Sobol' indices",
        report.parameters.size(), report.cases, report.samples, morris ? "paths" : "rows",
        report.seed, report.failed);
    if (report.failed > 0) out += "the first failure: " + report.first_failure + "\n";
    out += doubtful_text(report.doubtful, report.first_doubt);
    if (report.solved.n_species > 0) out += to_text(report.solved) + "\n";
    out += morris ? "mu*: mean size of the change of the outcome per full range of the parameter\n"
                  : "first: share of the variance by the parameter alone; total: with company\n";
    const std::size_t usual = report.outcomes.size() <= 3 ? 12 : 3;
    for (const OutcomeSensitivity& outcome : report.outcomes)
        print_outcome(out, report, outcome, rows > 0 ? rows : usual);
    out +=
        "\nWhat follows from declared ranges, not from data: a parameter with a wide range "
        "matters\nmore. Most ranges are design choices ('neocol model describe').\n";
    return out;
}

std::string to_csv(const SensitivityReport& report) {
    const bool morris = report.method == SensitivityMethod::morris;
    std::string out = "outcome,unit,parameter,evidence,low,high,parameter_unit,";
    out += morris ? "mu_star,mu_star_low,mu_star_high,mu,sigma,effects\n"
                  : "first,first_low,first_high,total,total_low,total_high,rows\n";
    for (const OutcomeSensitivity& o : report.outcomes) {
        for (std::size_t k = 0; k < report.parameters.size(); ++k) {
            const UncertainParameter& p = report.parameters[k];
            out += fmt::format("{},{},{},{},{},{},{}", o.name, csv_cell(o.unit), p.name, p.evidence,
                               p.distribution.low, p.distribution.high, csv_cell(p.unit));
            const auto add = [&](const Estimated& e) {
                out +=
                    "," + csv_number(e.value) + "," + csv_number(e.low) + "," + csv_number(e.high);
            };
            if (morris) {
                const MorrisEffect& e = o.effects[k];
                add(e.mu_star);
                out += fmt::format(",{},{},{}\n", csv_number(e.mu), csv_number(e.sigma), e.effects);
            } else {
                add(o.indices.inputs[k].first);
                add(o.indices.inputs[k].total);
                out += fmt::format(",{}\n", o.indices.rows);
            }
        }
    }
    return out;
}

}  // namespace neocol::study
