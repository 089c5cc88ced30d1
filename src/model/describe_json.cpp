#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <neocol/model/describe.hpp>

#include "words.hpp"

namespace neocol::model {

namespace {

/// Builds JSON text; commas are its business.
class Json {
public:
    void open(char bracket, const std::string& key = {}) {
        put_key(key);
        text_ += bracket;
        first_ = true;
    }
    void close(char bracket) {
        text_ += bracket;
        first_ = false;
    }
    void add(const std::string& key, const std::string& value) {
        put_key(key);
        put_string(value);
    }
    void add(const std::string& key, double value) {
        put_key(key);
        text_ += std::isfinite(value) ? fmt::format("{}", value) : "null";
    }
    void add(const std::string& key, bool value) {
        put_key(key);
        text_ += value ? "true" : "false";
    }
    void add(const std::string& key, const std::vector<std::string>& values) {
        open('[', key);
        for (const std::string& value : values)
            add({}, value);
        close(']');
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
    bool first_ = true;

    void put_key(const std::string& key) {
        if (!first_) text_ += ',';
        first_ = false;
        if (key.empty()) return;
        put_string(key);
        text_ += ':';
    }
    void put_string(const std::string& value) {
        text_ += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\')
                text_ += fmt::format("\\{}", c);
            else if (c == '\n')
                text_ += "\\n";
            else if (static_cast<unsigned char>(c) < 0x20)
                text_ += fmt::format("\\u{:04x}", static_cast<int>(c));
            else
                text_ += c;
        }
        text_ += '"';
    }
};

std::vector<std::string> names_of(const Model& model, const std::vector<bool>& layers) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i]) names.push_back(model.layers[i]);
    return names;
}

const std::string& name_of(const Model& model, int species) {
    return model.species[static_cast<std::size_t>(species)].name;
}

void add_in(Json& json, const std::string& key, const std::optional<double>& value,
            const Unit& unit) {
    if (value) json.add(key, unit.from_internal(*value));
}

void add_parameters(Json& json, const Model& model) {
    json.open('[', "parameters");
    for (const Parameter& p : model.parameters) {
        if (p.is_switch()) continue;
        json.open('{');
        json.add("name", p.name);
        json.add("value", p.unit.from_internal(p.value));
        json.add("unit", p.unit.text);
        add_in(json, "low", p.low, p.unit);
        add_in(json, "high", p.high, p.unit);
        if (!p.allowed.empty()) {
            json.open('[', "options");
            for (const double value : p.allowed)
                json.add({}, p.unit.from_internal(value));
            json.close(']');
        }
        json.add("distribution", p.distribution);
        json.add("meaning", p.meaning);
        json.add("source", p.source);
        json.add("evidence", p.evidence);
        json.open('[', "variations");
        for (const Variation& variation : p.variations) {
            json.open('{');
            json.add("axis", variation.axis);
            json.add("key", variation.key);
            json.add("value", p.unit.from_internal(variation.value));
            json.close('}');
        }
        json.close(']');
        json.close('}');
    }
    json.close(']');
}

void add_switches(Json& json, const Model& model) {
    json.open('[', "switches");
    for (const Parameter& p : model.parameters) {
        if (!p.is_switch()) continue;
        json.open('{');
        json.add("name", p.name);
        json.add("value", p.text_of(p.value));
        json.open('{', "options");
        for (const Parameter::Option& option : p.options)
            json.add(option.name, option.meaning);
        json.close('}');
        json.add("meaning", p.meaning);
        json.add("source", p.source);
        json.close('}');
    }
    json.close(']');
}

void add_species(Json& json, const Model& model) {
    json.open('[', "species");
    for (const Species& s : model.species) {
        json.open('{');
        json.add("name", s.name);
        json.add("unit", s.unit.text);
        json.add("location", to_string(s.location));
        json.add("layers", names_of(model, s.present));
        json.open('{', "rest");
        for (std::size_t i = 0; i < s.rest.size(); ++i)
            if (s.rest[i] != no_node) json.add(model.layers[i], s.rest_text[i]);
        json.close('}');
        if (s.quasi_steady) json.add("quasi_steady", true);
        json.add("scale", s.unit.from_internal(s.scale));
        json.add("meaning", s.meaning);
        json.add("source", s.source);
        json.close('}');
    }
    json.close(']');
}

void add_dynamics(Json& json, const Model& model) {
    json.open('[', "processes");
    for (const Process& p : model.processes) {
        json.open('{');
        json.add("name", p.name);
        json.add("location", to_string(p.location));
        json.add("rate", p.text);
        if (!p.when.empty()) json.add("when", p.when);
        json.open('{', "changes");
        for (const Process::Change& c : p.changes)
            json.add(name_of(model, c.species), c.text);
        json.close('}');
        json.add("layers", names_of(model, p.active));
        json.add("meaning", p.meaning);
        json.add("source", p.source);
        json.close('}');
    }
    json.close(']');
    json.open('[', "transport");
    for (const Transport& t : model.transports) {
        json.open('{');
        json.add("species", name_of(model, t.species));
        json.add("diffusivity", t.text);
        json.add("relative_to_rest", t.relative_to_rest);
        json.open('[', "taxis");
        for (const Taxis& taxis : t.taxis) {
            json.open('{');
            json.add("toward", name_of(model, taxis.toward));
            json.add("sensitivity", taxis.text);
            json.close('}');
        }
        json.close(']');
        json.close('}');
    }
    json.close(']');
    json.open('[', "boundaries");
    for (const Boundary& b : model.boundaries) {
        json.open('{');
        json.add("species", name_of(model, b.species));
        json.add("side", to_string(b.side));
        json.add("type", to_string(b.kind));
        json.add("value", b.text);
        json.close('}');
    }
    json.close(']');
}

void add_rules(Json& json, const std::string& key, const Model& model,
               const std::vector<InjuryRule>& rules) {
    json.open('{', key);
    for (const InjuryRule& rule : rules)
        json.add(name_of(model, rule.species), rule.text);
    json.close('}');
}

void add_named_values(Json& json, const Model& model) {
    json.open('[', "derived");
    for (const Derived& d : model.derived) {
        json.open('{');
        json.add("name", d.name);
        json.add("value", d.text);
        json.add("unit", d.unit.text);
        json.add("meaning", d.meaning);
        json.close('}');
    }
    json.close(']');
    json.open('[', "functions");
    for (const Function& f : model.functions) {
        json.open('{');
        json.add("name", f.name);
        json.add("arguments", f.arguments);
        json.add("value", f.text);
        json.add("meaning", f.meaning);
        json.close('}');
    }
    json.close(']');
}

void add_outputs(Json& json, const Model& model) {
    json.open('[', "observables");
    for (const Observable& o : model.observables) {
        json.open('{');
        json.add("name", o.name);
        json.add("value", o.text);
        json.add("unit", o.unit.text);
        json.add("taken_as", region_of(model, o));
        json.add("meaning", o.meaning);
        json.add("source", o.source);
        json.close('}');
    }
    json.close(']');
    json.open('[', "outcomes");
    for (const Outcome& o : model.outcomes) {
        json.open('{');
        json.add("name", o.name);
        json.add("of", model.observables[static_cast<std::size_t>(o.observable)].name);
        json.add("measure", to_string(o.measure));
        json.add("taken_as", measure_of(model, o));
        json.add("unit", o.unit.text);
        json.add("meaning", o.meaning);
        json.close('}');
    }
    json.close(']');
    json.open('[', "bounds");
    for (const Bound& b : model.bounds) {
        json.open('{');
        json.add("name", b.name);
        json.add("value", b.text);
        json.add("unit", b.unit.text);
        add_in(json, "at_least", b.at_least, b.unit);
        add_in(json, "at_most", b.at_most, b.unit);
        json.add("meaning", b.meaning);
        json.add("source", b.source);
        json.close('}');
    }
    json.close(']');
}

void add_map(Json& json, const std::string& key, const std::map<std::string, std::string>& map) {
    json.open('{', key);
    for (const auto& [name, value] : map)
        json.add(name, value);
    json.close('}');
}

}  // namespace

std::string describe_json(const Model& model) {
    Json json;
    json.open('{');
    json.add("name", model.name);
    json.add("title", model.title);
    json.add("summary", model.summary);
    json.add("hash", model.hash);
    json.add("stationary", model.stationary);
    json.add("layers", model.layers);
    add_map(json, "units", model.declared_units);
    json.open('{', "properties");
    for (std::size_t i = 0; i < model.properties.size(); ++i)
        json.add(model.properties[i], model.property_units[i].text);
    json.close('}');
    add_species(json, model);
    add_parameters(json, model);
    add_switches(json, model);
    add_named_values(json, model);
    add_dynamics(json, model);
    json.open('{', "initial");
    for (const auto& [species, text] : model.initial_text)
        json.add(name_of(model, species), text);
    json.close('}');
    add_rules(json, "injury", model, model.injury);
    json.open('[', "events");
    for (const Event& event : model.events) {
        json.open('{');
        json.add("name", event.name);
        json.add("when", event_time(model, event));
        add_rules(json, "changes", model, event.changes);
        json.close('}');
    }
    json.close(']');
    add_outputs(json, model);
    add_map(json, "references", model.references);
    json.close('}');
    return json.take() + '\n';
}

}  // namespace neocol::model
