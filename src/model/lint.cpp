#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>
#include <sstream>
#include <tuple>

#include <fmt/format.h>

#include <neocol/core/index.hpp>
#include <neocol/model/check.hpp>

#include "print_node.hpp"
#include "sample.hpp"

namespace neocol::model {

namespace {

/// An expression and what it belongs to, for messages.
struct Root {
    NodeId node = no_node;
    std::string owner;
    SourcePosition at;
};

void add_transport_roots(const Model& model, std::vector<Root>& roots) {
    for (const Transport& transport : model.transports) {
        const std::string owner = fmt::format(
            "transport of '{}'", model.species[static_cast<std::size_t>(transport.species)].name);
        roots.push_back({transport.diffusivity, owner, transport.at});
        for (const Taxis& taxis : transport.taxis)
            roots.push_back({taxis.sensitivity, owner, transport.at});
        for (const NodeId partition : transport.partition)
            roots.push_back({partition, owner, transport.at});
        for (const Transport::Interface& interface : transport.interfaces)
            roots.push_back({interface.permeability, owner, transport.at});
    }
}

/// Every expression that a run evaluates, but derived values.
std::vector<Root> all_roots(const Model& model) {
    std::vector<Root> roots;
    const auto species = [&](int i) -> const Species& {
        return model.species[static_cast<std::size_t>(i)];
    };
    for (const Species& entry : model.species)
        for (const NodeId rest : entry.rest)
            roots.push_back({rest, fmt::format("rest of '{}'", entry.name), entry.at});
    for (const Process& process : model.processes) {
        const std::string owner = fmt::format("process '{}'", process.name);
        roots.push_back({process.rate, owner, process.at});
        for (const Process::Change& change : process.changes)
            roots.push_back({change.yield, owner, process.at});
    }
    add_transport_roots(model, roots);
    for (const Boundary& boundary : model.boundaries)
        for (const NodeId node : {boundary.value, boundary.coefficient})
            roots.push_back({node, fmt::format("boundary of '{}'", species(boundary.species).name),
                             species(boundary.species).at});
    for (const auto& [index, node] : model.initial)
        roots.push_back(
            {node, fmt::format("initial '{}'", species(index).name), species(index).at});
    for (const InjuryRule& rule : model.injury)
        roots.push_back({rule.value, fmt::format("injury of '{}'", species(rule.species).name),
                         species(rule.species).at});
    for (const Event& event : model.events)
        for (const InjuryRule& rule : event.changes)
            roots.push_back({rule.value, fmt::format("event '{}'", event.name), event.at});
    for (const Event& event : model.events)
        for (const ParameterRule& rule : event.parameters)
            roots.push_back({rule.value, fmt::format("event '{}'", event.name), event.at});
    for (const Observable& observable : model.observables)
        roots.push_back(
            {observable.value, fmt::format("observable '{}'", observable.name), observable.at});
    for (const Integral& integral : model.integrals)
        roots.push_back({integral.value, fmt::format("'{}'", integral.text), {}});
    for (const Bound& bound : model.bounds)
        roots.push_back({bound.value, fmt::format("bound '{}'", bound.name), bound.at});
    std::erase_if(roots, [](const Root& root) { return root.node == no_node; });
    return roots;
}

/// Puts the line of the model's text to every warning, in one walk over the text.
std::vector<Diagnostic> with_lines(std::vector<Diagnostic> diagnostics, const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(std::move(line));
    for (Diagnostic& diagnostic : diagnostics)
        if (diagnostic.at.line > 0 && static_cast<std::size_t>(diagnostic.at.line) <= lines.size())
            diagnostic.source_line = lines[static_cast<std::size_t>(diagnostic.at.line) - 1];
    return diagnostics;
}

Diagnostic warning(const SourcePosition& at, std::string message, std::string help = {}) {
    return {at, std::move(message), {}, std::move(help)};
}

/// Warnings in the order they are found, each once.
class Warnings {
public:
    void add(Diagnostic diagnostic) {
        if (known_.emplace(diagnostic.message, diagnostic.at.line, diagnostic.at.column).second)
            list_.push_back(std::move(diagnostic));
    }
    std::vector<Diagnostic> list() && { return std::move(list_); }

private:
    std::set<std::tuple<std::string, int, int>> known_;
    std::vector<Diagnostic> list_;
};

/// Faults of one node: a denominator or the argument of a logarithm that can be 0.
void check_node(const Model& model, const std::vector<Interval>& ranges, Sample& sample,
                const Root& root, NodeId id, Warnings& warnings) {
    const Node& node = model.graph[id];
    const bool is_quotient = node.operation == Operation::divide;
    if (!is_quotient && node.operation != Operation::logarithm) return;
    const NodeId critical = node.arguments[is_quotient ? 1 : 0];
    const Interval& range = ranges[static_cast<std::size_t>(critical)];
    if (range.low > 0.0 || range.high < 0.0) return;
    if (!sample.reaches_zero(critical, !is_quotient)) return;
    constexpr std::size_t longest = 70;
    std::string text = to_text(model, critical);
    if (text.size() > longest) text = text.substr(0, longest - 3) + "...";
    warnings.add(
        warning(root.at,
                fmt::format("{}: {} '{}' can be 0", root.owner,
                            is_quotient ? "the denominator" : "the argument of log", text),
                "with parameters in their ranges and species at 0 or above; add a parameter "
                "whose range stays above 0, or use fraction(x, y)"));
}

/// True if a process, the injury, an event, transport or a boundary changes the species.
bool ever_changes(const Model& model, int species) {
    const auto names_it = [species](const auto& entry) { return entry.species == species; };
    const auto any = [&](const auto& list) {
        return std::any_of(list.begin(), list.end(), names_it);
    };
    return any(model.injury) || any(model.transports) || any(model.boundaries) ||
           model.species[static_cast<std::size_t>(species)].quasi_steady ||
           std::any_of(model.processes.begin(), model.processes.end(),
                       [&](const Process& process) { return any(process.changes); }) ||
           std::any_of(model.events.begin(), model.events.end(),
                       [&](const Event& event) { return any(event.changes); });
}

}  // namespace

namespace {

/// Parameters and derived values that expressions read, directly or through derived values.
struct Reads {
    std::vector<bool> parameters, derived;
};

Reads reads_of_expressions(const Model& model) {
    std::vector<NodeId> roots;
    for (const Root& root : all_roots(model))
        roots.push_back(root.node);
    Reads reads{std::vector<bool>(model.parameters.size(), false),
                std::vector<bool>(model.derived.size(), false)};
    while (!roots.empty()) {
        std::vector<NodeId> further;
        for (const NodeId id : model.graph.schedule(roots)) {
            const Node& node = model.graph[id];
            if (node.operation != Operation::input) continue;
            const Input& input = model.inputs[static_cast<std::size_t>(node.index)];
            const auto k = static_cast<std::size_t>(std::max(input.index, 0));
            if (input.kind == Input::Kind::parameter) reads.parameters[k] = true;
            if (input.kind != Input::Kind::derived || reads.derived[k]) continue;
            reads.derived[k] = true;
            further.push_back(model.derived[k].value);
        }
        roots = std::move(further);
    }
    return reads;
}

}  // namespace

std::vector<std::string> unused(const Model& model) {
    Reads reads = reads_of_expressions(model);
    std::vector<bool>& parameter_used = reads.parameters;
    const std::vector<bool>& derived_used = reads.derived;
    std::vector<std::string> names;
    const auto use = [&](int parameter) {
        if (parameter >= 0) parameter_used[static_cast<std::size_t>(parameter)] = true;
    };
    for (const Event& event : model.events) {
        for (const EventTime& time : event.times)
            use(time.parameter);
        for (const auto& time :
             {event.every, event.until, event.before_session, event.after_session})
            if (time) use(time->parameter);
        for (const SwitchOptions& holds : event.switches)
            use(holds.parameter);
        if (event.when) {
            use(event.when->left.parameter);
            use(event.when->right.parameter);
        }
    }
    for (std::size_t i = 0; i < parameter_used.size(); ++i)
        if (!parameter_used[i]) names.push_back(model.parameters[i].name);
    for (std::size_t i = 0; i < derived_used.size(); ++i)
        if (!derived_used[i]) names.push_back(model.derived[i].name);
    return names;
}

/// Whether the value of a node hangs on a parameter, itself or through derived values.
bool reads(const Model& model, NodeId root, int parameter) {
    const std::vector<NodeId> nodes = model.graph.schedule(std::span(&root, 1));
    return std::any_of(nodes.begin(), nodes.end(), [&](NodeId id) {
        const Node& node = model.graph[id];
        if (node.operation != Operation::input) return false;
        const Input& input = model.inputs[static_cast<std::size_t>(node.index)];
        return input.kind == Input::Kind::parameter && input.index == parameter;
    });
}

/// What is made of a parameter at the start does not follow when an event changes it.
void check_made_at_start(const Model& model, const Event& event, Warnings& warnings) {
    for (const ParameterRule& rule : event.parameters) {
        const std::string& name = model.parameters[static_cast<std::size_t>(rule.parameter)].name;
        for (const Derived& derived : model.derived)
            if (reads(model, derived.value, rule.parameter))
                warnings.add(
                    warning(event.at,
                            fmt::format("event '{}' changes '{}', of which '{}' is made at "
                                        "the start of a run and stays",
                                        event.name, name, derived.name),
                            "let rates read the parameter itself where it should act"));
    }
}

std::vector<Diagnostic> lint(const Model& model, std::span<const std::string> read_elsewhere) {
    Warnings warnings;
    const auto parameters = index_by_name(model.parameters),
               derived_values = index_by_name(model.derived);
    for (const std::string& name : unused(model)) {
        if (std::find(read_elsewhere.begin(), read_elsewhere.end(), name) != read_elsewhere.end())
            continue;
        const auto parameter = parameters.find(name);
        const bool is_parameter = parameter != parameters.end();
        warnings.add(warning(
            is_parameter ? model.parameters[static_cast<std::size_t>(parameter->second)].at
                         : model.derived[static_cast<std::size_t>(derived_values.at(name))].at,
            fmt::format("{} '{}' is never used", is_parameter ? "parameter" : "derived value",
                        name)));
    }
    for (std::size_t e = 0; e < model.externals.size(); ++e)
        if (std::none_of(model.inputs.begin(), model.inputs.end(), [e](const Input& input) {
                return input.kind == Input::Kind::external && input.index == static_cast<int>(e);
            }))
            warnings.add(warning(model.externals[e].at,
                                 fmt::format("input '{}' is never used", model.externals[e].name)));
    for (std::size_t s = 0; s < model.species.size(); ++s)
        if (!ever_changes(model, static_cast<int>(s)))
            warnings.add(warning(model.species[s].at,
                                 fmt::format("species '{}' never changes", model.species[s].name),
                                 "a value that stays as it is can be a parameter"));
    const std::vector<Interval> ranges = value_ranges(model);
    for (const Event& event : model.events)
        check_made_at_start(model, event, warnings);
    Sample sample(model);
    std::vector<Root> roots = all_roots(model);
    for (const Derived& derived : model.derived)
        roots.push_back(
            {derived.value, fmt::format("derived value '{}'", derived.name), derived.at});
    for (const Root& root : roots) {
        const std::array<NodeId, 1> start{root.node};
        for (const NodeId id : model.graph.schedule(start))
            check_node(model, ranges, sample, root, id, warnings);
    }
    return with_lines(std::move(warnings).list(), model.text);
}

}  // namespace neocol::model
