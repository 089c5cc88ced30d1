#include "event_reader.hpp"

#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

namespace neocol::model {

void EventReader::read(const std::string& name, const TableReader& table) {
    Event event;
    event.name = name;
    event.at = table.node().key_position();
    read_event_time(event, table);
    table.text("meaning");
    const DocumentNode changes = table.table("changes").node();
    if (!changes) return;  // reported
    for (const std::string& key : changes.keys()) {
        if (const int parameter = model_.find_parameter(key); parameter >= 0) {
            if (auto change = parameter_rule(parameter, changes.get(key)))
                event.parameters.push_back(std::move(*change));
            continue;
        }
        for (InjuryRule& change :
             new_values_.rules(key, changes.get(key), rate_context("an event", Location::volume)))
            event.changes.push_back(std::move(change));
    }
    model_.events.push_back(std::move(event));
}

std::optional<ParameterRule> EventReader::parameter_rule(int index, const DocumentNode& node) {
    const Parameter& parameter = model_.parameters[static_cast<std::size_t>(index)];
    const auto refuse = [&](const std::string& message, const std::string& help) {
        diagnostics_.add(node.fault_at_key(message, help));
        return std::nullopt;
    };
    if (parameter.is_switch())
        return refuse(fmt::format("'{}' is a switch, which stands for a whole run", parameter.name),
                      "let the event change a parameter that the processes read");
    if (!parameter.allowed.empty())
        return refuse(fmt::format("'{}' may take listed values only", parameter.name),
                      "let the event change a parameter without 'options'");
    for (const Species& species : model_.species)
        if (species.quasi_steady)
            return refuse(fmt::format("no event may change a parameter in a model with a "
                                      "quasi-steady species, such as '{}'",
                                      species.name),
                          "change a species that the rates read instead");
    const NodeId value = expression(node, static_context("a new parameter value"), parameter.unit,
                                    fmt::format("new value of '{}'", parameter.name));
    return ParameterRule{index, value, written(node)};
}

std::optional<EventTime> EventReader::event_time(const DocumentNode& node, const std::string& what,
                                                 bool above_zero) {
    EventTime result;
    const int parameter = node.is_string() ? model_.find_parameter(trim(node.string())) : -1;
    if (parameter >= 0) {
        const Parameter& given = model_.parameters[static_cast<std::size_t>(parameter)];
        if (!(given.unit.dimension == Dimension::base("s"))) {
            diagnostics_.add(node.fault(fmt::format("parameter '{}' is in {}, but a time is due",
                                                    given.name, given.unit.text)));
            return std::nullopt;
        }
        result = {given.value, parameter};
    } else if (const auto value = values_.quantity(node, model_.units.parse("d")); !value) {
        return std::nullopt;
    } else if (node.is_string()) {
        try {
            result.time = exact_time(node.string(), model_.units.parse_quantity(node.string()));
        } catch (const InputError& error) {
            const Diagnostic& fault = error.diagnostics.front();
            diagnostics_.add(node.fault(fault.message, fault.help));
            return std::nullopt;
        }
    }
    if (result.time < Time() || (above_zero && result.time == Time())) {
        diagnostics_.add(
            node.fault(fmt::format("{} is {}", what, result.time.text()),
                       above_zero ? "use a time above 0 day" : "use a time of 0 day or later"));
        return std::nullopt;
    }
    return result;
}

void EventReader::read_event_time(Event& event, const TableReader& table) {
    const DocumentNode at = table.at("at");
    const DocumentNode before = table.at("before_each_session");
    const DocumentNode after = table.at("after_each_session");
    DocumentNode when = table.at("when");
    const DocumentNode every = table.at("every"), until = table.at("until");
    if (when.is_table()) {
        event.switches = switch_options(when, event.when_text);
        when = {};
    }
    const int given = (at ? 1 : 0) + (before ? 1 : 0) + (after ? 1 : 0) + (when ? 1 : 0);
    if (given != 1) {
        diagnostics_.add(table.node().fault_at_key(
            fmt::format("event '{}' needs one of 'at', 'before_each_session', "
                        "'after_each_session' and a condition 'when'",
                        event.name),
            "write at = \"7 day\", after_each_session = \"2 day\" or when = \"depth > 0.5 mm\""));
        return;
    }
    std::vector<DocumentNode> times = at.elements();
    if (at && !at.is_array()) times.push_back(at);
    for (const DocumentNode& node : times)
        if (const auto time = event_time(node, "an event before the start of the run: it", false))
            event.times.push_back(*time);
    if (before)
        event.before_session =
            event_time(before, "the lead before a session is at least a moment: it", true);
    if (after)
        event.after_session =
            event_time(after, "the delay after a session cannot be negative: it", false);
    if (when) read_condition(event, when);
    if ((every || until) && (!at || times.size() != 1))
        diagnostics_.add((every ? every : until)
                             .fault_at_key("'every' and 'until' repeat an event with one time",
                                           "give it as at = \"7 day\""));
    else if (until && !every)
        diagnostics_.add(until.fault_at_key("'until' ends a repetition, and there is none",
                                            "add every = \"1 day\""));
    if (every) event.every = event_time(every, "the time between two repetitions", true);
    if (until)
        event.until = event_time(until, "an event before the start of the run: its end", false);
}

std::optional<ConditionSide> EventReader::condition_side(std::string_view text, std::size_t start,
                                                         const DocumentNode& node, Unit& unit) {
    const std::string example =
        "write when = \"observable > 0.5 mm\", \"a > 2*b\" with two observables, or '<'";
    const auto fault = [&](const std::string& message, const std::string& help) {
        diagnostics_.add(node.fault(message, help, start, text.size()));
        return std::nullopt;
    };
    ConditionSide side;
    std::string_view name = trim(text);
    const std::size_t star = text.find('*');
    if (star != std::string_view::npos) {
        std::string_view number = trim(text.substr(0, star));
        name = trim(text.substr(star + 1));
        if (!number.empty() && std::isalpha(static_cast<unsigned char>(number.front())) != 0)
            std::swap(number, name);
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), side.factor);
        if (error != std::errc() || end != number.data() + number.size())
            return fault(fmt::format("'{}' is no number", number), example);
    }
    const bool is_name =
        !name.empty() &&
        (std::isalpha(static_cast<unsigned char>(name.front())) != 0 || name.front() == '_');
    if (is_name) {
        side.observable = model_.find_observable(name);
        side.parameter = side.observable < 0 ? model_.find_parameter(name) : -1;
        if (side.observable >= 0) {
            unit = model_.observables[static_cast<std::size_t>(side.observable)].unit;
        } else if (side.parameter >= 0) {
            unit = model_.parameters[static_cast<std::size_t>(side.parameter)].unit;
        } else {
            diagnostics_.add(node.fault(fmt::format("unknown observable '{}'", name),
                                        suggest(std::string(name), names_of(model_.observables)),
                                        start, text.size()));
            return std::nullopt;
        }
        return side;
    }
    try {
        if (star != std::string_view::npos) return fault("a factor needs an observable", example);
        const Quantity threshold = model_.units.parse_quantity(text);
        unit = threshold.unit;
        side.factor = threshold.internal();
        return side;
    } catch (const InputError& error) {
        const Diagnostic& cause = error.diagnostics.front();
        return fault(cause.message, cause.help.empty() ? example : cause.help);
    }
}

void EventReader::read_condition(Event& event, const DocumentNode& node) {
    const std::string condition = written(node);
    const std::size_t sign = condition.find_first_of("<>");
    const std::string example = "write when = \"observable > 0.5 mm\", or '<'";
    if (!node.is_string() || sign == std::string::npos) {
        diagnostics_.add(node.fault("the condition has no '>' or '<'", example));
        return;
    }
    const std::string_view all = condition;
    Unit left_unit, right_unit;
    const auto left = condition_side(all.substr(0, sign), 0, node, left_unit);
    const auto right = condition_side(all.substr(sign + 1), sign + 1, node, right_unit);
    if (!left || !right) return;
    const auto unit_text = [](const Unit& unit) {
        return unit.text == "1" ? std::string("no unit") : unit.text;
    };
    if (left->observable < 0 && right->observable < 0) {
        diagnostics_.add(node.fault("the condition looks at no observable", example));
    } else if (!(left_unit.dimension == right_unit.dimension)) {
        diagnostics_.add(
            node.fault(fmt::format("'{}' is in {}, its threshold in {}", trim(all.substr(0, sign)),
                                   unit_text(left_unit), unit_text(right_unit)),
                       example, sign + 1, condition.size() - sign - 1));
    } else {
        const bool above = condition[sign] == '>';
        event.when = Condition{
            *left, *right, above,
            fmt::format("{} {} {}", trim(all.substr(0, sign)),
                        above ? "rises above" : "falls below", trim(all.substr(sign + 1)))};
    }
}

}  // namespace neocol::model
