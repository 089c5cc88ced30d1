#include <neocol/model/describe.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/model/definitions.hpp>

#include "describe_equations.hpp"
#include "page.hpp"
#include "words.hpp"

namespace neocol::model {

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// One model on one page, section by section.
class Description {
public:
    Description(const Model& model, Format format) : model_(model), page_(format) {}

    std::string write() {
        write_front();
        write_species();
        write_equations(page_, model_);
        write_transport();
        write_conditions();
        write_injury();
        write_outputs();
        write_switches();
        write_parameters();
        write_references();
        return page_.take();
    }

private:
    const Model& model_;
    Page page_;

    const std::string& species_name(int index) const {
        return model_.species[static_cast<std::size_t>(index)].name;
    }

    std::string quantity(double value, const Unit& unit) const {
        return page_.prose(format_quantity(value, unit, 6));
    }

    void write_front() {
        page_.heading(1, model_.title);
        page_.paragraph(page_.prose(model_.summary));
        page_.paragraph(
            page_.prose(fmt::format("Model '{}' ({}). Layers, from the surface down: {}.",
                                    model_.name, model_.hash, fmt::join(model_.layers, ", "))));
        page_.paragraph(page_.prose(
            model_.stationary
                ? "The rest state is a fixed point: unwounded tissue does not change."
                : "The rest state drifts: effects are differences from an untreated twin."));
        Rows rows;
        for (const auto& [name, meaning] : model_.declared_units)
            rows.push_back({page_.prose(name), "unit", "", page_.prose(meaning)});
        for (std::size_t i = 0; i < model_.properties.size(); ++i)
            rows.push_back({page_.prose(model_.properties[i]), "tissue property",
                            page_.prose(model_.property_units[i].text), ""});
        for (const External& external : model_.externals)
            rows.push_back({page_.symbol(external.name),
                            "input, " + quantity(external.value, external.unit),
                            page_.prose(external.unit.text), page_.prose(external.meaning)});
        page_.table({"name", "kind", "unit", "meaning"}, rows);
    }

    std::string rest_text(const Species& entry) const {
        std::vector<std::string> distinct;
        for (std::size_t i = 0; i < entry.rest_text.size(); ++i) {
            if (entry.rest[i] == no_node) continue;
            const std::string& text = entry.rest_text[i];
            if (std::find(distinct.begin(), distinct.end(), text) == distinct.end())
                distinct.push_back(text);
        }
        if (distinct.empty()) return "none";
        if (distinct.size() == 1) return page_.formula(distinct.front());
        std::string list;
        for (std::size_t i = 0; i < entry.rest_text.size(); ++i)
            if (entry.rest[i] != no_node)
                list +=
                    fmt::format("{}{}: {}", list.empty() ? "" : "; ", page_.prose(model_.layers[i]),
                                page_.formula(entry.rest_text[i]));
        return list;
    }

    void write_species() {
        page_.heading(2, "Species");
        Rows rows;
        for (const Species& entry : model_.species)
            rows.push_back({page_.symbol(entry.name), page_.prose(entry.unit.text),
                            page_.prose(place_of(model_, entry.location, entry.present)),
                            rest_text(entry), quantity(entry.scale, entry.unit),
                            page_.prose(entry.meaning), page_.prose(entry.source)});
        page_.table({"species", "unit", "where", "rest", "typical size", "meaning", "source"},
                    rows);
    }

    void write_transport() {
        if (model_.transports.empty()) return;
        page_.heading(2, "Transport");
        Rows rows;
        for (const Transport& transport : model_.transports) {
            const std::string& name = species_name(transport.species);
            rows.push_back(
                {page_.symbol(name), "diffusivity [mm2 d-1]", page_.formula(transport.text)});
            for (const Taxis& taxis : transport.taxis)
                rows.push_back(
                    {page_.symbol(name),
                     page_.prose(fmt::format("sensitivity toward {}", species_name(taxis.toward))),
                     page_.formula(taxis.text)});
            for (std::size_t i = 0; i < transport.partition.size(); ++i)
                if (transport.partition[i] != no_node)
                    rows.push_back({page_.symbol(name),
                                    page_.prose(fmt::format("partition in {}", model_.layers[i])),
                                    page_.formula(transport.partition_text[i])});
            for (const Transport::Interface& face : transport.interfaces) {
                const auto upper = static_cast<std::size_t>(face.upper_layer);
                rows.push_back(
                    {page_.symbol(name),
                     page_.prose(fmt::format("permeability of {} / {} [mm d-1]",
                                             model_.layers[upper], model_.layers[upper + 1])),
                     page_.formula(face.text)});
            }
        }
        page_.table({"species", "coefficient", "value"}, rows);
    }

    void write_conditions() {
        if (!model_.initial_text.empty()) {
            page_.heading(2, "Initial values");
            page_.paragraph("Every other species starts at rest.");
            Rows initial;
            for (const auto& [index, text] : model_.initial_text)
                initial.push_back({page_.symbol(species_name(index)), page_.formula(text)});
            page_.table({"species", "initial value"}, initial);
        }
        if (model_.boundaries.empty()) return;
        page_.heading(2, "Boundary conditions");
        page_.paragraph("No flux through any side that is not named.");
        Rows rows;
        for (const Boundary& boundary : model_.boundaries)
            rows.push_back({page_.symbol(species_name(boundary.species)),
                            std::string(name_of(boundary.side)),
                            std::string(name_of(boundary.kind)), page_.formula(boundary.text)});
        page_.table({"species", "side", "kind", "value"}, rows);
    }

    void write_rules(const std::vector<InjuryRule>& rules) {
        Rows rows;
        for (const InjuryRule& rule : rules)
            rows.push_back({page_.symbol(species_name(rule.species)), page_.formula(rule.text)});
        if (!rows.empty()) page_.table({"species", "new value"}, rows);
    }

    void write_injury() {
        if (!model_.injury.empty()) {
            page_.heading(2, "Injury");
            page_.paragraph(
                page_.prose("What a session does, from the state just before it. wounded is the "
                            "fraction of a volume inside wounds, removed the part taken out."));
            write_rules(model_.injury);
        }
        for (const Event& event : model_.events) {
            page_.heading(2, fmt::format("Event: {}", event.name));
            page_.paragraph(page_.prose(event_time(model_, event)));
            write_rules(event.changes);
            Rows rows;
            for (const ParameterRule& rule : event.parameters)
                rows.push_back(
                    {page_.symbol(model_.parameters[static_cast<std::size_t>(rule.parameter)].name),
                     page_.formula(rule.text)});
            if (!rows.empty()) page_.table({"parameter", "new value"}, rows);
        }
    }

    void write_outputs() {
        Rows rows;
        for (const Observable& o : model_.observables)
            rows.push_back({page_.symbol(o.name), page_.formula(o.text), page_.prose(o.unit.text),
                            page_.prose(region_of(model_, o)), page_.prose(o.meaning),
                            page_.prose(o.source)});
        if (!rows.empty()) page_.heading(2, "Observables");
        page_.table({"observable", "value", "unit", "taken as", "meaning", "source"}, rows);
        rows.clear();
        for (const Outcome& o : model_.outcomes)
            rows.push_back({page_.symbol(o.name), page_.prose(definition_text(o, model_)),
                            page_.prose(o.unit.text), page_.prose(o.meaning)});
        if (!rows.empty()) page_.heading(2, "Outcomes");
        page_.table({"outcome", "measure", "unit", "meaning"}, rows);
        rows.clear();
        for (const Bound& b : model_.bounds)
            rows.push_back({page_.symbol(b.name), page_.formula(b.text),
                            b.at_least ? quantity(*b.at_least, b.unit) : "",
                            b.at_most ? quantity(*b.at_most, b.unit) : "", page_.prose(b.meaning),
                            page_.prose(b.source)});
        if (!rows.empty()) page_.heading(2, "Bounds");
        page_.table({"bound", "value", "at least", "at most", "meaning", "source"}, rows);
    }

    static std::string with_step(const Parameter& p) {
        return p.step.empty() ? p.meaning : fmt::format("{} (treatment: {})", p.meaning, p.step);
    }

    void write_switches() {
        Rows rows;
        for (const Parameter& p : model_.parameters) {
            if (!p.is_switch()) continue;
            for (std::size_t k = 0; k < p.options.size(); ++k) {
                const bool holds = static_cast<double>(k) == p.value;
                rows.push_back({k == 0 ? page_.symbol(p.name) : std::string(),
                                page_.prose(p.options[k].name), holds ? "yes" : "",
                                page_.prose(p.options[k].meaning),
                                k == 0 ? page_.prose(with_step(p)) : std::string(),
                                k == 0 ? page_.prose(p.source) : std::string()});
            }
        }
        if (rows.empty()) return;
        page_.heading(2, "Switches");
        page_.paragraph(
            page_.prose("Alternatives that the data cannot decide; a scenario chooses "
                        "them in [parameters]."));
        page_.table({"switch", "option", "default", "option means", "meaning", "source"}, rows);
    }

    void write_parameters() {
        page_.heading(2, "Parameters");
        Rows rows;
        bool years = false;
        for (const Parameter& p : model_.parameters) {
            if (p.is_switch()) continue;
            std::string range;
            for (const double value : p.allowed)
                range +=
                    fmt::format("{}{:.6g}", range.empty() ? "" : ", ", p.unit.from_internal(value));
            if (p.low && p.high)
                range = fmt::format("{:.6g} to {:.6g}", p.unit.from_internal(*p.low),
                                    p.unit.from_internal(*p.high));
            std::string meaning = with_step(p);
            for (const Variation& variation : p.variations)
                meaning += fmt::format("; {} {}: {}", variation.axis, variation.key,
                                       format_quantity(variation.value, p.unit, 6));
            rows.push_back({page_.symbol(p.name),
                            page_.prose(fmt::format("{:.6g}", p.unit.from_internal(p.value))),
                            page_.prose(p.unit.text), range, page_.prose(p.distribution),
                            page_.prose(meaning), page_.prose(p.source), page_.prose(p.evidence)});
            years = years || p.unit.text.find("year") != std::string::npos;
        }
        page_.table({"parameter", "value", "unit", "range", "distribution", "meaning", "source",
                     "evidence"},
                    rows);
        if (years) page_.paragraph("A year is 365.2422 d.");
    }

    void write_references() {
        if (model_.references.empty()) return;
        page_.heading(2, "References");
        Rows rows;
        for (const auto& [key, citation] : model_.references)
            rows.push_back({page_.prose(key), page_.prose(citation)});
        page_.table({"key", "reference"}, rows);
    }
};

}  // namespace

std::string describe(const Model& model, Format format) {
    return Description(model, format).write();
}

}  // namespace neocol::model
