#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace neocol {

/// Values of several quantities at the ends of steps, piecewise smooth in time.
///
/// A session or event starts a new segment; between the points of a segment values are those of the
/// cubic through four near points, which keeps the order of the stepper: the ends of the interval
/// and the nearest that are not much closer to them or to each other than it is long, so that a
/// cubic never magnifies the errors of its points. It is limited only where it would fall below 0
/// between two values that do not, and where a quantity that cannot be negative would fall below
/// both 0 and its ends: a stepper may leave it below 0 within its tolerance.
class TimeSeries {
public:
    explicit TimeSeries(std::size_t n_values) : n_values_(n_values) {}

    /// Adds a point [d]; `new_segment` marks the first point after a jump (its time may equal that
    /// of the point before). \throws std::logic_error  time goes back, or a wrong number of values
    void add(double time, std::span<const double> values, bool new_segment);

    /// The series as plain numbers: times [d], values by point, number of the segment by point.
    const std::vector<double>& times() const { return times_; }
    const std::vector<double>& values() const { return values_; }
    const std::vector<int>& segments() const { return segment_; }
    /// The series made of such numbers. \throws std::logic_error  lengths do not agree
    static TimeSeries of(std::size_t n_values, std::vector<double> times,
                         std::vector<double> values, std::vector<int> segments);

    /// By quantity: whether it can only be negative within a tolerance. \throws std::logic_error
    /// not as many as values
    void set_non_negative(std::vector<bool> quantities);

    std::size_t size() const { return times_.size(); }
    std::size_t n_values() const { return n_values_; }
    double time(std::size_t i) const { return times_[i]; }
    double value(std::size_t i, std::size_t quantity) const {
        return values_[i * n_values_ + quantity];
    }
    /// True if interval (i, i + 1) lies inside a segment.
    bool smooth(std::size_t i) const { return segment_[i] == segment_[i + 1]; }

    /// Index i such that time lies in [time(i), time(i + 1)], the interval before a jump at its
    /// very moment. \pre size() > 0, time within the series
    std::size_t interval(double time) const;

    /// Value at a time inside interval i (as given by `interval`).
    double interpolate(std::size_t i, double time, std::size_t quantity) const;
    /// Value at any time of the series; at the moment of a jump the value before it.
    double at(double time, std::size_t quantity) const {
        return interpolate(interval(time), time, quantity);
    }
    /// Times inside a smooth interval i at which the interpolant turns, two at most.
    std::vector<double> turns(std::size_t i, std::size_t quantity) const;
    /// Integral over interval i from t0 to t1 of the interpolant.
    double integrate(std::size_t i, double t0, double t1, std::size_t quantity) const;

    /// True if no later point can change the interpolant of interval i.
    bool is_settled(std::size_t i) const {
        return i + 1 < size() && (!smooth(i) || stencil(i).is_settled);
    }

private:
    static constexpr std::size_t none = ~std::size_t{0};

    /// Points that a cubic goes through; settled: later points would not take part.
    struct Stencil {
        std::array<std::size_t, 4> at;
        std::size_t n = 0;
        bool is_settled = false;
    };

    Stencil stencil(std::size_t i) const;
    void add_peaks();
    double cubic(std::size_t i, double time, std::size_t quantity) const;

    std::size_t n_values_;
    std::vector<double> times_, values_;
    std::vector<double> peaks_;  ///< as values_: largest size so far
    std::vector<int> segment_;
    std::vector<bool> non_negative_;  ///< empty: nothing is known
};

}  // namespace neocol
