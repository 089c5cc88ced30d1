#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/document.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/simulation/simulation.hpp>

#include "run_case.hpp"
#include "scenarios.hpp"

namespace neocol::cli {
namespace {

void options(CLI::App& app, Arguments& a) {
    add_scenario_options(app, a.scenario);
    app.add_option("-o,--output", a.output, "result file (default: the scenario's name with .h5)");
    app.add_flag("--overwrite", a.overwrite, "replace an existing result");
    app.add_flag("--dry-run", a.dry_run, "say voxels, memory, estimated time; run nothing");
    app.add_option("--from-checkpoint", a.from_checkpoint,
                   "begin at a checkpoint of a run with the same past (a fork)");
    add_run_options(app, a);
    app.add_flag("--interpreter", a.interpreter, "do not compile the model");
    app.add_option("--isa", a.isa, "instruction set to compile for, such as x86-64-v3");
}

std::string bytes_text(double bytes) {
    return bytes >= 1e9 ? fmt::format("{:.3g} GB", bytes / 1e9)
                        : fmt::format("{:.3g} MB", bytes / 1e6);
}

/// Default result: the scenario's stem in the present folder.
std::string output_path(const Arguments& a) {
    namespace fs = std::filesystem;
    if (!a.output.empty()) {
        return a.output;
    }
    if (a.scenario.file.empty()) {
        throw UsageError("--from needs --output, so that the result it repeats is not replaced");
    }
    return fs::path(a.scenario.file).stem().string() + ".h5";
}

void dry_run(const io::LoadedScenario& loaded, const tissue::Grid& grid,
             const simulation::Estimate& estimate) {
    fmt::print("{}\n{} voxels ({} x {} x {}), {} unknowns\n", loaded.scenario.title,
               estimate.voxels, grid.nx(), grid.ny(), grid.nz(), estimate.unknowns);
    fmt::print("about {} of memory, {:.3g} s on one thread\n", bytes_text(estimate.bytes),
               estimate.seconds);
    fmt::print(
        "run {} would be written with {} observables every {:g} d and {} fields at {} times\n",
        loaded.scenario.hash, loaded.model.observables.size(), loaded.scenario.output.every.days(),
        loaded.scenario.output.fields.size(), loaded.scenario.output.field_times.size());
}

void check_memory(const simulation::Estimate& estimate, const io::LoadedScenario& loaded,
                  const Surroundings& surroundings) {
    if (estimate.bytes <= surroundings.memory_bytes) {
        return;
    }
    const io::NamedText& file = loaded.files.front();
    const Document document = Document::parse(file.text, file.path);
    const DocumentNode domain = document.root().get("domain");
    const DocumentNode spacing = domain.get("spacing");
    throw InputError(
        {(spacing ? spacing : domain)
             .fault(fmt::format("the grid of {} voxels needs {}, but this machine has {}",
                                estimate.voxels, bytes_text(estimate.bytes),
                                bytes_text(surroundings.memory_bytes)),
                    "choose a coarser domain.spacing, or a smaller domain.width or thickness")});
}

/// A checkpoint that this scenario may go on from. \throws InputError  naming what differs
io::StoredCheckpoint read_past(const io::LoadedScenario& loaded, const Arguments& a) {
    std::string warning;
    io::StoredCheckpoint past = io::read_checkpoint_or_older(a.from_checkpoint, warning);
    if (!warning.empty()) fmt::print(stderr, "warning: {}\n", warning);
    std::vector<std::string> list = io::different_past(past, loaded);
    for (const std::string& one : io::differences(past.identity, identity_of(loaded, a.isa)))
        if (!one.starts_with("model:") && !one.starts_with("scenario:")) list.push_back(one);
    if (!list.empty()) {
        throw InputError(fmt::format("the scenario has not the past of checkpoint '{}':\n  {}",
                                     past.path, fmt::join(list, "\n  ")),
                         fmt::format("only what comes after day {:g} may change: later sessions, "
                                     "output.field_times, run.until",
                                     past.checkpoint.time));
    }
    const double next =
        simulation::next_landing(loaded.scenario, loaded.model, past.checkpoint.time);
    if (next != past.checkpoint.next_landing && !past.checkpoint.after_session) {
        fmt::print(stderr,
                   "note: the checkpoint's last steps were chosen to meet day {:g}, here day {:g} "
                   "comes next: the fork agrees with an unbroken run to the tolerance, not to the "
                   "last bit; fork right after a session for that (--keep-checkpoints)\n",
                   past.checkpoint.next_landing, next);
    }
    return past;
}

int execute(const Arguments& a, const Surroundings& surroundings) {
    const auto began = std::chrono::steady_clock::now();
    const io::LoadedScenario loaded = load_scenario(a.scenario, surroundings);
    const tissue::Grid grid = simulation::make_grid(loaded.scenario, loaded.model);
    const simulation::Estimate estimate = simulation::estimate(loaded.scenario, loaded.model, grid);
    if (a.dry_run) {
        dry_run(loaded, grid, estimate);
        return exit_done;
    }
    check_memory(estimate, loaded, surroundings);
    const std::string path = output_path(a);
    io::check_output(path, {a.overwrite, a.keep_csv});
    RunRequest request{loaded, path, a.overwrite, a.interpreter, a.isa, nullptr, {}, began};
    std::optional<io::StoredCheckpoint> past;
    if (!a.from_checkpoint.empty()) {
        past = read_past(loaded, a);
        request.past = &*past;
        request.history = fmt::format("{}{} forked at day {} from {}\n", past->history,
                                      surroundings.started, past->checkpoint.time, past->path);
    }
    return carry_out(request, a, surroundings);
}

}  // namespace

const Command run_command{"run", "integrate a scenario and write its result", R"(
Examples:
  neocol run scenarios/acne_scars_roller.toml
  neocol run my.toml --set regimen.spacing="2 week" --set parameters.K_TF="1 ng/mL"
  neocol run --from result.h5 --output again.h5
  neocol run later.toml --from-checkpoint run.h5.session-2.checkpoint)",
                          options, execute};

}  // namespace neocol::cli
