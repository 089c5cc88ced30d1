#include "tensors.hpp"

#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace neocol::model {

std::string component_name(const std::string& tensor, std::size_t i) {
    return fmt::format("{}_{}", tensor, tensor_components[i]);
}

std::string component_text(const std::string& text, std::size_t i) {
    return fmt::format("component({}, {})", text, tensor_components[i]);
}

int component_index(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, int>, 5> others{
        {{"rr", 0}, {"tt", 1}, {"rz", 4}, {"zx", 4}, {"zr", 4}}};
    for (std::size_t i = 0; i < n_components; ++i)
        if (tensor_components[i] == name) return static_cast<int>(i);
    for (const auto& [other, index] : others)
        if (other == name) return index;
    return -1;
}

std::vector<NodeId> componentwise(Graph& graph, const std::vector<NodeId>& a,
                                  const std::vector<NodeId>& b,
                                  const std::function<NodeId(NodeId, NodeId)>& combine) {
    const NodeId zero = graph.constant(0.0);
    std::vector<NodeId> result;
    for (std::size_t i = 0; i < n_components; ++i)
        result.push_back(combine(a.empty() ? zero : a[i], b.empty() ? zero : b[i]));
    return result;
}

NodeId contract(Graph& graph, const std::vector<NodeId>& a, const std::vector<NodeId>& b) {
    NodeId diagonal = graph.constant(0.0), other = graph.constant(0.0);
    for (std::size_t i = 0; i < n_components; ++i) {
        NodeId& sum = i < 3 ? diagonal : other;
        sum = graph.add(sum, graph.multiply(a[i], b[i]));
    }
    return graph.add(diagonal, graph.multiply(graph.constant(2.0), other));
}

NodeId trace(Graph& graph, const std::vector<NodeId>& a) {
    return graph.add(graph.add(a[0], a[1]), a[2]);
}

NodeId fractional_anisotropy(Graph& graph, const std::vector<NodeId>& a) {
    const NodeId mean = graph.multiply(graph.constant(1.0 / 3.0), trace(graph, a));
    std::vector<NodeId> deviator = a;
    for (std::size_t i = 0; i < 3; ++i)
        deviator[i] = graph.subtract(a[i], mean);
    const NodeId size = graph.make(Operation::maximum, contract(graph, a, a),
                                   graph.constant(std::numeric_limits<double>::min()));
    const NodeId share = graph.divide(contract(graph, deviator, deviator), size);
    return graph.make(Operation::square_root, graph.multiply(graph.constant(1.5), share));
}

}  // namespace neocol::model
