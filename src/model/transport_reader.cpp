#include "transport_reader.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace neocol::model {

void TransportReader::read(const std::string& name, const TableReader& table) {
    Transport transport;
    transport.at = table.node().key_position();
    transport.species = species(table.node(), name, true);
    const bool known = transport.species >= 0;
    const Location location =
        known ? model_.species[static_cast<std::size_t>(transport.species)].location
              : Location::volume;
    Context context = rate_context("a diffusivity", location);
    const bool solved =
        known && model_.species[static_cast<std::size_t>(transport.species)].quasi_steady;
    context.quasi_steady = solved;
    const DocumentNode diffusivity = table.at("diffusivity");
    transport.diffusivity = model_.graph.constant(0.0);
    if (diffusivity)
        transport.diffusivity =
            expression(diffusivity, context, coherent(Dimension::base("m") * speed()),
                       fmt::format("diffusivity of '{}'", name));
    transport.text = written(diffusivity);
    const std::array<NodeId, 1> root{transport.diffusivity};
    for (const NodeId id : model_.graph.schedule(root))
        if (model_.graph[id].operation == Operation::unknown) transport.linear = false;
    if (solved && diffusivity && varies_in_a_layer(transport.diffusivity))
        diagnostics_.add(diffusivity.fault(
            fmt::format("the diffusivity of '{}', which is quasi-steady, varies within a layer",
                        name),
            "use parameters, derived values and properties only"));
    if (const DocumentNode list = table.at("taxis"); solved && list)
        diagnostics_.add(list.fault_at_key(
            fmt::format("'{}' is quasi-steady and follows nothing", name), "leave 'taxis' out"));
    transport.relative_to_rest = table.flag("relative_to_rest", false);
    read_taxis(transport, table.tables("taxis"));
    read_interfaces(transport, table);
    if (!known) return;
    const Species& moved = model_.species[static_cast<std::size_t>(transport.species)];
    if (transport.relative_to_rest &&
        std::all_of(moved.rest.begin(), moved.rest.end(), [&](NodeId rest) {
            return rest == no_node || model_.graph.is_constant(rest, 0.0);
        }))
        diagnostics_.add(table.at("relative_to_rest")
                             .fault(fmt::format("'{}' has no rest value to move relative to", name),
                                    "give it one, or leave this key out"));
    model_.transports.push_back(std::move(transport));
}

bool TransportReader::varies_in_a_layer(NodeId root) const {
    const std::array<NodeId, 1> roots{root};
    for (const NodeId id : model_.graph.schedule(roots)) {
        const Node& node = model_.graph[id];
        if (node.operation == Operation::unknown) return true;
        if (node.operation != Operation::input) continue;
        const Input::Kind kind = model_.inputs[static_cast<std::size_t>(node.index)].kind;
        if (kind != Input::Kind::parameter && kind != Input::Kind::derived &&
            kind != Input::Kind::rest && kind != Input::Kind::property)
            return true;
    }
    return false;
}

void TransportReader::read_taxis(Transport& transport, const std::vector<TableReader>& list) {
    for (const TableReader& entry : list) {
        Taxis taxis;
        const DocumentNode toward = entry.at("toward"), sensitivity = entry.at("sensitivity");
        if (!entry.text("toward") || !sensitivity) continue;  // reported
        taxis.toward = species(toward, toward.string(), false);
        if (taxis.toward < 0 || transport.species < 0) continue;
        const Species& target = model_.species[static_cast<std::size_t>(taxis.toward)];
        const Species& moved = model_.species[static_cast<std::size_t>(transport.species)];
        if (target.quasi_steady) {
            diagnostics_.add(toward.fault(
                fmt::format("taxis toward '{}', which is quasi-steady, is not there yet",
                            target.name),
                "a stepped field with fast diffusion can be followed"));
            continue;
        }
        if (target.location != moved.location) {
            diagnostics_.add(toward.fault(fmt::format("'{}' and '{}' do not live in the same place",
                                                      moved.name, target.name)));
            continue;
        }
        taxis.sensitivity =
            expression(sensitivity, rate_context("a sensitivity", moved.location),
                       coherent(Dimension::base("m") * speed() / target.unit.dimension),
                       fmt::format("sensitivity of '{}' toward '{}'", moved.name, target.name));
        taxis.text = written(sensitivity);
        transport.taxis.push_back(std::move(taxis));
    }
}

void TransportReader::read_interfaces(Transport& transport, const TableReader& table) {
    const DocumentNode partition = table.table("partition").node();
    const DocumentNode permeability = table.table("permeability").node();
    transport.partition.assign(model_.layers.size(), no_node);
    transport.partition_text.assign(model_.layers.size(), "");
    for (const std::string& key : partition.keys()) {
        const DocumentNode node = partition.get(key);
        const int index = layer(partition, key);
        const NodeId value = expression(node, static_context("a partition coefficient"), Unit{},
                                        "partition coefficient");
        if (index < 0) continue;
        transport.partition[static_cast<std::size_t>(index)] = value;
        transport.partition_text[static_cast<std::size_t>(index)] = written(node);
    }
    for (const std::string& key : permeability.keys()) {
        const DocumentNode node = permeability.get(key);
        const std::size_t slash = key.find('/');
        const int upper = model_.find_layer(trim(key.substr(0, slash)));
        const int lower =
            slash == std::string::npos ? -1 : model_.find_layer(trim(key.substr(slash + 1)));
        const NodeId value =
            expression(node, static_context("a permeability"), coherent(speed()), "permeability");
        if (upper >= 0 && lower == upper + 1)
            transport.interfaces.push_back({upper, value, written(node)});
        else
            diagnostics_.add(node.fault_at_key(
                fmt::format("no interface '{}'", key),
                model_.layers.size() < 2
                    ? "the model has one layer"
                    : fmt::format("write two neighbouring layers, upper first, such as \"{} / {}\"",
                                  model_.layers[0], model_.layers[1])));
    }
}

}  // namespace neocol::model
