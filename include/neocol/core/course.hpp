#pragma once

#include <cstddef>
#include <vector>

namespace neocol {

/// A quantity over time, and over depth where depths are given, as a table holds it.
struct Course {
    std::vector<double> times;   ///< [d], ascending; empty: one value that holds at all times
    std::vector<double> depths;  ///< [mm], ascending; empty: the same at every depth
    std::vector<double> values;  ///< by time and, in it, by depth
    bool holds_ends = false;     ///< before the first and after the last time their values hold

    std::size_t n_depths() const { return depths.empty() ? 1 : depths.size(); }
    double value(std::size_t i_time, std::size_t i_depth) const {
        return values[i_time * n_depths() + i_depth];
    }
    /// Moments [d] at which the interpolant's second derivative jumps, as it does not where values
    /// stay what they are: a step of a solver that ends on them keeps its order, and none passes
    /// over a rise between two that it did not see.
    std::vector<double> knots() const;
};

/// Piecewise cubic through points, with a continuous first derivative, that never leaves the range
/// of the two points beside it: Fritsch and Butland 1984 (weighted harmonic means of the secants),
/// ends by three points. Two points are joined by a line, one holds everywhere; beyond the ends
/// their values hold. Error of order 2 beside turns of the data, 3 to 4 elsewhere.
class MonotoneCubic {
public:
    /// \pre as many points as values, one at least, points strictly ascending
    MonotoneCubic(std::vector<double> points, std::vector<double> values);

    double value(double x) const;
    /// Derivative of `value`; at a point the one to the right, 0 from the last point on.
    double slope(double x) const;

private:
    std::size_t interval(double x) const;

    std::vector<double> points_, values_, slopes_;
};

}  // namespace neocol
