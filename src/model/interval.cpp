#include "interval.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace neocol::model {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double tiny = std::numeric_limits<double>::min();

/// Product in which 0 times infinity is 0: the bound of a quantity that is exactly 0.
double product(double a, double b) {
    return a == 0.0 || b == 0.0 ? 0.0 : a * b;
}

Interval hull(double a, double b, double c, double d) {
    return {std::min({a, b, c, d}), std::max({a, b, c, d})};
}

Interval multiply(const Interval& a, const Interval& b) {
    return hull(product(a.low, b.low), product(a.low, b.high), product(a.high, b.low),
                product(a.high, b.high));
}

Interval reciprocal(const Interval& a) {
    if (a.low > 0.0 || a.high < 0.0) return {1.0 / a.high, 1.0 / a.low};
    if (a.low == 0.0 && a.high > 0.0) return {1.0 / a.high, infinity};
    if (a.high == 0.0 && a.low < 0.0) return {-infinity, 1.0 / a.low};
    return {-infinity, infinity};
}

Interval positive(const Interval& a) {
    return {std::max(a.low, 0.0), std::max(a.high, 0.0)};
}

Interval power(const Interval& base, const Interval& n) {
    const Interval a = positive(base);
    return hull(std::pow(a.low, n.low), std::pow(a.low, n.high), std::pow(a.high, n.low),
                std::pow(a.high, n.high));
}

Interval absolute(const Interval& a) {
    const double largest = std::max(std::fabs(a.low), std::fabs(a.high));
    const bool around_zero = a.low <= 0.0 && a.high >= 0.0;
    return {around_zero ? 0.0 : std::min(std::fabs(a.low), std::fabs(a.high)), largest};
}

Interval branch(const Interval& a, const Interval& b, const Interval& c, const Interval& d) {
    if (a.high < b.low) return c;
    if (a.low >= b.high) return d;
    return {std::min(c.low, d.low), std::max(c.high, d.high)};
}

/// A node as a literal multiple of another.
struct Multiple {
    double factor = 1.0;
    NodeId of = no_node;
};

Multiple as_multiple(const Graph& graph, NodeId id) {
    const Node& node = graph[id];
    if (node.operation == Operation::multiply)
        for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
            const Node& factor = graph[node.arguments[i]];
            if (factor.operation == Operation::constant)
                return {factor.value, node.arguments[1 - i]};
        }
    return {1.0, id};
}

Interval difference(const Graph& graph, const Node& node, const std::vector<Interval>& ranges) {
    const Multiple left = as_multiple(graph, node.arguments[0]);
    const Multiple right = as_multiple(graph, node.arguments[1]);
    if (left.of == right.of) {
        // One quantity on both sides, as in K - 0.7*K.
        const double factor = left.factor - right.factor;
        return multiply(ranges[static_cast<std::size_t>(left.of)], {factor, factor});
    }
    const Interval& a = ranges[static_cast<std::size_t>(node.arguments[0])];
    const Interval& b = ranges[static_cast<std::size_t>(node.arguments[1])];
    return {a.low - b.high, a.high - b.low};
}

Interval without_nan(Interval range) {
    if (std::isnan(range.low)) range.low = -infinity;
    if (std::isnan(range.high)) range.high = infinity;
    return range;
}

}  // namespace

Interval interval_of(const Graph& graph, NodeId id, const std::vector<Interval>& ranges,
                     const std::vector<Interval>& inputs) {
    const Node& node = graph[id];
    const auto argument = [&](std::size_t i) {
        return node.arguments[i] == no_node ? Interval{}
                                            : ranges[static_cast<std::size_t>(node.arguments[i])];
    };
    const Interval a = argument(0), b = argument(1);
    switch (node.operation) {
        case Operation::constant:
            return {node.value, node.value};
        case Operation::unknown:
            return {0.0, infinity};
        case Operation::input:
            return inputs[static_cast<std::size_t>(node.index)];
        case Operation::add:
            return without_nan({a.low + b.low, a.high + b.high});
        case Operation::subtract:
            return without_nan(difference(graph, node, ranges));
        case Operation::multiply:
            // A square is not negative, whatever interval arithmetic says of its factors.
            if (node.arguments[0] == node.arguments[1]) {
                const Interval size = absolute(a);
                return {product(size.low, size.low), product(size.high, size.high)};
            }
            return multiply(a, b);
        case Operation::divide:
            return without_nan(multiply(a, reciprocal(b)));
        case Operation::negate:
            return {-a.high, -a.low};
        case Operation::power:
            return without_nan(power(a, b));
        case Operation::exponential:
            return {std::exp(a.low), std::exp(a.high)};
        case Operation::logarithm:
            return {std::log(std::max(a.low, tiny)), std::log(std::max(a.high, tiny))};
        case Operation::square_root: {
            const Interval root = positive(a);
            return {std::sqrt(root.low), std::sqrt(root.high)};
        }
        case Operation::sine:
        case Operation::cosine:
            return {-1.0, 1.0};
        case Operation::hyperbolic_tangent:
            return {std::tanh(a.low), std::tanh(a.high)};
        case Operation::minimum:
            return {std::min(a.low, b.low), std::min(a.high, b.high)};
        case Operation::maximum:
            return {std::max(a.low, b.low), std::max(a.high, b.high)};
        case Operation::absolute:
            return absolute(a);
        case Operation::select_less:
            return branch(a, b, argument(2), argument(3));
    }
    return {-infinity, infinity};
}

}  // namespace neocol::model
