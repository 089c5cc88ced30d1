#pragma once

#include <span>

#include <neocol/study/cohort_compare.hpp>

namespace neocol::study {

/// Everything that is run for a comparison. Case i is of regimen i / (draws persons), then by draw,
/// then by person.
struct CohortCases {
    const model::Model* model = nullptr;
    std::vector<RegimenDose> regimens;
    double follow_up = 0.0;  ///< [d]
    std::vector<Person> persons;
    std::vector<std::vector<std::vector<io::Override>>> skin;  ///< [regimen][person]
    std::vector<std::string> hashes;                           ///< of the regimens
    /// Parameters that persons vary though draws do not, then those that draws vary.
    std::vector<UncertainParameter> own;
    std::vector<std::vector<bool>>
        set_by_scenario;  ///< [regimen][drawn parameter]: set by the scenario itself
    std::size_t curve_points = 0;
};

/// Days between points of a curve.
inline constexpr double curve_step = 7.0;

CohortCases make_cohort_cases(const std::vector<CaseRunner*>& runners, const ComparePlan& plan);

/// Overrides of one case.
std::vector<io::Override> case_overrides(const CohortCases& cases, const ComparePlan& plan,
                                         std::size_t regimen, std::size_t draw, std::size_t person);

}  // namespace neocol::study
