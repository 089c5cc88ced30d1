#include "batch.hpp"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/files/files.hpp>
#include <neocol/io/output_paths.hpp>
#include <neocol/kernel/compiled.hpp>
#include <neocol/model/restrict.hpp>
#include <neocol/simulation/limits.hpp>

#include "case_progress.hpp"
#include "scenarios.hpp"
#include "streams.hpp"
#include "study_common.hpp"
#include "wall_time.hpp"

namespace neocol::cli {
namespace {

namespace fs = std::filesystem;

}  // namespace

void add_batch_options(CLI::App& app, BatchArguments& a) {
    app.add_option("-o,--output", a.output,
                   "write NAME.json, NAME.csv and NAME.cases.csv; the same command goes on where "
                   "it was stopped")
        ->type_name("NAME");
    app.add_option("--seed", a.seed, "of the design (default: 1)");
    app.add_option("--threads", a.threads, "cases at a time (default: the scheduler's, or cores)")
        ->check(CLI::PositiveNumber);
    app.add_option("--time-limit", a.time_limit,
                   "wall time of a case, such as \"10 min\" or seconds; longer ones fail");
    app.add_option("--task", a.cluster.task,
                   "only part K of N of the cases, such as 3/16: for job managers; the command "
                   "without it puts the parts together");
    app.add_option("--slurm", a.cluster.file,
                   "submit the cases to Slurm as this cluster file says");
    app.add_flag("--overwrite", a.overwrite, "replace what is there, begin anew");
    app.add_flag("--json", a.json, "print JSON in place of the table");
    app.add_flag("--quiet", a.quiet, "no progress");
    app.add_flag("--dry-run", a.cluster.dry_run, "say how many cases and how long; run nothing");
    app.add_flag("--interpreter", a.kernels.interpreter, "do not compile the model");
    app.add_flag("--whole-model", a.whole_model, whole_model_help);
}

study::CaseFamily case_family(const std::string& file, const KernelArguments& kernels,
                              const Invocation& invocation) {
    study::CaseFamily family;
    family.path = scenario_path(file, invocation);
    family.library = io::with_models_beside(family.path, library(invocation));
    refuse_no_file(family.path);
    family.text = io::read_text_file(family.path);
    family.compile.isa = kernels.isa;
    set_up_compiler(family.compile, invocation);
    family.interpreter = kernels.interpreter;
    return family;
}

std::vector<std::string> outcome_names(const model::Model& model,
                                       const std::vector<std::size_t>& outcomes) {
    std::vector<std::string> names;
    for (const std::size_t i : outcomes)
        names.push_back(model.outcomes[i].name);
    return names;
}

study::Restriction solve_only(const std::vector<study::CaseRunner*>& runners,
                              const model::Model& whole, const model::Wanted& outputs,
                              const BatchArguments& a, const Invocation& invocation) {
    if (a.whole_model) return study::whole_model(whole);
    kernel::CompileOptions compile;
    compile.isa = a.kernels.isa;
    set_up_compiler(compile, invocation);
    const bool compiles = !a.kernels.interpreter && !a.cluster.dry_run;
    return study::solve_only(runners, whole, outputs, compiles ? &compile : nullptr);
}

study::BatchOptions batch_options(const BatchArguments& a, const Invocation& invocation) {
    study::BatchOptions options;
    std::string warning;
    // Cases are independent: every core can be fed.
    options.threads = choose_threads(invocation, a.threads, std::size_t{1} << 40, warning);
    if (!warning.empty() && !a.quiet) note("warning: {}\n", warning);
    if (!a.output.empty()) {
        options.table = a.output + ".cases.csv";
        options.store = a.output + ".store";
    }
    options.host = invocation.host;
    options.started = invocation.started;
    options.overwrite = a.overwrite;
    const Part part = parse_part(a.cluster.task);
    options.task = part.task;
    options.n_tasks = part.n_tasks;
    options.time_limit = wall_seconds("--time-limit", a.time_limit);
    options.stop = &stop_on_signals();
    options.warn = [](const std::string& text) { note("warning: {}\n", text); };
    options.progress =
        [progress = CaseProgress(a.quiet, invocation)](const study::BatchProgress& p) mutable {
            progress.show(p.done, p.all, p.failed, p.reused);
            if (p.done == p.all) progress.finish();
        };
    return options;
}

void check_cases(double cases, const char* option) {
    if (cases <= simulation::limits::cases) return;
    throw UsageError(fmt::format("{:.2g} cases, and at most {:g} are possible: take a smaller {}",
                                 cases, simulation::limits::cases, option));
}

void check_batch_output(const BatchArguments& a, const std::vector<std::string>& inputs) {
    const bool is_shared = !a.cluster.task.empty() || !a.cluster.file.empty();
    if (is_shared && a.output.empty())
        throw UsageError("--task and --slurm need --output: finished cases are kept there");
    if (is_shared && a.overwrite) {
        throw UsageError(
            "--overwrite would remove what other parts have finished: remove the files, or name "
            "another --output");
    }
    if (a.output.empty()) return;
    const fs::path folder = fs::path(a.output).parent_path();
    if (!folder.empty() && files::kind_of(folder.string()) != files::Kind::folder)
        throw IoError(folder.string(), "no such folder");
    io::check_text_output(a.output + ".json", "\"neocol_version\"", inputs);
    io::check_text_output(a.output + ".csv", "outcome,", inputs);
    io::check_text_output(a.output + ".cases.csv", "# neocol cases", inputs);
    if (a.overwrite) return;
    for (const char* ending : {".json", ".csv"})
        if (files::kind_of(a.output + ending) != files::Kind::absent)
            throw IoError(a.output + ending, "is there already: --overwrite replaces it");
}

void count_fresh(study::BatchOptions& batch, std::size_t& fresh) {
    batch.progress = [&fresh, shown = batch.progress](const study::BatchProgress& p) {
        fresh = p.done - p.reused;
        if (shown) shown(p);
    };
}

int batch_stopped(const BatchArguments& a, const study::BatchOptions& batch, std::size_t fresh) {
    if (!batch.stop->load()) return exit_done;  // a part that is done
    if (!a.cluster.task.empty() && fresh == 0) {
        note(
            "error: {}: part {} was stopped before a single case was finished: give it more "
            "time\n",
            a.output, a.cluster.task);
        return exit_numerical_failure;
    }
    note("stopped; {}\n", a.output.empty() ? "without --output nothing was kept"
                                           : "the same command goes on from " + batch.store);
    return exit_checkpoint;
}

void write_text(const std::string& path, const std::string& text) {
    files::write(path, text);
}

}  // namespace neocol::cli
