#include "study_run.hpp"

namespace neocol::cli {
namespace {

int execute(const StudyRunArguments& a, const Invocation& invocation) {
    return run_study(a, invocation, study::open_plan(a.plan), true);
}

}  // namespace

extern const Command study_retry_command =
    make_command<StudyRunArguments, add_study_run_options, execute>(
        "study retry", "run the failed cases of a study again", R"(
Only those, and none of a part that Slurm still has tasks for. With --task: those of the part that
were asked for and have not ended.

Examples:
  neocol study retry my_study
  neocol study retry my_study --case-time-limit "1 hour")");

}  // namespace neocol::cli
