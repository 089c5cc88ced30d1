#pragma once

#include <string>
#include <vector>

#include <neocol/core/words.hpp>
#include <neocol/study/case_batch.hpp>
#include <neocol/study/sensitivity.hpp>
#include <neocol/study/uncertain.hpp>

namespace neocol::study {

enum class SensitivityMethod { morris, sobol };

}  // namespace neocol::study

namespace neocol {

template <>
inline constexpr auto words<study::SensitivityMethod> =
    std::to_array<Word<study::SensitivityMethod>>({
        {study::SensitivityMethod::morris, "morris", "screening by elementary effects"},
        {study::SensitivityMethod::sobol, "sobol", "Sobol' indices"},
    });

}  // namespace neocol

namespace neocol::study {

/// Which parameters move, how, and which outcomes are watched.
struct SensitivityPlan {
    SensitivityMethod method = SensitivityMethod::morris;
    std::size_t samples = 10;  ///< morris: paths; sobol: rows, best a power of 2
    std::uint64_t seed = 1;
    std::vector<io::Override> base;  ///< of the scenario, before parameters move
    std::vector<UncertainParameter> parameters;
    std::vector<std::size_t> outcomes;  ///< indices into Model::outcomes
    Restriction solved;                 ///< what the runner's cases are of

    /// morris: samples (parameters + 1); sobol: samples (parameters + 2).
    std::size_t cases() const;
};

struct OutcomeSensitivity {
    std::string name, unit, meaning;
    std::size_t missing = 0;            ///< cases without a value: failed, or censored
    double median = 0.0;                ///< over the design's points
    double low = 0.0, high = 0.0;       ///< 5 and 95 % of them
    std::vector<MorrisEffect> effects;  ///< by parameter, if morris
    SobolIndices indices;               ///< by parameter, if sobol
};

/// What a sensitivity study found.
struct SensitivityReport {
    SensitivityMethod method = SensitivityMethod::morris;
    std::string title, model, hash;  ///< of the scenario with its own values
    std::size_t samples = 0, cases = 0, failed = 0;
    std::size_t doubtful = 0;  ///< cases left out of the statistics, see simulation/judge.hpp
    std::uint64_t seed = 1;
    std::string first_failure, first_doubt;  ///< why
    std::vector<UncertainParameter> parameters;
    std::vector<OutcomeSensitivity> outcomes;
    Restriction solved;      ///< without species where nothing is known of it
    std::size_t reused = 0;  ///< cases found in the table of an earlier call
    bool complete = true;    ///< false if it was stopped: outcomes are then empty
};

/// Runs a design over a scenario's parameters and estimates indices.
///
/// A censored outcome counts as missing. Morris's effects and Sobol' indices refer to the declared
/// range of every parameter, whatever the scenario sets.
/// \throws InputError, IoError  as read_scenario and run_batch; every case failed
SensitivityReport run_sensitivity(CaseRunner& runner, const SensitivityPlan& plan,
                                  const BatchOptions& options);

/// Morris's effects of a study with `design = "morris"`, from what `neocol study collect` wrote.
///
/// Effects are taken between runs that follow each other in the design and differ in one column;
/// such a step is half of the column's range. Runs that failed give no effects.
/// \param path      the study's folder, or its collected.h5
/// \param patterns  of outcomes; none: all
/// \throws InputError  another design, a pattern that matches nothing
/// \throws IoError     not there, not a collected study
SensitivityReport sensitivity_of_collected(const std::string& path,
                                           const std::vector<std::string>& patterns);

/// A table: all parameters for up to three outcomes, else the three that matter most to each.
std::string to_text(const SensitivityReport& report, std::size_t rows);
std::string to_json(const SensitivityReport& report);
/// One line a parameter and outcome.
std::string to_csv(const SensitivityReport& report);

}  // namespace neocol::study
