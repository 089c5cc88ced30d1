#include <neocol/study/cohort.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/table_reader.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/library.hpp>
#include <neocol/study/design_points.hpp>

namespace neocol::study {
namespace {

constexpr const char* years = "year";

constexpr Key age_key = keys::quantity("", QuantityKind{"a time", "d", "34 year"}, limits::any, "");
constexpr Key factor_key =
    keys::quantity("", QuantityKind{"a factor", "1", "1.2"}, limits::any, "");

/// Keys of a number that differs between persons. \param number  what it is
constexpr std::array<Key, 5> trait_keys(const Key& number) {
    Key median = number;
    median.name = "median";
    median.meaning = "of normal and lognormal";
    return {keys::choice<Law>("distribution", "distribution", "how persons differ").required(),
            keys::list("range", number, "lowest and highest").required(), median,
            keys::text("source", "where the numbers come from").required(),
            keys::choice<Evidence>("evidence", "grade of evidence", "how well they are known")
                .required()};
}
constexpr auto age_keys = trait_keys(age_key), factor_keys = trait_keys(factor_key);
constexpr Table age_table{.meaning = "how old persons are", .keys = age_keys};
constexpr Table factor_table{.meaning = "a factor on the site's or the model's value",
                             .keys = factor_keys};
constexpr Key factor_entry = keys::table("", factor_table, "a factor on the value");
constexpr Table factors_table{.meaning = "factors by name", .others = &factor_entry};

constexpr Key share_key =
    keys::quantity("", quantities::pure, limits::share, "share of persons with this value");
constexpr Table shares_table{.meaning = "shares of persons by value", .others = &share_key};
constexpr auto choice_keys = std::to_array<Key>({
    keys::table("shares", shares_table, "share of persons by value; they add up to 1").required(),
    keys::text("source", "where the shares come from").required(),
    keys::choice<Evidence>("evidence", "grade of evidence", "how well they are known").required(),
});
constexpr Table choice_table{.meaning = "what persons have with given shares", .keys = choice_keys};

constexpr auto cohort_keys = std::to_array<Key>({
    keys::text("title", "who is treated, in a line").required(),
    keys::text("summary", "more of it"),
    keys::table("age", age_table, "how old persons are"),
    keys::table("phototype", choice_table, "shares of phototypes"),
    keys::table("site", choice_table, "shares of sites"),
    keys::table("thickness", factors_table, "factors on the thickness of layers"),
    keys::table("property", factors_table, "factors on properties of the tissue"),
    keys::table("parameter", factors_table, "factors on parameters of the model"),
});

/// Reads one cohort file.
class CohortReader {
public:
    CohortReader(const TableReader& root, Cohort& cohort)
        : root_(root), values_(root.values()), cohort_(cohort) {}

    void read() {
        cohort_.title = root_.text("title", "");
        cohort_.summary = root_.text("summary", "");
        if (const TableReader age = root_.table("age")) trait("age", years, age);
        for (const char* name : {"phototype", "site"})
            if (const TableReader table = root_.table(name)) choice(name, table);
        for (const char* group : {"thickness", "property", "parameter"}) {
            for (const auto& [name, table] : root_.named(group)) {
                if (!is_name(name))
                    values_.add(table.node().fault_at_key(
                        fmt::format("'{}' cannot be a name", name), std::string(name_rule)));
                trait(std::string(group) + "." + name, "1", table);
            }
        }
        if (cohort_.traits.empty() && cohort_.choices.empty())
            values_.add(root_.node().fault("a cohort in which persons do not differ",
                                           "add [age], [phototype], [site], [thickness.LAYER], "
                                           "[property.NAME] or [parameter.NAME]"));
    }

private:
    /// A number in `unit` of what is read in internal units.
    double in(const std::string& unit, double value) const {
        return values_.units().parse(unit).from_internal(value);
    }

    void trait(const std::string& name, const std::string& unit, const TableReader& table) {
        Trait trait;
        trait.name = name;
        trait.unit = unit;
        Distribution& d = trait.distribution;
        d.kind = table.choice("distribution", d.kind);
        const std::size_t faults = values_.n_faults();
        const std::vector<double> ends = table.quantities("range");
        if (ends.size() == 2) {
            d.low = in(unit, ends[0]);
            d.high = in(unit, ends[1]);
            check_range(table.at("range"), d);
        } else if (table.has("range") && values_.n_faults() == faults) {
            values_.add(table.fault("range", "'range' must be [low, high]"));
        }
        const bool bell = d.kind == Law::normal || d.kind == Law::lognormal;
        if (const auto median = table.quantity("median")) {
            d.value = in(unit, *median);
            if (!bell || !(d.value >= d.low && d.value <= d.high))
                values_.add(table.fault("median", bell ? "the median lies outside the range"
                                                       : "a flat distribution takes no median"));
        } else if (bell && !table.has("median")) {
            values_.add(
                table.node().fault("a normal or lognormal distribution needs its 'median'"));
        }
        trait.source = table.text("source", "");
        trait.evidence = table.choice_name("evidence").value_or("");
        cohort_.traits.push_back(std::move(trait));
    }

    void check_range(const DocumentNode& range, const Distribution& d) {
        if (d.low > d.high)
            values_.add(range.fault("the range ends below its start"));
        else if (d.low < 0.0 ||
                 (d.low <= 0.0 && (d.kind == Law::loguniform || d.kind == Law::lognormal)))
            values_.add(range.fault("the range has to lie above 0"));
    }

    void choice(const std::string& name, const TableReader& table) {
        Choice choice{
            name, {}, {}, table.text("source", ""), table.choice_name("evidence").value_or("")};
        const TableReader shares = table.table("shares");
        double sum = 0.0;
        for (const DocumentNode& node : shares.node().members()) {
            const std::string& value = node.key();
            const auto share = shares.quantity(value);
            if (!share) continue;
            if (name == "phototype" && (value.size() != 1 || value < "1" || value > "6"))
                values_.add(node.fault_at_key(fmt::format("no phototype '{}'", value),
                                              "known: 1, 2, 3, 4, 5, 6 (Fitzpatrick)"));
            if (name == "site" && !is_file_name(value))
                values_.add(node.fault_at_key(fmt::format("'{}' cannot name a site", value)));
            choice.values.push_back(value);
            choice.shares.push_back(*share);
            sum += *share;
        }
        if (shares && !(std::abs(sum - 1.0) <= 1e-6))
            values_.add(table.fault(
                "shares", fmt::format("the shares of '{}' add up to {:g}, not to 1", name, sum),
                "such as shares = { 2 = 0.4, 3 = 0.6 }"));
        cohort_.choices.push_back(std::move(choice));
    }

    const TableReader& root_;
    const ValueReader& values_;
    Cohort& cohort_;
};

/// Person's value of a trait, or `otherwise`.
double value_of(const Cohort& cohort, const Person& person, const std::string& name,
                double otherwise) {
    for (std::size_t i = 0; i < cohort.traits.size(); ++i)
        if (cohort.traits[i].name == name) return person.traits[i];
    return otherwise;
}

/// Names that traits of a group vary, such as layers.
std::vector<std::string> varied(const Cohort& cohort, const std::string& group) {
    std::vector<std::string> names;
    for (const Trait& trait : cohort.traits)
        if (trait.name.starts_with(group + "."))
            names.push_back(trait.name.substr(group.size() + 1));
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

constinit const Table cohort_table{.meaning = "Who is treated: how persons differ",
                                   .keys = cohort_keys};

Cohort read_cohort(std::string text, const std::string& path) {
    const Document document = Document::parse(std::move(text), path);
    const UnitSystem units;
    Diagnostics faults;
    Cohort cohort;
    cohort.path = path;
    const TableReader root(document.root(), cohort_table, ValueReader(units, faults));
    CohortReader(root, cohort).read();
    check_keys(document.root(), cohort_table, faults);
    faults.throw_if_any();
    return cohort;
}

Cohort find_cohort(const std::string& name, const io::Library& library) {
    if (files::kind_of(name) != files::Kind::absent)
        return read_cohort(io::read_text_file(name), name);
    io::NamedText text = library.find(io::LibraryPart::cohorts, name);
    return read_cohort(std::move(text.text), text.path);
}

std::vector<Person> draw_persons(const Cohort& cohort, std::size_t n, std::uint64_t seed) {
    const std::size_t n_traits = cohort.traits.size();
    const PointSet points = latin_hypercube(n, n_traits + cohort.choices.size(), seed);
    std::vector<Person> persons(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto u = points.point(i);
        for (std::size_t k = 0; k < n_traits; ++k)
            persons[i].traits.push_back(quantile(cohort.traits[k].distribution, u[k]));
        for (std::size_t k = 0; k < cohort.choices.size(); ++k) {
            const Choice& choice = cohort.choices[k];
            std::size_t j = 0;
            double below = choice.shares[0];
            while (u[n_traits + k] >= below && j + 1 < choice.values.size())
                below += choice.shares[++j];
            persons[i].choices.push_back(choice.values[j]);
        }
    }
    return persons;
}

std::vector<io::Override> person_overrides(const Cohort& cohort, const Person& person) {
    std::vector<io::Override> overrides;
    for (std::size_t i = 0; i < cohort.traits.size(); ++i)
        if (cohort.traits[i].name == "age")
            overrides.push_back({"skin.age", fmt::format("\"{:.17g} year\"", person.traits[i])});
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
            const auto property = std::find(model.properties.begin(), model.properties.end(), name);
            const Unit unit = property == model.properties.end()
                                  ? Unit{}
                                  : model.property_units[static_cast<std::size_t>(
                                        property - model.properties.begin())];
            const double own = value_of(cohort, person, "property." + name, 1.0);
            inner += fmt::format("{} {} = {}", inner.empty() ? "" : ",", name,
                                 property_text(own * value, unit));
        }
        text += inner + " } }";
    }
    std::vector<io::Override> overrides{{"skin.layers", text + "]"},
                                        {"skin.age", fmt::format("\"{:.17g} d\"", skin.age)}};
    if (skin.phototype > 0) overrides.push_back({"skin.phototype", std::to_string(skin.phototype)});
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
