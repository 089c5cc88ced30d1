#pragma once

#include <neocol/cli/command.hpp>
#include <neocol/study/plan.hpp>

namespace neocol::cli {

/// Submits what is left of a study as one array of Slurm, or prints the script (`--dry-run`).
int submit_to_slurm(const Arguments& a, const Surroundings& surroundings, const study::Plan& plan);

/// Submits a verb that runs many cases (compare --cohort, sensitivity) as one array that runs this
/// very command in parts (`--task`), from the folder it was given in; script, job numbers and logs
/// are in NAME.slurm. With --dry-run the script is printed.
/// \param case_seconds  predicted, of one core
int submit_batch_to_slurm(const Arguments& a, std::size_t n_cases, double case_seconds);

/// Lines on the study's jobs that Slurm still has; empty if there are none, or no Slurm.
std::string slurm_jobs_text(const study::Plan& plan);

}  // namespace neocol::cli
