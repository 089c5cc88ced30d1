#pragma once

#include <chrono>
#include <string>

#include "command.hpp"

#include <neocol/files/lock.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/scenario_reader.hpp>

namespace neocol::cli {

/// How a run is carried out: options that `run` and `resume` share.
struct RunArguments {
    std::string checkpoint_every, max_wall_time;  ///< wall times with unit
    int threads = 0;                              ///< 0: the scheduler's, or as many as help
    bool keep_checkpoints = false, keep_csv = false;
    bool json = false, quiet = false, explain_steps = false;
};

void add_run_options(CLI::App& app, RunArguments& arguments);

/// One run as a verb has prepared it.
struct RunRequest {
    const io::LoadedScenario& loaded;
    std::string path;  ///< of the result
    bool overwrite = false;
    bool interpreter = false;
    std::string isa;                             ///< of the kernels; empty: this machine's
    const io::StoredCheckpoint* past = nullptr;  ///< where the run goes on
    std::string history;                         ///< what happened before, a line per start
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    std::unique_ptr<files::Lock> lock;  ///< of the paths of the run; null: taken when it begins
};

/// Integrates, writes result and checkpoints, shows progress, stops at signals and at the limit of
/// wall time, prints the summary. \returns the exit code
int carry_out(RunRequest request, const RunArguments& arguments, const Invocation& invocation);

/// Identity of a run of a scenario on this machine.
io::RunIdentity identity_of(const io::LoadedScenario& loaded, const std::string& isa);

}  // namespace neocol::cli
