#pragma once

#include <string>
#include <vector>

#include "command.hpp"

#include <neocol/io/result_reader.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/simulation/estimate.hpp>
#include <neocol/simulation/simulation.hpp>

namespace neocol::cli {

/// What a scenario is read from.
struct ScenarioArguments {
    std::string file;
    std::string from;  ///< a result file whose scenario is repeated
    std::vector<std::string> set;
};

/// Options by which every verb that reads a scenario takes it.
void add_scenario_options(CLI::App& app, ScenarioArguments& arguments);

/// Reads the scenario file, or the scenario stored in a result, with overrides applied.
/// \throws InputError, IoError
io::LoadedScenario load_scenario(const ScenarioArguments& arguments, const Invocation& invocation);

/// Path of a scenario: as given, or, of a bare word that is no file here, that of the library's
/// scenario of this name. \throws InputError  there is none, or NAME.toml is a file here
std::string scenario_path(const std::string& given, const Invocation& invocation);

/// \throws InputError  there is no such file, or a device or a pipe; IoError  it cannot be told
void refuse_no_file(const std::string& scenario);

/// What a run will take, a line each: voxels, steps, memory, records and bytes, size of the model.
std::string needs_text(const io::LoadedScenario& loaded, const tissue::Grid& grid,
                       const simulation::Estimate& estimate);

/// \throws InputError  the run needs more memory than there is; at domain.spacing
void check_memory(const simulation::Estimate& estimate, const io::LoadedScenario& loaded,
                  const Invocation& invocation);

/// `--set` as overrides.
std::vector<io::Override> parse_overrides(const std::vector<std::string>& set);

/// A result; with --as-is also one that is not as neocol wrote it, said on stderr.
/// \throws IoError
io::StoredResult read_as_asked(const std::string& path, bool as_is);

}  // namespace neocol::cli
