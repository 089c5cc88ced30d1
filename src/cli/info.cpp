#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/quoting.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/output_paths.hpp>
#include <neocol/io/result_reader.hpp>
#include <neocol/io/summary.hpp>
#include <neocol/study/collect.hpp>

#include "models.hpp"
#include "scenarios.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string file;
    bool json = false, as_is = false, follow = false;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("result", a.file,
                   "result file, the .part of a run that goes on, a checkpoint, or a study's "
                   "collected.h5")
        ->required();
    app.add_flag("--json", a.json, "as JSON");
    app.add_flag("--as-is", a.as_is, "read a file that is not as neocol wrote it");
    app.add_flag("--follow", a.follow, "show observables as a run writes them");
}

/// Prints the live table of a run until the run ends.
int follow(const std::string& result) {
    const std::string table = io::beside(result, "csv") + ".part";
    if (files::kind_of(table) == files::Kind::absent)
        throw IoError(table, "no run writes '" + result + "' at the moment");
    const files::Descriptor file = files::open_to_read(table);
    std::string rest;  // of a line that is being written
    for (std::uint64_t at = 0;;) {
        const bool goes_on = files::kind_of(table) != files::Kind::absent;
        const std::uint64_t size = files::size_of(file, table);
        if (size > at) {
            rest += files::read_at(file, table, at, static_cast<std::size_t>(size - at));
            at = size;
            const std::size_t end = rest.rfind('\n') + 1;
            print("{}", rest.substr(0, end));
            std::fflush(stdout);
            rest.erase(0, end);
        }
        if (!goes_on) return exit_done;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

/// What a checkpoint holds and how to go on from it.
int show_checkpoint(const std::string& path) {
    const io::StoredCheckpoint stored = io::read_checkpoint(path);
    const simulation::Checkpoint& c = stored.checkpoint;
    print("{}\ncheckpoint at day {:.6g} of {:g}{}, whole (its checksum agrees)\n\n", stored.title,
          c.time, stored.until,
          c.after_session ? fmt::format(", right after session {}", c.sessions.size()) : "");
    print(
        "sessions  {} of {} done\nrecords   {} of the observables\nspent     {:.3g} s of "
        "wall time\nsize      {:.3g} MB\n",
        c.sessions.size(), stored.n_sessions, c.record_times.size(), c.wall_seconds,
        stored.bytes / 1e6);
    for (const auto& [name, value] : stored.identity)
        print("{:<9} {}\n", name, value);
    if (stored.interpreter) print("the model is interpreted\n");
    print("{}{}go on with: neocol resume {}\n", stored.history.empty() ? "" : "history\n",
          stored.history, path);
    return exit_done;
}

int execute(const Arguments& a, const Invocation&) {
    if (a.follow) return follow(a.file);
    if (io::is_checkpoint(a.file)) return show_checkpoint(a.file);
    if (study::is_collected(a.file)) {
        if (a.json)
            throw UsageError("--json tells of the result of one run; collected.csv has a study's");
        print("{}", printable(study::collected_text(
                        a.file, a.as_is ? io::hdf5::Trust::any : io::hdf5::Trust::sealed)));
        return exit_done;
    }
    const io::StoredResult result = read_as_asked(a.file, a.as_is);
    if (a.json) {
        print("{}\n", io::summary_json(result));
        return exit_done;
    }
    const auto& origin = result.provenance;
    print("{}\n", printable(io::summary_text(result)));
    print(
        "{}",
        printable(fmt::format(
            "\nstatus    {}{}{}\nmodel     {} ({})\nscenario  {}\nmade by   neocol {} ({}) on {}, "
            "{}\ncommand   {}\nfields    {} at {} times, {}\n",
            result.status, result.stop_reason.empty() ? "" : ": ", result.stop_reason, result.model,
            origin.model_hash, result.scenario_hash, origin.version, origin.git, origin.host,
            origin.started, origin.command, result.fields.size(), result.field_times.size(),
            result.geometry)));
    return exit_done;
}

}  // namespace

extern const Command info_command =
    make_command<Arguments, options, execute>("info", "what a result holds and how it was made", R"(
Examples:
  neocol info result.h5
  neocol info result.h5.checkpoint    how far a run got that was stopped
  neocol info my_study/collected.h5   ranges of a study's columns and outcomes
  neocol info result.h5 --follow      watch a run that goes on)");

}  // namespace neocol::cli
