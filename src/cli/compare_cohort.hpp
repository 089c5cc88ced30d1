#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "batch.hpp"

namespace neocol::cli {

/// What `compare` takes of regimens in a cohort; files, observables and outcomes of results too.
struct CohortArguments {
    std::vector<std::string> files;
    std::vector<std::string> observables, outcomes;  ///< names; names or patterns
    BatchArguments batch;
    std::string cohort;  ///< file, or name in models/cohorts
    std::size_t persons = 20, draws = 10;
    std::vector<std::string> parameters, evidence;  ///< names or patterns
    std::vector<std::string> least, labels, set;
    std::string equal_dose, follow_up;
    std::string clock = "last";
};

/// Options of `compare` that concern regimens in a cohort.
void add_cohort_options(CLI::App& app, CohortArguments& arguments);

/// Compares the scenarios of `files` as regimens in the cohort.
int compare_regimens(const CohortArguments& arguments, const Invocation& invocation);

}  // namespace neocol::cli
