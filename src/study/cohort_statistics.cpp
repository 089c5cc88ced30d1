#include <neocol/study/cohort_statistics.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <neocol/core/random.hpp>
#include <neocol/study/sensitivity.hpp>

namespace neocol::study {
namespace {

constexpr std::uint64_t resample_stream = 0x636f686f72740000;

using Reduce = std::function<double(const std::vector<double>& persons)>;

/// n indices drawn with replacement.
std::vector<std::size_t> resampled(std::size_t n, const CounterRandom& random,
                                   std::uint64_t first) {
    std::vector<std::size_t> drawn(n);
    for (std::size_t i = 0; i < n; ++i) {
        const double u = random.uniform(first + i);
        drawn[i] = std::min(n - 1, static_cast<std::size_t>(u * static_cast<double>(n)));
    }
    return drawn;
}

/// The reduction of the persons in every draw; draws without any value are left out.
std::vector<double> by_draw(const CohortTable& table, const Reduce& reduce) {
    std::vector<double> reduced;
    for (std::size_t d = 0; d < table.draws; ++d) {
        const auto row = table.draw(d);
        const double value = reduce({row.begin(), row.end()});
        if (!std::isnan(value)) reduced.push_back(value);
    }
    return reduced;
}

OverDraws over_draws(const CohortTable& table, const Reduce& reduce, std::uint64_t seed,
                     std::size_t resamples) {
    const std::vector<double> values = by_draw(table, reduce);
    OverDraws spread{sample_quantile(values, 0.5), sample_quantile(values, 0.05),
                     sample_quantile(values, 0.95), 0.0};
    std::vector<double> medians;
    for (std::size_t round = 0; round < resamples && table.draws > 0 && table.persons > 0;
         ++round) {
        const CounterRandom random(seed, resample_stream + round);
        const auto persons = resampled(table.persons, random, 0);
        CohortTable again{table.draws, table.persons, {}};
        for (const std::size_t d : resampled(table.draws, random, table.persons)) {
            const auto row = table.draw(d);
            for (const std::size_t p : persons)
                again.values.push_back(row[p]);
        }
        medians.push_back(sample_quantile(by_draw(again, reduce), 0.5));
    }
    std::erase_if(medians, [](double value) { return std::isnan(value); });
    double mean = 0.0, squares = 0.0;
    for (const double value : medians)
        mean += value / static_cast<double>(medians.size());
    for (const double value : medians)
        squares += (value - mean) * (value - mean);
    spread.monte_carlo = medians.size() < 2
                             ? std::numeric_limits<double>::quiet_NaN()
                             : std::sqrt(squares / static_cast<double>(medians.size() - 1));
    return spread;
}

double median_of(const std::vector<double>& values) {
    return sample_quantile(values, 0.5);
}

/// Share of the persons with a value for whom `is` holds; NaN if there are none.
double share_of(const std::vector<double>& values, const std::function<bool(double)>& is) {
    std::size_t all = 0, some = 0;
    for (const double value : values) {
        all += !std::isnan(value);
        some += !std::isnan(value) && is(value);
    }
    return all == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(some) / static_cast<double>(all);
}

}  // namespace

CohortSummary summarise(const CohortTable& table, std::uint64_t seed, std::size_t resamples) {
    CohortSummary summary;
    summary.median = over_draws(table, median_of, seed, resamples);
    const auto quantile_of_persons = [&](double u) {
        return sample_quantile(
            by_draw(table, [u](const std::vector<double>& v) { return sample_quantile(v, u); }),
            0.5);
    };
    summary.person_low = quantile_of_persons(0.05);
    summary.person_high = quantile_of_persons(0.95);
    summary.missing = static_cast<std::size_t>(std::count_if(
        table.values.begin(), table.values.end(), [](double value) { return std::isnan(value); }));
    return summary;
}

std::size_t keep_common(std::span<CohortTable> tables) {
    std::vector<CohortTable*> counted;
    for (CohortTable& table : tables)
        if (!std::all_of(table.values.begin(), table.values.end(),
                         [](double value) { return std::isnan(value); }))
            counted.push_back(&table);
    if (counted.empty()) return 0;
    std::size_t n_taken = 0;
    for (std::size_t i = 0; i < counted.front()->values.size(); ++i) {
        const auto is_missing = [i](const CohortTable* table) {
            return std::isnan(table->values[i]);
        };
        if (!std::any_of(counted.begin(), counted.end(), is_missing)) continue;
        for (CohortTable* table : counted) {
            n_taken += !is_missing(table);
            table->values[i] = std::numeric_limits<double>::quiet_NaN();
        }
    }
    return n_taken;
}

CohortTable paired_difference(const CohortTable& a, const CohortTable& b) {
    CohortTable difference{a.draws, a.persons, {}};
    for (std::size_t i = 0; i < a.values.size(); ++i)
        difference.values.push_back(b.values[i] - a.values[i]);
    return difference;
}

CohortShares shares(const CohortTable& difference, double least, bool more_is_better,
                    std::uint64_t seed, std::size_t resamples) {
    const double sign = more_is_better ? 1.0 : -1.0;
    const auto beyond = [=](double direction) {
        return [=](const std::vector<double>& values) {
            return share_of(values, [=](double v) { return direction * v >= least; });
        };
    };
    return {over_draws(difference, beyond(sign), seed, resamples),
            over_draws(difference, beyond(-sign), seed, resamples)};
}

double share_of_draws(const CohortTable& difference, double sign) {
    const std::vector<double> medians = by_draw(difference, median_of);
    return share_of(medians, [sign](double v) { return v * sign > 0.0; });
}

}  // namespace neocol::study
