#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>

#include <neocol/model/expression.hpp>

namespace neocol::model {

/// Derivatives of expressions, as further nodes of their graph; what is asked for again is there.
class Differentiator {
public:
    explicit Differentiator(Graph& graph) : graph_(graph) {}

    /// d(root)/d(variable), where `variable` is an unknown or input node.
    ///
    /// At ties of minimum and maximum the left derivative; bounded where the true derivative is not
    /// (x^p at 0 for p < 1, log, sqrt and fraction: as if the argument were at least 1e-12), as a
    /// W-method tolerates any finite Jacobian.
    NodeId derivative(NodeId root, NodeId variable);

private:
    Graph& graph_;
    std::unordered_map<std::uint64_t, NodeId> derivatives_;  ///< (root, variable) -> derivative

    /// Derivative of node `id` from the derivatives `d` of its arguments.
    NodeId differentiate(NodeId id, const std::array<NodeId, 4>& d);
    NodeId derivative_of_kink(const Node& node, NodeId da, NodeId db);
    NodeId derivative_of_quotient(const Node& node, NodeId da, NodeId db);
    NodeId derivative_of_power(NodeId id, const Node& node, NodeId da, NodeId db);
    NodeId derivative_of_function(NodeId id, const Node& node, NodeId da);
};

}  // namespace neocol::model
