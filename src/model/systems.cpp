#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include <neocol/model/check.hpp>

#include "reader.hpp"

namespace neocol::model {

namespace {

using Key = std::pair<Input::Kind, int>;

/// Derived and rest values that an expression reads.
void collect(const Model& model, NodeId root, std::vector<Key>& needed) {
    if (root == no_node) return;
    const std::array<NodeId, 1> roots{root};
    for (const NodeId id : model.graph.schedule(roots)) {
        const Node& node = model.graph[id];
        if (node.operation != Operation::input) continue;
        const Input& input = model.inputs[static_cast<std::size_t>(node.index)];
        const bool is_static =
            input.kind == Input::Kind::derived || input.kind == Input::Kind::rest;
        const Key key{input.kind, input.index};
        if (is_static && std::find(needed.begin(), needed.end(), key) == needed.end())
            needed.push_back(key);
    }
}

/// Depth-first order of derived and rest values.
class StaticOrder {
public:
    StaticOrder(Model& model, const Document& document, Diagnostics& diagnostics)
        : model_(model), document_(document), diagnostics_(diagnostics) {}

    void visit(Key key) {
        const auto& done = model_.static_order;
        if (std::find(done.begin(), done.end(), key) != done.end()) return;
        const auto again = std::find(path_.begin(), path_.end(), key);
        if (again != path_.end()) {
            report_circle(again);
            return;
        }
        path_.push_back(key);
        for (const Key& needed : needs(key))
            visit(needed);
        path_.pop_back();
        if (std::find(done.begin(), done.end(), key) == done.end())
            model_.static_order.push_back(key);
    }

private:
    Model& model_;
    const Document& document_;
    Diagnostics& diagnostics_;
    std::vector<Key> path_;

    std::vector<Key> needs(const Key& key) const {
        std::vector<Key> needed;
        const auto i = static_cast<std::size_t>(key.second);
        if (key.first == Input::Kind::derived)
            collect(model_, model_.derived[i].value, needed);
        else
            for (const NodeId rest : model_.species[i].rest)
                collect(model_, rest, needed);
        return needed;
    }

    std::string name(const Key& key) const {
        const auto i = static_cast<std::size_t>(key.second);
        return key.first == Input::Kind::derived ? model_.derived[i].name
                                                 : fmt::format("rest({})", model_.species[i].name);
    }

    DocumentNode place(const Key& key) const {
        const auto i = static_cast<std::size_t>(key.second);
        if (key.first == Input::Kind::derived)
            return document_.root().get("derived").get(model_.derived[i].name).get("value");
        const Species& species = model_.species[i];
        const char* kind = species.location == Location::volume ? "species" : "surface";
        return document_.root().get(kind).get(species.name).get("rest");
    }

    void report_circle(std::vector<Key>::iterator first) {
        std::string circle;
        for (auto key = first; key != path_.end(); ++key)
            circle += name(*key) + " -> ";
        const bool alone = first + 1 == path_.end();
        diagnostics_.add(place(*first).fault(
            alone ? fmt::format("'{}' needs itself", name(*first))
                  : fmt::format("'{}' needs itself: {}{}", name(*first), circle, name(*first)),
            "each derived or rest value may use only values that do not need it"));
    }
};

System make_system(Model& model, Location location, bool quasi_steady) {
    System system;
    system.location = location;
    system.quasi_steady = quasi_steady;
    Graph& graph = model.graph;
    for (std::size_t i = 0; i < model.species.size(); ++i)
        if (model.species[i].location == location && model.species[i].quasi_steady == quasi_steady)
            system.unknowns.push_back(static_cast<int>(i));
    std::vector<int> position(model.species.size(), -1);
    for (std::size_t s = 0; s < system.unknowns.size(); ++s)
        position[static_cast<std::size_t>(system.unknowns[s])] = static_cast<int>(s);

    system.rates.assign(system.unknowns.size(), graph.constant(0.0));
    for (std::size_t p = 0; p < model.processes.size(); ++p) {
        const Process& process = model.processes[p];
        if (process.location != location || process.quasi_steady != quasi_steady) continue;
        // By selection, not by a factor 0: where a process is off its terms need not be finite.
        const auto masked = [&](NodeId value) {
            if (process.runs != no_node && value != process.rate)
                value = graph.make(Operation::select_less, process.runs, graph.constant(0.5),
                                   graph.constant(0.0), value);
            if (process.active_input < 0) return value;
            return graph.make(Operation::select_less, graph.input(process.active_input),
                              graph.constant(0.5), graph.constant(0.0), value);
        };
        const NodeId rate = masked(process.rate);
        system.processes.push_back(static_cast<int>(p));
        system.process_rates.push_back(rate);
        for (const Process::Change& change : process.changes) {
            NodeId& sum = system.rates[static_cast<std::size_t>(
                position[static_cast<std::size_t>(change.species)])];
            const bool is_literal = graph[change.yield].operation == Operation::constant;
            sum = graph.add(sum, is_literal ? graph.multiply(change.yield, rate)
                                            : masked(graph.multiply(change.yield, process.rate)));
        }
    }
    return system;
}

std::vector<Entry> derivatives(Graph& graph, const std::vector<NodeId>& functions,
                               const std::vector<int>& unknowns) {
    std::vector<Entry> entries;
    for (std::size_t row = 0; row < functions.size(); ++row)
        for (std::size_t column = 0; column < unknowns.size(); ++column) {
            const NodeId value = graph.derivative(functions[row], graph.unknown(unknowns[column]));
            if (!graph.is_constant(value, 0.0))
                entries.push_back({static_cast<int>(row), static_cast<int>(column), value});
        }
    return entries;
}

void differentiate_in_time(Model& model, System& system) {
    for (std::size_t i = 0; i < model.inputs.size(); ++i) {
        if (model.inputs[i].kind != Input::Kind::time) continue;
        const NodeId time = model.graph.input(static_cast<int>(i));
        std::vector<NodeId> rates;
        for (const NodeId rate : system.rates)
            rates.push_back(model.graph.derivative(rate, time));
        const bool autonomous = std::all_of(rates.begin(), rates.end(), [&](NodeId rate) {
            return model.graph.is_constant(rate, 0.0);
        });
        if (!autonomous) system.time_derivative = std::move(rates);
    }
}

}  // namespace

void order_static_values(Model& model, const Document& document, Diagnostics& diagnostics) {
    StaticOrder order(model, document, diagnostics);
    for (std::size_t i = 0; i < model.derived.size(); ++i)
        order.visit({Input::Kind::derived, static_cast<int>(i)});
    for (std::size_t i = 0; i < model.species.size(); ++i) {
        const std::vector<NodeId>& rest = model.species[i].rest;
        if (std::any_of(rest.begin(), rest.end(), [](NodeId id) { return id != no_node; }))
            order.visit({Input::Kind::rest, static_cast<int>(i)});
    }
}

void set_default_scales(Model& model, const Document& document, Diagnostics& diagnostics) {
    for (std::size_t s = 0; s < model.species.size(); ++s) {
        Species& species = model.species[s];
        if (species.scale > 0.0) continue;
        const bool is_literal =
            std::all_of(species.rest.begin(), species.rest.end(), [&](NodeId id) {
                return id == no_node || model.graph[id].operation == Operation::constant;
            });
        if (!is_literal && !diagnostics.empty()) continue;
        for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
            if (species.rest[layer] == no_node) continue;
            const double rest = model.graph.evaluate(
                species.rest[layer], {}, nominal_inputs(model, static_cast<int>(layer)));
            if (std::isfinite(rest)) species.scale = std::max(species.scale, std::fabs(rest));
        }
        if (species.scale > 0.0 || species.tensor >= 0) continue;
        const bool in_volume = species.location == Location::volume;
        const char* kind = in_volume ? "species" : "surface";
        diagnostics.add(
            document.root()
                .get(kind)
                .get(species.name)
                .fault_at_key(
                    fmt::format("'{}' rests at 0 and has no 'scale'", species.name),
                    fmt::format(
                        "add scale = \"... {}\", a typical size in a wound: tolerances refer to it",
                        species.unit.text)));
    }
}

void set_tensor_scales(Model& model, const Document& document, Diagnostics& diagnostics) {
    for (const Tensor& tensor : model.tensors) {
        double largest = 0.0;
        for (const int k : tensor.components)
            if (k >= 0)
                largest = std::max(largest, model.species[static_cast<std::size_t>(k)].scale);
        if (largest == 0.0 && diagnostics.empty())
            diagnostics.add(
                document.root()
                    .get("species")
                    .get(tensor.name)
                    .fault_at_key(
                        fmt::format("'{}' rests at 0 and has no 'scale'", tensor.name),
                        fmt::format("add scale = \"... {}\", a typical size of its components",
                                    tensor.unit.text)));
        for (const int k : tensor.components)
            if (k >= 0)
                model.species[static_cast<std::size_t>(k)].scale = std::max(largest, 1e-300);
    }
}

void build_systems(Model& model) {
    std::array<std::vector<System>, 2> systems;  // stepped, quasi-steady
    for (const Location location : {Location::volume, Location::surface, Location::junction}) {
        for (const bool quasi_steady : {false, true})
            systems[quasi_steady ? 1 : 0].push_back(make_system(model, location, quasi_steady));
    }
    for (auto& list : systems)
        for (System& system : list) {
            const bool is_first = model.systems.empty();  // the volume's, even without unknowns
            if (!is_first && system.unknowns.empty()) continue;
            system.jacobian = derivatives(model.graph, system.rates, system.unknowns);
            system.process_jacobian =
                derivatives(model.graph, system.process_rates, system.unknowns);
            differentiate_in_time(model, system);
            model.systems.push_back(std::move(system));
        }
}

}  // namespace neocol::model
