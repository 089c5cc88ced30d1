#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/study/collect.hpp>

#include "streams.hpp"
#include "study_common.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string plan;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("plan", a.plan, "folder of the plan")->required();
}

int execute(const Arguments& a, const Invocation& invocation) {
    const study::Plan plan = study::open_plan(a.plan);
    const study::CollectReport report =
        study::collect(plan, invocation.command_line, invocation.host);
    if (!report.was_left) {
        print("{}\n{}\n{}\n{} complete, {}{} failed, {} to do\n", report.file, report.table,
              report.units, report.complete, doubtful_count(report.doubtful), report.failed,
              report.pending);
    }
    return tell_damage(plan, report) ? exit_file_error : exit_done;
}

}  // namespace

extern const Command study_collect_command = make_command<Arguments, options, execute>(
    "study collect", "gather results into one HDF5 and one CSV",
    R"(
Cases that failed or are still to do are rows with a status and a reason.

Examples:
  neocol study collect my_study)");

}  // namespace neocol::cli
