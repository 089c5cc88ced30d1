#pragma once

#include <neocol/cli/command.hpp>
#include <neocol/io/result_reader.hpp>
#include <neocol/io/scenario_reader.hpp>

namespace neocol::cli {

/// Options by which every verb that reads a scenario takes it.
void add_scenario_options(CLI::App& app, ScenarioArguments& arguments);

/// Reads the scenario file, or the scenario stored in a result, with overrides applied.
/// \throws InputError, IoError
io::LoadedScenario load_scenario(const ScenarioArguments& arguments,
                                 const Surroundings& surroundings);

/// A result; with --as-is also one that is not as neocol wrote it, said on stderr.
/// \throws IoError
io::StoredResult read_as_asked(const std::string& path, const Arguments& a);

}  // namespace neocol::cli
