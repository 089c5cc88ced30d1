#include <neocol/model/measure.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace neocol::model {
namespace {

/// Visits the smooth pieces of the series inside the window: f(interval, t0, t1).
template <typename F>
void for_pieces(const Course& c, F&& f) {
    for (std::size_t i = 0; i + 1 < c.series.size(); ++i) {
        const double t0 = std::max(c.series.time(i), c.from);
        const double t1 = std::min(c.series.time(i + 1), c.to);
        if (c.series.smooth(i) && t1 > t0) f(i, t0, t1);
    }
}

/// Time in [t0, t1] at which the interpolant crosses the threshold, known to lie on both sides.
double crossing(const Course& c, std::size_t i, double t0, double t1) {
    const bool above = c.series.interpolate(i, t0, c.observable) > c.threshold;
    for (int k = 0; k < 60; ++k) {
        const double middle = 0.5 * (t0 + t1);
        ((c.series.interpolate(i, middle, c.observable) > c.threshold) == above ? t0 : t1) = middle;
    }
    return t1;
}

}  // namespace

Reading Course::relative_change() const {
    if (baseline == 0.0) return Reading::none("the baseline is zero");
    return value() / baseline - 1.0;
}

std::pair<double, double> Course::extreme(double sign) const {
    double best_time = from, best = -std::numeric_limits<double>::infinity();
    const auto consider = [&](double time, double here) {
        if (sign * here > best) {
            best = sign * here;
            best_time = time;
        }
    };
    consider(from, series.at(from, observable));
    for (std::size_t i = 0; i < series.size(); ++i)
        if (series.time(i) >= from && series.time(i) <= to)
            consider(series.time(i), series.value(i, observable));
    for_pieces(*this, [&](std::size_t i, double t0, double t1) {
        for (const double t : series.turns(i, observable))
            if (t > t0 && t < t1) consider(t, series.interpolate(i, t, observable));
    });
    consider(to, series.at(to, observable));
    return {best_time, sign * best};
}

double Course::integral() const {
    double total = 0.0;
    for_pieces(*this, [&](std::size_t i, double t0, double t1) {
        total += series.integrate(i, t0, t1, observable);
    });
    return total;
}

double Course::time_above() const {
    double total = 0.0;
    for_pieces(*this, [&](std::size_t i, double t0, double t1) {
        const bool starts = series.interpolate(i, t0, observable) > threshold;
        const bool ends = series.interpolate(i, t1, observable) > threshold;
        if (starts && ends) {
            total += t1 - t0;
        } else if (starts != ends) {
            const double t = crossing(*this, i, t0, t1);
            total += starts ? t - t0 : t1 - t;
        }
    });
    return total;
}

Reading Course::first_passage(bool above) const {
    std::optional<double> passage;
    const auto beyond = [&](double v) { return above ? v >= threshold : v <= threshold; };
    for_pieces(*this, [&](std::size_t i, double t0, double t1) {
        if (passage) return;
        if (beyond(series.interpolate(i, t0, observable)))
            passage = t0;
        else if (beyond(series.interpolate(i, t1, observable)))
            passage = crossing(*this, i, t0, t1);
    });
    if (!passage) return Reading::none("it did not happen before the end of the window");
    return Reading::final(*passage - from);
}

}  // namespace neocol::model
