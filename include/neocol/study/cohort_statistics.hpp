#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace neocol::study {

/// One outcome of one regimen over persons and parameter draws; NaN where a case has no value.
struct CohortTable {
    std::size_t draws = 0, persons = 0;
    std::vector<double> values;  ///< [draw][person]

    std::span<const double> draw(std::size_t d) const {
        return std::span(values).subspan(d * persons, persons);
    }
};

/// A number that differs by parameter draw: its median over draws, the range that holds 90 % of
/// them, and the Monte Carlo error of the median (standard deviation over bootstrap resamples of
/// persons and draws): what more persons and draws would take away, and nothing else.
struct OverDraws {
    double median = 0.0, low = 0.0, high = 0.0;
    double monte_carlo = 0.0;
};

/// What a cohort shows in one number a person.
struct CohortSummary {
    OverDraws median;          ///< of the persons
    double person_low = 0.0;   ///< 5 % of the persons lie below (median over draws)
    double person_high = 0.0;  ///< 5 % above
    std::size_t missing = 0;   ///< cases without a value
};

/// Shares of persons by what changed for them.
struct CohortShares {
    OverDraws better;  ///< by at least the least difference
    OverDraws worse;   ///< likewise
};

/// Median of the persons in every draw, then over draws.
/// \param resamples  of the bootstrap; draws and persons are resampled, the same persons in every
///                   draw
CohortSummary summarise(const CohortTable& table, std::uint64_t seed, std::size_t resamples = 200);

/// Takes a case out of all tables where one of them has no value for it, so that levels,
/// differences and shares are of the same persons under the same draws; a table without any value
/// does not count. \returns how many cases were taken out of tables that had a value \pre the
/// tables have the same persons and draws
std::size_t keep_common(std::span<CohortTable> tables);

/// Differences b - a, person by person and draw by draw.
/// \pre the tables have the same persons and draws
CohortTable paired_difference(const CohortTable& a, const CohortTable& b);

/// Shares of persons with difference >= least (better) or <= -least (worse); the other way round if
/// less is better. \pre least > 0
CohortShares shares(const CohortTable& difference, double least, bool more_is_better,
                    std::uint64_t seed, std::size_t resamples = 200);

/// Share of draws in which the median of the persons has the sign of `sign`.
double share_of_draws(const CohortTable& difference, double sign);

}  // namespace neocol::study
