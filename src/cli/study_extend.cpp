#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "study_common.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string plan;   ///< folder
    std::string study;  ///< the edited study file
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("plan", a.plan, "folder of the plan")->required();
    app.add_option("study", a.study, "the study file with values or replicates added")->required();
}

int execute(const Arguments& a, const Invocation& invocation) {
    const study::Plan plan = study::open_plan(a.plan);
    const auto lock = hold_exclusively(plan, invocation);
    print_plan(
        study::extend_plan(a.study, a.plan, plan_options(plan.interpreter, false, invocation)),
        true);
    return exit_done;
}

}  // namespace

extern const Command study_extend_command = make_command<Arguments, options, execute>(
    "study extend", "add values or replicates to a plan", R"(
Cases that are in the plan stay and are not run again. Edit the study file first.

Examples:
  neocol study extend my_study my_study.toml)");

}  // namespace neocol::cli
