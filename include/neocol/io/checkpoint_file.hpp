#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <neocol/io/provenance.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/simulation/checkpoint.hpp>

namespace neocol::io {

/// Version of the layout of checkpoints (docs/checkpoints.md).
inline constexpr int checkpoint_format_version = 4;

/// What a checkpoint calls itself in its last line.
inline constexpr const char* checkpoint_kind = "checkpoint";

/// `run.h5.checkpoint` for a result `run.h5`, and the one before it.
std::string checkpoint_path(const std::string& result_path);
std::string older_checkpoint_path(const std::string& result_path);
/// The kept checkpoint right after session i (from 0): `run.h5.session-1.checkpoint`.
std::string session_checkpoint_path(const std::string& result_path, std::size_t i_session);
/// The result a checkpoint belongs to, by its name; empty if it has no name of that kind.
std::string result_of_checkpoint(const std::string& checkpoint_path);

/// What has to be the same for a run that goes on to have the bits of the unbroken one: name and
/// value of each, in the order in which differences are told.
using RunIdentity = std::vector<std::pair<std::string, std::string>>;

/// \param isa      instruction set of the kernels
/// \param machine  instruction set of this machine: the solver's own loops follow it
RunIdentity make_identity(const simulation::Scenario& scenario, const model::Model& model,
                          const std::string& isa, const std::string& machine);

/// A checkpoint as stored, with the field records open for reading.
struct StoredCheckpoint {
    std::string path;
    simulation::Checkpoint checkpoint;
    RunIdentity identity;
    bool interpreter = false;
    std::string history;
    std::string title, scenario_text, resolved_text, model_text, model_name;
    std::vector<ReadValue> resolved;
    double until = 0.0;          ///< end of the run [d]
    std::size_t n_sessions = 0;  ///< in the whole course
    double bytes = 0.0;          ///< size of the file
};

/// True if a file looks like a checkpoint, whole or not.
bool is_checkpoint(const std::string& path);

/// Reads a checkpoint and checks its sum.
/// \throws IoError  no such file, no checkpoint, damaged, of a newer format
StoredCheckpoint read_checkpoint(const std::string& path);

/// The same, but falls back from a damaged or missing newest checkpoint to the older one.
/// \param warning  says so if it did
/// \throws IoError  neither can be read; the text tells both reasons
StoredCheckpoint read_checkpoint_or_older(const std::string& path, std::string& warning);

/// The scenario a checkpoint was made of, and its model: no other file is needed.
/// \throws InputError  this neocol reads it as something else than it was
LoadedScenario read_scenario_of_checkpoint(const StoredCheckpoint& stored);

/// What differs between a checkpoint and the run that would go on from it: `model: 1a2b... in the
/// checkpoint, 3c4d... here`. Empty: nothing.
std::vector<std::string> differences(const RunIdentity& checkpoint, const RunIdentity& here);

/// Key paths in which a scenario's past, up to the checkpoint's moment, is not the checkpoint's,
/// with both values; empty if the run may fork here. Free are title, question, run.until, sessions
/// and field times after the checkpoint (before the first session: that session's time).
std::vector<std::string> different_past(const StoredCheckpoint& stored,
                                        const LoadedScenario& loaded);

/// Key paths in which a scenario is another one than the checkpoint's, with both values.
std::vector<std::string> different_values(const StoredCheckpoint& stored,
                                          const LoadedScenario& loaded);

}  // namespace neocol::io
