#include "judge.hpp"

#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace neocol::simulation {
namespace {

/// The first species that went further below zero than rounding.
std::optional<std::string> negative_species(const model::Model& model, const RunSummary& summary,
                                            double tolerance) {
    double worst = 0.0;
    std::optional<std::string> text;
    for (std::size_t s = 0; s < model.species.size() && s < summary.smallest_value.size(); ++s) {
        const model::Species& species = model.species[s];
        const double share = -summary.smallest_value[s] / (tolerance * species.scale);
        if (species.is_signed || !(share > largest_undershoot)) continue;
        if (share <= worst) continue;
        worst = share;
        text =
            fmt::format("'{}' fell to {:.4g} {}", species.name,
                        species.unit.from_internal(summary.smallest_value[s]), species.unit.text);
    }
    return text;
}

std::optional<std::string> open_budget(const model::Model& model, const RunSummary& summary) {
    double worst = largest_budget_residual;
    std::optional<std::string> text;
    const std::vector<double> residual = summary.budget.residual();
    for (std::size_t s = 0; s < residual.size() && s < model.species.size(); ++s) {
        const double size = std::abs(residual[s]);
        if (size <= worst) continue;
        text = fmt::format("the budget of '{}' leaves {:.2g} of its turnover open (at most {:g})",
                           model.species[s].name, size, largest_budget_residual);
        if (!std::isfinite(size)) break;
        worst = size;
    }
    return text;
}

std::optional<std::string> broken_bound(const model::Model& model, const BoundReport& report) {
    for (const model::Bound& bound : model.bounds) {
        if (bound.name != report.name || report.satisfied) continue;
        std::string limits;
        if (bound.at_least)
            limits = fmt::format("at least {:.4g}", bound.unit.from_internal(*bound.at_least));
        if (bound.at_most)
            limits += fmt::format("{}at most {:.4g}", limits.empty() ? "" : ", ",
                                  bound.unit.from_internal(*bound.at_most));
        return fmt::format("bound '{}' ({} {}) was broken: {:.4g} to {:.4g} {}", bound.name, limits,
                           bound.unit.text, bound.unit.from_internal(report.lowest),
                           bound.unit.from_internal(report.highest), bound.unit.text);
    }
    return std::nullopt;
}

/// The first observable without a finite value, and when.
std::optional<std::string> not_finite(const model::Model& model, const TimeSeries& series) {
    for (std::size_t q = 0; q < series.n_values(); ++q) {
        for (std::size_t i = 0; i < series.size(); ++i) {
            if (std::isfinite(series.value(i, q))) continue;
            return fmt::format("observable '{}' is {} on day {:.6g}", model.observables[q].name,
                               series.value(i, q), series.time(i));
        }
    }
    return std::nullopt;
}

std::optional<std::string> outcome_not_finite(const model::Model& model,
                                              const RunSummary& summary) {
    for (std::size_t k = 0; k < summary.outcomes.size() && k < model.outcomes.size(); ++k) {
        const OutcomeValue& outcome = summary.outcomes[k];
        if (outcome.censored || std::isfinite(outcome.value)) continue;
        return fmt::format("outcome '{}' is {}", model.outcomes[k].name, outcome.value);
    }
    return std::nullopt;
}

}  // namespace

Judgement judge(const model::Model& model, const RunSummary& summary, const TimeSeries& series,
                double tolerance) {
    std::vector<std::string> doubts;
    const auto take = [&](std::optional<std::string> doubt) {
        if (doubt) doubts.push_back(std::move(*doubt));
    };
    take(not_finite(model, series));
    take(outcome_not_finite(model, summary));
    take(negative_species(model, summary, tolerance));
    for (const BoundReport& report : summary.bounds)
        take(broken_bound(model, report));
    take(open_budget(model, summary));
    if (doubts.empty()) return {};
    return {RunStatus::doubtful, fmt::format("{}", fmt::join(doubts, "; "))};
}

}  // namespace neocol::simulation
