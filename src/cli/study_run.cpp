#include "study_run.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/io/library.hpp>
#include <neocol/io/provenance.hpp>
#include <neocol/study/collect.hpp>
#include <neocol/study/estimate.hpp>
#include <neocol/study/make_plan.hpp>

#include "streams.hpp"
#include "study_common.hpp"

namespace neocol::cli {
namespace {

namespace fs = std::filesystem;

void print_summary(const study::Plan& plan, const study::ExecuteReport& report,
                   const study::StoreState& state, int workers) {
    print("{}: {} of {} cases complete, {}{} failed, {} to do\n", plan.folder, state.n_complete(),
          plan.n_cases, doubtful_count(state.n_doubtful()), state.n_failed(), state.n_to_do());
    if (report.planned > 0) {
        print(
            "this run: {} complete, {}{} failed in {} on {} cores, {:.1f} % of their time "
            "integrating{}\n",
            report.complete, doubtful_count(report.doubtful), report.failed,
            seconds_text(report.wall_seconds), workers, 100.0 * report.busy_share,
            report.busy_cpu_share > 0.0
                ? fmt::format(" ({:.1f} % of processor time)", 100.0 * report.busy_cpu_share)
                : "");
    }
    print("{}", failures_text(plan, state));
    if (state.n_failed() > 0)
        print("'neocol study retry {}' runs failed cases again\n", plan.folder);
}

/// What was predicted against what it took, once all cases ended.
void print_prediction(const study::Plan& plan, const study::StoreState& state) {
    study::StudyEstimate e;
    const std::uint64_t ended = plan.n_cases - state.n_to_do();
    if (ended < plan.n_cases || !study::read_estimate(plan, e) || e.n_cases != plan.n_cases) return;
    print(
        "predicted and actual: {} and {} of one core, {} and {} of results, memory {} and "
        "{}\n",
        seconds_text(e.core_seconds), seconds_text(state.seconds), bytes_words(e.store_bytes),
        bytes_words(static_cast<double>(state.bytes)), bytes_words(e.memory),
        bytes_words(io::peak_memory_bytes()));
}

void print_json(const study::Plan& plan, const study::ExecuteReport& report,
                const study::StoreState& state, int workers) {
    print(
        "{{\"cases\": {}, \"complete\": {}, \"doubtful\": {}, \"failed\": {}, \"pending\": {}, "
        "\"this_run\": {{\"planned\": {}, \"complete\": {}, \"doubtful\": {}, \"failed\": {}, "
        "\"stopped\": "
        "{}, \"wall_seconds\": {:.3f}, \"cores\": {}, \"integrating_share\": {:.4f}, "
        "\"integrating_cpu_seconds\": {:.4f}, \"integrating_cpu_share\": {:.4f}, "
        "\"peak_memory_bytes\": {:.0f}}}}}\n",
        plan.n_cases, state.n_complete(), state.n_doubtful(), state.n_failed(), state.n_to_do(),
        report.planned, report.complete, report.doubtful, report.failed, report.stopped,
        report.wall_seconds, workers, report.busy_share, report.integrate_cpu_seconds,
        report.busy_cpu_share, io::peak_memory_bytes());
}

int workers_of(const StudyRunArguments& a, const Invocation& invocation) {
    if (invocation.allocated_threads > 0) {
        if (a.threads > invocation.allocated_threads && !a.quiet) {
            note(
                "warning: --threads {} is more than the {} the scheduler allocated: using "
                "{}\n",
                a.threads, invocation.allocated_threads, invocation.allocated_threads);
        }
        return a.threads > 0 ? std::min(a.threads, invocation.allocated_threads)
                             : invocation.allocated_threads;
    }
    return a.threads > 0 ? a.threads : invocation.cores;
}

int exit_code(const study::Plan& plan, const study::ExecuteReport& report,
              const study::StoreState& state, bool is_part) {
    if (report.stopped) {
        if (is_part && report.ended() + report.checkpointed == 0) {
            note(
                "error: {}: stopped before a single case was finished or got far enough for a "
                "checkpoint; give tasks more time\n",
                plan.folder);
            return exit_numerical_failure;
        }
        return exit_checkpoint;
    }
    const std::uint64_t failed = is_part ? report.failed : state.n_failed();
    const std::uint64_t doubtful = is_part ? report.doubtful : state.n_doubtful();
    if (failed > 0) return exit_numerical_failure;
    return doubtful > 0 ? exit_doubtful : exit_done;
}

/// Asks for all failed cases to be run again, but for those of parts that Slurm has tasks for.
void ask_for_failed(const study::Plan& plan, study::StoreState& state, bool quiet) {
    const HeldParts held = held_parts(plan);
    std::vector<std::uint64_t> failed;
    std::uint64_t n_held = 0;
    for (std::uint64_t run = 0; run < plan.n_cases; ++run) {
        if (!study::is_failed(state.state[run])) continue;
        if (held.holds(run))
            ++n_held;
        else
            failed.push_back(run);
    }
    if (!quiet) note("{} failed cases to run again\n", failed.size());
    if (n_held > 0) {
        note(
            "{} failed {} of parts that Slurm still has: 'neocol study retry' again "
            "when 'squeue' no longer has them\n",
            n_held, n_held == 1 ? "case is" : "cases are");
    }
    if (failed.empty()) return;
    study::ask_again(study::store_folder(plan), state, failed);
    state = study::read_state(plan);
}

/// Cases that were asked for again and have not ended since, but for those that Slurm has.
std::vector<std::uint64_t> retries(const study::Plan& plan, const study::StoreState& state,
                                   bool is_part) {
    const HeldParts held = is_part ? HeldParts{} : held_parts(plan);
    std::vector<std::uint64_t> runs;
    for (std::uint64_t run = 0; run < plan.n_cases; ++run)
        if (state.attempts[run] > 0 && study::is_to_do(state.state[run]) && !held.holds(run))
            runs.push_back(run);
    return runs;
}

}  // namespace

void add_study_run_options(CLI::App& app, StudyRunArguments& a) {
    app.add_option("plan", a.plan, "folder of a plan, or a study file to plan and run")->required();
    app.add_option("--threads", a.threads, "cases at once (default: the scheduler's, or all cores)")
        ->check(CLI::PositiveNumber);
    app.add_option("--case-time-limit", a.case_time_limit,
                   "wall time of a case, such as \"10 min\" (default: the study's)");
    app.add_option("--max-wall-time", a.max_wall_time,
                   "stop in time, keep what is finished, exit 75");
    app.add_option("--task", a.cluster.task, "only part K of N, such as 3/16: for job managers");
    app.add_option("--slurm", a.cluster.file, "submit to Slurm as this cluster file says");
    app.add_flag("--dry-run", a.cluster.dry_run, "with --slurm: print the script, submit nothing");
    app.add_flag("--no-collect", a.no_collect, "leave collecting for later");
    app.add_flag("--quiet", a.quiet, "no progress, no summary");
    app.add_flag("--json", a.json, "the summary as JSON");
}

namespace {

int run_on_cluster(const StudyRunArguments& a, const Invocation& invocation,
                   const study::Plan& plan, bool retry) {
    if (retry && !a.cluster.dry_run) {
        const auto lock = hold_exclusively(plan, invocation);
        study::StoreState state = mended_state(plan);
        ask_for_failed(plan, state, a.quiet);
    }
    return submit_to_slurm(a.cluster, invocation, plan, retry);
}

}  // namespace

int run_study(const StudyRunArguments& a, const Invocation& invocation, const study::Plan& plan,
              bool retry) {
    if (a.cluster.dry_run && a.cluster.file.empty())
        throw UsageError("--dry-run belongs to --slurm; 'neocol study estimate' predicts time");
    if (!a.cluster.file.empty()) return run_on_cluster(a, invocation, plan, retry);
    const Part part = parse_part(a.cluster.task);
    const bool is_part = !a.cluster.task.empty();
    study::ExecuteOptions how;
    how.task = part.task;
    how.n_tasks = part.n_tasks;
    how.workers = workers_of(a, invocation);
    how.case_time_limit = wall_seconds("--case-time-limit", a.case_time_limit);
    how.max_wall_time = wall_seconds("--max-wall-time", a.max_wall_time);
    // A retry goes beside tasks of a cluster: it takes no case of theirs.
    const std::string name = is_part ? study::part_name(part.task, part.n_tasks)
                             : retry ? "retry"
                                     : "";
    const auto locks = hold(plan, name, invocation);
    study::StoreState before = name.empty() ? mended_state(plan) : study::read_state(plan);
    if (retry && !is_part) ask_for_failed(plan, before, a.quiet);
    const std::vector<std::uint64_t> again =
        retry ? retries(plan, before, is_part) : std::vector<std::uint64_t>();
    if (retry) how.only = &again;
    if (retry && !is_part) how.name = name;
    how.stop = &stop_on_signals();
    const study::ExecuteReport report = run_plan(plan, before, how, a.quiet, invocation);

    const study::StoreState state = study::read_state(plan);
    const bool collects = !is_part && !a.no_collect && !report.stopped;
    bool damaged = false;
    if (collects)
        damaged = tell_damage(plan, study::collect(plan, invocation.command_line, invocation.host));
    if (a.json) {
        print_json(plan, report, state, how.workers);
    } else if (!a.quiet) {
        print_summary(plan, report, state, how.workers);
        if (!is_part) print_prediction(plan, state);
        if (collects && !damaged) print("collected: {}, .csv\n", plan.file("collected.h5"));
        if (report.stopped && !is_part)
            print("stopped early; 'neocol study run {}' goes on\n", plan.folder);
    }
    return damaged ? exit_file_error : exit_code(plan, report, state, is_part);
}

namespace {

/// The plan to run: a folder, or that of a study file, planned first if need be.
study::Plan find_plan(const StudyRunArguments& a, const Invocation& invocation) {
    const fs::path given(a.plan);
    if (given.extension() != ".toml" || files::kind_of(a.plan) == files::Kind::folder)
        return study::open_plan(a.plan);
    const std::string folder = given.stem().string();
    if (files::kind_of(folder) == files::Kind::absent) {
        study::PlanReport report =
            study::make_plan(a.plan, folder, plan_options(false, false, invocation));
        if (!a.quiet) {
            note("planned {} cases in {}\n{}", report.added, folder,
                 restrictions_text(report.plan.restrictions));
        }
        return std::move(report.plan);
    }
    study::Plan plan = study::open_plan(folder);
    if (plan.study_text() != io::read_text_file(a.plan)) {
        throw InputError(
            fmt::format("the study {} is not the one planned in {}", a.plan, folder),
            fmt::format("'neocol study extend {0} {1}' adds what is new, 'neocol study run {0}' "
                        "goes on with the old one, 'neocol study plan {1} --output OTHER' makes a "
                        "new one",
                        folder, a.plan));
    }
    return plan;
}

int execute(const StudyRunArguments& a, const Invocation& invocation) {
    return run_study(a, invocation, find_plan(a, invocation), false);
}

}  // namespace

extern const Command study_run_command =
    make_command<StudyRunArguments, add_study_run_options, execute>(
        "study run", "run what is left of a study, on all cores", R"(
Finished cases are kept whatever happens; run it again to go on.

Examples:
  neocol study run my_study.toml
  neocol study run my_study --threads 8 --case-time-limit "10 min"
  neocol study run my_study --slurm cluster.toml --dry-run
  neocol study run my_study --task 3/16 --max-wall-time "50 min"

Exit codes: 0 all complete, 4 some cases failed, 5 files, 7 some are doubtful, 75 stopped: run it again.)");

}  // namespace neocol::cli
