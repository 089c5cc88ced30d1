#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/estimate.hpp>
#include <neocol/simulation/rest_check.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/treatment/device.hpp>

#include "scenarios.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    ScenarioArguments scenario;
    bool quiet = false;
};

void options(CLI::App& app, Arguments& a) {
    add_scenario_options(app, a.scenario);
    app.add_flag("--quiet", a.quiet, "say nothing if all is well");
}

int execute(const Arguments& a, const Invocation& invocation) {
    const io::LoadedScenario loaded = load_scenario(a.scenario, invocation);
    const tissue::Grid grid = simulation::make_grid(loaded.scenario, loaded.model);
    simulation::require_balance(loaded.scenario, loaded.model);
    const simulation::Estimate estimate = simulation::estimate(loaded.scenario, loaded.model, grid);
    check_memory(estimate, loaded, invocation);
    if (a.quiet) return exit_done;
    print("{}: no fault found\n{}\n\n", loaded.files.front().path, loaded.scenario.title);
    for (const ReadValue& value : loaded.scenario.resolved)
        print("{:<34} {:<28} {}\n", value.key, value.value, value.origin);
    print("\n{}run {}\n", needs_text(loaded, grid, estimate), loaded.scenario.hash);
    return exit_done;
}

}  // namespace

extern const Command check_command = make_command<Arguments, options, execute>(
    "check", "find every fault of a scenario without running it", R"(
Examples:
  neocol check my.toml
  neocol check my.toml --set device.needle_length="2 mm")");

}  // namespace neocol::cli
