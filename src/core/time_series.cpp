#include <neocol/core/time_series.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace neocol {

namespace {

/// Values above minus this share of the largest before them count as not negative.
constexpr double negligible = 1e-4;

}  // namespace

void TimeSeries::add(double time, std::span<const double> values, bool new_segment) {
    if (values.size() != n_values_) throw std::logic_error("time series: wrong number of values");
    if (!times_.empty() && time < times_.back())
        throw std::logic_error("time series: time goes back");
    segment_.push_back(times_.empty() ? 0 : segment_.back() + (new_segment ? 1 : 0));
    times_.push_back(time);
    values_.insert(values_.end(), values.begin(), values.end());
    add_peaks();
}

/// Largest sizes up to the last point that has none yet.
void TimeSeries::add_peaks() {
    const std::size_t begin = peaks_.size();
    for (std::size_t k = begin; k < begin + n_values_; ++k) {
        const double size = std::abs(values_[k]);
        peaks_.push_back(k < n_values_ ? size : std::max(peaks_[k - n_values_], size));
    }
}

TimeSeries TimeSeries::of(std::size_t n_values, std::vector<double> times,
                          std::vector<double> values, std::vector<int> segments) {
    if (values.size() != times.size() * n_values || segments.size() != times.size())
        throw std::logic_error("time series: lengths do not agree");
    TimeSeries series(n_values);
    series.times_ = std::move(times);
    series.values_ = std::move(values);
    series.segment_ = std::move(segments);
    for (std::size_t i = 0; i < series.times_.size(); ++i)
        series.add_peaks();
    return series;
}

std::size_t TimeSeries::interval(double time) const {
    const auto next = std::lower_bound(times_.begin(), times_.end(), time);
    const auto i = static_cast<std::size_t>(next - times_.begin());
    return i == 0 ? 0 : std::min(i, times_.size() - 1) - 1;
}

double TimeSeries::interpolate(std::size_t i, double time, std::size_t quantity) const {
    if (i + 1 >= times_.size() || !smooth(i)) return value(i, quantity);
    if (time == times_[i + 1]) return value(i + 1, quantity);
    const double y = cubic(i, time, quantity);
    // Zero is a bound of most quantities: what both ends keep, the curve between them keeps.
    const double below = -negligible * peaks_[i * n_values_ + quantity];
    const bool above = value(i, quantity) >= below && value(i + 1, quantity) >= below;
    if (above) return std::max(y, 0.0);
    const bool is_bounded = !non_negative_.empty() && non_negative_[quantity];
    return is_bounded ? std::max(y, std::min({value(i, quantity), value(i + 1, quantity), 0.0}))
                      : y;
}

void TimeSeries::set_non_negative(std::vector<bool> quantities) {
    if (quantities.size() != n_values_)
        throw std::logic_error("time series: wrong number of quantities");
    non_negative_ = std::move(quantities);
}

std::vector<double> TimeSeries::turns(std::size_t i, std::size_t quantity) const {
    // The cubic by its values at the ends and two places between, as a + b x + c x^2 + d x^3.
    const double t0 = times_[i], length = times_[i + 1] - t0;
    const double a = value(i, quantity);
    const auto rise = [&](double x) { return cubic(i, t0 + x * length, quantity) - a; };
    const double y1 = rise(1.0 / 3.0), y2 = rise(2.0 / 3.0), y3 = value(i + 1, quantity) - a;
    const double b = 9.0 * y1 - 4.5 * y2 + y3;
    const double c = -22.5 * y1 + 18.0 * y2 - 4.5 * y3;
    const double d = 13.5 * y1 - 13.5 * y2 + 4.5 * y3;
    std::vector<double> turns;
    const auto add = [&](double x) {
        if (x > 0.0 && x < 1.0) turns.push_back(t0 + x * length);
    };
    // b + 2 c x + 3 d x^2 = 0, by the formula that does not cancel.
    const double discriminant = c * c - 3.0 * b * d;
    if (discriminant < 0.0) return turns;
    const double r = -(c + std::copysign(std::sqrt(discriminant), c));
    if (r != 0.0) add(b / r);
    if (d != 0.0) add(r / (3.0 * d));
    return turns;
}

/// The points of the cubic in interval i: its ends, and the nearest to the left and to the right
/// that stand far enough off, or two of one side where the other has none.
///
/// A step of a day after one of a second would magnify the errors of the points behind it: with
/// points apart by at least `least_spacing` of the interval their weights stay of order one.
TimeSeries::Stencil TimeSeries::stencil(std::size_t i) const {
    constexpr double least_spacing = 0.125;  // steps grow by a factor of five at most
    const double spacing = least_spacing * (times_[i + 1] - times_[i]);
    const auto left_of = [&](std::size_t k) {
        const double limit = times_[k] - spacing;
        while (k > 0 && segment_[k - 1] == segment_[i])
            if (times_[--k] <= limit) return k;
        return none;
    };
    const auto right_of = [&](std::size_t k) {
        const double limit = times_[k] + spacing;
        while (++k < times_.size() && segment_[k] == segment_[i])
            if (times_[k] >= limit) return k;
        return none;
    };
    Stencil points{{i, i + 1}, 2, false};
    const auto take = [&](std::size_t k) {
        if (k != none) points.at[points.n++] = k;
        return k;
    };
    const std::size_t left = take(left_of(i)), right = take(right_of(i + 1));
    points.is_settled = right != none;
    if (left == none && right != none) points.is_settled = take(right_of(right)) != none;
    if (right == none && left != none) take(left_of(left));
    return points;
}

double TimeSeries::cubic(std::size_t i, double time, std::size_t quantity) const {
    const Stencil points = stencil(i);
    double sum = 0.0;
    for (std::size_t j = 1; j < points.n; ++j) {
        const std::size_t k = points.at[j];
        double basis = 1.0;
        for (std::size_t l = 0; l < points.n; ++l) {
            const std::size_t m = points.at[l];
            if (m != k) basis *= (time - times_[m]) / (times_[k] - times_[m]);
        }
        // Relative to point i, so that constant series stay constant to the last bit.
        sum += basis * (value(k, quantity) - value(i, quantity));
    }
    return value(i, quantity) + sum;
}

double TimeSeries::integrate(std::size_t i, double t0, double t1, std::size_t quantity) const {
    // Two Gauss points integrate the cubic exactly.
    const double middle = 0.5 * (t0 + t1), half = 0.5 * (t1 - t0);
    const double offset = half / std::sqrt(3.0);
    return half *
           (interpolate(i, middle - offset, quantity) + interpolate(i, middle + offset, quantity));
}

}  // namespace neocol
