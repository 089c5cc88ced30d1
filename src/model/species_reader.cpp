#include "species_reader.hpp"

#include <fmt/format.h>

#include <neocol/core/text_limits.hpp>

#include "keys.hpp"
#include "tensors.hpp"

namespace neocol::model {

void SpeciesReader::declare(const std::string& name, const TableReader& table, bool is_surface) {
    if (!is_surface && table.choice("kind", SpeciesKind::scalar) != SpeciesKind::scalar) {
        declare_tensor(name, table);
        return;
    }
    if (model_.species.size() >= text_limits::species) {
        too_many(table.node(), "species", text_limits::species);
        return;
    }
    Species species;
    species.name = name;
    species.at = table.node().key_position();
    species.meaning = table.text("meaning", "");
    species.source = source(table);
    species.present.assign(model_.layers.size(), true);
    if (is_surface) {
        species.location = table.choice("at", Plane::surface) == Plane::surface
                               ? Location::surface
                               : Location::junction;
    } else {
        species.present = layer_list(table.at("in"));
    }
    Symbol symbol{Symbol::Kind::species, static_cast<int>(model_.species.size())};
    const DocumentNode rest = table.at("rest");
    symbol.has_rest = !(rest.is_string() && rest.string() == "none");
    const bool defined = symbols_.define(name, symbol, table.node());
    if (const auto given = unit(table)) {
        species.unit = *given;
        if (species.unit.offset != 0.0)
            diagnostics_.add(
                table.at("unit").fault(fmt::format("'{}' does not start at 0", species.unit.text),
                                       "a species needs a unit that is proportional, such as K"));
    } else {
        symbols_.mark_broken(name);
    }
    species.is_signed = table.flag("signed", false);
    if (!is_surface) species.quasi_steady = table.flag("quasi_steady", false);
    species.scale = defined ? 0.0 : 1.0;
    if (const DocumentNode scale = table.at("scale"))
        species.scale = values_.quantity(scale, species.unit, limits::positive).value_or(1.0);
    model_.species.push_back(std::move(species));
}

void SpeciesReader::declare_tensor(const std::string& name, const TableReader& table) {
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
    const bool defined = symbols_.define(name, {Symbol::Kind::tensor, index}, table.node());
    if (const auto given = unit(table))
        tensor.unit = *given;
    else
        symbols_.mark_broken(name);
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
            symbols_.define(component.name, {Symbol::Kind::species, tensor.components[i]},
                            table.node());
        if (symbols_.is_broken(name)) symbols_.mark_broken(component.name);
        model_.species.push_back(std::move(component));
    }
    model_.tensors.push_back(std::move(tensor));
}

void SpeciesReader::read_rests() {
    const auto table = [this](const char* section, const std::string& name) {
        const TableReader all = root_.table(section);
        return all.table(name);
    };
    for (const Tensor& tensor : model_.tensors)
        read_tensor_rest(tensor, table("species", tensor.name));
    for (Species& species : model_.species) {
        if (species.tensor >= 0) continue;
        const char* kind = species.location == Location::volume ? "species" : "surface";
        read_rest(species, table(kind, species.name));
    }
}

namespace {

/// Every layer that a species lives in has its rest value.
void check_layers(const Species& species, const DocumentNode& rest, const std::string& subject,
                  const std::vector<std::string>& layers, Diagnostics& diagnostics) {
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (species.present[i] && species.rest[i] == no_node)
            diagnostics.add(
                rest.fault_at_key(fmt::format("{} says nothing of layer '{}'", subject, layers[i]),
                                  fmt::format("add {} = \"...\"", layers[i])));
}

}  // namespace

void SpeciesReader::read_rest(Species& species, const TableReader& table) {
    const std::size_t n_layers = model_.layers.size();
    const DocumentNode rest = table.at("rest");
    const std::string subject = fmt::format("rest of '{}'", species.name);
    const Context context = static_context("a rest value");
    species.rest.assign(n_layers, no_node);
    species.rest_text.assign(n_layers, "");
    if (!rest.is_table()) {
        if (rest.is_string() && rest.string() == "none") return;
        const bool broken = symbols_.is_broken(species.name);
        const NodeId node = !rest    ? model_.graph.constant(0.0)
                            : broken ? compiler_.compile(rest, context).node
                                     : expression(rest, context, species.unit, subject);
        for (std::size_t i = 0; i < n_layers; ++i) {
            if (!species.present[i]) continue;
            species.rest[i] = node;
            species.rest_text[i] = rest ? written(rest) : "0";
        }
        return;
    }
    if (species.location != Location::volume)
        diagnostics_.add(rest.fault("a surface field has one rest value, not one by layer"));
    for (const std::string& key : rest.keys()) {
        const DocumentNode node = rest.get(key);
        const int index = layer(rest, key);
        if (index < 0) continue;
        const auto i = static_cast<std::size_t>(index);
        if (!species.present[i])
            diagnostics_.add(node.fault_at_key(
                fmt::format("'{}' does not live in layer '{}'", species.name, key),
                "leave it out, or add the layer to 'in'"));
        species.rest[i] = expression(node, context, species.unit, subject);
        species.rest_text[i] = written(node);
    }
    check_layers(species, rest, subject, model_.layers, diagnostics_);
}

void SpeciesReader::read_tensor_rest(const Tensor& tensor, const TableReader& table) {
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
    check_layers(first, rest, subject, model_.layers, diagnostics_);
}

}  // namespace neocol::model
