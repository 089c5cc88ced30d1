#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

#include "reader.hpp"

namespace neocol::model {

namespace {

Dimension per_day() {
    return Dimension::base("s").power(-1.0);
}
Dimension speed() {
    return Dimension::base("m") * per_day();
}

}  // namespace

void Reader::read_process(const std::string& name, const TableReader& table) {
    Process process;
    process.name = name;
    process.at = table.node().key_position();
    process.location = location(table);
    process.meaning = table.text("meaning", "");
    process.source = source(table);
    const DocumentNode rate_node = table.at("rate");
    Typed rate;
    rate.valid = false;
    rate.node = model_.graph.constant(0.0);
    process.quasi_steady = changes_quasi_steady(table);
    Context context = rate_context("a rate", process.location);
    context.quasi_steady = process.quasi_steady;
    if (rate_node) rate = compiler_.compile_any(rate_node, context);
    process.rate = rate.node;
    process.text = written(rate_node);
    read_when(process, table);
    if (!rate.tensor.empty()) {
        if (const DocumentNode stops = table.at("stops_below"))
            diagnostics_.add(stops.fault_at_key("a rate that is a tensor stops at no amount",
                                                "leave 'stops_below' out"));
        read_tensor_process(process, rate, table);
        return;
    }
    read_changes(process, rate, table);
    read_stops(process, table);
    process.rate = masked(process, process.rate);
    read_activity(process, table);
    model_.processes.push_back(std::move(process));
}

/// `stops_below = { species = "amount" }`: the rate is multiplied by ramp(species, amount).
void Reader::read_stops(Process& process, const TableReader& table) {
    const DocumentNode stops = table.table("stops_below").node();
    for (const std::string& key : stops.keys()) {
        const DocumentNode node = stops.get(key);
        const int index = species(node, key, true);
        if (index < 0) continue;
        const Species& reactant = model_.species[static_cast<std::size_t>(index)];
        const bool is_changed =
            std::any_of(process.changes.begin(), process.changes.end(),
                        [index](const Process::Change& c) { return c.species == index; });
        if (!is_changed) {
            diagnostics_.add(node.fault_at_key(
                fmt::format("process '{}' does not change '{}'", process.name, key),
                "'stops_below' names what the process takes from"));
            continue;
        }
        const NodeId amount = expression(node, static_context("an amount"), reactant.unit,
                                         fmt::format("the amount of '{}'", key));
        const Node& literal = model_.graph[amount];
        if (literal.operation == Operation::constant && !(literal.value > 0.0)) {
            diagnostics_.add(node.fault("'stops_below' has to be above 0",
                                        "give an amount that is small for the process"));
            continue;
        }
        Graph& graph = model_.graph;
        process.rate = graph.multiply(ramp(graph, graph.unknown(index), amount), process.rate);
        process.text = fmt::format("ramp({}, {})*({})", key, written(node), process.text);
    }
}

/// True if a process changes a quasi-steady field.
bool Reader::changes_quasi_steady(const TableReader& table) const {
    for (const std::string& key : table.at("changes").keys()) {
        const int index = model_.find_species(key);
        if (index >= 0 && model_.species[static_cast<std::size_t>(index)].quasi_steady) return true;
    }
    return false;
}

void Reader::read_changes(Process& process, const Typed& rate, const TableReader& table) {
    const DocumentNode changes = table.table("changes").node();
    if (changes && changes.keys().empty())
        diagnostics_.add(
            table.fault("changes", "the process changes nothing", "add changes = { species = 1 }"));
    if (!changes) return;
    std::vector<Diagnostic> wrong;
    for (const std::string& key : changes.keys()) {
        const DocumentNode node = changes.get(key);
        if (const int tensor = model_.find_tensor(key); tensor >= 0) {
            read_tensor_yield(process, model_.tensors[static_cast<std::size_t>(tensor)], rate,
                              node);
            continue;
        }
        const int index = species(node, key, true);
        const Typed yield = compiler_.compile(node, static_context("a yield"));
        if (index < 0) continue;
        const Species& changed = model_.species[static_cast<std::size_t>(index)];
        process.changes.push_back({index, yield.node, written(node)});
        if (changed.location != process.location) {
            diagnostics_.add(node.fault_at_key(
                fmt::format("process '{}' cannot change '{}'", process.name, key),
                changed.location == Location::volume
                    ? "a process at a surface changes surface fields only"
                    : "a surface field is changed by a process with the same 'at'"));
            continue;
        }
        if (changed.quasi_steady != process.quasi_steady)
            diagnostics_.add(node.fault_at_key(
                fmt::format("process '{}' changes quasi-steady fields, and '{}' is stepped",
                            process.name, key),
                "write a second process of the same rate for it"));
        if (!rate.valid || !yield.valid || rate.any_unit || compiler_.is_broken(key)) continue;
        const Dimension due = changed.unit.dimension * per_day();
        if (rate.dimension * yield.dimension == due) continue;
        const std::string found = compiler_.unit_text(rate.dimension * yield.dimension);
        const std::string needed = compiler_.unit_text(due);
        const std::string fitting = compiler_.unit_text(due / rate.dimension);
        wrong.push_back(
            node.fault(fmt::format("'{}' is in {}: its rate of change must be in {}, found {}", key,
                                   changed.unit.text, needed, found),
                       fmt::format("the rate is in {}; a yield in {} would fit",
                                   compiler_.unit_text(rate.dimension), fitting)));
    }
    const bool all_wrong = wrong.size() == changes.keys().size();
    const bool numbers = std::all_of(
        process.changes.begin(), process.changes.end(), [&](const Process::Change& change) {
            return model_.graph[change.yield].operation == Operation::constant;
        });
    if (all_wrong && numbers && table.at("rate").is_string()) {
        // Every species disagrees and no yield has a unit: the rate is what is wrong.
        const DocumentNode rate_node = table.at("rate");
        diagnostics_.add(rate_node.fault(wrong.front().message, wrong.front().help, 0,
                                         rate_node.string().size()));
        return;
    }
    diagnostics_.append(wrong);
}

void Reader::read_activity(Process& process, const TableReader& table) {
    const DocumentNode in = table.at("in");
    process.active.assign(model_.layers.size(), true);
    if (process.location != Location::volume) {
        if (in)
            diagnostics_.add(
                in.fault_at_key("a process at a surface has no layers", "leave out 'in' or 'at'"));
        return;
    }
    if (in) process.active = layer_list(in);
    for (const Process::Change& change : process.changes) {
        const Species& changed = model_.species[static_cast<std::size_t>(change.species)];
        for (std::size_t i = 0; i < process.active.size(); ++i) {
            if (changed.present[i] || !process.active[i]) continue;
            process.active[i] = false;
            if (in)
                diagnostics_.add(in.fault(
                    fmt::format(
                        "'{}' does not live in layer '{}', so process '{}' cannot run there",
                        changed.name, model_.layers[i], process.name),
                    "leave the layer out"));
        }
    }
    const auto everywhere = std::count(process.active.begin(), process.active.end(), true) ==
                            static_cast<std::ptrdiff_t>(process.active.size());
    if (!everywhere)
        process.active_input = compiler_.input(
            Input::Kind::active, static_cast<int>(model_.processes.size()), process.name);
}

void Reader::read_transport(const std::string& name, const TableReader& table) {
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

/// True if an expression reads anything but what is constant in a layer.
bool Reader::varies_in_a_layer(NodeId root) const {
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

void Reader::read_taxis(Transport& transport, const std::vector<TableReader>& list) {
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

void Reader::read_interfaces(Transport& transport, const TableReader& table) {
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

void Reader::read_boundary(const std::string& name, const TableReader& table) {
    const int index = species(table.node(), name, true);
    const bool in_plane =
        index >= 0 && model_.species[static_cast<std::size_t>(index)].location != Location::volume;
    for (const Word<Side>& word : words<Side>) {
        const TableReader condition = table.table(word.name);
        if (!condition) continue;
        if (in_plane && word.value != Side::outer)
            diagnostics_.add(condition.node().fault_at_key(
                fmt::format("surface field '{}' has no {}", name, word.name),
                "it has 'outer' only"));
        else
            read_side(index, word.value, condition);
    }
}

void Reader::read_side(int index, Side side, const TableReader& table) {
    Boundary boundary;
    boundary.species = index;
    boundary.side = side;
    boundary.kind = table.choice("type", BoundaryKind::no_flux);
    if (boundary.kind == BoundaryKind::no_flux || index < 0) {
        if (index >= 0) model_.boundaries.push_back(std::move(boundary));
        return;
    }
    const Species& bounded = model_.species[static_cast<std::size_t>(index)];
    const Context context = boundary_context(bounded.location);
    const Unit flux = coherent(bounded.unit.dimension * speed());
    const DocumentNode value = table.at("value");
    if (value)
        boundary.value =
            expression(value, context, boundary.kind == BoundaryKind::flux ? flux : bounded.unit,
                       fmt::format("boundary value of '{}'", bounded.name));
    boundary.text = written(value);
    if (boundary.kind == BoundaryKind::robin) {
        const DocumentNode coefficient = table.at("coefficient");
        if (coefficient) {
            boundary.coefficient = expression(coefficient, context, coherent(speed()),
                                              "coefficient of a Robin condition");
            boundary.text =
                fmt::format("({})*({} - {})", written(coefficient), boundary.text, bounded.name);
        }
    }
    model_.boundaries.push_back(std::move(boundary));
}

}  // namespace neocol::model
