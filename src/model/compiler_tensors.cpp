#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

#include "compiler.hpp"

namespace neocol::model {

using syntax::Expression;

namespace {

constexpr std::size_t n_components = tensor_components.size();

/// Position of a component by its name, also by those of cylindrical axes; -1 if there is none.
int component_index(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, int>, 5> others{
        {{"rr", 0}, {"tt", 1}, {"rz", 4}, {"zx", 4}, {"zr", 4}}};
    for (std::size_t i = 0; i < n_components; ++i)
        if (tensor_components[i] == name) return static_cast<int>(i);
    for (const auto& [other, index] : others)
        if (other == name) return index;
    return -1;
}

}  // namespace

bool Compiler::is_number(const Frame& frame, const Expression& expression, const Typed& value,
                         const std::string& what) {
    if (value.tensor.empty()) return true;
    fault(frame, expression,
          fmt::format("{} must be a number: '{}' is a tensor", what, text_of(frame, expression)),
          "take trace(), component(..., zz), contract() or anisotropy() of it");
    return false;
}

bool Compiler::is_tensor(const Frame& frame, const Expression& expression, const Typed& value,
                         const std::string& what) {
    if (!value.tensor.empty() || value.any_unit || !value.valid) return true;
    fault(frame, expression,
          fmt::format("a tensor is due {}, and '{}' is a number", what, text_of(frame, expression)),
          "a number times identity is an isotropic tensor, times along(z) one along z");
    return false;
}

std::vector<NodeId> Compiler::componentwise(const Typed& a, const Typed& b,
                                            const std::function<NodeId(NodeId, NodeId)>& combine) {
    const NodeId zero = model_.graph.constant(0.0);
    std::vector<NodeId> result;
    for (std::size_t i = 0; i < n_components; ++i)
        result.push_back(
            combine(a.tensor.empty() ? zero : a.tensor[i], b.tensor.empty() ? zero : b.tensor[i]));
    return result;
}

Typed Compiler::tensor_value(const Frame& frame, const Expression& expression, int index) {
    const Tensor& tensor = model_.tensors[static_cast<std::size_t>(index)];
    const Context& context = frame.context;
    if (!context.species || context.surface_fields_only)
        return fault(frame, expression,
                     fmt::format("tensor '{}' cannot be used in {}", tensor.name, context.place),
                     context.species
                         ? "parameters, time, coordinates and surface fields are known there"
                         : fmt::format("it is computed once, before the run; rest({}) is known "
                                       "there",
                                       tensor.name));
    Typed value = make(model_.graph.constant(0.0), tensor.unit.dimension);
    value.unit = tensor.unit.text;
    for (const int k : tensor.components) {
        if (k < 0)
            value.tensor.push_back(model_.graph.constant(0.0));
        else if (context.location == Location::volume)
            value.tensor.push_back(model_.graph.unknown(k));
        else
            value.tensor.push_back(model_.graph.input(
                input(Input::Kind::adjacent, k, model_.species[static_cast<std::size_t>(k)].name)));
    }
    return value;
}

Typed Compiler::call_tensor(const Frame& frame, const Expression& expression) {
    if (expression.name == "along") return call_along(frame, expression);
    if (expression.name == "component") return call_component(frame, expression);
    if (expression.name == "contract") return call_contract(frame, expression);
    const Typed a = visit(frame, expression.arguments[0]);
    if (!is_tensor(frame, expression.arguments[0], a, fmt::format("in {}()", expression.name)) ||
        a.tensor.empty())
        return invalid_value();
    Typed result = expression.name == "trace" ? make(trace(a.tensor), a.dimension)
                                              : make(fractional_anisotropy(a.tensor), {});
    if (expression.name == "trace") result.unit = a.unit;
    result.valid = a.valid;
    return result;
}

/// The tensor e e of the unit vector along an axis.
Typed Compiler::call_along(const Frame& frame, const Expression& expression) {
    const Expression& axis = expression.arguments[0];
    const std::vector<std::string> axes{"x", "y", "z", "r"};
    const auto found = axis.kind == Expression::Kind::name
                           ? std::find(axes.begin(), axes.end(), axis.name)
                           : axes.end();
    if (found == axes.end())
        return fault(frame, axis,
                     fmt::format("along() needs an axis, found '{}'", text_of(frame, axis)),
                     "known: x, y, z; in single_channel x is radial, y circumferential");
    const auto place = static_cast<std::size_t>(found - axes.begin()) % 3;  // r is x
    Typed result = number(1.0);
    for (std::size_t i = 0; i < n_components; ++i)
        result.tensor.push_back(model_.graph.constant(i == place ? 1.0 : 0.0));
    return result;
}

Typed Compiler::call_component(const Frame& frame, const Expression& expression) {
    const Typed a = visit(frame, expression.arguments[0]);
    const std::string name = text_of(frame, expression.arguments[1]);
    const int index = component_index(name);
    if (index < 0)
        return fault(frame, expression.arguments[1], fmt::format("no component '{}'", name),
                     "known: xx, yy, zz, xy, xz, yz; in single_channel also rr, tt, rz");
    if (!is_tensor(frame, expression.arguments[0], a, "in component()") || a.tensor.empty())
        return invalid_value();
    Typed result = make(a.tensor[static_cast<std::size_t>(index)], a.dimension);
    result.unit = a.unit;
    result.valid = a.valid;
    return result;
}

Typed Compiler::call_contract(const Frame& frame, const Expression& expression) {
    const Typed a = visit(frame, expression.arguments[0]);
    const Typed b = visit(frame, expression.arguments[1]);
    if (!is_tensor(frame, expression.arguments[0], a, "in contract()") ||
        !is_tensor(frame, expression.arguments[1], b, "in contract()") || a.tensor.empty() ||
        b.tensor.empty())
        return invalid_value();
    const auto dimension = product_dimension(frame, expression, a, b);
    if (!dimension) return invalid_value();
    Typed result = make(contract(a.tensor, b.tensor), *dimension);
    result.valid = a.valid && b.valid;
    return result;
}

/// Sum of the products of all nine components.
NodeId Compiler::contract(const std::vector<NodeId>& a, const std::vector<NodeId>& b) {
    Graph& graph = model_.graph;
    NodeId diagonal = graph.constant(0.0), other = graph.constant(0.0);
    for (std::size_t i = 0; i < n_components; ++i) {
        NodeId& sum = i < 3 ? diagonal : other;
        sum = graph.add(sum, graph.multiply(a[i], b[i]));
    }
    return graph.add(diagonal, graph.multiply(graph.constant(2.0), other));
}

NodeId Compiler::trace(const std::vector<NodeId>& a) {
    return model_.graph.add(model_.graph.add(a[0], a[1]), a[2]);
}

/// sqrt(3/2) |A - tr(A)/3| / |A|, 0 where A is 0: 0 for a sphere, 1 for a line, sqrt(1/2) for a
/// disc. Source: Basser & Pierpaoli 1996, doi:10.1006/jmrb.1996.0086
NodeId Compiler::fractional_anisotropy(const std::vector<NodeId>& a) {
    Graph& graph = model_.graph;
    const NodeId mean = graph.multiply(graph.constant(1.0 / 3.0), trace(a));
    std::vector<NodeId> deviator = a;
    for (std::size_t i = 0; i < 3; ++i)
        deviator[i] = graph.subtract(a[i], mean);
    const NodeId size = graph.make(Operation::maximum, contract(a, a),
                                   graph.constant(std::numeric_limits<double>::min()));
    const NodeId share = graph.divide(contract(deviator, deviator), size);
    return graph.make(Operation::square_root, graph.multiply(graph.constant(1.5), share));
}

}  // namespace neocol::model
