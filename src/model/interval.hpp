#pragma once

#include <vector>

#include <neocol/model/check.hpp>

namespace neocol::model {

/// Range of node `id` from the ranges of its arguments (by node) and of the inputs (by input).
Interval interval_of(const Graph& graph, NodeId id, const std::vector<Interval>& ranges,
                     const std::vector<Interval>& inputs);

/// `value_ranges`, and what the inputs range over.
std::vector<Interval> value_ranges(const Model& model, std::vector<Interval>& inputs);

}  // namespace neocol::model
