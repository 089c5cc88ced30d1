#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

#include "reader.hpp"

namespace neocol::model {

namespace {

constexpr const char* options_example = "write options = [\"fast\", \"slow\"]";

}  // namespace

/// Options of a switch: a list of names, or a table of names and what they mean.
std::vector<Parameter::Option> Reader::read_options(const TableReader& table) {
    std::vector<Parameter::Option> options;
    const DocumentNode given = table.at("options");
    const auto add = [&](const DocumentNode& node, const std::string& name, std::string meaning) {
        if (options.size() >= text_limits::switch_options)
            too_many(node, "options of a switch", text_limits::switch_options);
        else if (!syntax::is_identifier(name))
            diagnostics_.add(node.fault(fmt::format("'{}' cannot name an option", name),
                                        "a name has letters, digits and underscores and starts "
                                        "with a letter"));
        else if (std::any_of(options.begin(), options.end(),
                             [&](const Parameter::Option& one) { return one.name == name; }))
            diagnostics_.add(node.fault(fmt::format("option '{}' is named twice", name)));
        else
            options.push_back({name, std::move(meaning)});
    };
    if (!given) return options;  // reported
    if (given.is_table())
        for (const DocumentNode& member : given.members())
            add(member, member.key(), values_.text(member).value_or(""));
    else if (values_.array(given))
        for (const DocumentNode& element : given.elements())
            add(element, element.is_string() ? element.string() : std::string(), {});
    if (options.size() < 2)
        diagnostics_.add(given.fault("a switch needs two options or more", options_example));
    return options;
}

void Reader::read_switch(const std::string& name, const TableReader& table) {
    Parameter chosen;
    chosen.name = name;
    chosen.at = table.node().key_position();
    chosen.meaning = table.text("meaning", "");
    chosen.source = source(table);
    chosen.evidence = "design";
    chosen.options = read_options(table);
    for (std::size_t k = 0; k < chosen.options.size(); ++k)
        chosen.allowed.push_back(static_cast<double>(k));
    const DocumentNode value = table.at("value");
    if (value && !chosen.options.empty()) {
        const std::string given = table.text("value", "");
        const int k = chosen.find_option(given);
        if (k >= 0)
            chosen.value = static_cast<double>(k);
        else if (value.is_string())
            diagnostics_.add(value.fault(fmt::format("switch '{}' has no option '{}'", name, given),
                                         suggest(given, names_of(chosen.options))));
    }
    if (chosen.options.empty()) chosen.options.push_back({"none", {}});  // a fault was reported
    compiler_.define(name, {Symbol::Kind::switch_, static_cast<int>(model_.parameters.size())},
                     table.node());
    model_.parameters.push_back(std::move(chosen));
}

/// `when = { switch = "option" }`: the process runs while every switch named stands at the option,
/// or at one of the list of options, given for it.
void Reader::read_when(Process& process, const TableReader& table) {
    const DocumentNode when = table.table("when").node();
    Graph& graph = model_.graph;
    for (const std::string& name : when.keys()) {
        const DocumentNode node = when.get(name);
        const int index = model_.find_parameter(name);
        if (index < 0 || !model_.parameters[static_cast<std::size_t>(index)].is_switch()) {
            std::vector<std::string> switches;
            for (const Parameter& parameter : model_.parameters)
                if (parameter.is_switch()) switches.push_back(parameter.name);
            diagnostics_.add(node.fault_at_key(
                fmt::format("unknown switch '{}'", name),
                switches.empty() ? "the model has none; add [switch.NAME] with its options"
                                 : suggest(name, switches)));
            continue;
        }
        const Parameter& chosen = model_.parameters[static_cast<std::size_t>(index)];
        std::vector<bool> runs(chosen.options.size(), false);
        std::vector<DocumentNode> given = node.elements();
        if (!node.is_array()) given.push_back(node);
        std::vector<std::string> shown;
        for (const DocumentNode& element : given) {
            const std::string option = element.is_string() ? element.string() : std::string();
            const int k = chosen.find_option(option);
            shown.push_back(option);
            if (k >= 0)
                runs[static_cast<std::size_t>(k)] = true;
            else
                diagnostics_.add(
                    element.fault(fmt::format("switch '{}' has no option '{}'", name, option),
                                  suggest(option, names_of(chosen.options))));
        }
        process.when += fmt::format("{}{} = {}", process.when.empty() ? "" : ", ", name,
                                    fmt::join(shown, " or "));
        const NodeId holds = compiler_.is_at(index, runs);
        process.runs = process.runs == no_node ? holds : graph.multiply(process.runs, holds);
    }
}

NodeId Reader::masked(const Process& process, NodeId rate) {
    if (process.runs == no_node) return rate;
    // By selection, not by a factor 0: the terms of the other alternative need not be finite.
    Graph& graph = model_.graph;
    return graph.make(Operation::select_less, process.runs, graph.constant(0.5),
                      graph.constant(0.0), rate);
}

/// `options` of a parameter: the values it may take.
void Reader::read_allowed(Parameter& parameter, const TableReader& table) {
    const DocumentNode list = table.at("options");
    if (!list) return;
    if (!list.is_array() || list.elements().empty()) {
        diagnostics_.add(list.fault(fmt::format("'{}' must be a list", list.key_path()),
                                    "write the values it may take, such as [1, 2]"));
        return;
    }
    if (const DocumentNode range = table.at("range"))
        diagnostics_.add(
            range.fault_at_key(fmt::format("'{}' has both 'options' and a 'range'", parameter.name),
                               "leave one out: listed values, or any value between two"));
    for (const DocumentNode& element : list.elements())
        if (const auto value = values_.quantity(element, parameter.unit))
            parameter.allowed.push_back(*value);
    if (!parameter.allowed.empty() && !parameter.admits(parameter.value))
        diagnostics_.add(
            list.fault(fmt::format("the options leave out the value {}",
                                   format_quantity(parameter.value, parameter.unit, 6)),
                       "the value has to be one of them"));
}

}  // namespace neocol::model
