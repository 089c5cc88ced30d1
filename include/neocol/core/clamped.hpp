#pragma once

#include <limits>
#include <type_traits>

namespace neocol {

/// A number of a file as a whole number: towards 0, the nearest end of the range for what lies
/// beyond it, 0 for what is no number.
template <typename To>
constexpr To clamped(double value) {
    static_assert(std::is_integral_v<To>);
    constexpr auto lowest = std::numeric_limits<To>::min(),
                   highest = std::numeric_limits<To>::max();
    if (!(value == value)) return 0;
    if (value <= static_cast<double>(lowest)) return lowest;
    if (value >= static_cast<double>(highest)) return highest;
    return static_cast<To>(value);
}

}  // namespace neocol
