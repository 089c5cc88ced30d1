#pragma once

#include <neocol/cli/command.hpp>

namespace neocol::cli {

/// Options of `compare` that concern regimens in a cohort.
void add_cohort_options(CLI::App& app, Arguments& arguments);

/// Compares the scenarios of `files` as regimens in the cohort of `arguments`.
int compare_regimens(const Arguments& arguments, const Surroundings& surroundings);

}  // namespace neocol::cli
