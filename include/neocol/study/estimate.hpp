#pragma once

#include <cstdint>
#include <vector>

#include <neocol/study/plan.hpp>
#include <neocol/study/store.hpp>

namespace neocol::study {

/// Cases at the corners of a design: for every choice of low or high on its numeric columns (all
/// choices of up to three columns, others in turn) the case that lies furthest that way.
std::vector<std::uint64_t> corner_cases(const Plan& plan, std::size_t most);

/// What a study will take. Kept in the plan as `estimate.toml`.
struct StudyEstimate {
    std::uint64_t n_cases = 0, n_pilots = 0;
    double pilot_seconds = 0.0;  ///< of one core, measured
    double core_seconds = 0.0;   ///< of all cases
    double longest_case = 0.0;   ///< [s]
    double memory = 0.0;         ///< peak of a program with `workers` cases at once [bytes]
    int workers = 1;
    double store_bytes = 0.0, collected_bytes = 0.0;
    std::uint64_t n_files = 0;  ///< of the study with one task
};

/// Predicts from finished cases, the pilots among them.
///
/// The time of a case is taken as proportional to the cost model's (`simulation::estimate`:
/// unknowns times steps), with the factor that the finished cases show; the cost model is asked for
/// up to 100 cases, evenly spread. \pre at least one case is complete
StudyEstimate predict(const Plan& plan, const StoreState& state, int workers, double peak_memory);

void keep_estimate(const Plan& plan, const StudyEstimate& estimate);
/// False if the plan has none.
bool read_estimate(const Plan& plan, StudyEstimate& estimate);

}  // namespace neocol::study
