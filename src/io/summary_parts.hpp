#pragma once

#include <string>

#include <neocol/io/result_reader.hpp>

namespace neocol::io::detail {

/// What a series did, in its own unit; days count from the first session.
struct Course {
    double before = 0.0;                         ///< just before the first session, or at the start
    double largest = 0.0, day_of_largest = 0.0;  ///< from then on
    double smallest = 0.0, day_of_smallest = 0.0;  ///< from then on
    double end = 0.0;
};
Course course_of(const StoredResult& result, const StoredSeries& series);

/// Largest budget residual and its species; 0 and an empty name without a budget.
double worst_residual(const StoredResult& result, std::string& species);

}  // namespace neocol::io::detail
