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
        for (const model::InjuryRule& change : event.changes)
            if (has_unknown(system, change.species)) roots.push_back(change.value);
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

/// True if the value can differ within a layer, or in time.
bool varies(const Model& model, NodeId root) {
    using Kind = model::Input::Kind;
    const NodeId roots[] = {root};
    for (const NodeId id : model.graph.schedule(roots)) {
        const model::Node& node = model.graph[id];
        if (node.operation == model::Operation::unknown) return true;
        if (node.operation != model::Operation::input) continue;
        const Kind kind = model.inputs[static_cast<std::size_t>(node.index)].kind;
        if (kind != Kind::parameter && kind != Kind::derived && kind != Kind::rest &&
            kind != Kind::property && kind != Kind::active)
            return true;
    }
    return false;
}

const model::Entry* own_entry(const System& system, std::size_t unknown) {
    const auto entry = std::find_if(
        system.jacobian.begin(), system.jacobian.end(), [unknown](const model::Entry& e) {
            return e.row == static_cast<int>(unknown) && e.column == static_cast<int>(unknown);
        });
    return entry == system.jacobian.end() ? nullptr : &*entry;
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

std::vector<std::size_t> varying_losses(const Model& model, const System& system) {
    std::vector<std::size_t> list;
    for (std::size_t s = 0; s < system.unknowns.size(); ++s) {
        const model::Entry* own = own_entry(system, s);
        const bool moves = std::any_of(
            model.transports.begin(), model.transports.end(), [&](const model::Transport& law) {
                return law.species == system.unknowns[s] && law.diffusivity != no_node;
            });
        if (moves && own != nullptr && varies(model, own->value)) list.push_back(s);
    }
    return list;
}

// One case a program, in the order of the enum.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
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
            for (const model::Observable& observable : model.observables)
                if (observable.location == system.location) roots.push_back(observable.value);
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
        case Program::losses:
            if (system.quasi_steady) break;
            for (const std::size_t s : varying_losses(model, system))
                roots.push_back(own_entry(system, s)->value);
            break;
        case Program::partials:
            for (const model::Entry& entry : system.process_jacobian)
                roots.push_back(entry.value);
            break;
    }
    return roots;
}

}  // namespace neocol::kernel
