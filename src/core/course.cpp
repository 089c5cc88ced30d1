#include <neocol/core/course.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace neocol {

namespace {

/// Slope at an end from the secants of the two intervals beside it, h0 the nearer; it keeps the
/// sign of the nearer secant and three times its size at most, so that the end stays monotone.
double end_slope(double h0, double h1, double d0, double d1) {
    const double slope = ((2.0 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
    if (slope * d0 <= 0.0) return 0.0;
    if (d0 * d1 <= 0.0 && std::abs(slope) > 3.0 * std::abs(d0)) return 3.0 * d0;
    return slope;
}

}  // namespace

std::vector<double> Course::knots() const {
    const auto is_flat = [&](std::size_t i) {  // from time i to the next
        for (std::size_t k = 0; k < n_depths(); ++k)
            if (value(i, k) != value(i + 1, k)) return false;
        return true;
    };
    std::vector<double> list;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const bool before = i == 0 || is_flat(i - 1), after = i + 1 == times.size() || is_flat(i);
        if (!before || !after) list.push_back(times[i]);
    }
    return list;
}

MonotoneCubic::MonotoneCubic(std::vector<double> points, std::vector<double> values)
    : points_(std::move(points)), values_(std::move(values)), slopes_(points_.size(), 0.0) {
    const std::size_t n = points_.size();
    if (n == 0 || values_.size() != n)
        throw std::logic_error("an interpolant needs as many values as points");
    if (n == 1) return;
    std::vector<double> h(n - 1), d(n - 1);
    for (std::size_t i = 0; i + 1 < n; ++i) {
        h[i] = points_[i + 1] - points_[i];
        if (!(h[i] > 0.0)) throw std::logic_error("points of an interpolant must ascend");
        d[i] = (values_[i + 1] - values_[i]) / h[i];
    }
    if (n == 2) {
        slopes_.assign(2, d[0]);
        return;
    }
    for (std::size_t i = 1; i + 1 < n; ++i) {
        if (d[i - 1] * d[i] <= 0.0) continue;
        const double near = 2.0 * h[i] + h[i - 1], far = h[i] + 2.0 * h[i - 1];
        slopes_[i] = (near + far) / (near / d[i - 1] + far / d[i]);
    }
    slopes_[0] = end_slope(h[0], h[1], d[0], d[1]);
    slopes_[n - 1] = end_slope(h[n - 2], h[n - 3], d[n - 2], d[n - 3]);
}

std::size_t MonotoneCubic::interval(double x) const {
    const auto after = std::upper_bound(points_.begin(), points_.end(), x);
    return static_cast<std::size_t>(after - points_.begin()) - 1;
}

double MonotoneCubic::value(double x) const {
    if (!(x > points_.front())) return values_.front();
    if (!(x < points_.back())) return values_.back();
    const std::size_t i = interval(x);
    const double h = points_[i + 1] - points_[i], s = (x - points_[i]) / h, r = 1.0 - s;
    // Hermite's form about the nearer values: no digits are lost where they are alike.
    const double step = values_[i + 1] - values_[i];
    return values_[i] + step * s * s * (3.0 - 2.0 * s) +
           h * s * r * (r * slopes_[i] - s * slopes_[i + 1]);
}

double MonotoneCubic::slope(double x) const {
    if (x < points_.front() || !(x < points_.back())) return 0.0;
    const std::size_t i = interval(x);
    const double h = points_[i + 1] - points_[i], s = (x - points_[i]) / h, r = 1.0 - s;
    return 6.0 * s * r * (values_[i + 1] - values_[i]) / h + r * (1.0 - 3.0 * s) * slopes_[i] +
           s * (3.0 * s - 2.0) * slopes_[i + 1];
}

}  // namespace neocol
