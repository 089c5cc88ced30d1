#include "systems.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <neocol/core/text_limits.hpp>

#include "differentiator.hpp"

namespace neocol::model {

namespace {

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

/// Derivatives of every function to every unknown it depends on.
/// \throws InputError  they take more work than text_limits allows
std::vector<Entry> derivatives(Graph& graph, Differentiator& differentiator,
                               const std::vector<NodeId>& functions,
                               const std::vector<int>& unknowns, std::size_t& work) {
    std::vector<Entry> entries;
    std::set<NodeId> occurring;
    for (std::size_t row = 0; row < functions.size(); ++row) {
        occurring.clear();
        const std::vector<NodeId> parts = graph.schedule(std::span(&functions[row], 1));
        for (const NodeId id : parts)
            if (graph[id].operation == Operation::unknown) occurring.insert(id);
        work += parts.size() * (occurring.size() + 1);
        if (work > text_limits::derivative_parts)
            throw InputError(fmt::format("the model's rates and their derivatives have more than "
                                         "{:g} parts",
                                         static_cast<double>(text_limits::derivative_parts)),
                             "let processes read fewer species, or shorter expressions");
        for (std::size_t column = 0; column < unknowns.size(); ++column) {
            if (!occurring.contains(graph.unknown(unknowns[column]))) continue;
            const NodeId value =
                differentiator.derivative(functions[row], graph.unknown(unknowns[column]));
            if (!graph.is_constant(value, 0.0))
                entries.push_back({static_cast<int>(row), static_cast<int>(column), value});
        }
    }
    return entries;
}

/// Inputs that vary in time by themselves, with the node that is their derivative: `time` has 1, an
/// external an input of its own, added where it is new.
std::vector<std::pair<NodeId, NodeId>> inputs_in_time(Model& model) {
    std::vector<std::pair<NodeId, NodeId>> list;
    for (std::size_t i = 0; i < model.inputs.size(); ++i) {
        const Input input = model.inputs[i];  // a copy: the list may grow
        if (input.kind == Input::Kind::time)
            list.emplace_back(model.graph.input(static_cast<int>(i)), model.graph.constant(1.0));
        if (input.kind != Input::Kind::external) continue;
        const auto rate =
            std::find_if(model.inputs.begin(), model.inputs.end(), [&](const Input& other) {
                return other.kind == Input::Kind::external_rate && other.index == input.index;
            });
        const auto index = static_cast<int>(rate - model.inputs.begin());
        if (rate == model.inputs.end())
            model.inputs.push_back({Input::Kind::external_rate, input.index, "d " + input.name});
        list.emplace_back(model.graph.input(static_cast<int>(i)), model.graph.input(index));
    }
    return list;
}

/// d rates / d time by the chain rule over all inputs that vary in time.
void differentiate_in_time(Model& model, Differentiator& differentiator, System& system) {
    std::vector<NodeId> rates(system.rates.size(), model.graph.constant(0.0));
    for (const auto& [input, in_time] : inputs_in_time(model))
        for (std::size_t s = 0; s < rates.size(); ++s)
            rates[s] = model.graph.add(
                rates[s],
                model.graph.multiply(differentiator.derivative(system.rates[s], input), in_time));
    const bool autonomous = std::all_of(rates.begin(), rates.end(), [&](NodeId rate) {
        return model.graph.is_constant(rate, 0.0);
    });
    if (!autonomous) system.time_derivative = std::move(rates);
}

}  // namespace

void build_systems(Model& model) {
    std::array<std::vector<System>, 2> systems;  // stepped, quasi-steady
    for (const Location location : {Location::volume, Location::surface, Location::junction})
        for (const bool quasi_steady : {false, true})
            systems[quasi_steady ? 1 : 0].push_back(make_system(model, location, quasi_steady));
    Differentiator differentiator(model.graph);
    std::size_t work = 0;
    for (auto& list : systems)
        for (System& system : list) {
            const bool is_first = model.systems.empty();  // the volume's, even without unknowns
            if (!is_first && system.unknowns.empty()) continue;
            system.jacobian =
                derivatives(model.graph, differentiator, system.rates, system.unknowns, work);
            system.process_jacobian = derivatives(model.graph, differentiator, system.process_rates,
                                                  system.unknowns, work);
            differentiate_in_time(model, differentiator, system);
            model.systems.push_back(std::move(system));
        }
}

}  // namespace neocol::model
