#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <tuple>

#include <fmt/format.h>

#include <neocol/core/index.hpp>
#include <neocol/core/random.hpp>
#include <neocol/model/check.hpp>

#include "print_node.hpp"

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
std::vector<Diagnostic> with_lines(std::vector<Diagnostic> found, const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(std::move(line));
    for (Diagnostic& one : found)
        if (one.at.line > 0 && static_cast<std::size_t>(one.at.line) <= lines.size())
            one.source_line = lines[static_cast<std::size_t>(one.at.line) - 1];
    return found;
}

Diagnostic warning(const SourcePosition& at, std::string message, std::string help = {}) {
    return {at, std::move(message), {}, std::move(help)};
}

/// Warnings in the order they are found, each once.
class Warnings {
public:
    void add(Diagnostic one) {
        if (known_.emplace(one.message, one.at.line, one.at.column).second)
            list_.push_back(std::move(one));
    }
    std::vector<Diagnostic> list() && { return std::move(list_); }

private:
    std::set<std::tuple<std::string, int, int>> known_;
    std::vector<Diagnostic> list_;
};

/// Points in the space of everything an expression may read, at which those are tried that interval
/// arithmetic cannot clear: it takes each occurrence of a quantity for another one.
class Sample {
public:
    explicit Sample(const Model& model) : model_(model) {}

    /// True if the node is 0 somewhere, or of both signs; for `or_below` also if it is below 0.
    bool reaches_zero(NodeId node, bool or_below) {
        const auto [known, is_new] = reached_.try_emplace({node, or_below}, false);
        if (is_new) known->second = try_at_points(node, or_below);
        return known->second;
    }

private:
    static constexpr std::size_t n_points = 512;
    /// Operations to be spent on all nodes: a model with more is only looked at in part.
    static constexpr std::size_t most_work = 500'000'000;
    const Model& model_;
    std::vector<std::vector<double>> inputs_, unknowns_;
    std::map<std::pair<NodeId, bool>, bool> reached_;
    std::size_t work_ = 0;

    bool try_at_points(NodeId node, bool or_below) {
        work_ += n_points * model_.graph.schedule(std::span(&node, 1)).size();
        if (work_ > most_work) return false;
        if (inputs_.empty()) draw();
        bool below = false, above = false;
        for (std::size_t i = 0; i < n_points; ++i) {
            const double value = model_.graph.evaluate(node, unknowns_[i], inputs_[i]);
            if (value == 0.0) return true;
            below = below || value < 0.0;
            above = above || value > 0.0;
            if (below && (above || or_below)) return true;
        }
        return false;
    }

    /// A parameter at an end of its range, at its value, or between.
    static double draw_parameter(const Parameter& parameter, double u) {
        if (!parameter.allowed.empty())
            return parameter.allowed[static_cast<std::size_t>(
                u * static_cast<double>(parameter.allowed.size()))];
        std::vector<double> ends{parameter.value, parameter.low.value_or(parameter.value),
                                 parameter.high.value_or(parameter.value)};
        for (const Variation& variation : parameter.variations)
            ends.push_back(variation.value);
        const auto [low, high] = std::minmax_element(ends.begin(), ends.end());
        if (u < 0.25) return *low;
        if (u < 0.5) return *high;
        return u < 0.6 ? parameter.value : *low + (u - 0.6) / 0.4 * (*high - *low);
    }

    /// Nothing, or anything up to ten times the typical size.
    static double draw_amount(double scale, double u) {
        return u < 0.4 ? 0.0 : scale * std::pow(10.0, 1.0 - 4.0 * (u - 0.4) / 0.6);
    }

    double draw_input(const Input& input, std::size_t layer, double u) const {
        const auto k = static_cast<std::size_t>(std::max(input.index, 0));
        switch (input.kind) {
            case Input::Kind::parameter:
                return draw_parameter(model_.parameters[k], u);
            case Input::Kind::property:  // a layer that lacks it altogether is the skin's matter
                return std::pow(10.0, 2.0 * u - 1.0);
            case Input::Kind::active:
                return model_.processes[k].active[layer] ? 1.0 : 0.0;
            case Input::Kind::coordinate:
                return 4.0 * u - 1.0;
            case Input::Kind::wound:
                return u < 0.3 ? 0.0 : u < 0.6 ? 1.0 : u;
            case Input::Kind::time:
                return u < 0.3 ? 0.0 : 100.0 * u;
            default:
                return draw_amount(1.0, u);
        }
    }

    void draw() {
        const CounterRandom random(1, 0);
        std::uint64_t next = 0;
        for (std::size_t i = 0; i < n_points; ++i) {
            const std::size_t layer = i % model_.layers.size();
            std::vector<double> unknowns, inputs;
            for (const Species& species : model_.species) {
                const double u = random.uniform(next++);
                unknowns.push_back(species.is_signed && u > 0.7
                                       ? -draw_amount(species.scale, 2.0 * u - 1.0)
                                       : draw_amount(species.scale, u));
            }
            for (const Input& input : model_.inputs)
                inputs.push_back(draw_input(input, layer, random.uniform(next++)));
            set_static_values(model_, static_cast<int>(layer),
                              std::numeric_limits<double>::quiet_NaN(), inputs);
            unknowns_.push_back(std::move(unknowns));
            inputs_.push_back(std::move(inputs));
        }
    }
};

/// Faults of one node: a denominator or the argument of a logarithm that can be 0.
void check_node(const Model& model, const std::vector<Interval>& ranges, Sample& sample,
                const Root& root, NodeId id, Warnings& found) {
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
    found.add(warning(root.at,
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

std::vector<std::string> unused(const Model& model) {
    std::vector<NodeId> roots;
    for (const Root& root : all_roots(model))
        roots.push_back(root.node);
    std::vector<bool> parameter_used(model.parameters.size(), false);
    std::vector<bool> derived_used(model.derived.size(), false);
    while (!roots.empty()) {
        std::vector<NodeId> further;
        for (const NodeId id : model.graph.schedule(roots)) {
            const Node& node = model.graph[id];
            if (node.operation != Operation::input) continue;
            const Input& input = model.inputs[static_cast<std::size_t>(node.index)];
            const auto k = static_cast<std::size_t>(std::max(input.index, 0));
            if (input.kind == Input::Kind::parameter) parameter_used[k] = true;
            if (input.kind != Input::Kind::derived || derived_used[k]) continue;
            derived_used[k] = true;
            further.push_back(model.derived[k].value);
        }
        roots = std::move(further);
    }
    std::vector<std::string> names;
    const auto use = [&](int parameter) {
        if (parameter >= 0) parameter_used[static_cast<std::size_t>(parameter)] = true;
    };
    for (const Event& event : model.events) {
        for (const EventTime& time : event.times)
            use(time.parameter);
        for (const auto& time : {event.every, event.until, event.after_session})
            if (time) use(time->parameter);
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

std::vector<Diagnostic> lint(const Model& model) {
    Warnings found;
    const auto parameters = index_by_name(model.parameters),
               derived_values = index_by_name(model.derived);
    for (const std::string& name : unused(model)) {
        const auto parameter = parameters.find(name);
        const bool is_parameter = parameter != parameters.end();
        found.add(warning(is_parameter
                              ? model.parameters[static_cast<std::size_t>(parameter->second)].at
                              : model.derived[static_cast<std::size_t>(derived_values.at(name))].at,
                          fmt::format("{} '{}' is never used",
                                      is_parameter ? "parameter" : "derived value", name)));
    }
    for (std::size_t s = 0; s < model.species.size(); ++s)
        if (!ever_changes(model, static_cast<int>(s)))
            found.add(warning(model.species[s].at,
                              fmt::format("species '{}' never changes", model.species[s].name),
                              "a value that stays as it is can be a parameter"));
    const std::vector<Interval> ranges = value_ranges(model);
    Sample sample(model);
    std::vector<Root> roots = all_roots(model);
    for (const Derived& derived : model.derived)
        roots.push_back(
            {derived.value, fmt::format("derived value '{}'", derived.name), derived.at});
    for (const Root& root : roots) {
        const std::array<NodeId, 1> start{root.node};
        for (const NodeId id : model.graph.schedule(start))
            check_node(model, ranges, sample, root, id, found);
    }
    return with_lines(std::move(found).list(), model.text);
}

}  // namespace neocol::model
