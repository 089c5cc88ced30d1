#pragma once

#include <neocol/cli/command.hpp>
#include <neocol/io/scenario_reader.hpp>

namespace neocol::cli {

/// Options by which every verb that reads a scenario takes it.
void add_scenario_options(CLI::App& app, ScenarioArguments& arguments);

/// Reads the scenario file, or the scenario stored in a result, with overrides applied.
/// \throws InputError, IoError
io::LoadedScenario load_scenario(const ScenarioArguments& arguments,
                                 const Surroundings& surroundings);

}  // namespace neocol::cli
