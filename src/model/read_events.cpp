#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

#include "reader.hpp"

namespace neocol::model {

InjuryRule Reader::rule(const std::string& name, const DocumentNode& node, Context context) {
    InjuryRule result;
    result.species = species(node, name, true);
    result.text = written(node);
    if (result.species < 0) {
        compiler_.compile(node, context);
        return result;
    }
    const Species& changed = model_.species[static_cast<std::size_t>(result.species)];
    if (changed.quasi_steady)
        diagnostics_.add(node.fault_at_key(
            fmt::format("'{}' is quasi-steady: its equation decides it at every moment", name),
            "change what makes or takes it"));
    context.location = changed.location;
    result.value = compiler_.is_broken(name) ? compiler_.compile(node, context).node
                                             : expression(node, context, changed.unit,
                                                          fmt::format("new value of '{}'", name));
    return result;
}

void Reader::read_initial() {
    const DocumentNode table = root_.get("initial");
    for (const std::string& name : table.keys()) {
        for (const InjuryRule& start :
             rules(name, table.get(name), initial_context(Location::volume))) {
            model_.initial.emplace_back(start.species, start.value);
            model_.initial_text.emplace_back(start.species, start.text);
        }
    }
}

void Reader::read_injury() {
    const DocumentNode table = root_.get("injury");
    for (const std::string& name : table.keys()) {
        for (InjuryRule& wound : rules(name, table.get(name), injury_context(Location::volume)))
            model_.injury.push_back(std::move(wound));
    }
}

void Reader::read_event(const std::string& name, const DocumentNode& table) {
    Event event;
    event.name = name;
    event.at = table.key_position();
    read_event_time(event, table);
    text(table, "meaning");
    const DocumentNode changes = table.get("changes");
    if (!changes.is_table()) {
        missing(table, "changes", "add changes = { species = \"new value\" }");
        return;
    }
    for (const std::string& key : changes.keys()) {
        for (InjuryRule& change :
             rules(key, changes.get(key), rate_context("an event", Location::volume)))
            event.changes.push_back(std::move(change));
    }
    model_.events.push_back(std::move(event));
}

void Reader::read_event_time(Event& event, const DocumentNode& table) {
    const DocumentNode at = table.get("at");
    const DocumentNode after = table.get("after_each_session");
    const DocumentNode when = table.get("when");
    const Unit day = model_.units.parse("d");
    const int given = (at ? 1 : 0) + (after ? 1 : 0) + (when ? 1 : 0);
    if (given != 1) {
        diagnostics_.add(table.fault_at_key(
            fmt::format("event '{}' needs one of 'at', 'after_each_session' and 'when'",
                        event.name),
            "write at = \"7 day\", after_each_session = \"2 day\" or when = \"depth > 0.5 mm\""));
        return;
    }
    std::vector<DocumentNode> times = at.elements();
    if (at && !at.is_array()) times.push_back(at);
    for (const DocumentNode& node : times)
        if (const auto value = value_in(node, day)) event.times.push_back(*value);
    std::sort(event.times.begin(), event.times.end());
    if (after) event.after_session = value_in(after, day);
    if (event.after_session && *event.after_session < 0.0)
        diagnostics_.add(after.fault("the delay after a session cannot be negative"));
    if (when) read_condition(event, when);
}

void Reader::read_condition(Event& event, const DocumentNode& node) {
    const std::string condition = written(node);
    const std::size_t sign = condition.find_first_of("<>");
    const std::string example = "write when = \"observable > 0.5 mm\", or '<'";
    if (!node.is_string() || sign == std::string::npos) {
        diagnostics_.add(node.fault("the condition has no '>' or '<'", example));
        return;
    }
    event.when_above = condition[sign] == '>';
    event.when_observable = std::string(trim(std::string_view(condition).substr(0, sign)));
    const int index = model_.find_observable(event.when_observable);
    if (index < 0) {
        diagnostics_.add(node.fault(fmt::format("unknown observable '{}'", event.when_observable),
                                    suggest(event.when_observable, names_of(model_.observables)), 0,
                                    event.when_observable.size()));
        return;
    }
    const Unit& due = model_.observables[static_cast<std::size_t>(index)].unit;
    try {
        const Quantity threshold =
            model_.units.parse_quantity(std::string_view(condition).substr(sign + 1));
        if (threshold.unit.dimension != due.dimension)
            throw InputError(
                fmt::format("'{}' is in {}, its threshold in {}", event.when_observable, due.text,
                            threshold.unit.text == "1" ? "no unit" : threshold.unit.text));
        event.threshold = threshold.internal();
    } catch (const InputError& error) {
        const Diagnostic& fault = error.diagnostics.front();
        diagnostics_.add(node.fault(fault.message, fault.help.empty() ? example : fault.help,
                                    sign + 1, condition.size() - sign - 1));
    }
}

}  // namespace neocol::model
