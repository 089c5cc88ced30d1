#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/io/result_reader.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/io/summary.hpp>

#include "models.hpp"

namespace neocol::cli {
namespace {

void options(CLI::App& app, Arguments& a) {
    app.add_option("result", a.output, "result file, or the .part of a run that goes on")
        ->required();
    app.add_flag("--json", a.json, "as JSON");
    app.add_flag("--follow", a.follow, "show observables as a run writes them");
}

/// Prints the live table of a run until the run ends.
int follow(const std::string& result) {
    namespace fs = std::filesystem;
    const std::string table = io::beside(result, "csv") + ".part";
    std::ifstream file(table);
    if (!file) {
        throw IoError(table, "no run writes '" + result + "' at the moment");
    }
    std::string line;
    while (true) {
        if (std::getline(file, line)) {
            fmt::print("{}\n", line);
            continue;
        }
        std::error_code error;
        if (!fs::exists(table, error)) {
            return exit_done;
        }
        std::cout.flush();
        file.clear();
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

int execute(const Arguments& a, const Surroundings&) {
    if (a.follow) {
        return follow(a.output);
    }
    const io::StoredResult result = io::read_result(a.output);
    if (a.json) {
        fmt::print("{}\n", io::summary_json(result));
        return exit_done;
    }
    const auto& origin = result.provenance;
    fmt::print("{}\n", io::summary_text(result));
    fmt::print(
        "\nstatus    {} {}\nmodel     {} ({})\nscenario  {}\nmade by   neocol {} ({}) on {}, "
        "{}\ncommand   {}\nfields    {} at {} times, {}\n",
        result.status, result.stop_reason, result.model, origin.model_hash, result.scenario_hash,
        origin.version, origin.git, origin.host, origin.started, origin.command,
        result.fields.size(), result.field_times.size(), result.geometry);
    return exit_done;
}

}  // namespace

const Command info_command{"info", "what a result holds and how it was made", R"(
Examples:
  neocol info result.h5
  neocol info result.h5 --follow      watch a run that goes on)",
                           options, execute};

}  // namespace neocol::cli
