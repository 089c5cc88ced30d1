#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <neocol/study/case_batch.hpp>
#include <neocol/study/cohort.hpp>
#include <neocol/study/cohort_statistics.hpp>
#include <neocol/study/parameter_draws.hpp>

namespace neocol::study {

/// What is held equal in total when regimens of unequal dose are compared.
enum class EqualDose { none, punctures, wounded_volume };

/// The least difference in an outcome that counts, and its good direction.
struct LeastDifference {
    std::string outcome;
    double least = 0.0;  ///< in the outcome's stored unit
    bool more_is_better = true;
};

/// `NAME>1` (more is better, by at least 1 in the outcome's unit) or `NAME<0.1`.
/// \throws UsageError  neither
LeastDifference parse_least(const std::string& text);

/// How far a single channel with lateral mixing is from patches with every puncture in its place,
/// as measured, by outcome: the share of the outcome's value.
struct ClosureErrors {
    std::map<std::string, double> relative;  ///< by outcome
    std::string path;                        ///< empty if none was measured for the model
};

/// `MODEL/closure.csv` in the first of the library's folders that has it: columns `outcome` and
/// `relative_error`; the largest of an outcome counts.
/// \throws InputError  a row that is not understood
ClosureErrors find_closure_errors(const io::Library& library, const std::string& model);

/// Regimens to compare, and over whom.
struct ComparePlan {
    std::vector<std::string> names;  ///< of the regimens
    std::vector<io::Override> base;  ///< of every scenario
    Cohort cohort;
    std::size_t persons = 20;
    ParameterDraws draws;  ///< one draw without parameters: the model's own values
    std::uint64_t seed = 1;
    std::vector<std::size_t> outcomes;
    std::vector<std::size_t> observables;  ///< whose curves are kept
    Restriction solved;                    ///< what the runners' cases are of
    bool clock_from_last = true;      ///< runs end equally long after the last session, else first
    std::optional<double> follow_up;  ///< [d]; none: what the shortest scenario has
    EqualDose equal_dose = EqualDose::none;
    std::vector<LeastDifference> least;
    ClosureErrors closure;
};

/// What a regimen asks of the skin, nominally.
struct RegimenDose {
    std::string name, title, device;
    std::size_t sessions = 0;
    double first = 0.0, last = 0.0;  ///< [d]
    double until = 0.0;              ///< [d]
    double density = 0.0;            ///< of a session, before and after equalising [cm-2]
    double density_given = 0.0;
    double punctures = 0.0;       ///< over all sessions [cm-2]
    double wounded_volume = 0.0;  ///< over all sessions, per area [mm3/cm2]
    double channel_depth = 0.0;   ///< deepest [mm]
    std::string geometry;
};

/// An outcome of a regimen, and against the first one.
struct ComparedOutcome {
    CohortSummary value;
    CohortSummary difference;       ///< paired, against the first regimen
    double same_sign = 0.0;         ///< share of draws in which the median difference has its sign
    std::optional<double> closure;  ///< error of the geometry in this outcome; none: not measured
    bool below_closure = false;     ///< the median difference is smaller than that error
    std::optional<CohortShares> shares;
};

struct OutcomeRow {
    std::string name, unit, meaning;
    std::optional<LeastDifference> least;
    std::vector<ComparedOutcome> regimens;
    /// Cases left out because another regimen has no value for the same person and draw.
    std::size_t without_partner = 0;
};

/// Change of an observable over the time since the clock's session, in per cent of its value before
/// the first session (absolute where that is 0).
struct CurveBand {
    std::string observable, unit, meaning;
    std::size_t regimen = 0;
    std::vector<double> days;               ///< since the last (or first) session
    std::vector<double> median, low, high;  ///< cohort median; 90 % of draws
    std::vector<double> person_low, person_high;
};

struct CohortComparison {
    std::string model, cohort, draws_from;
    std::size_t persons = 0, draws = 0, parameters = 0;
    std::uint64_t seed = 1;
    bool clock_from_last = true;
    double follow_up = 0.0;  ///< [d]
    EqualDose equal_dose = EqualDose::none;
    std::string closure_path;
    Restriction solved;
    std::vector<RegimenDose> regimens;
    std::vector<OutcomeRow> outcomes;
    std::vector<CurveBand> curves;
    std::size_t cases = 0, failed = 0;
    std::size_t doubtful = 0;  ///< cases left out of the statistics, see simulation/judge.hpp
    std::string first_failure, first_doubt;
    std::vector<Trait> traits;
    std::vector<Choice> choices;
    bool complete = true;  ///< false if it was stopped; outcomes are then empty
};

/// What every prediction of a regimen's merit carries.
inline constexpr const char* prediction_note =
    "Predictions of a model: no trial has compared such regimens directly.";

/// Runs every regimen for the same persons under the same parameter draws.
///
/// \param runners  one a regimen, all of one model
/// \throws InputError, IoError  as read_scenario and run_batch; regimens of different models; a
///                              follow-up that ends before a last session; every case failed
CohortComparison compare_cohort(std::vector<CaseRunner*> runners, const ComparePlan& plan,
                                const BatchOptions& options);

/// Number of cases a plan needs, and what the regimens ask of the skin, without running anything.
std::vector<RegimenDose> compared_doses(std::vector<CaseRunner*> runners, const ComparePlan& plan);

std::string to_text(const CohortComparison& comparison);
std::string to_json(const CohortComparison& comparison);
/// One line a regimen and outcome.
std::string to_csv(const CohortComparison& comparison);

}  // namespace neocol::study
