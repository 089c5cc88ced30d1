#include <neocol/simulation/parameters.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/model/check.hpp>

namespace neocol::simulation {
namespace {

using model::Input;
using model::Model;
using model::Parameter;
using model::Variation;

/// Value of a parameter at an age [d], between the ages its model names.
double at_age(const std::vector<const Variation*>& ages, double age) {
    if (age <= ages.front()->age) return ages.front()->value;
    for (std::size_t i = 1; i < ages.size(); ++i) {
        if (age <= ages[i]->age) {
            const double w = (age - ages[i - 1]->age) / (ages[i]->age - ages[i - 1]->age);
            return (1.0 - w) * ages[i - 1]->value + w * ages[i]->value;
        }
    }
    return ages.back()->value;
}

/// Value of a parameter in a layer of a skin: its own or the override, times the ratio of every
/// variation that applies.
double parameter_value(const Parameter& parameter, double base, const std::string& layer,
                       const tissue::Skin& skin) {
    double value = base;
    std::vector<const Variation*> ages;
    for (const Variation& v : parameter.variations) {
        if (v.axis == "age") {
            ages.push_back(&v);
            continue;
        }
        const bool applies = (v.axis == "layer" && v.key == layer) ||
                             (v.axis == "site" && v.key == skin.site) ||
                             (v.axis == "condition" && v.key == skin.condition) ||
                             (v.axis == "phototype" && v.key == std::to_string(skin.phototype));
        if (applies) value = parameter.value == 0.0 ? v.value : value * (v.value / parameter.value);
    }
    if (!ages.empty() && skin.age > 0.0) {
        const double v = at_age(ages, skin.age);
        value = parameter.value == 0.0 ? v : value * (v / parameter.value);
    }
    return value;
}

/// Layer of the skin that a layer of the model stands for; null if this skin has none.
const tissue::Layer* find_layer(const tissue::Skin& skin, const std::string& name) {
    for (const tissue::Layer& layer : skin.layers)
        if (layer.name == name) return &layer;
    return nullptr;
}

double property_value(const std::string& name, const tissue::Layer& layer,
                      const tissue::Skin& skin) {
    if (name.starts_with("thickness(")) {
        const std::string other = name.substr(10, name.size() - 11);
        const tissue::Layer* own = find_layer(skin, other);
        return own != nullptr ? own->thickness : 0.0;
    }
    const auto it = layer.properties.find(name);
    if (it == layer.properties.end()) {
        throw InputError(
            fmt::format("layer '{}' of site '{}' has no property '{}', which the model reads",
                        layer.name, skin.site, name));
    }
    return it->second;
}

/// Faults of values that a process running in this layer reads.
void check_finite(const Model& model, std::size_t i_layer, const std::vector<double>& inputs) {
    if (std::all_of(inputs.begin(), inputs.end(), [](double v) { return std::isfinite(v); }))
        return;
    for (const model::Process& process : model.processes) {
        if (!process.active[i_layer]) continue;
        if (process.runs != model::no_node && model.graph.evaluate(process.runs, {}, inputs) < 0.5)
            continue;
        for (const int input : model.graph.inputs_below(process.rate)) {
            const auto i = static_cast<std::size_t>(input);
            if (!std::isfinite(inputs[i])) {
                throw InputError(fmt::format(
                    "'{}' is {} in layer '{}', where process '{}' needs it", model.inputs[i].name,
                    inputs[i], model.layers[i_layer], process.name));
            }
        }
    }
}

/// Sets what is given: parameters, properties of the layer, whether a process runs in it.
void set_given(const Model& model, const tissue::Skin& skin, const tissue::Layer& layer,
               std::size_t i_layer, const std::map<std::string, double>& overrides,
               std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Input& input = model.inputs[i];
        const auto index = static_cast<std::size_t>(input.index);
        if (input.kind == Input::Kind::parameter) {
            const Parameter& p = model.parameters[index];
            const auto own = overrides.find(p.name);
            const double base = own != overrides.end() ? own->second : p.value;
            values[i] = parameter_value(p, base, model.layers[i_layer], skin);
        } else if (input.kind == Input::Kind::external) {
            values[i] = model.externals[index].value;
        } else if (input.kind == Input::Kind::property) {
            values[i] = property_value(input.name, layer, skin);
        } else if (input.kind == Input::Kind::active) {
            values[i] = model.processes[index].active[i_layer] ? 1.0 : 0.0;
        }
    }
}

/// Inputs that are computed from others, by what they are of; as many as there are inputs: none.
struct StaticInputs {
    explicit StaticInputs(const Model& model)
        : derived(model.derived.size(), model.inputs.size()),
          rest(model.species.size(), model.inputs.size()) {
        for (std::size_t i = 0; i < model.inputs.size(); ++i) {
            const Input& input = model.inputs[i];
            if (input.kind == Input::Kind::derived)
                derived[static_cast<std::size_t>(input.index)] = i;
            else if (input.kind == Input::Kind::rest)
                rest[static_cast<std::size_t>(input.index)] = i;
        }
    }

    std::vector<std::size_t> derived, rest;
};

/// Sets what follows from what is given: derived values and rest states, then fields at rest.
void set_static(const Model& model, const StaticInputs& inputs, std::size_t i_layer,
                std::vector<double>& values) {
    for (const auto& [kind, index] : model.static_order) {
        const auto k = static_cast<std::size_t>(index);
        const bool is_rest = kind == Input::Kind::rest;
        const std::size_t slot = is_rest ? inputs.rest[k] : inputs.derived[k];
        const model::NodeId node =
            is_rest ? model.species[k].rest[i_layer] : model.derived[k].value;
        if (slot < values.size() && node != model::no_node)
            values[slot] = model.graph.evaluate(node, {}, values);
    }
    for (std::size_t i = 0; i < values.size(); ++i)
        if (model.inputs[i].kind == Input::Kind::field)
            values[i] = model::rest_of(model, model.inputs[i].index, i_layer, values);
}

}  // namespace

solver::Environment make_environment(const Model& model, const tissue::Skin& skin,
                                     const std::map<std::string, double>& overrides,
                                     const std::map<std::string, Course>& courses) {
    solver::Environment environment;
    environment.by_layer.assign(model.layers.size(), std::vector<double>(model.inputs.size(), 0.0));
    const StaticInputs static_inputs(model);
    for (const model::External& external : model.externals) {
        const auto given = courses.find(external.name);
        environment.courses.push_back(given == courses.end() ? Course() : given->second);
    }
    const tissue::Layer whole{.name = model.layers.front(), .thickness = 0.0, .properties = {}};
    for (std::size_t i_layer = 0; i_layer < model.layers.size(); ++i_layer) {
        const tissue::Layer* layer =
            skin.layers.empty() ? &whole : find_layer(skin, model.layers[i_layer]);
        if (layer == nullptr) continue;
        std::vector<double>& values = environment.by_layer[i_layer];
        set_given(model, skin, *layer, i_layer, overrides, values);
        set_static(model, static_inputs, i_layer, values);
        check_finite(model, i_layer, values);
    }
    return environment;
}

}  // namespace neocol::simulation
