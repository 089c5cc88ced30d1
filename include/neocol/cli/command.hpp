#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <neocol/cli/surroundings.hpp>

namespace CLI {
class App;
}

namespace neocol::cli {

/// What a scenario is read from.
struct ScenarioArguments {
    std::string file;
    std::string from;  ///< a result file whose scenario is repeated
    std::vector<std::string> set;
};

/// What verbs that run many cases take.
struct BatchArguments {
    std::string method = "morris";
    std::vector<std::string> parameters, evidence, outcomes;  ///< names or patterns
    std::size_t samples = 0;                                  ///< 0: by method
    std::size_t rows = 0;                                     ///< shown in a table, 0: usual
    std::uint64_t seed = 1;
    std::string time_limit;  ///< wall time of a case
    // Regimens in a cohort.
    std::string cohort, equal_dose, follow_up;
    std::string clock = "last";
    std::size_t persons = 20, draws = 10;
    std::vector<std::string> least, labels;
    bool whole_model = false;       ///< nothing is left out
    std::vector<std::string> read;  ///< observables and outcomes that a list of cases is run for
};

/// What the verbs of `neocol study` take; task and cluster also those that run many cases.
struct StudyArguments {
    std::string plan;                            ///< folder of a plan, or a study file
    std::string study;                           ///< an edited study file
    std::string task;                            ///< "3/16": the fourth of 16 parts
    std::string cluster;                         ///< cluster file of Slurm
    std::string case_time_limit, max_wall_time;  ///< such as "10 min"
    bool no_collect = false, watch = false;
    int pilots = 8;
};

struct Arguments {
    ScenarioArguments scenario;
    BatchArguments batch;
    StudyArguments study;
    std::string output;
    std::vector<std::string> files;
    std::vector<std::string> names;  ///< of observables
    std::string name;                ///< of what to describe; of a model
    std::string format = "text";
    std::string model = "microneedling";  ///< whose names are described
    std::string site = "cheek";
    std::string condition = "normal";
    std::string layer;
    std::vector<std::string> values;  ///< `species=value`
    std::string figure;
    std::string isa;
    std::string checkpoint_every, max_wall_time;  ///< wall times with unit
    std::string from_checkpoint;
    int threads = 0;
    bool json = false, quiet = false, overwrite = false, dry_run = false, explain_steps = false;
    bool interpreter = false, keep_csv = false, follow = false;
    bool keep_checkpoints = false, other_version = false, as_is = false;
};

/// One verb of the program.
struct Command {
    const char* name;      ///< "run", "model check"
    const char* summary;   ///< one line
    const char* examples;  ///< shown at the end of its help
    void (*options)(CLI::App& app, Arguments& arguments);
    int (*execute)(const Arguments& arguments, const Surroundings& surroundings);
    /// A Python program in scripts/ that is the verb: it gets the arguments as typed, and neither
    /// `options` nor `execute` is there.
    const char* script = nullptr;
};

/// Exit codes of the program.
enum ExitCode {
    exit_done = 0,
    exit_defect = 1,
    exit_usage = 2,
    exit_invalid_input = 3,
    exit_numerical_failure = 4,
    exit_file_error = 5,
    exit_check_failed = 6,
    exit_doubtful = 7,
    exit_checkpoint = 75,
    exit_reader_gone = 141,
};

/// All verbs, in the order of the help.
std::span<const Command> commands();

/// Runs the program; catches everything and turns it into messages and exit codes.
int run_program(int argc, const char* const* argv);

// The verbs (src/cli/<verb>.cpp).
extern const Command run_command, check_command, info_command, list_command, describe_command,
    compare_command, model_check_command, model_build_command, model_describe_command,
    model_eval_command, cite_command, plot_command, sensitivity_command, study_plan_command,
    study_run_command, study_status_command, study_retry_command, study_repair_command,
    study_collect_command, study_extend_command, study_estimate_command, study_archive_command,
    validate_command, calibrate_command;
extern const Command schema_command, resume_command, verify_command, cases_command,
    alternatives_command;

}  // namespace neocol::cli
