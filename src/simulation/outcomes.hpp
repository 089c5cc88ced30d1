#pragma once

#include <vector>

#include <neocol/core/time.hpp>
#include <neocol/core/time_series.hpp>
#include <neocol/model/model.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::simulation {

/// When the sessions of a run were, and how far it got.
struct RunTimes {
    std::vector<Time> sessions;
    Time start;
    double reached = 0.0;  ///< [d]
    Time until;
};

/// Evaluates a model's outcomes from the observables' series.
///
/// The baseline is the value just before the first session (at the start if there is none). An
/// outcome is censored, with the reason, if the run ended before its moment, if its event never
/// came, or if it refers to a session and there was none.
std::vector<OutcomeValue> evaluate_outcomes(const model::Model& model, const TimeSeries& series,
                                            const RunTimes& clock);

}  // namespace neocol::simulation
