#pragma once

#include <string>

#include "command.hpp"

#include <neocol/study/plan.hpp>

#include "study_slurm.hpp"

namespace neocol::cli {

/// What `study run` and `study retry` take.
struct StudyRunArguments {
    std::string plan;                            ///< folder of a plan, or a study file
    std::string case_time_limit, max_wall_time;  ///< such as "10 min"
    int threads = 0;
    ClusterArguments cluster;
    bool no_collect = false, json = false, quiet = false;
};

void add_study_run_options(CLI::App& app, StudyRunArguments& arguments);

/// Runs, or submits, what is left of a study.
/// \param retry  only its failed cases \returns the exit code
int run_study(const StudyRunArguments& arguments, const Invocation& invocation,
              const study::Plan& plan, bool retry);

}  // namespace neocol::cli
