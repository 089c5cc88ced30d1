#include <filesystem>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/io/library.hpp>

#include "study_common.hpp"

namespace neocol::cli {
namespace {

void print_plan(const study::PlanReport& report, bool extended) {
    const study::Plan& plan = report.plan;
    fmt::print("{}\n{} cases{} in {}", plan.title, report.added, extended ? " added" : "",
               plan.folder);
    if (extended) fmt::print(", {} in all", plan.n_cases);
    if (report.merged > 0) {
        fmt::print("; {} were there already", report.merged);
    }
    fmt::print("\ncolumns:");
    for (const study::Column& column : plan.columns) {
        fmt::print(" {}{}", column.name,
                   column.is_text() || column.unit == "1" ? "" : " [" + column.unit + "]");
    }
    fmt::print("\nkept: {} outcomes, {} observables every {:g} d\n{}", plan.outcomes.size(),
               plan.observables.size(), plan.every, restrictions_text(plan.restrictions));
}

void plan_options_of(CLI::App& app, Arguments& a) {
    app.add_option("study", a.study.plan, "study file")->required();
    app.add_option("-o,--output", a.output, "folder (default: the study's name)");
    app.add_flag("--interpreter", a.interpreter, "do not compile the model");
    app.add_flag("--whole-model", a.batch.whole_model, whole_model_help);
}

int plan_execute(const Arguments& a, const Surroundings& surroundings) {
    const std::string folder =
        a.output.empty() ? std::filesystem::path(a.study.plan).stem().string() : a.output;
    const study::PlanReport report =
        study::make_plan(a.study.plan, folder, plan_options(a, surroundings));
    print_plan(report, false);
    fmt::print("next: neocol study estimate {0}, neocol study run {0}\n", folder);
    return exit_done;
}

void extend_options(CLI::App& app, Arguments& a) {
    app.add_option("plan", a.study.plan, "folder of the plan")->required();
    app.add_option("study", a.study.study, "the study file with values or replicates added")
        ->required();
}

int extend_execute(const Arguments& a, const Surroundings& surroundings) {
    const study::Plan plan = study::open_plan(a.study.plan);
    const auto lock = hold_exclusively(plan, surroundings);
    Arguments with_kernels = a;
    with_kernels.interpreter = plan.interpreter;
    print_plan(
        study::extend_plan(a.study.study, a.study.plan, plan_options(with_kernels, surroundings)),
        true);
    return exit_done;
}

}  // namespace

const Command study_plan_command{"study plan", "freeze a study in a folder of its own", R"(
Examples:
  neocol study plan scenarios/studies/density_needle_length.toml
  neocol study plan my_study.toml --output /scratch/my_study)",
                                 plan_options_of, plan_execute};

const Command study_extend_command{"study extend", "add values or replicates to a plan", R"(
Cases that are in the plan stay and are not run again. Edit the study file first.

Examples:
  neocol study extend my_study my_study.toml)",
                                   extend_options, extend_execute};

}  // namespace neocol::cli
