#pragma once

#include <memory>
#include <string>

#include <neocol/cli/command.hpp>
#include <neocol/study/case_batch.hpp>

namespace neocol::cli {

/// Options of every verb that runs many cases: --threads, --seed, --time-limit, -o, ...
void add_batch_options(CLI::App& app, Arguments& arguments);

/// A scenario file (or the one stored in a result) as a family of cases.
/// \throws InputError  the file cannot be read
study::CaseFamily case_family(const std::string& file, const Arguments& arguments,
                              const Surroundings& surroundings);

/// Leaves out of all cases of a model what nothing that is kept of them depends on, unless
/// --whole-model, or there is no compiler for what is left (which stderr is told).
/// \pre no case of the model was run yet; may be called with further runners of the model
study::Restriction solve_only(const std::vector<study::CaseRunner*>& runners,
                              const model::Model& whole, const model::Wanted& kept,
                              const Arguments& arguments, const Surroundings& surroundings);

/// Names of outcomes of a model.
std::vector<std::string> outcome_names(const model::Model& model,
                                       const std::vector<std::size_t>& outcomes);

/// `--set` as overrides.
std::vector<io::Override> base_overrides(const Arguments& arguments);

/// Threads, table, stop flag (set by SIGINT, SIGTERM, SIGUSR1) and progress on stderr.
study::BatchOptions batch_options(const Arguments& arguments, const Surroundings& surroundings);

/// \throws UsageError  more cases than are possible, naming the option to blame
void check_cases(double cases, const char* option);

/// Refuses to replace NAME.json or NAME.csv without --overwrite, and parts without --output.
void check_batch_output(const Arguments& arguments);

/// Keeps count of the cases that a call finishes itself.
void count_fresh(study::BatchOptions& batch, std::size_t& fresh);

/// What is said, and the exit code, when cases are left: 0 if only other parts' are.
/// \param fresh  cases that this call finished
int batch_stopped(const Arguments& arguments, const study::BatchOptions& batch, std::size_t fresh);

/// Writes a text file whole or not at all. \throws IoError
void write_text(const std::string& path, const std::string& text);

}  // namespace neocol::cli
