#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

#include "keys.hpp"
#include "reader.hpp"

namespace neocol::model {

namespace {

constexpr std::size_t n_components = tensor_components.size();

std::string component_name(const std::string& tensor, std::size_t i) {
    return fmt::format("{}_{}", tensor, tensor_components[i]);
}

/// Component of an expression as the user could have written it.
std::string component_text(const std::string& text, std::size_t i) {
    return fmt::format("component({}, {})", text, tensor_components[i]);
}

}  // namespace

void Reader::declare_tensor(const std::string& name, const TableReader& table) {
    if (model_.species.size() + n_components > text_limits::species) {
        too_many(table.node(), "species", text_limits::species);
        return;
    }
    Tensor tensor;
    tensor.name = name;
    tensor.at = table.node().key_position();
    tensor.meaning = table.text("meaning", "");
    tensor.source = source(table);
    const auto index = static_cast<int>(model_.tensors.size());
    const bool defined = compiler_.define(name, {Symbol::Kind::tensor, index}, table.node());
    if (const auto given = unit(table))
        tensor.unit = *given;
    else
        compiler_.mark_broken(name);
    double scale = defined ? 0.0 : 1.0;
    if (const DocumentNode node = table.at("scale"))
        scale = values_.quantity(node, tensor.unit, limits::positive).value_or(1.0);
    const std::vector<bool> present = layer_list(table.at("in"));
    const bool in_plane =
        table.choice("components", TensorComponents::full) != TensorComponents::full;
    for (std::size_t i = 0; i < n_components; ++i) {
        if (in_plane && (i == 3 || i == 5)) continue;
        Species component;
        component.name = component_name(name, i);
        component.unit = tensor.unit;
        component.present = present;
        component.scale = scale;
        component.is_signed = i >= 3;
        component.tensor = index;
        component.meaning = fmt::format("{}, component {}", tensor.meaning, tensor_components[i]);
        component.source = tensor.source;
        component.at = tensor.at;
        tensor.components[i] = static_cast<int>(model_.species.size());
        if (defined)
            compiler_.define(component.name, {Symbol::Kind::species, tensor.components[i]},
                             table.node());
        if (compiler_.is_broken(name)) compiler_.mark_broken(component.name);
        model_.species.push_back(std::move(component));
    }
    model_.tensors.push_back(std::move(tensor));
}

std::vector<NodeId> Reader::tensor_expression(const DocumentNode& node, const Context& context,
                                              const Unit& due, const std::string& subject) {
    const std::vector<NodeId> zero(n_components, model_.graph.constant(0.0));
    const Typed value = compiler_.compile_any(node, context);
    if (!value.valid || value.any_unit) return value.tensor.empty() ? zero : value.tensor;
    if (value.tensor.empty()) {
        diagnostics_.add(
            node.fault(fmt::format("{} must be a tensor, and this is a number", subject),
                       "a number times identity is an isotropic tensor, times along(z) one along "
                       "z"));
        return zero;
    }
    if (value.dimension != due.dimension)
        diagnostics_.add(
            node.fault(fmt::format("{} is in {}, but {} is due", subject,
                                   value.dimension.is_one() ? "no unit" : value.unit,
                                   due.dimension.is_one() ? "a dimensionless tensor" : due.text),
                       {}, 0, written(node).size()));
    return value.tensor;
}

void Reader::read_tensor_rest(const Tensor& tensor, const TableReader& table) {
    const std::size_t n_layers = model_.layers.size();
    const DocumentNode rest = table.at("rest");
    const Context context = static_context("a rest value");
    const std::string subject = fmt::format("rest of '{}'", tensor.name);
    const auto set = [&](std::size_t layer, const std::vector<NodeId>& values,
                         const std::string& text) {
        for (std::size_t i = 0; i < n_components; ++i) {
            if (tensor.components[i] < 0) continue;
            Species& component = model_.species[static_cast<std::size_t>(tensor.components[i])];
            if (!component.present[layer]) continue;
            component.rest[layer] = values[i];
            component.rest_text[layer] = text == "0" ? text : component_text(text, i);
        }
    };
    for (const int k : tensor.components)
        if (k >= 0) {
            model_.species[static_cast<std::size_t>(k)].rest.assign(n_layers, no_node);
            model_.species[static_cast<std::size_t>(k)].rest_text.assign(n_layers, "");
        }
    if (!rest.is_table()) {
        const std::vector<NodeId> values =
            rest ? tensor_expression(rest, context, tensor.unit, subject)
                 : std::vector<NodeId>(n_components, model_.graph.constant(0.0));
        for (std::size_t layer = 0; layer < n_layers; ++layer)
            set(layer, values, rest ? written(rest) : "0");
        return;
    }
    for (const std::string& key : rest.keys())
        if (const int index = layer(rest, key); index >= 0)
            set(static_cast<std::size_t>(index),
                tensor_expression(rest.get(key), context, tensor.unit, subject),
                written(rest.get(key)));
    const Species& first = model_.species[static_cast<std::size_t>(tensor.components[0])];
    for (std::size_t layer = 0; layer < n_layers; ++layer)
        if (first.present[layer] && first.rest[layer] == no_node)
            diagnostics_.add(rest.fault_at_key(
                fmt::format("{} says nothing of layer '{}'", subject, model_.layers[layer]),
                fmt::format("add {} = \"...\"", model_.layers[layer])));
}

/// The process that changes one component of tensors.
Process Reader::tensor_component(const Process& process, std::size_t i) const {
    Process part = process;
    part.name = component_name(process.name, i);
    part.text = component_text(process.text, i);
    part.meaning = fmt::format("{}, component {}", process.meaning, tensor_components[i]);
    return part;
}

/// A rate that is a tensor changes tensors: one process for each of their components.
void Reader::read_tensor_process(const Process& process, const Typed& rate,
                                 const TableReader& table) {
    const DocumentNode changes = table.table("changes").node();
    if (!changes) return;  // reported
    if (process.location != Location::volume) {
        diagnostics_.add(table.node().fault_at_key("tensors live in the volume, not on surfaces"));
        return;
    }
    for (std::size_t i = 0; i < n_components; ++i) {
        if (i > 0 && model_.graph.is_constant(rate.tensor[i], 0.0)) continue;
        Process part = tensor_component(process, i);
        part.rate = masked(process, rate.tensor[i]);
        for (const std::string& key : changes.keys()) {
            const DocumentNode node = changes.get(key);
            const int index = model_.find_tensor(key);
            if (index < 0) {
                if (i == 0)
                    diagnostics_.add(node.fault_at_key(
                        fmt::format("the rate is a tensor and cannot change '{}'", key),
                        "a process of its own may take trace() or component() of it"));
                continue;
            }
            const Tensor& tensor = model_.tensors[static_cast<std::size_t>(index)];
            if (tensor.components[i] < 0) continue;
            const Typed yield = compiler_.compile(node, static_context("a yield"));
            part.changes.push_back({tensor.components[i], yield.node, written(node)});
            const Dimension due = tensor.unit.dimension * Dimension::base("s").power(-1.0);
            const Dimension found = rate.dimension * yield.dimension;
            if (i == 0 && rate.valid && yield.valid && !compiler_.is_broken(key) && found != due)
                diagnostics_.add(node.fault(
                    fmt::format("'{}' is in {}: its rate of change must be in {}, found {}", key,
                                tensor.unit.text, compiler_.unit_text(due),
                                compiler_.unit_text(found)),
                    fmt::format("the rate is in {}", compiler_.unit_text(rate.dimension))));
        }
        if (part.changes.empty()) continue;
        read_activity(part, table);
        model_.processes.push_back(std::move(part));
    }
}

/// A rate that is a number changes a tensor by a yield that is a tensor, such as along(z).
void Reader::read_tensor_yield(Process& process, const Tensor& tensor, const Typed& rate,
                               const DocumentNode& node) {
    Unit due = tensor.unit;
    if (rate.valid && !rate.any_unit) {
        due = coherent(tensor.unit.dimension * Dimension::base("s").power(-1.0) / rate.dimension);
        if (due.dimension.is_one()) due = Unit{};
    }
    const std::vector<NodeId> yields = tensor_expression(
        node, static_context("a yield"), due, fmt::format("the yield of '{}'", tensor.name));
    for (std::size_t i = 0; i < n_components; ++i)
        if (tensor.components[i] >= 0 && !model_.graph.is_constant(yields[i], 0.0))
            process.changes.push_back(
                {tensor.components[i], yields[i], component_text(written(node), i)});
}

std::vector<InjuryRule> Reader::rules(const std::string& name, const DocumentNode& node,
                                      Context context) {
    const int index = model_.find_tensor(name);
    if (index < 0) {
        InjuryRule one = rule(name, node, std::move(context));
        return one.species < 0 ? std::vector<InjuryRule>{}
                               : std::vector<InjuryRule>{std::move(one)};
    }
    const Tensor& tensor = model_.tensors[static_cast<std::size_t>(index)];
    const std::vector<NodeId> values = tensor_expression(
        node, context, tensor.unit, fmt::format("new value of '{}'", tensor.name));
    std::vector<InjuryRule> list;
    for (std::size_t i = 0; i < n_components; ++i)
        if (tensor.components[i] >= 0)
            list.push_back({tensor.components[i], values[i], component_text(written(node), i)});
    return list;
}

}  // namespace neocol::model
