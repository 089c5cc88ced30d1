#pragma once

#include <cstdint>
#include <string>

#include <neocol/study/plan.hpp>

namespace neocol::study {

/// How a plan is made.
struct PlanOptions {
    io::Library library;
    kernel::CompileOptions compile;
    bool interpreter = false;
    bool whole_model = false;  ///< solve what nothing that is kept depends on, too
};

/// What making or extending a plan did.
struct PlanReport {
    Plan plan;
    std::uint64_t added = 0;
    std::uint64_t merged = 0;  ///< cases that were there already, or twice in the design
};

/// Freezes a study in `folder`, which must not exist; it appears whole or not at all.
///
/// Every value of every axis is tried on its own (numbers of long axes: 200 of them), with a sample
/// of whole cases, so that faults show before anything runs.
/// \throws InputError  in the study, in its scenario, or of a value of an axis
/// \throws IoError     the folder exists or cannot be written
PlanReport make_plan(const std::string& study_path, const std::string& folder,
                     const PlanOptions& options);

/// Adds the cases of an edited study file that the plan does not have yet; none is run again.
/// \throws InputError  the base scenario, its model, or the columns are others
PlanReport extend_plan(const std::string& study_path, const std::string& folder,
                       const PlanOptions& options);

/// Compiles what the plan lacks and signs it for this user, so that tasks on machines without a
/// compiler find it. What cannot be compiled here is told (CompileOptions::warn) and left to them.
void renew_kernels(const Plan& plan, const kernel::CompileOptions& options);

}  // namespace neocol::study
