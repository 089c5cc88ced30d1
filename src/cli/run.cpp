#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/output_paths.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/estimate.hpp>
#include <neocol/simulation/simulation.hpp>

#include "interruption.hpp"
#include "models.hpp"
#include "run_case.hpp"
#include "scenarios.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    ScenarioArguments scenario;
    RunArguments run;
    KernelArguments kernels;
    std::string output, from_checkpoint;
    bool overwrite = false, dry_run = false;
};

void options(CLI::App& app, Arguments& a) {
    add_scenario_options(app, a.scenario);
    app.add_option("-o,--output", a.output, "result file (default: the scenario's name with .h5)");
    app.add_flag("--overwrite", a.overwrite, "replace an existing result");
    app.add_flag("--dry-run", a.dry_run, "say what it would take; run nothing");
    app.add_option("--from-checkpoint", a.from_checkpoint,
                   "begin at a checkpoint of a run with the same past (a fork)");
    add_run_options(app, a.run);
    app.add_flag("--interpreter", a.kernels.interpreter, "do not compile the model");
    app.add_option("--isa", a.kernels.isa, "instruction set to compile for, such as x86-64-v3");
}

/// Default result: the scenario's stem in the present folder.
std::string output_path(const Arguments& a) {
    namespace fs = std::filesystem;
    if (!a.output.empty()) return a.output;
    if (a.scenario.file.empty())
        throw UsageError("--from needs --output, so that the result it repeats is not replaced");
    return fs::path(a.scenario.file).stem().string() + ".h5";
}

/// A checkpoint that this scenario may go on from. \throws InputError  naming what differs
io::StoredCheckpoint read_past(const io::LoadedScenario& loaded, const Arguments& a) {
    std::string warning;
    io::StoredCheckpoint past = io::read_checkpoint_or_older(a.from_checkpoint, warning);
    if (!warning.empty()) note("warning: {}\n", warning);
    std::vector<std::string> list = io::different_past(past, loaded);
    for (const std::string& difference :
         io::differences(past.identity, identity_of(loaded, a.kernels.isa)))
        if (!difference.starts_with("model:") && !difference.starts_with("scenario:"))
            list.push_back(difference);
    if (!list.empty()) {
        throw InputError(fmt::format("the scenario has not the past of checkpoint '{}':\n  {}",
                                     past.path, fmt::join(list, "\n  ")),
                         fmt::format("only what comes after day {:g} may change: later sessions, "
                                     "output.field_times, run.until",
                                     past.checkpoint.time));
    }
    const double next =
        simulation::next_landing(loaded.scenario, loaded.model, past.checkpoint.time);
    const bool is_before_landing = past.checkpoint.next_landing == past.checkpoint.time;
    if (next != past.checkpoint.next_landing && !is_before_landing &&
        !past.checkpoint.after_session) {
        note(
            "note: the checkpoint's last steps were chosen to meet day {:g}, here day {:g} "
            "comes next: the fork agrees with an unbroken run to the tolerance, not to the "
            "last bit; fork right after a session for that (--keep-checkpoints)\n",
            past.checkpoint.next_landing, next);
    }
    return past;
}

/// Checks every path the run will write, and keeps them for this program.
std::unique_ptr<files::Lock> hold_output(const std::string& path, const Arguments& a,
                                         const io::LoadedScenario& loaded,
                                         const Invocation& invocation) {
    std::vector<std::string> inputs = io::paths_read(loaded);
    inputs.insert(inputs.end(), {a.scenario.file, a.scenario.from, a.from_checkpoint});
    const io::ResultOptions options{a.overwrite, a.run.keep_csv};
    // Before the lock, which makes a file, and again under it.
    io::check_output(path, {true, a.run.keep_csv}, inputs);
    std::unique_ptr<files::Lock> lock = io::lock_run(path, invocation.host, invocation.started);
    io::check_output(path, options, inputs);
    return lock;
}

int execute(const Arguments& a, const Invocation& invocation) {
    const auto began = std::chrono::steady_clock::now();
    heed_signals();
    const io::LoadedScenario loaded = load_scenario(a.scenario, invocation);
    const tissue::Grid grid = simulation::make_grid(loaded.scenario, loaded.model);
    const simulation::Estimate estimate = simulation::estimate(loaded.scenario, loaded.model, grid);
    check_memory(estimate, loaded, invocation);
    if (a.dry_run) {
        print("{}\n{}run {} would be written\n", loaded.scenario.title,
              needs_text(loaded, grid, estimate), loaded.scenario.hash);
        return exit_done;
    }
    const std::string path = output_path(a);
    std::unique_ptr<files::Lock> lock = hold_output(path, a, loaded, invocation);
    RunRequest request{loaded,  path, a.overwrite, a.kernels.interpreter, a.kernels.isa,
                       nullptr, {},   began,       std::move(lock)};
    std::optional<io::StoredCheckpoint> past;
    if (!a.from_checkpoint.empty()) {
        past = read_past(loaded, a);
        request.past = &*past;
        request.history = fmt::format("{}{} forked at day {} from {}\n", past->history,
                                      invocation.started, past->checkpoint.time, past->path);
    }
    return carry_out(std::move(request), a.run, invocation);
}

}  // namespace

extern const Command run_command = make_command<Arguments, options, execute>(
    "run", "integrate a scenario and write its result", R"(
Examples:
  neocol run scenarios/acne_scars_roller.toml
  neocol run my.toml --set regimen.spacing="2 week" --set parameters.K_TF="1 ng/mL"
  neocol run --from result.h5 --output again.h5
  neocol run later.toml --from-checkpoint run.h5.session-2.checkpoint)");

}  // namespace neocol::cli
