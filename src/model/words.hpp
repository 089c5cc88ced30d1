#pragma once

#include <string>
#include <vector>

#include <neocol/model/model.hpp>

namespace neocol::model {

/// Where something lives or runs: "all layers", "dermis", "skin surface".
std::string place_of(const Model& model, Location location, const std::vector<bool>& layers);
/// "90 d after the last session".
std::string to_string(const Moment& moment);
/// True for what an outcome reads at one time.
bool is_at_a_moment(Measure measure);
/// True for what an outcome measures against a threshold.
bool has_threshold(Measure measure);
/// How an observable is taken: "mean, dermis, 0 to 0.5 mm deep, where wounded".
std::string region_of(const Model& model, const Observable& observable);
/// How an outcome is taken: "relative change of matrix, 28 d after the last session".
std::string measure_of(const Model& model, const Outcome& outcome);
/// When an event happens.
std::string event_time(const Model& model, const Event& event);

}  // namespace neocol::model
