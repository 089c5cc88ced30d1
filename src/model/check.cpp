#include <neocol/model/check.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "interval.hpp"

namespace neocol::model {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Value of a parameter in a layer: its value, or that of the layer.
double value_in_layer(const Parameter& parameter, const std::string& layer) {
    for (const Variation& variation : parameter.variations)
        if (variation.axis == "layer" && variation.key == layer) return variation.value;
    return parameter.value;
}

Interval input_range(const Model& model, const Input& input) {
    switch (input.kind) {
        case Input::Kind::parameter: {
            const Parameter& parameter = model.parameters[static_cast<std::size_t>(input.index)];
            Interval range{parameter.low.value_or(parameter.value),
                           parameter.high.value_or(parameter.value)};
            for (const double value : parameter.allowed) {
                range.low = std::min(range.low, value);
                range.high = std::max(range.high, value);
            }
            for (const Variation& variation : parameter.variations) {
                range.low = std::min(range.low, variation.value);
                range.high = std::max(range.high, variation.value);
            }
            return range;
        }
        case Input::Kind::rest:
        case Input::Kind::adjacent:
        case Input::Kind::surface:
        case Input::Kind::field:
            if (model.species[static_cast<std::size_t>(input.index)].is_signed)
                return {-infinity, infinity};
            return {0.0, infinity};
        case Input::Kind::external:
            if (model.externals[static_cast<std::size_t>(input.index)].is_signed)
                return {-infinity, infinity};
            return {0.0, infinity};
        case Input::Kind::active:
            return {0.0, 1.0};
        case Input::Kind::wound:
            return {0.0, input.name.starts_with("hole") ? infinity : 1.0};
        case Input::Kind::coordinate:
        case Input::Kind::derived:
        case Input::Kind::external_rate:
        case Input::Kind::integral:
            return {-infinity, infinity};
        default:
            return {0.0, infinity};
    }
}

using StaticKey = std::pair<Input::Kind, int>;

/// Where derived and rest values stand among the inputs, those that are read at all.
std::map<StaticKey, std::size_t> static_inputs(const Model& model) {
    std::map<StaticKey, std::size_t> places;
    for (std::size_t i = 0; i < model.inputs.size(); ++i) {
        const Input& input = model.inputs[i];
        if (input.kind == Input::Kind::derived || input.kind == Input::Kind::rest)
            places[{input.kind, input.index}] = i;
    }
    return places;
}

}  // namespace

double rest_of(const Model& model, int species, std::size_t layer,
               const std::vector<double>& inputs) {
    const NodeId node = model.species[static_cast<std::size_t>(species)].rest[layer];
    return node == no_node ? 0.0 : model.graph.evaluate(node, {}, inputs);
}

std::vector<double> nominal_inputs(const Model& model, int layer) {
    const auto l = static_cast<std::size_t>(layer);
    std::vector<double> values(model.inputs.size(), 0.0);
    for (std::size_t i = 0; i < model.inputs.size(); ++i) {
        const Input& input = model.inputs[i];
        const auto k = static_cast<std::size_t>(std::max(input.index, 0));
        if (input.kind == Input::Kind::parameter)
            values[i] = value_in_layer(model.parameters[k], model.layers[l]);
        else if (input.kind == Input::Kind::external)
            values[i] = model.externals[k].value;
        else if (input.kind == Input::Kind::property)
            values[i] = 1.0;
        else if (input.kind == Input::Kind::active)
            values[i] = model.processes[k].active[l] ? 1.0 : 0.0;
    }
    set_static_values(model, layer, 0.0, values);
    return values;
}

void set_static_values(const Model& model, int layer, double absent, std::vector<double>& values) {
    const auto l = static_cast<std::size_t>(layer);
    const std::map<StaticKey, std::size_t> places = static_inputs(model);
    for (const auto& key : model.static_order) {
        const auto k = static_cast<std::size_t>(key.second);
        const NodeId node =
            key.first == Input::Kind::derived ? model.derived[k].value : model.species[k].rest[l];
        const double value = node == no_node ? absent : model.graph.evaluate(node, {}, values);
        if (const auto place = places.find(key); place != places.end())
            values[place->second] = value;
    }
    for (std::size_t i = 0; i < model.inputs.size(); ++i)
        if (model.inputs[i].kind == Input::Kind::field)
            values[i] = rest_of(model, model.inputs[i].index, l, values);
}

std::vector<Interval> value_ranges(const Model& model) {
    std::vector<Interval> inputs;
    return value_ranges(model, inputs);
}

std::vector<Interval> value_ranges(const Model& model, std::vector<Interval>& inputs) {
    inputs.clear();
    for (const Input& input : model.inputs)
        inputs.push_back(input_range(model, input));
    std::vector<Interval> ranges(model.graph.size());
    const std::map<StaticKey, std::size_t> places = static_inputs(model);
    const auto evaluate = [&](NodeId id) {
        const Node& node = model.graph[id];
        if (node.operation == Operation::unknown &&
            model.species[static_cast<std::size_t>(node.index)].is_signed) {
            ranges[static_cast<std::size_t>(id)] = {-infinity, infinity};
            return;
        }
        ranges[static_cast<std::size_t>(id)] = interval_of(model.graph, id, ranges, inputs);
    };
    for (const auto& [kind, index] : model.static_order) {
        const auto k = static_cast<std::size_t>(index);
        const bool is_derived = kind == Input::Kind::derived;
        std::vector<NodeId> roots{is_derived ? model.derived[k].value : no_node};
        if (!is_derived) roots = model.species[k].rest;
        std::erase(roots, no_node);
        for (const NodeId id : model.graph.schedule(roots))
            evaluate(id);
        Interval range{infinity, -infinity};
        for (const NodeId root : roots) {
            const Interval& of_root = ranges[static_cast<std::size_t>(root)];
            range = {std::min(range.low, of_root.low), std::max(range.high, of_root.high)};
        }
        if (const auto place = places.find({kind, index}); place != places.end())
            inputs[place->second] = range;
    }
    for (std::size_t id = 0; id < model.graph.size(); ++id)
        evaluate(static_cast<NodeId>(id));
    return ranges;
}

}  // namespace neocol::model
