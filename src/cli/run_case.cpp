#include "run_case.hpp"

#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/units.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/checkpoint_writer.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/io/run_recorder.hpp>
#include <neocol/io/summary.hpp>
#include <neocol/kernel/compiled_model.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/simulation.hpp>

#include "interruption.hpp"
#include "models.hpp"
#include "progress.hpp"
#include "streams.hpp"
#include "wall_time.hpp"

namespace neocol::cli {
namespace {

simulation::RunControl make_control(const RunRequest& request, const RunArguments& a) {
    simulation::RunControl control;
    control.stop = &stop_asked();
    control.checkpoints = simulation::CheckpointPolicy::usual();
    if (a.checkpoint_every == "never") {
        control.checkpoints.every = control.checkpoints.after_sessions =
            simulation::CheckpointPolicy::never;
    } else if (!a.checkpoint_every.empty()) {
        control.checkpoints.every = wall_seconds("--checkpoint-every", a.checkpoint_every);
        control.checkpoints.after_sessions = 0.1 * control.checkpoints.every;
    }
    if (a.keep_checkpoints) control.checkpoints.after_sessions = 0.0;
    if (!a.max_wall_time.empty()) {
        const std::chrono::duration<double> spent =
            std::chrono::steady_clock::now() - request.began;
        control.max_wall_seconds = wall_seconds("--max-wall-time", a.max_wall_time) - spent.count();
    }
    if (request.past != nullptr) control.past = &request.past->checkpoint;
    return control;
}

/// Says on stderr why the run ended early and how to go on.
void tell_how_to_go_on(const simulation::RunSummary& summary, const std::string& checkpoint,
                       double until) {
    const std::string why =
        stop_asked() ? fmt::format("stopped by {}", stop_signal()) : summary.stop_reason;
    note("{} at day {:.6g} of {:g}\ngo on with: neocol resume {}\n", why, summary.time, until,
         checkpoint);
}

void close_failed(io::ResultWriter& writer, const char* reason) {
    try {
        writer.fail(reason);
    } catch (const std::exception&) {
        // The first error says more: this one follows from it, or comes on top.
    }
}

/// After a file could not be written a checkpoint may be left.
void tell_what_is_left(const std::string& result_path, bool file_error) {
    const std::string checkpoint = io::checkpoint_path(result_path);
    if (file_error && files::kind_of(checkpoint) == files::Kind::regular)
        note("once there is room or permission, go on with: neocol resume {}\n", checkpoint);
}

}  // namespace

void add_run_options(CLI::App& app, RunArguments& a) {
    app.add_option("--threads", a.threads, "threads (default: the scheduler's, or as many as help)")
        ->check(CLI::PositiveNumber);
    app.add_option("--checkpoint-every", a.checkpoint_every,
                   "wall time between checkpoints (default: 10 min), or never");
    app.add_option("--max-wall-time", a.max_wall_time,
                   "stop with a checkpoint and exit code 75 before this much has passed");
    app.add_flag("--keep-checkpoints", a.keep_checkpoints,
                 "keep one after every session, to fork from");
    app.add_flag("--quiet", a.quiet, "no progress, no summary");
    app.add_flag("--json", a.json, "the summary as JSON");
    app.add_flag("--explain-steps", a.explain_steps, "say what limits every step");
    app.add_flag("--keep-csv", a.keep_csv, "leave the table of observables beside the result");
}

io::RunIdentity identity_of(const io::LoadedScenario& loaded, const std::string& isa) {
    const std::string machine = kernel::machine_isa();
    return io::make_identity(loaded.scenario, loaded.model, isa.empty() ? machine : isa, machine);
}

int carry_out(RunRequest request, const RunArguments& a, const Invocation& invocation) {
    const io::LoadedScenario& loaded = request.loaded;
    const tissue::Grid grid = simulation::make_grid(loaded.scenario, loaded.model);
    std::string warning;
    const int threads = choose_threads(invocation, a.threads, grid.n_voxels(), warning);
    if (!warning.empty() && !a.quiet) note("warning: {}\n", warning);
    prove_threads(threads);
    begin_work("nothing was computed yet: the same command begins again");
    std::optional<kernel::CompiledModel> model;
    try {
        model = compiled_model(loaded.model, request.interpreter, request.isa, invocation);
    } catch (const kernel::Stopped&) {
    }
    if (stop_asked() || !model) return exit_checkpoint;
    const io::RunIdentity identity = identity_of(loaded, request.isa);

    io::Provenance provenance{invocation.command_line,
                              invocation.host,
                              invocation.scheduler,
                              invocation.started,
                              request.isa.empty() ? kernel::machine_isa() : request.isa,
                              request.history};
    begin_work("stopping after the step in hand, with a checkpoint");
    io::ResultWriter writer(request.path, provenance, {request.overwrite, a.keep_csv});
    if (request.lock) writer.hold(std::move(request.lock));
    if (request.past != nullptr) writer.continue_from(request.past->path);
    io::CheckpointWriter checkpoints(
        {request.path, identity, request.interpreter, a.keep_checkpoints, request.history},
        &writer);
    Progress progress(a.quiet                         ? Progress::Style::quiet
                      : invocation.stderr_is_terminal ? Progress::Style::bar
                                                      : Progress::Style::lines,
                      a.explain_steps);
    io::RunRecorder recorder;
    simulation::Observer* observers[] = {&writer, &checkpoints, &progress, &recorder};
    simulation::RunSummary summary;
    try {
        simulation::Simulation simulation(loaded.scenario, *model, threads);
        summary = simulation.run(observers, make_control(request, a));
    } catch (const Error& error) {
        close_failed(writer, error.what());
        tell_what_is_left(request.path, dynamic_cast<const IoError*>(&error) != nullptr);
        throw;
    }
    const bool ended = has_ended(summary.status);
    if (a.json) {
        put(io::summary_json(recorder.result()) + '\n');
    } else if (!a.quiet) {
        put(fmt::format("{}\n{}: {}\n", io::summary_text(recorder.result()),
                        ended ? "result" : "stopped early, kept", writer.current_path()));
    }
    if (summary.status == simulation::RunStatus::doubtful) {
        note("doubtful: {}: {}\n", writer.current_path(), summary.stop_reason);
        return exit_doubtful;
    }
    if (ended) return exit_done;
    tell_how_to_go_on(summary, checkpoints.last_path(), loaded.scenario.run.until.days());
    return exit_checkpoint;
}

}  // namespace neocol::cli
