#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include <neocol/core/units.hpp>

namespace neocol {

/// A moment or a span of time that somebody set: a whole number of nanoseconds, within 292 years.
///
/// Schedules are sums of these, so that `1440 min`, `24 h` and `1 day` are one moment. The engine
/// computes in days, as a double: `days()` makes it, once, and is what a Time converts to.
class Time {
public:
    constexpr Time() = default;
    /// The nearest whole nanosecond to a number of days; beyond the range, its end. A text is
    /// taken exactly, by exact_time().
    Time(double days);
    static constexpr Time of_nanoseconds(std::int64_t n) {
        Time time;
        time.nanoseconds_ = n;
        return time;
    }

    constexpr std::int64_t nanoseconds() const { return nanoseconds_; }
    double days() const;  ///< [d]
    operator double() const { return days(); }
    /// Exact: `1.5 d`, or seconds where days have no finite decimal. The same time has one text.
    std::string text() const;

private:
    std::int64_t nanoseconds_ = 0;
};

namespace detail {
/// Ends of the range stand for whatever lies beyond it.
std::int64_t sum_in_range(std::int64_t a, std::int64_t b);
std::int64_t product_in_range(std::int64_t a, std::int64_t b);
}  // namespace detail

/// Templates, so that a Time beside a double is compared and added as days.
template <std::same_as<Time> T>
constexpr bool operator==(T a, T b) {
    return a.nanoseconds() == b.nanoseconds();
}
template <std::same_as<Time> T>
constexpr auto operator<=>(T a, T b) {
    return a.nanoseconds() <=> b.nanoseconds();
}
template <std::same_as<Time> T>
T operator+(T a, T b) {
    return T::of_nanoseconds(detail::sum_in_range(a.nanoseconds(), b.nanoseconds()));
}
template <std::same_as<Time> T>
T operator-(T a, T b) {
    return T::of_nanoseconds(detail::sum_in_range(a.nanoseconds(), -b.nanoseconds()));
}
/// n times a span.
inline Time multiple(std::int64_t n, Time span) {
    return Time::of_nanoseconds(detail::product_in_range(n, span.nanoseconds()));
}

/// The time a text says, its decimal number taken exactly. A `year` is 365.2422 days. What a
/// program prints of a whole number of nanoseconds as a double, with 12 digits or more
/// (`0.041666666666666664 d`), is that number.
/// \param text   as UnitSystem::parse_quantity took it
/// \param given  what it made of it; its unit is one of time
/// \throws InputError  (no position) no whole number of nanoseconds, with the nearest; out of range
Time exact_time(std::string_view text, const Quantity& given);

/// A number in a unit of time by its name (`s` to `year`), rounded to a whole nanosecond (the
/// nearest, or one beside it) whose shortest text `exact_time` takes: for values that are drawn. In
/// other units it is left as it is.
double whole_nanoseconds(double number, std::string_view unit);

}  // namespace neocol
