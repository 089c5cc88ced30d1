#include "parameter_reader.hpp"

#include <fmt/format.h>

namespace neocol::model {

void ParameterReader::read(const std::string& name, const TableReader& table) {
    Parameter parameter;
    parameter.name = name;
    parameter.at = table.node().key_position();
    const auto index = static_cast<int>(model_.parameters.size());
    symbols_.define(name, {Symbol::Kind::parameter, index}, table.node());
    const auto given = values_.any_quantity(table.at("value"));
    if (given) {
        parameter.unit = given->unit;
        parameter.value = given->internal();
    } else {
        symbols_.mark_broken(name);
    }
    parameter.meaning = table.text("meaning", "");
    parameter.source = source(table);
    parameter.step = table.text("step", "");
    parameter.evidence = table.choice_name("evidence").value_or("");
    if (given) {
        // Their units cannot be checked against a value that was not understood.
        read_allowed(parameter, table);
        read_range(parameter, table);
        read_variations(parameter, table);
    }
    model_.parameters.push_back(std::move(parameter));
}

void ParameterReader::read_range(Parameter& parameter, const TableReader& table) {
    const DocumentNode node = table.at("range");
    parameter.distribution = table.choice_name("distribution").value_or("");
    if (!node) return;
    const std::vector<DocumentNode> ends = node.elements();
    if (ends.size() != 2) {
        diagnostics_.add(node.fault(fmt::format("'{}' must be a list of two", node.key_path()),
                                    "write [\"0.5 ng/mL\", \"8 ng/mL\"]"));
        return;
    }
    const auto low = values_.quantity(ends[0], parameter.unit),
               high = values_.quantity(ends[1], parameter.unit);
    if (!low || !high) return;
    parameter.low = low;
    parameter.high = high;
    if (*low > *high)
        diagnostics_.add(node.fault("the range ends below its start", "write [low, high]"));
    else if (parameter.value < *low || parameter.value > *high)
        diagnostics_.add(
            node.fault(fmt::format("the range leaves out the value {}",
                                   format_quantity(parameter.value, parameter.unit, 6)),
                       "the value has to lie between low and high"));
    else if (parameter.distribution.starts_with("log") && *low <= 0.0)
        diagnostics_.add(ends[0].fault(
            fmt::format("distribution '{}' needs a range above 0", parameter.distribution)));
}

void ParameterReader::read_allowed(Parameter& parameter, const TableReader& table) {
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

namespace {

/// \throws InputError  no time
double age_of(const std::string& text, const UnitSystem& units) {
    const Quantity given = units.parse_quantity(text);
    if (given.unit.dimension != Dimension::base("s"))
        throw InputError(fmt::format("'{}' is no age", text));
    return given.internal();
}

}  // namespace

void ParameterReader::read_variations(Parameter& parameter, const TableReader& table) {
    const TableReader by = table.table("by");
    const auto add = [&](const std::string& axis, const std::string& key, double age,
                         const DocumentNode& node) {
        if (const auto value = values_.quantity(node, parameter.unit))
            parameter.variations.push_back({axis, key, age, *value});
    };
    for (const char* axis : {"layer", "site", "condition", "phototype", "age"}) {
        const DocumentNode values = by.table(axis).node();
        for (const DocumentNode& node : values.members()) {
            const std::string& key = node.key();
            double age = 0.0;
            if (axis == std::string("layer") && layer(values, key) < 0) continue;
            if (axis == std::string("phototype") && (key.size() != 1 || key < "1" || key > "6")) {
                diagnostics_.add(node.fault_at_key(fmt::format("no phototype '{}'", key),
                                                   "known: 1, 2, 3, 4, 5, 6 (Fitzpatrick)"));
                continue;
            }
            try {
                if (axis == std::string("age")) age = age_of(key, model_.units);
            } catch (const InputError& error) {
                diagnostics_.add(node.fault_at_key(error.diagnostics.front().message,
                                                   "write ages as \"34 year\""));
                continue;
            }
            add(axis, key, age, node);
        }
    }
    if (parameter.value == 0.0 && !parameter.variations.empty())
        diagnostics_.add(table.at("value").fault(
            fmt::format("'{}' varies, so its value cannot be 0", parameter.name),
            "variations are applied as ratios to the value"));
}

}  // namespace neocol::model
