#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "streams.hpp"
#include "study_common.hpp"
#include "study_slurm.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string plan;
    bool json = false, watch = false;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("plan", a.plan, "folder of the plan")->required();
    app.add_flag("--json", a.json, "as JSON");
    app.add_flag("--watch", a.watch, "again every few seconds, until all have ended");
}

/// Prints how far a study is.
int show_status(const Arguments& a, const study::Plan& plan, const study::StoreState& state) {
    const std::uint64_t failed = state.n_failed(), pending = state.n_to_do();
    std::uint64_t open = 0;
    for (std::uint64_t run = 0; run < plan.n_cases; ++run)
        open += study::is_to_do(state.state[run]) && state.open[run] > 0 ? 1 : 0;
    const std::uint64_t ended = plan.n_cases - pending;
    if (a.json) {
        print(
            "{{\"cases\": {}, \"complete\": {}, \"doubtful\": {}, \"failed\": {}, \"pending\": {}, "
            "\"damaged\": {}, \"begun\": {}, \"bytes\": {}, \"case_seconds\": {:.6g}, "
            "\"last_change\": "
            "\"{}\"}}\n",
            plan.n_cases, state.n_complete(), state.n_doubtful(), failed, pending,
            state.damage.size(), open, state.bytes, state.seconds, state.last_change);
        return !state.damage.empty() ? exit_file_error : exit_done;
    }
    print("{}\n{} cases: {} complete, {}{} failed, {} to do", plan.title, plan.n_cases,
          state.n_complete(), doubtful_count(state.n_doubtful()), failed, pending);
    if (open > 0) print(" ({} of them begun)", open);
    print("\n{}", restrictions_text(plan.restrictions));
    if (ended > 0) {
        const double mean = state.seconds / static_cast<double>(ended);
        print("{} of results, {} a case; last change {}\n",
              bytes_words(static_cast<double>(state.bytes)), seconds_text(mean), state.last_change);
        if (pending > 0) {
            const double left = mean * static_cast<double>(pending);
            print("about {} of one core's time left", seconds_text(left));
            if (open > 0) {
                print(", {} with the {} {} in use", seconds_text(left / static_cast<double>(open)),
                      open, open == 1 ? "core" : "cores");
            }
            print("\n");
        }
    }
    print("{}{}{}", slurm_jobs_text(plan), dead_tasks_text(plan), failures_text(plan, state));
    if (failed > 0) print("'neocol study retry {}' runs failed cases again\n", plan.folder);
    if (pending > 0 && failed == 0) print("'neocol study run {}' runs what is left\n", plan.folder);
    if (state.damage.empty()) return exit_done;
    note(
        "error: {}: {} {} damaged:\n{}'neocol study run {}' runs the cases again that it "
        "took, and no others\n",
        plan.folder, state.damage.size(), state.damage.size() == 1 ? "file is" : "files are",
        damage_text(state.damage), plan.folder);
    return exit_file_error;
}

int execute(const Arguments& a, const Invocation& invocation) {
    const study::Plan plan = study::open_plan(a.plan);
    if (!a.watch) return show_status(a, plan, study::read_state(plan));
    const std::atomic<bool>& stop = stop_on_signals();
    for (;;) {
        const study::StoreState state = study::read_state(plan);
        if (invocation.stdout_is_terminal) fmt::print("\x1b[H\x1b[2J");
        const int code = show_status(a, plan, state);
        std::fflush(stdout);
        if (state.n_to_do() == 0 || stop) return code;
        for (int k = 0; k < 30 && !stop; ++k)
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        if (stop) return code;
    }
}

}  // namespace

extern const Command study_status_command =
    make_command<Arguments, options, execute>("study status", "how far a study is", R"(
Examples:
  neocol study status my_study
  neocol study status my_study --watch
  neocol study status my_study --json)");

}  // namespace neocol::cli
