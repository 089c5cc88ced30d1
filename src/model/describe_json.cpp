#include <optional>

#include <neocol/core/json.hpp>
#include <neocol/model/definitions.hpp>
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

JsonObject parameter_json(const Parameter& p) {
    JsonObject entry;
    entry.add("name", p.name).add("value", p.unit.from_internal(p.value)).add("unit", p.unit.text);
    add_in(entry, "low", p.low, p.unit);
    add_in(entry, "high", p.high, p.unit);
    if (!p.allowed.empty()) {
        entry.add("options",
                  Json::list(
                      p.allowed, [&](double value) { return p.unit.from_internal(value); }));
    }
    const auto variation = [&](const Variation& v) {
        return JsonObject{
            {"axis", v.axis}, {"key", v.key}, {"value", p.unit.from_internal(v.value)}};
    };
    return entry.add("distribution", p.distribution)
        .add("meaning", p.meaning)
        .add("source", p.source)
        .add("evidence", p.evidence)
        .add("step", p.step)
        .add("variations", Json::list(p.variations, variation));
}

JsonObject switch_json(const Parameter& p) {
    JsonObject options;
    for (const Parameter::Option& option : p.options)
        options.add(option.name, option.meaning);
    return JsonObject{{"name", p.name},       {"value", p.text_of(p.value)}, {"options", options},
                      {"meaning", p.meaning}, {"source", p.source},          {"step", p.step}};
}

/// Parameters that are switches, or those that are none.
std::vector<Parameter> parameters_of(const Model& model, bool switches) {
    std::vector<Parameter> list;
    for (const Parameter& p : model.parameters)
        if (p.is_switch() == switches) list.push_back(p);
    return list;
}

JsonObject species_json(const Model& model, const Species& s) {
    JsonObject rest;
    for (std::size_t i = 0; i < s.rest.size(); ++i)
        if (s.rest[i] != no_node) rest.add(model.layers[i], s.rest_text[i]);
    JsonObject entry;
    entry.add("name", s.name)
        .add("unit", s.unit.text)
        .add("location", neocol::name_of(s.location))
        .add("layers", names_of(model, s.present))
        .add("rest", rest);
    if (s.quasi_steady) entry.add("quasi_steady", true);
    if (s.is_signed) entry.add("signed", true);
    return entry.add("scale", s.unit.from_internal(s.scale))
        .add("meaning", s.meaning)
        .add("source", s.source);
}

JsonObject process_json(const Model& model, const Process& p) {
    JsonObject changes;
    for (const Process::Change& c : p.changes)
        changes.add(name_of(model, c.species), c.text);
    JsonObject entry;
    entry.add("name", p.name).add("location", neocol::name_of(p.location)).add("rate", p.text);
    if (!p.when.empty()) entry.add("when", p.when);
    return entry.add("changes", changes)
        .add("layers", names_of(model, p.active))
        .add("meaning", p.meaning)
        .add("source", p.source);
}

JsonObject transport_json(const Model& model, const Transport& t) {
    const auto taxis = [&](const Taxis& term) {
        return JsonObject{{"toward", name_of(model, term.toward)}, {"sensitivity", term.text}};
    };
    return JsonObject{{"species", name_of(model, t.species)},
                      {"diffusivity", t.text},
                      {"relative_to_rest", t.relative_to_rest},
                      {"taxis", Json::list(t.taxis, taxis)}};
}

JsonObject boundary_json(const Model& model, const Boundary& b) {
    return JsonObject{{"species", name_of(model, b.species)},
                      {"side", neocol::name_of(b.side)},
                      {"type", neocol::name_of(b.kind)},
                      {"value", b.text}};
}

JsonObject rules_json(const Model& model, const std::vector<InjuryRule>& rules) {
    JsonObject table;
    for (const InjuryRule& rule : rules)
        table.add(name_of(model, rule.species), rule.text);
    return table;
}

JsonObject event_json(const Model& model, const Event& event) {
    JsonObject changes = rules_json(model, event.changes);
    for (const ParameterRule& rule : event.parameters)
        changes.add(model.parameters[static_cast<std::size_t>(rule.parameter)].name, rule.text);
    return JsonObject{
        {"name", event.name}, {"when", event_time(model, event)}, {"changes", changes}};
}

JsonObject external_json(const External& e) {
    return JsonObject{
        {"name", e.name},        {"unit", e.unit.text},  {"value", e.unit.from_internal(e.value)},
        {"signed", e.is_signed}, {"meaning", e.meaning}, {"source", e.source}};
}

JsonObject derived_json(const Derived& d) {
    return JsonObject{
        {"name", d.name}, {"value", d.text}, {"unit", d.unit.text}, {"meaning", d.meaning}};
}

JsonObject function_json(const Function& f) {
    return JsonObject{
        {"name", f.name}, {"arguments", f.arguments}, {"value", f.text}, {"meaning", f.meaning}};
}

JsonObject observable_json(const Model& model, const Observable& o) {
    return JsonObject{{"name", o.name},       {"value", o.text},
                      {"unit", o.unit.text},  {"taken_as", region_of(model, o)},
                      {"meaning", o.meaning}, {"source", o.source}};
}

JsonObject outcome_json(const Model& model, const Outcome& o) {
    return JsonObject{{"name", o.name},
                      {"of", model.observables[static_cast<std::size_t>(o.observable)].name},
                      {"measure", neocol::name_of(o.measure)},
                      {"taken_as", definition_text(o, model)},
                      {"unit", o.unit.text},
                      {"meaning", o.meaning}};
}

JsonObject bound_json(const Bound& b) {
    JsonObject entry;
    entry.add("name", b.name).add("value", b.text).add("unit", b.unit.text);
    add_in(entry, "at_least", b.at_least, b.unit);
    add_in(entry, "at_most", b.at_most, b.unit);
    return entry.add("meaning", b.meaning).add("source", b.source);
}

JsonObject map_json(const std::map<std::string, std::string>& map) {
    JsonObject table;
    for (const auto& [name, value] : map)
        table.add(name, value);
    return table;
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
    return JsonObject{{"name", model.name},
                      {"title", model.title},
                      {"summary", model.summary},
                      {"hash", model.hash},
                      {"stationary", model.stationary},
                      {"layers", model.layers},
                      {"units", map_json(model.declared_units)},
                      {"properties", properties},
                      {"species", Json::list(model.species, of_model(species_json))},
                      {"parameters", Json::list(parameters_of(model, false), parameter_json)},
                      {"switches", Json::list(parameters_of(model, true), switch_json)},
                      {"inputs", Json::list(model.externals, external_json)},
                      {"derived", Json::list(model.derived, derived_json)},
                      {"functions", Json::list(model.functions, function_json)},
                      {"processes", Json::list(model.processes, of_model(process_json))},
                      {"transport", Json::list(model.transports, of_model(transport_json))},
                      {"boundaries", Json::list(model.boundaries, of_model(boundary_json))},
                      {"initial", initial},
                      {"injury", rules_json(model, model.injury)},
                      {"events", Json::list(model.events, of_model(event_json))},
                      {"observables", Json::list(model.observables, of_model(observable_json))},
                      {"outcomes", Json::list(model.outcomes, of_model(outcome_json))},
                      {"bounds", Json::list(model.bounds, bound_json)},
                      {"references", map_json(model.references)}}
               .str() +
           '\n';
}

}  // namespace neocol::model
