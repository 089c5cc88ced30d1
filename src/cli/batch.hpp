#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command.hpp"

#include <neocol/study/case_batch.hpp>

#include "models.hpp"
#include "study_slurm.hpp"

namespace neocol::cli {

/// Options that verbs which run many cases share.
struct BatchArguments {
    std::string output;  ///< NAME of NAME.json, NAME.csv and NAME.cases.csv
    std::uint64_t seed = 1;
    int threads = 0;         ///< 0: the scheduler's, or cores
    std::string time_limit;  ///< wall time of a case
    ClusterArguments cluster;
    KernelArguments kernels;
    bool overwrite = false, json = false, quiet = false;
    bool whole_model = false;  ///< nothing is left out
};

void add_batch_options(CLI::App& app, BatchArguments& arguments);

/// A scenario file (or the one stored in a result) as a family of cases.
/// \throws InputError  the file cannot be read
study::CaseFamily case_family(const std::string& file, const KernelArguments& kernels,
                              const Invocation& invocation);

/// Leaves out of all cases of a model what nothing that is kept of them depends on, unless
/// --whole-model, or there is no compiler for what is left (which stderr is told).
/// \pre no case of the model was run yet; may be called with further runners of the model
study::Restriction solve_only(const std::vector<study::CaseRunner*>& runners,
                              const model::Model& whole, const model::Wanted& outputs,
                              const BatchArguments& arguments, const Invocation& invocation);

/// Names of outcomes of a model.
std::vector<std::string> outcome_names(const model::Model& model,
                                       const std::vector<std::size_t>& outcomes);

/// Threads, table, stop flag (set by SIGINT, SIGTERM, SIGUSR1) and progress on stderr.
study::BatchOptions batch_options(const BatchArguments& arguments, const Invocation& invocation);

/// \throws UsageError  more cases than are possible, naming the option to blame
void check_cases(double cases, const char* option);

/// Refuses to replace NAME.json or NAME.csv without --overwrite, and parts without --output.
/// \param inputs  files that are read, which are never replaced
void check_batch_output(const BatchArguments& arguments, const std::vector<std::string>& inputs);

/// Keeps count of the cases that a call finishes itself.
void count_fresh(study::BatchOptions& batch, std::size_t& fresh);

/// What is said, and the exit code, when cases are left: 0 if only other parts' are.
/// \param fresh  cases that this call finished
int batch_stopped(const BatchArguments& arguments, const study::BatchOptions& batch,
                  std::size_t fresh);

/// Writes a text file whole or not at all. \throws IoError
void write_text(const std::string& path, const std::string& text);

}  // namespace neocol::cli
