#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <neocol/core/time_series.hpp>
#include <neocol/core/words.hpp>

namespace neocol::model {

/// What an outcome reads of the course of its observable. A measure more is a value here and a row
/// of `measures` below; reader, unit, result, descriptions, schema and evaluation follow.
enum class Measure {
    value,
    change,
    relative_change,
    peak,
    time_of_peak,
    trough,
    time_of_trough,
    integral,
    time_above,
    first_above,
    first_below,
};

/// The number that a measure finds, or why there is none.
struct Reading {
    double value = 0.0;
    const char* censored = nullptr;
    bool is_final = false;  ///< a longer run would not change it

    constexpr Reading(double read) : value(read) {}
    static constexpr Reading none(const char* reason) {
        Reading reading(0.0);
        reading.censored = reason;
        return reading;
    }
    static constexpr Reading final(double read) {
        Reading reading(read);
        reading.is_final = true;
        return reading;
    }
};

/// The course of an observable between two times, which are one for what is read at a moment; what
/// measures are made of. Times [d], values in internal units.
struct Course {
    const TimeSeries& series;
    std::size_t observable;
    double from, to;
    double baseline;   ///< just before the first session
    double threshold;  ///< of measures that have one

    double value() const { return series.at(from, observable); }
    double change() const { return value() - baseline; }
    Reading relative_change() const;
    /// Time and value of the largest (sign = 1) or smallest (sign = -1): at the points of the
    /// series and where the interpolant between them turns.
    std::pair<double, double> extreme(double sign) const;
    double integral() const;
    double time_above() const;
    /// Time from the start of the window to the first value at or beyond the threshold.
    Reading first_passage(bool above) const;
};

/// What there is to know of a measure.
struct MeasureKind {
    enum class Looks { at_moment, against_baseline, in_window, for_threshold };
    enum class Gives { value, share, time, value_times_time };

    Word<Measure> word;
    std::string_view of;  ///< before the observable's name, in definitions: "largest value"
    Looks looks;
    Gives gives;
    Reading (*read)(const Course& course);
};

using Looks = MeasureKind::Looks;
using Gives = MeasureKind::Gives;

/// Whether the state is read at one moment, and not over a window.
constexpr bool is_at_a_moment(Looks looks) {
    return looks == Looks::at_moment || looks == Looks::against_baseline;
}

inline constexpr auto measures = std::to_array<MeasureKind>({
    {{Measure::value, "value", "at the time given"},
     "value",
     Looks::at_moment,
     Gives::value,
     [](const Course& c) -> Reading { return c.value(); }},
    {{Measure::change, "change", "value - baseline"},
     "change",
     Looks::against_baseline,
     Gives::value,
     [](const Course& c) -> Reading { return c.change(); }},
    {{Measure::relative_change, "relative_change", "value / baseline - 1"},
     "relative change",
     Looks::against_baseline,
     Gives::share,
     [](const Course& c) -> Reading { return c.relative_change(); }},
    {{Measure::peak, "peak", "largest value in the window"},
     "largest value",
     Looks::in_window,
     Gives::value,
     [](const Course& c) -> Reading { return c.extreme(1.0).second; }},
    {{Measure::time_of_peak, "time_of_peak", "after the start of the window"},
     "time of the largest value",
     Looks::in_window,
     Gives::time,
     [](const Course& c) -> Reading { return c.extreme(1.0).first - c.from; }},
    {{Measure::trough, "trough", "smallest value in the window"},
     "smallest value",
     Looks::in_window,
     Gives::value,
     [](const Course& c) -> Reading { return c.extreme(-1.0).second; }},
    {{Measure::time_of_trough, "time_of_trough", "after the start of the window"},
     "time of the smallest value",
     Looks::in_window,
     Gives::time,
     [](const Course& c) -> Reading { return c.extreme(-1.0).first - c.from; }},
    {{Measure::integral, "integral", "over the window"},
     "integral over time",
     Looks::in_window,
     Gives::value_times_time,
     [](const Course& c) -> Reading { return c.integral(); }},
    {{Measure::time_above, "time_above", "length of time above the threshold"},
     "length of time above the threshold",
     Looks::for_threshold,
     Gives::time,
     [](const Course& c) -> Reading { return c.time_above(); }},
    {{Measure::first_above, "first_above", "first time at or above the threshold"},
     "first time above the threshold",
     Looks::for_threshold,
     Gives::time,
     [](const Course& c) -> Reading { return c.first_passage(true); }},
    {{Measure::first_below, "first_below", "first time at or below the threshold"},
     "first time below the threshold",
     Looks::for_threshold,
     Gives::time,
     [](const Course& c) -> Reading { return c.first_passage(false); }},
});

/// Its row of the table.
constexpr const MeasureKind& kind_of(Measure measure) {
    return row_of(measures, measure);
}

}  // namespace neocol::model

namespace neocol {

template <>
inline constexpr auto words<model::Measure> = words_of(model::measures);

}  // namespace neocol
