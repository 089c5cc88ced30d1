#include "differentiator.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace neocol::model {

namespace {

// The guard of denominators that Graph::fraction makes.
constexpr double tiny = std::numeric_limits<double>::min();

// Below this argument derivatives of roots, logarithms and guarded quotients grow no further.
constexpr double derivative_floor = 1e-12;

}  // namespace

NodeId Differentiator::derivative_of_kink(const Node& node, NodeId da, NodeId db) {
    const NodeId a = node.arguments[0], b = node.arguments[1];
    const bool is_minimum = node.operation == Operation::minimum;
    // From the left, the smaller of two equal values is the one that rises faster.
    const NodeId tie = graph_.make(is_minimum ? Operation::maximum : Operation::minimum, da, db);
    const NodeId low = is_minimum ? da : db;   // where a < b
    const NodeId high = is_minimum ? db : da;  // where b < a
    if (tie == high) return graph_.make(Operation::select_less, a, b, low, high);
    if (tie == low) return graph_.make(Operation::select_less, b, a, high, low);
    return graph_.make(Operation::select_less, a, b, low,
                       graph_.make(Operation::select_less, b, a, high, tie));
}

NodeId Differentiator::derivative_of_quotient(const Node& node, NodeId da, NodeId db) {
    const NodeId a = node.arguments[0];
    NodeId b = node.arguments[1];
    const Node denominator = graph_[b];
    if (denominator.operation == Operation::maximum &&
        graph_.is_constant(denominator.arguments[1], tiny)) {
        b = graph_.make(Operation::maximum, denominator.arguments[0],
                        graph_.constant(derivative_floor));
    }
    // One reciprocal serves the derivatives to all variables.
    const NodeId reciprocal = graph_.divide(graph_.constant(1.0), b);
    const NodeId change = graph_.subtract(da, graph_.multiply(graph_.multiply(a, reciprocal), db));
    return graph_.multiply(change, reciprocal);
}

NodeId Differentiator::derivative_of_power(NodeId id, const Node& node, NodeId da, NodeId db) {
    const NodeId a = node.arguments[0], b = node.arguments[1];
    const NodeId floor = graph_.make(Operation::maximum, a, graph_.constant(derivative_floor));
    const NodeId by_base = graph_.multiply(graph_.multiply(b, graph_.divide(id, floor)), da);
    const NodeId by_exponent =
        graph_.multiply(graph_.multiply(id, graph_.make(Operation::logarithm, a)), db);
    return graph_.add(by_base, by_exponent);
}

NodeId Differentiator::derivative_of_function(NodeId id, const Node& node, NodeId da) {
    const NodeId a = node.arguments[0];
    const NodeId zero = graph_.constant(0.0), one = graph_.constant(1.0);
    switch (node.operation) {
        case Operation::negate:
            return graph_.negate(da);
        case Operation::exponential:
            return graph_.multiply(id, da);
        case Operation::logarithm: {
            const NodeId floor =
                graph_.make(Operation::maximum, a, graph_.constant(derivative_floor));
            return graph_.multiply(
                graph_.make(Operation::select_less, zero, a, graph_.divide(one, floor), zero), da);
        }
        case Operation::square_root: {
            const NodeId floor =
                graph_.make(Operation::maximum, id, graph_.constant(std::sqrt(derivative_floor)));
            const NodeId slope = graph_.divide(graph_.constant(0.5), floor);
            return graph_.multiply(graph_.make(Operation::select_less, zero, a, slope, zero), da);
        }
        case Operation::sine:
            return graph_.multiply(graph_.make(Operation::cosine, a), da);
        case Operation::cosine:
            return graph_.negate(graph_.multiply(graph_.make(Operation::sine, a), da));
        case Operation::hyperbolic_tangent:
            return graph_.multiply(graph_.subtract(one, graph_.multiply(id, id)), da);
        case Operation::absolute: {
            const NodeId tie = graph_.negate(graph_.make(Operation::absolute, da));
            const NodeId below = graph_.negate(da);
            if (tie == below) return graph_.make(Operation::select_less, zero, a, da, below);
            return graph_.make(Operation::select_less, zero, a, da,
                               graph_.make(Operation::select_less, a, zero, below, tie));
        }
        default:
            break;
    }
    throw std::logic_error("an operation has no rule of differentiation");
}

NodeId Differentiator::differentiate(NodeId id, const std::array<NodeId, 4>& d) {
    const Node node = graph_[id];  // a copy: making nodes moves them
    const auto [a, b, c, e] = node.arguments;
    switch (node.operation) {
        case Operation::add:
            return graph_.add(d[0], d[1]);
        case Operation::subtract:
            return graph_.subtract(d[0], d[1]);
        case Operation::multiply:
            return graph_.add(graph_.multiply(d[0], b), graph_.multiply(a, d[1]));
        case Operation::divide:
            return derivative_of_quotient(node, d[0], d[1]);
        case Operation::power:
            return derivative_of_power(id, node, d[0], d[1]);
        case Operation::minimum:
        case Operation::maximum:
            return derivative_of_kink(node, d[0], d[1]);
        case Operation::select_less:
            return graph_.make(Operation::select_less, a, b, d[2], d[3]);
        default:
            return derivative_of_function(id, node, d[0]);
    }
}

NodeId Differentiator::derivative(NodeId root, NodeId variable) {
    const auto key = [variable](NodeId id) {
        return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(id)) << 32) |
               static_cast<std::uint32_t>(variable);
    };
    if (const auto known = derivatives_.find(key(root)); known != derivatives_.end())
        return known->second;
    const NodeId zero = graph_.constant(0.0);
    const std::array<NodeId, 1> roots{root};
    for (const NodeId id : graph_.schedule(roots)) {
        if (derivatives_.contains(key(id))) continue;
        NodeId result = zero;
        const Node node = graph_[id];
        if (id == variable) {
            result = graph_.constant(1.0);
        } else {
            std::array<NodeId, 4> d{zero, zero, zero, zero};
            bool varies = false;
            for (int i = 0; i < arity(node.operation); ++i) {
                const auto k = static_cast<std::size_t>(i);
                d[k] = derivatives_.at(key(node.arguments[k]));
                varies = varies || d[k] != zero;
            }
            if (varies) result = differentiate(id, d);
        }
        derivatives_.emplace(key(id), result);
    }
    return derivatives_.at(key(root));
}

}  // namespace neocol::model
