#include "values.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

namespace neocol::io::detail {
namespace {

std::string key_of(const Entry& entry) {
    const std::string& path = entry.key_path();
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos ? path : path.substr(dot + 1);
}

/// What a dimension is called, for messages that compare two; empty if it has no common name.
std::string dimension_name(const Unit& unit) {
    const Dimension l = Dimension::base("m"), t = Dimension::base("s");
    if (unit.dimension.is_one()) return "a plain number";
    if (unit.dimension == l) return "a length";
    if (unit.dimension == t) return "a time";
    if (unit.dimension == l.power(2)) return "an area";
    if (unit.dimension == l.power(-2)) return "a number per area";
    if (unit.dimension == l.power(3)) return "a volume";
    if (unit.dimension == Dimension::base("kg")) return "a mass";
    return {};
}

}  // namespace

Diagnostic first_fault(const InputError& error) {
    return error.diagnostics.empty() ? Diagnostic{{}, error.what(), {}, {}}
                                     : error.diagnostics.front();
}

void Values::wrong_kind(const Entry& entry, const std::string& expected) const {
    add(entry.fault(fmt::format("'{}' must be {}", key_of(entry), expected)));
}

void Values::note(const Entry& entry) const {
    note(entry.key_path(), entry.text(), entry.overridden() ? override_path : origin_);
}

void Values::note(const std::string& key, const std::string& value,
                  const std::string& origin) const {
    if (resolved_ != nullptr) resolved_->push_back({key, value, origin});
}

void settle(std::vector<simulation::Resolved>& resolved) {
    std::map<std::string, std::size_t, std::less<>> places;
    std::vector<simulation::Resolved> settled;
    for (simulation::Resolved& one : resolved) {
        const auto [place, is_new] = places.emplace(one.key, settled.size());
        if (is_new) {
            settled.push_back(std::move(one));
        } else {
            settled[place->second] = std::move(one);
        }
    }
    resolved = std::move(settled);
}

std::optional<double> Values::quantity(const Entry& entry, const Expected& expected,
                                       const Limits& limits) const {
    if (!entry) return std::nullopt;
    return quantity(entry, units_.parse(expected.unit), expected.name, expected.example, limits);
}

std::optional<double> Values::quantity(const Entry& entry, const Unit& unit,
                                       const std::string& what, const std::string& example,
                                       const Limits& limits) const {
    if (!entry) return std::nullopt;
    const std::string key = key_of(entry);
    double value = 0.0;
    if (entry.is_number()) {
        if (!unit.dimension.is_one()) {
            add(entry.fault(
                fmt::format("'{}' is {} and needs a unit, but {} has none", key, what,
                            entry.text()),
                fmt::format("write it with its unit, such as {} = \"{}\"", key, example)));
            return std::nullopt;
        }
        value = entry.number();
    } else if (entry.is_string()) {
        try {
            const Quantity given = units_.parse_quantity(entry.string());
            if (!(given.unit.dimension == unit.dimension)) {
                const std::string name = dimension_name(given.unit);
                add(entry.fault(
                    fmt::format("'{}' is {}{}, but '{}' has the unit '{}'{}", key, what,
                                what.ends_with(unit.text) ? "" : fmt::format(" [{}]", unit.text),
                                entry.string(), given.unit.text,
                                name.empty() ? "" : ", which is " + name),
                    fmt::format("write for example {} = \"{}\"", key, example)));
                return std::nullopt;
            }
            value = given.internal();
        } catch (const InputError& error) {
            const Diagnostic cause = first_fault(error);
            add(entry.fault(cause.message, cause.help));
            return std::nullopt;
        }
    } else {
        wrong_kind(entry, fmt::format("{}, such as \"{}\"", what, example));
        return std::nullopt;
    }
    if (!std::isfinite(value)) {
        add(entry.fault(fmt::format("'{}' is not finite", key)));
        return std::nullopt;
    }
    const auto refuse = [&](const char* relation, double limit) {
        add(entry.fault(fmt::format("'{}' is {}, but must be {} {}", key, entry.text(), relation,
                                    format_quantity(limit, unit))));
        return std::nullopt;
    };
    if (limits.at_least && value < *limits.at_least) {
        if (*limits.at_least == 0.0) {
            add(entry.fault(fmt::format("'{}' is negative: {}", key, entry.text()),
                            "give a value of 0 or more"));
            return std::nullopt;
        }
        return refuse("at least", *limits.at_least);
    }
    if (limits.above && value <= *limits.above) return refuse("above", *limits.above);
    if (limits.at_most && value > *limits.at_most) return refuse("at most", *limits.at_most);
    note(entry);
    return value;
}

std::optional<Time> Values::time(const Entry& entry, const Limits& limits) const {
    const auto value = quantity(entry, duration, limits);
    if (!value) return std::nullopt;
    try {
        return exact_time(entry.string(), units_.parse_quantity(entry.string()));
    } catch (const InputError& error) {
        const Diagnostic cause = first_fault(error);
        add(entry.fault(cause.message, cause.help));
        return std::nullopt;
    }
}

std::optional<std::int64_t> Values::whole(const Entry& entry, std::int64_t lowest,
                                          std::int64_t highest) const {
    if (!entry) return std::nullopt;
    const std::optional<std::int64_t> value = entry.integer();
    if (!value) {
        wrong_kind(entry, "a whole number");
        return std::nullopt;
    }
    if (*value < lowest || *value > highest) {
        add(entry.fault(fmt::format("'{}' is {}, but must lie between {} and {}", key_of(entry),
                                    *value, lowest, highest)));
        return std::nullopt;
    }
    note(entry);
    return value;
}

std::optional<bool> Values::flag(const Entry& entry) const {
    if (!entry) return std::nullopt;
    const std::optional<bool> value = entry.boolean();
    if (value) {
        note(entry);
    } else {
        wrong_kind(entry, "true or false");
    }
    return value;
}

std::optional<std::string> Values::text(const Entry& entry) const {
    if (!entry) return std::nullopt;
    if (!entry.is_string()) {
        wrong_kind(entry, "a text in quotes");
        return std::nullopt;
    }
    note(entry);
    return entry.string();
}

std::optional<std::string> Values::choice(const Entry& entry, const std::string& what,
                                          const std::vector<std::string>& known) const {
    if (!entry) return std::nullopt;
    if (!entry.is_string()) {
        wrong_kind(entry, fmt::format("a {} in quotes", what));
        return std::nullopt;
    }
    const std::string name = entry.string();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        add(entry.fault(fmt::format("unknown {} '{}'", what, name), suggest(name, known)));
        return std::nullopt;
    }
    note(entry);
    return name;
}

std::vector<double> Values::quantities(const Entry& entry, const Expected& expected,
                                       const Limits& limits) const {
    std::vector<double> values;
    if (!array(entry) || !entry) return values;
    for (const Entry& element : entry.elements()) {
        if (const auto value = silent().quantity(element, expected, limits)) {
            values.push_back(*value);
        }
    }
    note(entry);
    return values;
}

std::vector<Time> Values::times(const Entry& entry, const Limits& limits) const {
    std::vector<Time> values;
    if (!array(entry) || !entry) return values;
    for (const Entry& element : entry.elements()) {
        if (const auto value = silent().time(element, limits)) values.push_back(*value);
    }
    note(entry);
    return values;
}

bool Values::table(const Entry& entry) const {
    if (!entry || entry.is_table()) return true;
    wrong_kind(entry, "a table of keys");
    return false;
}

bool Values::array(const Entry& entry) const {
    if (!entry || entry.is_array()) return true;
    wrong_kind(entry, "a list in square brackets");
    return false;
}

void Values::missing(const Entry& parent, const std::string& key, const std::string& help) const {
    const std::string where =
        parent.key_path().empty() ? " at top level" : fmt::format(" in [{}]", parent.key_path());
    add(parent.fault_at_key(fmt::format("missing key '{}'{}", key, where), help));
}

}  // namespace neocol::io::detail
