#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command.hpp"

#include <neocol/study/plan.hpp>

namespace neocol::cli {

/// Which of many cases are run, and where: options that `study run`, `study retry` and verbs that
/// run many cases share.
struct ClusterArguments {
    std::string task;      ///< "3/16": the fourth of 16 parts
    std::string file;      ///< cluster file of Slurm
    bool dry_run = false;  ///< run and submit nothing
};

/// Submits what is left of a study as one array of Slurm, or prints the script (`--dry-run`).
/// \param only_retries  of what is left only the cases that 'retry' asked for
int submit_to_slurm(const ClusterArguments& a, const Invocation& invocation,
                    const study::Plan& plan, bool only_retries);

/// Parts of a study that Slurm has tasks for, waiting or running.
struct HeldParts {
    std::uint32_t n_tasks = 1;
    std::vector<std::uint32_t> tasks;

    bool holds(std::uint64_t run) const;
};
HeldParts held_parts(const study::Plan& plan);

/// Lines on tasks that ended otherwise than they should, with exit code and log, and on those that
/// were submitted once more; empty if there are none.
std::string dead_tasks_text(const study::Plan& plan);

/// Submits a verb that runs many cases (compare --cohort, sensitivity) as one array that runs this
/// very command in parts (`--task`), from the folder it was given in; script, job numbers and logs
/// are in NAME.slurm. With --dry-run the script is printed.
/// \param case_seconds  predicted, of one core
/// \param output  NAME of --output
int submit_batch_to_slurm(const ClusterArguments& a, const std::string& output, bool quiet,
                          std::size_t n_cases, double case_seconds);

/// Lines on the study's jobs that Slurm still has; empty if there are none, or no Slurm.
std::string slurm_jobs_text(const study::Plan& plan);

}  // namespace neocol::cli
