#include <atomic>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/document.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/io/summary.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/simulation/simulation.hpp>

#include "models.hpp"
#include "progress.hpp"
#include "scenarios.hpp"

namespace neocol::cli {
namespace {

std::atomic<bool> stop_asked{false};

void options(CLI::App& app, Arguments& a) {
    add_scenario_options(app, a.scenario);
    app.add_option("-o,--output", a.output, "result file (default: the scenario's name with .h5)");
    app.add_option("--threads", a.threads, "threads (default: the scheduler's, or as many as help)")
        ->check(CLI::PositiveNumber);
    app.add_flag("--overwrite", a.overwrite, "replace an existing result");
    app.add_flag("--quiet", a.quiet, "no progress, no summary");
    app.add_flag("--json", a.json, "the summary as JSON");
    app.add_flag("--dry-run", a.dry_run, "say voxels, memory, estimated time; run nothing");
    app.add_flag("--explain-steps", a.explain_steps, "say what limits every step");
    app.add_flag("--keep-csv", a.keep_csv, "leave the table of observables beside the result");
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
        loaded.scenario.hash, loaded.model.observables.size(), loaded.scenario.output.every,
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

int execute(const Arguments& a, const Surroundings& surroundings) {
    const io::LoadedScenario loaded = load_scenario(a.scenario, surroundings);
    const tissue::Grid grid = simulation::make_grid(loaded.scenario, loaded.model);
    const simulation::Estimate estimate = simulation::estimate(loaded.scenario, loaded.model, grid);
    if (a.dry_run) {
        dry_run(loaded, grid, estimate);
        return exit_done;
    }
    check_memory(estimate, loaded, surroundings);
    const io::ResultOptions result_options{a.overwrite, a.keep_csv};
    const std::string path = output_path(a);
    io::check_output(path, result_options);
    std::string warning;
    const int threads = choose_threads(surroundings, a.threads, grid.n_voxels(), warning);
    if (!warning.empty() && !a.quiet) {
        fmt::print(stderr, "warning: {}\n", warning);
    }
    const Kernels kernels = load_kernels(loaded.model, a.interpreter, a.isa, surroundings);

    const io::Provenance provenance{surroundings.command_line, surroundings.host,
                                    surroundings.scheduler, surroundings.started,
                                    a.isa.empty() ? kernel::machine_isa() : a.isa};
    io::ResultWriter writer(path, provenance, result_options);
    Progress progress(a.quiet                           ? Progress::Style::quiet
                      : surroundings.stderr_is_terminal ? Progress::Style::bar
                                                        : Progress::Style::lines,
                      a.explain_steps);
    io::RunRecorder recorder;
    simulation::Observer* observers[] = {&writer, &progress, &recorder};
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
        std::signal(signal, [](int) { stop_asked = true; });
    }
    simulation::RunSummary summary;
    try {
        const std::vector<const kernel::Kernel*> pointers = kernels.pointers();
        simulation::Simulation simulation(loaded.scenario, loaded.model, pointers, threads);
        summary = simulation.run(observers, &stop_asked);
    } catch (const NumericsError& error) {
        writer.fail(error.what());
        throw;
    }
    const bool complete = summary.status == simulation::RunStatus::complete;
    if (a.json) {
        fmt::print("{}\n", io::summary_json(recorder.result()));
    } else if (!a.quiet) {
        fmt::print("{}\n{}: {}\n", io::summary_text(recorder.result()),
                   complete ? "result" : "stopped early, kept", writer.current_path());
    }
    return complete ? exit_done : exit_checkpoint;
}

}  // namespace

const Command run_command{"run", "integrate a scenario and write its result", R"(
Examples:
  neocol run scenarios/acne_scars_roller.toml
  neocol run my.toml --set regimen.spacing="2 week" --set parameters.K_TF="1 ng/mL"
  neocol run --from result.h5 --output again.h5)",
                          options, execute};

}  // namespace neocol::cli
