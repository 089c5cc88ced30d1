#include <algorithm>

#include <neocol/kernel/kernel.hpp>

namespace neocol::kernel {

using model::Model;
using model::no_node;
using model::NodeId;
using model::System;

namespace {

bool has_unknown(const System& system, int species) {
    return std::find(system.unknowns.begin(), system.unknowns.end(), species) !=
           system.unknowns.end();
}

std::vector<NodeId> coefficients(const Model& model, const System& system) {
    std::vector<NodeId> roots;
    for (const model::Transport& transport : model.transports) {
        if (!has_unknown(system, transport.species)) continue;
        roots.push_back(transport.diffusivity);
        for (const model::Taxis& taxis : transport.taxis)
            roots.push_back(taxis.sensitivity);
    }
    return roots;
}

std::vector<NodeId> injury(const Model& model, const System& system) {
    std::vector<NodeId> roots;
    for (const int species : system.unknowns) {
        const auto rule =
            std::find_if(model.injury.begin(), model.injury.end(),
                         [species](const model::InjuryRule& r) { return r.species == species; });
        roots.push_back(rule == model.injury.end() ? no_node : rule->value);
    }
    return roots;
}

std::vector<NodeId> events(const Model& model, const System& system) {
    std::vector<NodeId> roots;
    for (const model::Event& event : model.events) {
        for (const model::InjuryRule& change : event.changes) {
            if (has_unknown(system, change.species)) roots.push_back(change.value);
        }
    }
    return roots;
}

std::vector<NodeId> boundary(const Model& model, const System& system) {
    std::vector<NodeId> roots;
    for (const model::Boundary& condition : model.boundaries) {
        if (!has_unknown(system, condition.species)) continue;
        roots.push_back(condition.value);
        roots.push_back(condition.coefficient);
    }
    return roots;
}

std::vector<NodeId> initial(const Model& model, const System& system) {
    std::vector<NodeId> roots;
    for (const int species : system.unknowns) {
        const auto given = std::find_if(model.initial.begin(), model.initial.end(),
                                        [species](const auto& i) { return i.first == species; });
        roots.push_back(given == model.initial.end() ? no_node : given->second);
    }
    return roots;
}

bool reads_unknown(const Model& model, NodeId root) {
    const NodeId roots[] = {root};
    const std::vector<NodeId> nodes = model.graph.schedule(roots);
    return std::any_of(nodes.begin(), nodes.end(), [&](NodeId id) {
        return model.graph[id].operation == model::Operation::unknown;
    });
}

/// True if a species of the system diffuses with a diffusivity that no species changes.
bool diffuses_linearly(const Model& model, const System& system, int species) {
    if (!has_unknown(system, species)) return false;
    return std::any_of(model.transports.begin(), model.transports.end(),
                       [&](const model::Transport& law) {
                           return law.species == species && law.diffusivity != no_node &&
                                  !reads_unknown(model, law.diffusivity);
                       });
}

}  // namespace

std::vector<Part> parts_of_processes(const Model& model, const System& system) {
    const auto diffuses = [&](const model::Process::Change& change) {
        return diffuses_linearly(model, system, change.species);
    };
    const auto is_made = [&](const model::Process::Change& change) {
        const model::Node& yield = model.graph[change.yield];
        return diffuses(change) &&
               !(yield.operation == model::Operation::constant && yield.value < 0.0);
    };
    std::vector<Part> parts;
    for (const int index : system.processes) {
        const auto& changes = model.processes[static_cast<std::size_t>(index)].changes;
        const bool early = std::any_of(changes.begin(), changes.end(), is_made) ||
                           std::all_of(changes.begin(), changes.end(), diffuses);
        parts.push_back(early ? Part::early : Part::late);
    }
    return parts;
}

std::vector<NodeId> program_roots(const Model& model, const System& system, Program program) {
    std::vector<NodeId> roots;
    switch (program) {
        case Program::coefficients:
            return coefficients(model, system);
        case Program::injury:
            return injury(model, system);
        case Program::boundary:
            return boundary(model, system);
        case Program::initial:
            return initial(model, system);
        case Program::events:
            return events(model, system);
        case Program::observables:
            if (system.quasi_steady) break;
            for (const model::Observable& observable : model.observables) {
                if (observable.location == system.location) roots.push_back(observable.value);
            }
            break;
        case Program::bounds:
            if (system.location != model::Location::volume || system.quasi_steady) break;
            for (const model::Bound& bound : model.bounds)
                roots.push_back(bound.value);
            break;
        case Program::integrals:
            if (system.quasi_steady) break;
            for (const model::Integral& integral : model.integrals)
                if (integral.location == system.location) roots.push_back(integral.value);
            break;
        case Program::partials:
            for (const model::Entry& entry : system.process_jacobian)
                roots.push_back(entry.value);
            break;
    }
    return roots;
}

}  // namespace neocol::kernel
