#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/files/files.hpp>
#include <neocol/io/checkpoint_writer.hpp>
#include <neocol/io/output_paths.hpp>
#include <neocol/io/result_reader.hpp>
#include <neocol/kernel/compiled.hpp>

#include "interruption.hpp"
#include "run_case.hpp"
#include "scenarios.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    ScenarioArguments scenario;
    RunArguments run;
    std::string checkpoint, output;
    bool other_version = false;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("checkpoint", a.checkpoint, "checkpoint of a run, or the run's result file")
        ->required();
    app.add_option("scenario", a.scenario.file,
                   "make sure that the run is of this scenario (default: the one in the "
                   "checkpoint)");
    app.add_option("-o,--output", a.output, "result file (default: as the run was started with)");
    add_run_options(app, a.run);
    app.add_flag("--other-version", a.other_version,
                 "go on with another version, build or instruction set than the run began with");
}

/// The checkpoint meant by the name of a checkpoint or of a result.
std::string find_checkpoint(const std::string& given) {
    const std::string beside = io::checkpoint_path(given);
    const bool named = io::result_of_checkpoint(given).empty();
    return named && (files::kind_of(beside) != files::Kind::absent || !io::is_checkpoint(given))
               ? beside
               : given;
}

/// The run's result if it is there already, so that nothing is left to do.
std::optional<io::StoredResult> finished(const std::string& result, const std::string& checkpoint) {
    if (files::kind_of(result) != files::Kind::regular) return std::nullopt;
    io::StoredResult stored = io::read_result(result);
    if (stored.status != name_of(simulation::RunStatus::complete) && !stored.is_doubtful())
        return std::nullopt;
    if (files::kind_of(checkpoint) == files::Kind::regular) {
        // Stopped between the renaming of the result and the removal of its checkpoints?
        std::string warning;
        const io::StoredCheckpoint left = io::read_checkpoint_or_older(checkpoint, warning);
        for (const auto& [name, value] : left.identity)
            if (name == "scenario" && value != stored.scenario_hash) return std::nullopt;
    }
    io::remove_checkpoints(result);
    const std::string live = io::output_paths(result).live;
    if (io::is_ours(io::OutputKind::table, live)) files::remove(live);
    return stored;
}

void refuse_nothing_to_read(const std::string& checkpoint, const std::string& result) {
    for (const std::string& path : {checkpoint, io::older_checkpoint_path(result)})
        if (files::kind_of(path) != files::Kind::absent) return;
    const bool begun = files::kind_of(result + ".part") != files::Kind::absent;
    throw InputError(fmt::format("there is no checkpoint '{}'", checkpoint),
                     begun ? "the run ended before it wrote one: run it again with --overwrite"
                           : "a run writes one as RESULT.h5.checkpoint; 'neocol run' begins one");
}

/// \throws InputError  naming what differs
void check_identity(const io::StoredCheckpoint& stored, const io::LoadedScenario& loaded,
                    const std::string& isa, bool other_version) {
    std::vector<std::string> list = io::differences(stored.identity, identity_of(loaded, isa));
    if (other_version) {
        std::erase_if(
            list,
            [](const std::string& difference) {
                return !difference.starts_with("model:") && !difference.starts_with("scenario:");
            });
    }
    if (list.empty()) return;
    throw InputError(
        fmt::format("checkpoint '{}' is of another run:\n  {}", stored.path,
                    fmt::join(list, "\n  ")),
        "go on with the program and on the kind of machine that it was written with, or, if the "
        "bits of the unbroken run are not needed, with --other-version");
}

/// \throws InputError  naming the keys in which the scenario given is another one
void check_scenario(const io::StoredCheckpoint& stored, const Arguments& a,
                    const Invocation& invocation) {
    if (a.scenario.file.empty()) return;
    const io::LoadedScenario given = load_scenario(a.scenario, invocation);
    const std::vector<std::string> list = io::different_values(stored, given);
    if (list.empty()) return;
    throw InputError(fmt::format("checkpoint '{}' is of another scenario than '{}':\n  {}",
                                 stored.path, a.scenario.file, fmt::join(list, "\n  ")),
                     "'neocol run SCENARIO --from-checkpoint' begins a fork with changed later "
                     "sessions");
}

int execute(const Arguments& a, const Invocation& invocation) {
    const auto began = std::chrono::steady_clock::now();
    heed_signals();
    const std::string checkpoint = find_checkpoint(a.checkpoint);
    const std::string result = !a.output.empty() ? a.output : io::result_of_checkpoint(checkpoint);
    if (result.empty()) {
        throw UsageError(
            fmt::format("'{}' is not named RESULT.checkpoint: say where the result "
                        "goes with --output",
                        checkpoint));
    }
    if (files::kind_of(fs::path(result).parent_path().empty()
                           ? "."
                           : fs::path(result).parent_path().string()) != files::Kind::folder)
        throw IoError(result, "no such folder");
    std::unique_ptr<files::Lock> lock = io::lock_run(result, invocation.host, invocation.started);
    if (const auto done = finished(result, checkpoint)) {
        const std::string reason = done->is_doubtful() ? ": " + done->stop_reason : "";
        note("'{}' is {}{}: nothing is left to do\n", result, done->status, reason);
        return done->is_doubtful() ? exit_doubtful : exit_done;
    }
    refuse_nothing_to_read(checkpoint, io::result_of_checkpoint(checkpoint));
    std::string warning;
    const io::StoredCheckpoint stored = io::read_checkpoint_or_older(checkpoint, warning);
    if (!warning.empty()) note("warning: {}\n", warning);
    check_scenario(stored, a, invocation);
    const io::LoadedScenario loaded = io::read_scenario_of_checkpoint(stored);
    std::string isa;
    for (const auto& [name, value] : stored.identity)
        if (name == "instruction set") isa = value;
    if (a.other_version && isa != kernel::machine_isa()) isa.clear();
    check_identity(stored, loaded, isa, a.other_version);
    if (files::kind_of(result) != files::Kind::absent)
        io::check_output(result, {});  // refuses to replace it
    io::check_output(result, {true, a.run.keep_csv}, {a.scenario.file});
    const std::string history =
        fmt::format("{}{} resumed at day {} from {}{}\n", stored.history, invocation.started,
                    stored.checkpoint.time, fs::path(stored.path).filename().string(),
                    a.other_version ? " with --other-version" : "");
    return carry_out(
        {loaded, result, true, stored.interpreter, isa, &stored, history, began, std::move(lock)},
        a.run, invocation);
}

}  // namespace

extern const Command resume_command = make_command<Arguments, options, execute>(
    "resume", "go on with a run that was stopped or killed", R"(
The result has every bit of the unbroken run's, also with another number of threads.
Examples:
  neocol resume acne_scars_roller.h5.checkpoint
  neocol resume run.h5.checkpoint --threads 8 --max-wall-time "110 min")");

}  // namespace neocol::cli
