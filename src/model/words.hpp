#pragma once

#include <string>
#include <vector>

#include <neocol/model/model.hpp>

namespace neocol::model {

/// Where something lives or runs: "all layers", "dermis", "skin surface".
std::string place_of(const Model& model, Location location, const std::vector<bool>& layers);
/// How an observable is taken: "mean, dermis, 0 to 0.5 mm deep, where wounded".
std::string region_of(const Model& model, const Observable& observable);
/// When an event happens.
std::string event_time(const Model& model, const Event& event);

}  // namespace neocol::model
