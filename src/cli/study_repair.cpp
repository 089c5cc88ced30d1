#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "streams.hpp"
#include "study_common.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string plan;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("plan", a.plan, "folder of the plan")->required();
}

int execute(const Arguments& a, const Invocation& invocation) {
    const study::Plan plan = study::open_plan(a.plan);
    const auto lock = hold_exclusively(plan, invocation);
    study::PlanCases cases(plan);
    const std::vector<std::string> done = study::repair_store(study::store_folder(plan), cases);
    for (const std::string& text : done)
        print("{}\n", text);
    const study::StoreState state = study::read_state(plan);
    print("{}: {}; {} of {} cases complete, {} to do\n", plan.folder,
          done.empty() ? "nothing to repair" : "repaired", state.n_complete(), plan.n_cases,
          state.n_to_do());
    print("{}", damage_text(state.damage));
    return exit_done;
}

}  // namespace

extern const Command study_repair_command = make_command<Arguments, options, execute>(
    "study repair", "set aside what is damaged in a study", R"(
Damaged files of results go to the folder 'damaged', what dead programs left unfinished is removed.
Cases that were in them are to do; nothing else changes.

Examples:
  neocol study repair my_study)");

}  // namespace neocol::cli
