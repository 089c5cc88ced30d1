#include <neocol/study/cohort.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/study/design_points.hpp>

namespace neocol::study {
namespace {

constexpr const char* years = "year";

/// Reads one cohort file; faults are gathered.
class Reader {
public:
    Reader(const Document& document, Cohort& cohort) : root_(document.root()), cohort_(cohort) {}

    void read() {
        cohort_.title = text(root_, "title", true);
        cohort_.summary = text(root_, "summary", false);
        if (const DocumentNode age = root_.get("age")) trait("age", years, age);
        for (const char* name : {"phototype", "site"}) {
            if (const DocumentNode node = root_.get(name)) choice(name, node);
        }
        for (const char* group : {"thickness", "property", "parameter"}) {
            const DocumentNode table = root_.get(group);
            for (const std::string& name : table.keys()) {
                if (!is_name(name)) {
                    faults_.add(table.get(name).fault_at_key(
                        fmt::format("'{}' cannot be a name", name), std::string(name_rule)));
                }
                trait(std::string(group) + "." + name, "1", table.get(name));
            }
        }
        if (cohort_.traits.empty() && cohort_.choices.empty()) {
            faults_.add(root_.fault("a cohort in which persons do not differ",
                                    "add [age], [phototype], [site], [thickness.LAYER], "
                                    "[property.NAME] or [parameter.NAME]"));
        }
    }

    Diagnostics& faults() { return faults_; }

private:
    std::string text(const DocumentNode& table, const char* key, bool required) {
        const DocumentNode node = table.get(key);
        if (node.is_string()) return node.string();
        if (node) {
            faults_.add(node.fault(fmt::format("'{}' must be text", node.key_path())));
        } else if (required) {
            faults_.add(table.fault(fmt::format("'{}' is missing", key)));
        }
        return {};
    }

    /// A number in `unit`; of factors a bare number.
    double number(const DocumentNode& node, const std::string& unit) {
        if (unit == "1" && node.is_number()) return node.number();
        if (unit != "1" && node.is_string()) {
            try {
                const Quantity given = units_.parse_quantity(node.string());
                const Unit wanted = units_.parse(unit);
                if (given.unit.dimension == wanted.dimension) {
                    return wanted.from_internal(given.internal());
                }
            } catch (const InputError& error) {
                const Diagnostic& first = error.diagnostics.front();
                faults_.add(node.fault(first.message, first.help));
                return 1.0;
            }
        }
        faults_.add(
            node.fault(fmt::format("'{}' must be {}", node.key_path(),
                                   unit == "1" ? "a bare number, which multiplies the site's value"
                                               : "a time with its unit"),
                       unit == "1" ? "such as 1.2" : "such as \"34 year\""));
        return 1.0;
    }

    void trait(const std::string& name, const std::string& unit, const DocumentNode& table) {
        if (!table.is_table()) {
            faults_.add(table.fault(fmt::format("'{}' must be a table", name)));
            return;
        }
        Trait found;
        found.name = name;
        found.unit = unit;
        Distribution& d = found.distribution;
        const DocumentNode kind = table.get("distribution");
        try {
            d.kind = distribution_kind(text(table, "distribution", true));
        } catch (const InputError& error) {
            if (kind)
                faults_.add(
                    kind.fault(error.diagnostics.front().message, error.diagnostics.front().help));
        }
        const DocumentNode range = table.get("range");
        const auto ends = range.elements();
        if (ends.size() == 2) {
            d.low = number(ends[0], unit);
            d.high = number(ends[1], unit);
            check_range(range, d);
        } else {
            faults_.add((range ? range : table).fault("'range' must be [low, high]"));
        }
        const bool bell =
            d.kind == Distribution::Kind::normal || d.kind == Distribution::Kind::lognormal;
        if (const DocumentNode median = table.get("median")) {
            d.value = number(median, unit);
            if (!bell || !(d.value >= d.low && d.value <= d.high)) {
                faults_.add(median.fault(bell ? "the median lies outside the range"
                                              : "a flat distribution takes no median"));
            }
        } else if (bell) {
            faults_.add(table.fault("a normal or lognormal distribution needs its 'median'"));
        }
        found.source = text(table, "source", true);
        found.evidence = text(table, "evidence", true);
        cohort_.traits.push_back(std::move(found));
    }

    void check_range(const DocumentNode& range, const Distribution& d) {
        if (!std::isfinite(d.low) || !std::isfinite(d.high)) {
            faults_.add(range.fault("the ends of a range are numbers"));
        } else if (d.low > d.high) {
            faults_.add(range.fault("the range ends below its start"));
        } else if (d.low < 0.0 || (d.kind != Distribution::Kind::uniform && d.low <= 0.0 &&
                                   d.kind != Distribution::Kind::normal)) {
            faults_.add(range.fault("the range has to lie above 0"));
        }
    }

    void choice(const std::string& name, const DocumentNode& table) {
        Choice found{name, {}, {}, text(table, "source", true), text(table, "evidence", true)};
        const DocumentNode shares = table.get("shares");
        double sum = 0.0;
        for (const std::string& value : shares.keys()) {
            const DocumentNode node = shares.get(value);
            if (!node.is_number() || !(node.number() >= 0.0)) {
                faults_.add(node.fault("a share must be a number from 0 to 1"));
                continue;
            }
            if (name == "phototype" && (value.size() != 1 || value < "1" || value > "6")) {
                faults_.add(node.fault_at_key(fmt::format("no phototype '{}'", value),
                                              "known: 1, 2, 3, 4, 5, 6 (Fitzpatrick)"));
            }
            if (name == "site" && !is_file_name(value)) {
                faults_.add(node.fault_at_key(fmt::format("'{}' cannot name a site", value)));
            }
            found.values.push_back(value);
            found.shares.push_back(node.number());
            sum += node.number();
        }
        if (!(std::abs(sum - 1.0) <= 1e-6)) {
            faults_.add(
                (shares ? shares : table)
                    .fault(fmt::format("the shares of '{}' add up to {:g}, not to 1", name, sum),
                           "such as shares = { 2 = 0.4, 3 = 0.6 }"));
        }
        cohort_.choices.push_back(std::move(found));
    }

    DocumentNode root_;
    Cohort& cohort_;
    Diagnostics faults_;
    UnitSystem units_;
};

/// Person's value of a trait, or `otherwise`.
double value_of(const Cohort& cohort, const Person& person, const std::string& name,
                double otherwise) {
    for (std::size_t i = 0; i < cohort.traits.size(); ++i) {
        if (cohort.traits[i].name == name) return person.traits[i];
    }
    return otherwise;
}

/// Names that traits of a group vary, such as layers.
std::vector<std::string> varied(const Cohort& cohort, const std::string& group) {
    std::vector<std::string> names;
    for (const Trait& trait : cohort.traits) {
        if (trait.name.starts_with(group + "."))
            names.push_back(trait.name.substr(group.size() + 1));
    }
    return names;
}

void check_known(const std::vector<std::string>& names, const std::vector<std::string>& known,
                 const std::string& what, const Cohort& cohort) {
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            throw InputError(fmt::format("cohort '{}' varies {} '{}', which there is not",
                                         cohort.path, what, name),
                             suggest(name, known));
        }
    }
}

std::string property_text(double value, const Unit& unit) {
    return unit.dimension.is_one() && unit.scale == 1.0
               ? fmt::format("{:.17g}", value)
               : fmt::format("\"{:.17g} {}\"", unit.from_internal(value), unit.text);
}

}  // namespace

Cohort read_cohort(std::string text, const std::string& path) {
    const Document document = Document::parse(std::move(text), path);
    Cohort cohort;
    cohort.path = path;
    Reader reader(document, cohort);
    reader.read();
    document.report_unknown(reader.faults());
    reader.faults().throw_if_any();
    return cohort;
}

std::vector<Person> draw_persons(const Cohort& cohort, std::size_t n, std::uint64_t seed) {
    const std::size_t n_traits = cohort.traits.size();
    const PointSet points = latin_hypercube(n, n_traits + cohort.choices.size(), seed);
    std::vector<Person> persons(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto u = points.point(i);
        for (std::size_t k = 0; k < n_traits; ++k) {
            persons[i].traits.push_back(quantile(cohort.traits[k].distribution, u[k]));
        }
        for (std::size_t k = 0; k < cohort.choices.size(); ++k) {
            const Choice& choice = cohort.choices[k];
            std::size_t j = 0;
            double below = choice.shares[0];
            while (u[n_traits + k] >= below && j + 1 < choice.values.size()) {
                below += choice.shares[++j];
            }
            persons[i].choices.push_back(choice.values[j]);
        }
    }
    return persons;
}

std::vector<io::Override> person_overrides(const Cohort& cohort, const Person& person) {
    std::vector<io::Override> overrides;
    for (std::size_t i = 0; i < cohort.traits.size(); ++i) {
        if (cohort.traits[i].name == "age") {
            overrides.push_back({"skin.age", fmt::format("\"{:.17g} year\"", person.traits[i])});
        }
    }
    for (std::size_t k = 0; k < cohort.choices.size(); ++k) {
        const bool word = cohort.choices[k].name == "site";
        overrides.push_back({"skin." + cohort.choices[k].name,
                             word ? "\"" + person.choices[k] + "\"" : person.choices[k]});
    }
    return overrides;
}

std::vector<io::Override> tissue_overrides(const Cohort& cohort, const Person& person,
                                           const tissue::Skin& skin, const model::Model& model) {
    const auto layers = varied(cohort, "thickness"), properties = varied(cohort, "property");
    if (layers.empty() && properties.empty()) return {};
    std::vector<std::string> known;
    for (const tissue::Layer& layer : skin.layers)
        known.push_back(layer.name);
    check_known(layers, known, "the thickness of layer", cohort);
    check_known(properties, model.properties, "property", cohort);
    std::string text = "[";
    for (const tissue::Layer& layer : skin.layers) {
        const double factor = value_of(cohort, person, "thickness." + layer.name, 1.0);
        text += fmt::format("{}{{ name = \"{}\", thickness = \"{:.17g} mm\", properties = {{",
                            text.size() > 1 ? ", " : "", layer.name, factor * layer.thickness);
        std::string inner;
        for (const auto& [name, value] : layer.properties) {
            const auto found = std::find(model.properties.begin(), model.properties.end(), name);
            const Unit unit = found == model.properties.end()
                                  ? Unit{}
                                  : model.property_units[static_cast<std::size_t>(
                                        found - model.properties.begin())];
            const double own = value_of(cohort, person, "property." + name, 1.0);
            inner += fmt::format("{} {} = {}", inner.empty() ? "" : ",", name,
                                 property_text(own * value, unit));
        }
        text += inner + " } }";
    }
    std::vector<io::Override> overrides{{"skin.layers", text + "]"},
                                        {"skin.age", fmt::format("\"{:.17g} d\"", skin.age)}};
    if (skin.phototype > 0) {
        overrides.push_back({"skin.phototype", std::to_string(skin.phototype)});
    }
    return overrides;
}

double parameter_factor(const Cohort& cohort, const Person& person, const std::string& parameter) {
    return value_of(cohort, person, "parameter." + parameter, 1.0);
}

std::vector<io::Override> as_person(CaseRunner& runner, std::vector<io::Override> base,
                                    const Cohort& cohort, const Person& person) {
    const auto add = [&base](const std::vector<io::Override>& more) {
        base.insert(base.end(), more.begin(), more.end());
    };
    add(person_overrides(cohort, person));
    const auto member = runner.read(base);
    add(tissue_overrides(cohort, person, member.scenario.skin, *member.model));
    for (const std::string& name : varied(cohort, "parameter")) {
        const UncertainParameter p = fixed_parameter(*member.model, name);
        const auto own = member.scenario.parameters.find(name);
        const double value =
            own == member.scenario.parameters.end()
                ? p.distribution.value
                : member.model
                      ->parameters[static_cast<std::size_t>(member.model->find_parameter(name))]
                      .unit.from_internal(own->second);
        add({set_parameter(p, parameter_factor(cohort, person, name) * value)});
    }
    return base;
}

}  // namespace neocol::study
