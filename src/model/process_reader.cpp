#include "process_reader.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/names.hpp>

#include "keys.hpp"
#include "tensors.hpp"

namespace neocol::model {

namespace {

/// The process that changes one component of tensors.
Process tensor_component(const Process& process, std::size_t i) {
    Process part = process;
    part.name = component_name(process.name, i);
    part.text = component_text(process.text, i);
    part.meaning = fmt::format("{}, component {}", process.meaning, tensor_components[i]);
    return part;
}

}  // namespace

void ProcessReader::read(const std::string& name, const TableReader& table) {
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

bool ProcessReader::changes_quasi_steady(const TableReader& table) const {
    for (const std::string& key : table.at("changes").keys()) {
        const int index = model_.find_species(key);
        if (index >= 0 && model_.species[static_cast<std::size_t>(index)].quasi_steady) return true;
    }
    return false;
}

void ProcessReader::read_changes(Process& process, const Typed& rate, const TableReader& table) {
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
        if (!rate.valid || !yield.valid || rate.any_unit || symbols_.is_broken(key)) continue;
        const Dimension due = changed.unit.dimension * per_day();
        if (rate.dimension * yield.dimension == due) continue;
        const std::string unit = compiler_.unit_text(rate.dimension * yield.dimension);
        const std::string needed = compiler_.unit_text(due);
        const std::string fitting = compiler_.unit_text(due / rate.dimension);
        wrong.push_back(
            node.fault(fmt::format("'{}' is in {}: its rate of change must be in {}, found {}", key,
                                   changed.unit.text, needed, unit),
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

void ProcessReader::read_activity(Process& process, const TableReader& table) {
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

void ProcessReader::read_when(Process& process, const TableReader& table) {
    Graph& graph = model_.graph;
    for (const SwitchOptions& given : switch_options(table.table("when").node(), process.when)) {
        const NodeId holds = compiler_.is_at(given.parameter, given.options);
        process.runs = process.runs == no_node ? holds : graph.multiply(process.runs, holds);
    }
}

NodeId ProcessReader::masked(const Process& process, NodeId rate) {
    if (process.runs == no_node) return rate;
    // By selection, not by a factor 0: the terms of the other alternative need not be finite.
    Graph& graph = model_.graph;
    return graph.make(Operation::select_less, process.runs, graph.constant(0.5),
                      graph.constant(0.0), rate);
}

void ProcessReader::read_stops(Process& process, const TableReader& table) {
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
        process.rate = graph.multiply(graph.ramp(graph.unknown(index), amount), process.rate);
        process.text = fmt::format("ramp({}, {})*({})", key, written(node), process.text);
    }
}

void ProcessReader::read_tensor_process(const Process& process, const Typed& rate,
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
            const Dimension due = tensor.unit.dimension * per_day();
            const Dimension dimension = rate.dimension * yield.dimension;
            if (i == 0 && rate.valid && yield.valid && !symbols_.is_broken(key) && dimension != due)
                diagnostics_.add(node.fault(
                    fmt::format("'{}' is in {}: its rate of change must be in {}, found {}", key,
                                tensor.unit.text, compiler_.unit_text(due),
                                compiler_.unit_text(dimension)),
                    fmt::format("the rate is in {}", compiler_.unit_text(rate.dimension))));
        }
        if (part.changes.empty()) continue;
        read_activity(part, table);
        model_.processes.push_back(std::move(part));
    }
}

void ProcessReader::read_tensor_yield(Process& process, const Tensor& tensor, const Typed& rate,
                                      const DocumentNode& node) {
    Unit due = tensor.unit;
    if (rate.valid && !rate.any_unit) {
        due = coherent(tensor.unit.dimension * per_day() / rate.dimension);
        if (due.dimension.is_one()) due = Unit{};
    }
    const std::vector<NodeId> yields = tensor_expression(
        node, static_context("a yield"), due, fmt::format("the yield of '{}'", tensor.name));
    for (std::size_t i = 0; i < n_components; ++i)
        if (tensor.components[i] >= 0 && !model_.graph.is_constant(yields[i], 0.0))
            process.changes.push_back(
                {tensor.components[i], yields[i], component_text(written(node), i)});
}

}  // namespace neocol::model
