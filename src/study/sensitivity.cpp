#include <neocol/study/sensitivity.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <neocol/core/random.hpp>

namespace neocol::study {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double mean_of(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values)
        sum += value;
    return values.empty() ? not_a_number : sum / static_cast<double>(values.size());
}

/// Standard deviation of a sample; 0 of a single value.
double deviation_of(const std::vector<double>& values) {
    if (values.size() < 2) return values.empty() ? not_a_number : 0.0;
    const double mean = mean_of(values);
    double sum = 0.0;
    for (const double value : values)
        sum += (value - mean) * (value - mean);
    return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

/// Indices 0 .. n - 1 drawn with replacement.
std::vector<std::size_t> resample(std::size_t n, const Bootstrap& bootstrap, std::size_t round) {
    const CounterRandom random(bootstrap.seed, 0x626f6f7400000000 + round);
    std::vector<std::size_t> drawn(n);
    for (std::size_t i = 0; i < n; ++i) {
        const double u = random.uniform(i);
        drawn[i] = std::min(n - 1, static_cast<std::size_t>(u * static_cast<double>(n)));
    }
    return drawn;
}

Estimated with_interval(double value, std::vector<double> resampled, double level) {
    const double tail = (1.0 - level) / 2.0;
    return {value, sample_quantile(resampled, tail), sample_quantile(resampled, 1.0 - tail)};
}

/// First-order and total indices of all inputs from the chosen rows.
struct RowSums {
    std::size_t n, dimensions;
    std::span<const double> y;
    double centre;  ///< taken from f, which leaves the indices as they are and their noise smaller

    double a(std::size_t row) const { return y[row] - centre; }
    double b(std::size_t row) const { return y[n + row] - centre; }
    double ab(std::size_t i, std::size_t row) const { return y[(i + 2) * n + row] - centre; }

    double variance(const std::vector<std::size_t>& rows) const {
        double sum = 0.0, squares = 0.0;
        for (const std::size_t row : rows) {
            sum += a(row) + b(row);
            squares += a(row) * a(row) + b(row) * b(row);
        }
        const auto count = 2.0 * static_cast<double>(rows.size());
        return squares / count - (sum / count) * (sum / count);
    }
    double first(std::size_t i, const std::vector<std::size_t>& rows, double variance) const {
        double sum = 0.0;
        for (const std::size_t row : rows)
            sum += b(row) * (ab(i, row) - a(row));
        return sum / static_cast<double>(rows.size()) / variance;
    }
    double total(std::size_t i, const std::vector<std::size_t>& rows, double variance) const {
        double sum = 0.0;
        for (const std::size_t row : rows) {
            const double d = a(row) - ab(i, row);
            sum += d * d;
        }
        return sum / (2.0 * static_cast<double>(rows.size())) / variance;
    }
};

/// Rows whose every case gave a number.
std::vector<std::size_t> whole_rows(std::size_t n, std::size_t dimensions,
                                    std::span<const double> y) {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < n; ++row) {
        bool whole = true;
        for (std::size_t block = 0; block < dimensions + 2; ++block)
            whole = whole && std::isfinite(y[block * n + row]);
        if (whole) rows.push_back(row);
    }
    return rows;
}

}  // namespace

double sample_quantile(std::vector<double> values, double u) {
    std::erase_if(values, [](double value) { return std::isnan(value); });
    if (values.empty()) return not_a_number;
    std::sort(values.begin(), values.end());
    const double place = u * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 >= values.size()) return values.back();
    const double w = place - static_cast<double>(below);
    return (1.0 - w) * values[below] + w * values[below + 1];
}

std::vector<MorrisEffect> morris_effects(const MorrisDesign& design, std::span<const double> y,
                                         const Bootstrap& bootstrap) {
    const std::size_t k = design.points.dimensions;
    std::vector<std::vector<double>> effects(k);
    for (std::size_t t = 0; t < design.paths; ++t) {
        for (std::size_t step = 0; step < k; ++step) {
            const std::size_t before = t * (k + 1) + step, d = design.moved[t * k + step];
            const double dx = design.points.point(before + 1)[d] - design.points.point(before)[d];
            const double effect = (y[before + 1] - y[before]) / dx;
            if (std::isfinite(effect)) effects[d].push_back(effect);
        }
    }
    std::vector<MorrisEffect> summaries;
    for (std::vector<double>& of_input : effects)
        summaries.push_back(morris_effect(std::move(of_input), bootstrap));
    return summaries;
}

MorrisEffect morris_effect(std::vector<double> effects, const Bootstrap& bootstrap) {
    std::vector<double> sizes = effects;
    for (double& size : sizes)
        size = std::abs(size);
    std::vector<double> resampled;
    for (std::size_t round = 0; round < bootstrap.resamples && !sizes.empty(); ++round) {
        double sum = 0.0;
        for (const std::size_t i : resample(sizes.size(), bootstrap, round))
            sum += sizes[i];
        resampled.push_back(sum / static_cast<double>(sizes.size()));
    }
    return {mean_of(effects), with_interval(mean_of(sizes), std::move(resampled), bootstrap.level),
            deviation_of(effects), effects.size()};
}

SobolIndices sobol_indices(std::size_t n, std::size_t dimensions, std::span<const double> y,
                           const Bootstrap& bootstrap) {
    SobolIndices indices;
    indices.inputs.assign(dimensions, {{not_a_number, not_a_number, not_a_number},
                                       {not_a_number, not_a_number, not_a_number}});
    const std::vector<std::size_t> rows = whole_rows(n, dimensions, y);
    indices.rows = rows.size();
    if (rows.empty()) {
        indices.mean = indices.variance = not_a_number;
        return indices;
    }
    for (const std::size_t row : rows)
        indices.mean += (y[row] + y[n + row]) / (2.0 * static_cast<double>(rows.size()));
    const RowSums sums{n, dimensions, y, indices.mean};
    indices.variance = sums.variance(rows);
    // Below round-off of the mean nothing varies.
    if (!(indices.variance > 1e-24 * indices.mean * indices.mean)) return indices;
    std::vector<std::vector<double>> first(dimensions), total(dimensions);
    for (std::size_t round = 0; round < bootstrap.resamples; ++round) {
        std::vector<std::size_t> drawn = resample(rows.size(), bootstrap, round);
        for (std::size_t& row : drawn)
            row = rows[row];
        const double variance = sums.variance(drawn);
        for (std::size_t i = 0; i < dimensions; ++i) {
            first[i].push_back(sums.first(i, drawn, variance));
            total[i].push_back(sums.total(i, drawn, variance));
        }
    }
    for (std::size_t i = 0; i < dimensions; ++i) {
        indices.inputs[i].first = with_interval(sums.first(i, rows, indices.variance),
                                                std::move(first[i]), bootstrap.level);
        indices.inputs[i].total = with_interval(sums.total(i, rows, indices.variance),
                                                std::move(total[i]), bootstrap.level);
    }
    return indices;
}

}  // namespace neocol::study
