#pragma once

#include <string>

#include <neocol/core/time_series.hpp>
#include <neocol/model/model.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::simulation {

/// Largest budget residual of a run that counts as complete [share of the species' turnover]. The
/// budgets close to rounding, which over a course adds up to 1e-12 to 1e-10 (docs/numerics.md).
inline constexpr double largest_budget_residual = 1e-8;

/// How far below zero a species that is not `signed` may come [share of tolerance *
/// Species::scale].
inline constexpr double largest_undershoot = 1e-2;

/// What a run that reached its end is worth.
struct Judgement {
    RunStatus status = RunStatus::complete;  ///< or doubtful
    std::string reason;                      ///< every ground for doubt; empty if there is none
};

/// Judges a run that reached its end with a finite state: complete if every observable and outcome
/// is finite, every species that is not signed stayed at or above zero, every bound of the model
/// was kept and every budget closed; otherwise doubtful, with the reason. Nothing else in neocol
/// decides this: single runs, studies and cohorts ask here.
/// \param summary  its outcomes, bounds, budget and smallest_value are read
/// \param series   observables after every step
Judgement judge(const model::Model& model, const RunSummary& summary, const TimeSeries& series,
                double tolerance);

}  // namespace neocol::simulation
