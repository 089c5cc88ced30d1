#pragma once

#include <neocol/cli/command.hpp>
#include <neocol/study/plan.hpp>

namespace neocol::cli {

/// Submits what is left of a study as one array of Slurm, or prints the script (`--dry-run`).
int submit_to_slurm(const Arguments& a, const Surroundings& surroundings, const study::Plan& plan);

/// Lines on the study's jobs that Slurm still has; empty if there are none, or no Slurm.
std::string slurm_jobs_text(const study::Plan& plan);

}  // namespace neocol::cli
