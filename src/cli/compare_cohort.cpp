#include "compare_cohort.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/names.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/estimate.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/study/cohort_compare.hpp>
#include <neocol/study/make_plan.hpp>

#include "models.hpp"
#include "scenarios.hpp"
#include "streams.hpp"
#include "study_common.hpp"

namespace neocol::cli {
namespace {

struct Runners {
    std::vector<std::unique_ptr<study::CaseRunner>> owned;
    std::vector<study::CaseRunner*> pointers() const {
        std::vector<study::CaseRunner*> list;
        for (const auto& runner : owned)
            list.push_back(runner.get());
        return list;
    }
};

std::vector<std::string> regimen_names(const CohortArguments& a) {
    if (!a.labels.empty() && a.labels.size() != a.files.size()) {
        throw UsageError(
            fmt::format("{} labels for {} scenarios", a.labels.size(), a.files.size()));
    }
    std::vector<std::string> names = a.labels;
    for (std::size_t i = names.size(); i < a.files.size(); ++i)
        names.push_back(std::filesystem::path(a.files[i]).stem().string());
    for (std::size_t i = 0; i < names.size(); ++i)
        if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
            names.begin() + static_cast<std::ptrdiff_t>(i))
            throw UsageError("two regimens are called '" + names[i] + "': name them with --labels");
    return names;
}

study::ParameterDraws make_draws(const CohortArguments& a, const study::ComparePlan& plan,
                                 const model::Model& model, const io::Library& library) {
    if (a.draws == 0) return {"the model's own values", {}, {{}}};
    const bool chosen = !a.parameters.empty() || !a.evidence.empty();
    const auto sample = chosen ? std::nullopt : study::find_sample(library, model.name);
    if (sample) return study::draw_sample(sample->text, sample->path, model, a.draws, plan.seed);
    return study::draw_declared(study::choose_parameters(model, a.parameters, a.evidence), a.draws,
                                plan.seed);
}

/// Observables whose curves are kept: those named, else the first two that the outcomes look at.
std::vector<std::size_t> curve_observables(const CohortArguments& a, const study::ComparePlan& plan,
                                           const model::Model& model) {
    std::vector<std::size_t> indices;
    for (const std::string& name : a.observables) {
        const int i = model.find_observable(name);
        if (i < 0) {
            std::vector<std::string> known;
            for (const model::Observable& o : model.observables)
                known.push_back(o.name);
            throw InputError("unknown observable '" + name + "'", suggest(name, known));
        }
        indices.push_back(static_cast<std::size_t>(i));
    }
    // Those that a least difference is given for come first.
    std::vector<std::size_t> outcomes = plan.outcomes;
    std::stable_partition(outcomes.begin(), outcomes.end(), [&](std::size_t i) {
        return std::any_of(
            plan.least.begin(), plan.least.end(),
            [&](const study::LeastDifference& l) { return l.outcome == model.outcomes[i].name; });
    });
    for (const std::size_t i : outcomes) {
        const auto j = static_cast<std::size_t>(model.outcomes[i].observable);
        if (a.observables.empty() && indices.size() < 2 &&
            std::find(indices.begin(), indices.end(), j) == indices.end())
            indices.push_back(j);
    }
    return indices;
}

/// Solves only what the outcomes and curves of a plan depend on, which then refers to what is left
/// of the model.
void leave_out(const CohortArguments& a, const Runners& runners, const model::Model& whole,
               study::ComparePlan& plan, const Invocation& invocation) {
    const std::vector<std::string> outcomes = outcome_names(whole, plan.outcomes);
    std::vector<std::string> observables;
    for (const std::size_t i : plan.observables)
        observables.push_back(whole.observables[i].name);
    plan.solved =
        solve_only(runners.pointers(), whole, {observables, outcomes}, a.batch, invocation);
    const model::Model& model = *runners.owned.front()->read(plan.base).model;
    plan.outcomes = study::choose_outcomes(model, outcomes);
    for (std::size_t k = 0; k < observables.size(); ++k)
        plan.observables[k] = static_cast<std::size_t>(model.find_observable(observables[k]));
}

study::ComparePlan make_plan(const CohortArguments& a, const Runners& runners,
                             const Invocation& invocation) {
    study::ComparePlan plan;
    plan.names = regimen_names(a);
    plan.base = parse_overrides(a.set);
    plan.cohort = study::find_cohort(a.cohort, library(invocation));
    plan.persons = a.persons;
    plan.seed = a.batch.seed;
    const model::Model& model = *runners.owned.front()->read(plan.base).model;
    // `models/` beside the first scenario comes before the installation's.
    const io::Library shelves = case_family(a.files.front(), a.batch.kernels, invocation).library;
    check_cases(static_cast<double>(plan.persons) * static_cast<double>(a.files.size()) *
                    static_cast<double>(std::max<std::size_t>(1, a.draws)),
                "--persons or --draws");
    plan.draws = make_draws(a, plan, model, shelves);
    for (const std::string& text : a.least)
        plan.least.push_back(study::parse_least(text));
    std::vector<std::string> outcomes = a.outcomes;
    for (const study::LeastDifference& least : plan.least)
        if (!outcomes.empty()) outcomes.push_back(least.outcome);
    plan.outcomes = study::choose_outcomes(model, outcomes);
    plan.observables = curve_observables(a, plan, model);
    leave_out(a, runners, model, plan, invocation);
    plan.clock_from_last = a.clock == "last";
    if (!a.follow_up.empty()) plan.follow_up = UnitSystem().parse_quantity(a.follow_up).internal();
    plan.equal_dose = a.equal_dose.empty()          ? study::EqualDose::none
                      : a.equal_dose == "punctures" ? study::EqualDose::punctures
                                                    : study::EqualDose::wounded_volume;
    plan.closure = study::find_closure_errors(shelves, model.name);
    return plan;
}

std::size_t n_cases(const Runners& runners, const study::ComparePlan& plan) {
    return runners.owned.size() * plan.persons * std::max<std::size_t>(1, plan.draws.values.size());
}

/// Predicted time of a case on one core [s].
double case_seconds(const Runners& runners, const study::ComparePlan& plan) {
    const auto base = runners.owned.front()->read(plan.base);
    const tissue::Grid grid = simulation::make_grid(base.scenario, *base.model);
    return simulation::estimate(base.scenario, *base.model, grid).seconds;
}

void describe_plan(const Runners& runners, const study::ComparePlan& plan, int threads) {
    const double seconds = case_seconds(runners, plan);
    const std::size_t cases = n_cases(runners, plan);
    print(
        "{} regimens, {} persons, {} draws ({}): {} cases of about {:.2g} s, {:.2g} h on {} "
        "threads\n",
        runners.owned.size(), plan.persons, plan.draws.values.size(), plan.draws.origin, cases,
        seconds, static_cast<double>(cases) * seconds / 3600.0 / threads, threads);
    print("{}\n", study::to_text(plan.solved));
    for (const study::RegimenDose& r : study::compared_doses(runners.pointers(), plan)) {
        print(
            "  {}: {} sessions, {:.4g} punctures per cm2 in all, {:.3g} mm3 per cm2 wounded, "
            "until day {:g}\n",
            r.name, r.sessions, r.punctures, r.wounded_volume, r.until);
    }
}

}  // namespace

void add_cohort_options(CLI::App& app, CohortArguments& a) {
    CLI::Option* persons =
        app.add_option(
               "--cohort", a.cohort,
               "compare scenarios in these persons: a cohort file, or a name in models/cohorts")
            ->group("Regimens in a cohort");
    // Of result files they would say nothing: refused there, not ignored.
    const auto cohort = [&](CLI::Option* option) {
        option->group("Regimens in a cohort")->needs(persons);
    };
    cohort(app.add_option("--persons", a.persons, "how many (default: 20)")
               ->check(CLI::PositiveNumber));
    cohort(
        app.add_option("--draws", a.draws, "of parameters (default: 10); 0: the model's own values")
            ->check(CLI::NonNegativeNumber));
    cohort(app.add_option("--parameters", a.parameters,
                          "draw only these, from their declared distributions")
               ->delimiter(','));
    cohort(app.add_option("--evidence", a.evidence, "draw only parameters of this evidence")
               ->delimiter(','));
    app.add_option("--outcomes", a.outcomes,
                   "names or patterns (default: all); of result files too")
        ->delimiter(',')
        ->group("Regimens in a cohort");
    cohort(
        app.add_option("--least", a.least,
                       "least difference that counts: 'NAME>0.5' more is better, 'NAME<0.1' less")
            ->delimiter(','));
    cohort(app.add_option("--equal-dose", a.equal_dose,
                          "change densities to the first regimen's total punctures or volume")
               ->check(CLI::IsMember({"punctures", "volume"})));
    cohort(app.add_option("--clock", a.clock,
                          "runs end equally long after the last (default) or first session")
               ->check(CLI::IsMember({"last", "first"})));
    cohort(app.add_option("--follow-up", a.follow_up,
                          "how long after that session, such as \"180 day\""));
    cohort(app.add_option("--labels", a.labels, "of the regimens (default: file names)")
               ->delimiter(','));
    cohort(app.add_option("--set", a.set, "key=value in every scenario, repeatable")
               ->allow_extra_args(false));
    add_batch_options(app, a.batch);
}

int compare_regimens(const CohortArguments& a, const Invocation& invocation) {
    Runners runners;
    for (const std::string& file : a.files) {
        runners.owned.push_back(
            std::make_unique<study::CaseRunner>(case_family(file, a.batch.kernels, invocation)));
    }
    const study::ComparePlan plan = make_plan(a, runners, invocation);
    check_batch_output(a.batch, a.files);
    if (!a.batch.cluster.file.empty()) {
        return submit_batch_to_slurm(a.batch.cluster, a.batch.output, a.batch.quiet,
                                     n_cases(runners, plan), case_seconds(runners, plan));
    }
    study::BatchOptions batch = batch_options(a.batch, invocation);
    std::size_t fresh = 0;
    count_fresh(batch, fresh);
    if (a.batch.cluster.dry_run) {
        describe_plan(runners, plan, batch.threads);
        return exit_done;
    }
    const study::CohortComparison comparison =
        study::compare_cohort(runners.pointers(), plan, batch);
    if (!comparison.complete || !a.batch.cluster.task.empty())
        return batch_stopped(a.batch, batch, fresh);
    if (!a.batch.output.empty()) {
        write_text(a.batch.output + ".json", study::to_json(comparison));
        write_text(a.batch.output + ".csv", study::to_csv(comparison));
    }
    print("{}", a.batch.json ? study::to_json(comparison) : study::to_text(comparison));
    return exit_done;
}

}  // namespace neocol::cli
