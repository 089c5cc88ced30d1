#include <neocol/study/sensitivity_study.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/files/files.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/estimate.hpp>
#include <neocol/simulation/simulation.hpp>

#include "batch.hpp"
#include "scenarios.hpp"
#include "streams.hpp"
#include "study_slurm.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    ScenarioArguments scenario;
    BatchArguments batch;
    std::string method{name_of(study::SensitivityMethod::morris)};
    std::vector<std::string> parameters, evidence, outcomes;  ///< names or patterns
    std::size_t samples = 0;                                  ///< 0: by method
    std::size_t rows = 0;                                     ///< shown an outcome, 0: usual
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("scenario", a.scenario.file,
                   "scenario file; or a collected study with design = \"morris\"")
        ->required();
    app.add_option("--set", a.scenario.set, "key=value in place of the scenario's, repeatable")
        ->allow_extra_args(false);
    app.add_option("--method", a.method, "morris (screening, default) or sobol (indices)")
        ->check(CLI::IsMember(choices_of<study::SensitivityMethod>().names()));
    app.add_option("--parameters", a.parameters,
                   "names or patterns such as K_*,b_T? (default: all with a distribution)")
        ->delimiter(',');
    app.add_option("--evidence", a.evidence, "only parameters of this evidence: design,code")
        ->delimiter(',');
    app.add_option("--outcomes", a.outcomes, "names or patterns (default: all)")->delimiter(',');
    app.add_option("--samples", a.samples,
                   "morris: paths (default 10); sobol: rows (default 64, best a power of 2)")
        ->check(CLI::PositiveNumber);
    app.add_option("--show", a.rows, "parameters shown an outcome (default: 12, or 3)");
    add_batch_options(app, a.batch);
}

/// Predicted time of a case on one core [s].
double case_seconds(const io::ScenarioFamily::Member& base) {
    const tissue::Grid grid = simulation::make_grid(base.scenario, *base.model);
    return simulation::estimate(base.scenario, *base.model, grid).seconds;
}

void describe_plan(const study::SensitivityPlan& plan, const io::ScenarioFamily::Member& base,
                   int threads) {
    const double seconds = case_seconds(base);
    const auto cases = static_cast<double>(plan.cases());
    print("{}\n{} parameters, {} outcomes: {} cases of about {:.2g} s, {:.2g} h on {} threads\n",
          base.scenario.title, plan.parameters.size(), plan.outcomes.size(), plan.cases(), seconds,
          cases * seconds / 3600.0 / threads, threads);
    print("{}\n", study::to_text(plan.solved));
    for (const study::UncertainParameter& p : plan.parameters) {
        print("  {:<22} {:.4g} to {:.4g} {}  ({})\n", p.name, p.distribution.low,
              p.distribution.high, p.unit == "1" ? "" : p.unit, p.evidence);
    }
}

/// Writes NAME.json and NAME.csv if asked, and prints.
int show(const study::SensitivityReport& report, const Arguments& a) {
    if (!a.batch.output.empty()) {
        write_text(a.batch.output + ".json", study::to_json(report));
        write_text(a.batch.output + ".csv", study::to_csv(report));
    }
    print("{}", a.batch.json ? study::to_json(report) : study::to_text(report, a.rows));
    return exit_done;
}

int execute(const Arguments& a, const Invocation& invocation) {
    if (a.scenario.file.ends_with(".h5") ||
        files::kind_of(a.scenario.file) == files::Kind::folder) {
        check_batch_output(a.batch, {a.scenario.file});
        return show(study::sensitivity_of_collected(a.scenario.file, a.outcomes), a);
    }
    study::CaseRunner runner(case_family(a.scenario.file, a.batch.kernels, invocation));
    study::SensitivityPlan plan;
    plan.base = parse_overrides(a.scenario.set);
    io::ScenarioFamily::Member base = runner.read(plan.base);
    plan.method = find_word<study::SensitivityMethod>(a.method).value();
    const bool morris = plan.method == study::SensitivityMethod::morris;
    plan.samples = a.samples > 0 ? a.samples : (morris ? 10 : 64);
    plan.seed = a.batch.seed;
    plan.parameters = study::choose_parameters(*base.model, a.parameters, a.evidence);
    plan.outcomes = study::choose_outcomes(*base.model, a.outcomes);
    check_cases(static_cast<double>(plan.samples) * static_cast<double>(plan.parameters.size() + 2),
                "--samples");
    if (plan.outcomes.empty())
        throw InputError("the model '" + base.model->name + "' has no outcomes to be sensitive");
    check_batch_output(a.batch, {a.scenario.file});
    const std::vector<std::string> selected = outcome_names(*base.model, plan.outcomes);
    plan.solved = solve_only({&runner}, *base.model, {{}, selected}, a.batch, invocation);
    base = runner.read(plan.base);
    plan.outcomes = study::choose_outcomes(*base.model, selected);
    if (!a.batch.cluster.file.empty()) {
        return submit_batch_to_slurm(a.batch.cluster, a.batch.output, a.batch.quiet, plan.cases(),
                                     case_seconds(base));
    }
    study::BatchOptions batch = batch_options(a.batch, invocation);
    std::size_t fresh = 0;
    count_fresh(batch, fresh);
    if (a.batch.cluster.dry_run) {
        describe_plan(plan, base, batch.threads);
        return exit_done;
    }
    const study::SensitivityReport report = study::run_sensitivity(runner, plan, batch);
    if (!report.complete || !a.batch.cluster.task.empty())
        return batch_stopped(a.batch, batch, fresh);
    return show(report, a);
}

}  // namespace

extern const Command sensitivity_command = make_command<Arguments, options, execute>(
    "sensitivity", "which parameters an outcome hangs on: Morris, Sobol'", R"(
Examples:
  neocol sensitivity my.toml --dry-run
  neocol sensitivity my.toml --outcomes 'collagen_*_gain_90d' -o screening
  neocol sensitivity my.toml --method sobol --samples 128 --parameters K_M,s_M,a_1 -o indices
  neocol sensitivity my_morris_study -o screening
  neocol sensitivity my.toml --evidence design --set domain.spacing="60 um" --set run.tolerance=1e-3)");

}  // namespace neocol::cli
