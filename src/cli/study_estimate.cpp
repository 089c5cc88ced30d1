#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/io/provenance.hpp>
#include <neocol/study/estimate.hpp>
#include <neocol/study/slurm.hpp>

#include "streams.hpp"
#include "study_common.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string plan;
    int pilots = 8, threads = 0;
    std::string cluster;  ///< cluster file of Slurm
    bool quiet = false;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("plan", a.plan, "folder of the plan")->required();
    app.add_option("--pilots", a.pilots, "cases run to learn from (default 8)")
        ->check(CLI::Range(1, 64));
    app.add_option("--threads", a.threads, "cases at once")->check(CLI::PositiveNumber);
    app.add_option("--slurm", a.cluster, "say what it takes on this cluster");
    app.add_flag("--quiet", a.quiet, "no progress");
}

void print_cluster(const Arguments& a, const study::Plan& plan, const study::StoreState& state,
                   const study::StudyEstimate& e) {
    const study::Cluster cluster = study::read_cluster(a.cluster);
    std::vector<std::uint64_t> pending;
    for (std::uint64_t run = 0; run < plan.n_cases; ++run)
        if (study::is_to_do(state.state[run])) pending.push_back(run);
    const study::Submission s = study::make_submission(
        plan, cluster, pending, e.core_seconds / static_cast<double>(e.n_cases), 0, "neocol",
        plan.folder);
    print("Slurm   {} tasks of {} cores, about {} each, {} allowed; {} files more\n",
          s.tasks.size(), cluster.cpus_per_task, seconds_text(s.seconds_per_task),
          seconds_text(s.time), 5 * s.tasks.size());
}

int execute(const Arguments& a, const Invocation& invocation) {
    const study::Plan plan = study::open_plan(a.plan);
    const auto lock = hold_exclusively(plan, invocation);
    study::ExecuteOptions how;
    const int cores =
        invocation.allocated_threads > 0 ? invocation.allocated_threads : invocation.cores;
    how.workers = a.threads > 0 ? std::min(a.threads, cores) : cores;
    how.stop = &stop_on_signals();
    const std::vector<std::uint64_t> corners =
        study::corner_cases(plan, static_cast<std::size_t>(a.pilots));
    how.only = &corners;
    const study::ExecuteReport report =
        run_plan(plan, mended_state(plan), how, a.quiet, invocation);
    const study::StoreState state = study::read_state(plan);
    if (state.n_complete() == 0) {
        note("error: {}: none of the {} pilots is complete\n{}", plan.folder, corners.size(),
             failures_text(plan, state));
        return report.stopped ? exit_checkpoint : exit_numerical_failure;
    }
    const study::StudyEstimate e =
        study::predict(plan, state, how.workers, io::peak_memory_bytes());
    study::keep_estimate(plan, e);
    print("{}: {} cases, learnt from {} finished ones ({} of one core)\n", plan.folder, e.n_cases,
          e.n_pilots, seconds_text(e.pilot_seconds));
    print("time    {} of one core, {} on {} cores; the longest case about {}\n",
          seconds_text(e.core_seconds), seconds_text(e.core_seconds / e.workers), e.workers,
          seconds_text(e.longest_case));
    print("memory  {} with {} cases at once\n", bytes_words(e.memory), e.workers);
    print("disk    {} of results, about {} collected; {} files\n", bytes_words(e.store_bytes),
          bytes_words(e.collected_bytes), e.n_files);
    if (!a.cluster.empty()) print_cluster(a, plan, state, e);
    print("The pilots are cases of the study and will not be run again.\n");
    return exit_done;
}

}  // namespace

extern const Command study_estimate_command = make_command<Arguments, options, execute>(
    "study estimate", "run the corners, predict the rest", R"(
Examples:
  neocol study estimate my_study
  neocol study estimate my_study --slurm cluster.toml)");

}  // namespace neocol::cli
