#include <optional>

#include <neocol/core/json.hpp>
#include <neocol/model/describe.hpp>

#include "words.hpp"

namespace neocol::model {

namespace {

std::vector<std::string> names_of(const Model& model, const std::vector<bool>& layers) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i]) names.push_back(model.layers[i]);
    return names;
}

const std::string& name_of(const Model& model, int species) {
    return model.species[static_cast<std::size_t>(species)].name;
}

void add_in(JsonObject& entry, const std::string& key, const std::optional<double>& value,
            const Unit& unit) {
    if (value) entry.add(key, unit.from_internal(*value));
}

std::string parameter_json(const Parameter& p) {
    JsonObject entry;
    entry.add("name", p.name).add("value", p.unit.from_internal(p.value)).add("unit", p.unit.text);
    add_in(entry, "low", p.low, p.unit);
    add_in(entry, "high", p.high, p.unit);
    if (!p.allowed.empty()) {
        entry.raw("options", json_list(p.allowed, [&](double value) {
                      return json_number(p.unit.from_internal(value));
                  }));
    }
    const auto variation = [&](const Variation& v) {
        return JsonObject()
            .add("axis", v.axis)
            .add("key", v.key)
            .add("value", p.unit.from_internal(v.value))
            .str();
    };
    return entry.add("distribution", p.distribution)
        .add("meaning", p.meaning)
        .add("source", p.source)
        .add("evidence", p.evidence)
        .raw("variations", json_list(p.variations, variation))
        .str();
}

std::string switch_json(const Parameter& p) {
    JsonObject options;
    for (const Parameter::Option& option : p.options)
        options.add(option.name, option.meaning);
    return JsonObject()
        .add("name", p.name)
        .add("value", p.text_of(p.value))
        .raw("options", options.str())
        .add("meaning", p.meaning)
        .add("source", p.source)
        .str();
}

/// Parameters that are switches, or those that are none.
std::vector<Parameter> parameters_of(const Model& model, bool switches) {
    std::vector<Parameter> found;
    for (const Parameter& p : model.parameters)
        if (p.is_switch() == switches) found.push_back(p);
    return found;
}

std::string species_json(const Model& model, const Species& s) {
    JsonObject rest;
    for (std::size_t i = 0; i < s.rest.size(); ++i)
        if (s.rest[i] != no_node) rest.add(model.layers[i], s.rest_text[i]);
    JsonObject entry;
    entry.add("name", s.name)
        .add("unit", s.unit.text)
        .add("location", to_string(s.location))
        .add("layers", names_of(model, s.present))
        .raw("rest", rest.str());
    if (s.quasi_steady) entry.add("quasi_steady", true);
    return entry.add("scale", s.unit.from_internal(s.scale))
        .add("meaning", s.meaning)
        .add("source", s.source)
        .str();
}

std::string process_json(const Model& model, const Process& p) {
    JsonObject changes;
    for (const Process::Change& c : p.changes)
        changes.add(name_of(model, c.species), c.text);
    JsonObject entry;
    entry.add("name", p.name).add("location", to_string(p.location)).add("rate", p.text);
    if (!p.when.empty()) entry.add("when", p.when);
    return entry.raw("changes", changes.str())
        .add("layers", names_of(model, p.active))
        .add("meaning", p.meaning)
        .add("source", p.source)
        .str();
}

std::string transport_json(const Model& model, const Transport& t) {
    const auto taxis = [&](const Taxis& one) {
        return JsonObject()
            .add("toward", name_of(model, one.toward))
            .add("sensitivity", one.text)
            .str();
    };
    return JsonObject()
        .add("species", name_of(model, t.species))
        .add("diffusivity", t.text)
        .add("relative_to_rest", t.relative_to_rest)
        .raw("taxis", json_list(t.taxis, taxis))
        .str();
}

std::string boundary_json(const Model& model, const Boundary& b) {
    return JsonObject()
        .add("species", name_of(model, b.species))
        .add("side", to_string(b.side))
        .add("type", to_string(b.kind))
        .add("value", b.text)
        .str();
}

std::string rules_json(const Model& model, const std::vector<InjuryRule>& rules) {
    JsonObject table;
    for (const InjuryRule& rule : rules)
        table.add(name_of(model, rule.species), rule.text);
    return table.str();
}

std::string event_json(const Model& model, const Event& event) {
    return JsonObject()
        .add("name", event.name)
        .add("when", event_time(model, event))
        .raw("changes", rules_json(model, event.changes))
        .str();
}

std::string derived_json(const Derived& d) {
    return JsonObject()
        .add("name", d.name)
        .add("value", d.text)
        .add("unit", d.unit.text)
        .add("meaning", d.meaning)
        .str();
}

std::string function_json(const Function& f) {
    return JsonObject()
        .add("name", f.name)
        .add("arguments", f.arguments)
        .add("value", f.text)
        .add("meaning", f.meaning)
        .str();
}

std::string observable_json(const Model& model, const Observable& o) {
    return JsonObject()
        .add("name", o.name)
        .add("value", o.text)
        .add("unit", o.unit.text)
        .add("taken_as", region_of(model, o))
        .add("meaning", o.meaning)
        .add("source", o.source)
        .str();
}

std::string outcome_json(const Model& model, const Outcome& o) {
    return JsonObject()
        .add("name", o.name)
        .add("of", model.observables[static_cast<std::size_t>(o.observable)].name)
        .add("measure", to_string(o.measure))
        .add("taken_as", measure_of(model, o))
        .add("unit", o.unit.text)
        .add("meaning", o.meaning)
        .str();
}

std::string bound_json(const Bound& b) {
    JsonObject entry;
    entry.add("name", b.name).add("value", b.text).add("unit", b.unit.text);
    add_in(entry, "at_least", b.at_least, b.unit);
    add_in(entry, "at_most", b.at_most, b.unit);
    return entry.add("meaning", b.meaning).add("source", b.source).str();
}

std::string map_json(const std::map<std::string, std::string>& map) {
    JsonObject table;
    for (const auto& [name, value] : map)
        table.add(name, value);
    return table.str();
}

}  // namespace

std::string describe_json(const Model& model) {
    // A printer of one entry that also needs the model.
    const auto of_model = [&](auto print) {
        return [&model, print](const auto& entry) { return print(model, entry); };
    };
    JsonObject properties, initial;
    for (std::size_t i = 0; i < model.properties.size(); ++i)
        properties.add(model.properties[i], model.property_units[i].text);
    for (const auto& [species, text] : model.initial_text)
        initial.add(name_of(model, species), text);
    return JsonObject()
               .add("name", model.name)
               .add("title", model.title)
               .add("summary", model.summary)
               .add("hash", model.hash)
               .add("stationary", model.stationary)
               .add("layers", model.layers)
               .raw("units", map_json(model.declared_units))
               .raw("properties", properties.str())
               .raw("species", json_list(model.species, of_model(species_json)))
               .raw("parameters", json_list(parameters_of(model, false), parameter_json))
               .raw("switches", json_list(parameters_of(model, true), switch_json))
               .raw("derived", json_list(model.derived, derived_json))
               .raw("functions", json_list(model.functions, function_json))
               .raw("processes", json_list(model.processes, of_model(process_json)))
               .raw("transport", json_list(model.transports, of_model(transport_json)))
               .raw("boundaries", json_list(model.boundaries, of_model(boundary_json)))
               .raw("initial", initial.str())
               .raw("injury", rules_json(model, model.injury))
               .raw("events", json_list(model.events, of_model(event_json)))
               .raw("observables", json_list(model.observables, of_model(observable_json)))
               .raw("outcomes", json_list(model.outcomes, of_model(outcome_json)))
               .raw("bounds", json_list(model.bounds, bound_json))
               .raw("references", map_json(model.references))
               .str() +
           '\n';
}

}  // namespace neocol::model
