#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <neocol/core/time.hpp>
#include <neocol/core/units.hpp>
#include <neocol/simulation/scenario.hpp>

#include "entry.hpp"

namespace neocol::io::detail {

/// What a number must keep to; messages quote it in the unit expected.
struct Limits {
    std::optional<double> above{}, at_least{}, at_most{};  ///< internal units
};
inline constexpr Limits any{};
inline constexpr Limits positive{.above = 0.0};
inline constexpr Limits not_negative{.at_least = 0.0};
inline constexpr Limits share{.at_least = 0.0, .at_most = 1.0};

/// A kind of quantity: what messages call it, and the unit it is expected in.
struct Expected {
    const char* name;     ///< "a length"
    const char* unit;     ///< "mm"
    const char* example;  ///< "1.5 mm"
};
inline constexpr Expected length{"a length", "mm", "1.5 mm"};
inline constexpr Expected duration{"a time", "d", "28 day"};
inline constexpr Expected density{"a number per area", "mm-2", "250 cm-2"};
inline constexpr Expected velocity{"a speed", "mm d-1", "10 mm s-1"};
inline constexpr Expected pure{"a plain number", "1", "0.5"};

/// Of values that were noted several times the last one, where the first one stood.
void settle(std::vector<simulation::Resolved>& resolved);

/// Takes values out of a text: checks kinds, units and limits, collects every fault, and notes
/// where each value came from. Functions return nothing where the value is absent or wrong.
class Values {
public:
    /// \param resolved  may be null: nothing is noted
    Values(const UnitSystem& units, Diagnostics& faults,
           std::vector<simulation::Resolved>* resolved, std::string origin)
        : units_(units), faults_(faults), resolved_(resolved), origin_(std::move(origin)) {}

    /// The same without noting what is read.
    Values silent() const { return {units_, faults_, nullptr, origin_}; }

    std::optional<double> quantity(const Entry& entry, const Expected& expected,
                                   const Limits& limits = any) const;
    /// Against any unit; `what` is called in messages.
    std::optional<double> quantity(const Entry& entry, const Unit& unit, const std::string& what,
                                   const std::string& example, const Limits& limits = any) const;
    /// A time of a schedule, exactly.
    std::optional<Time> time(const Entry& entry, const Limits& limits = any) const;
    std::optional<std::int64_t> whole(const Entry& entry, std::int64_t lowest,
                                      std::int64_t highest) const;
    std::optional<bool> flag(const Entry& entry) const;
    std::optional<std::string> text(const Entry& entry) const;
    /// One of a list of names; `what` is "geometry", "device kind".
    std::optional<std::string> choice(const Entry& entry, const std::string& what,
                                      const std::vector<std::string>& known) const;
    std::vector<double> quantities(const Entry& entry, const Expected& expected,
                                   const Limits& limits = any) const;

    std::vector<Time> times(const Entry& entry, const Limits& limits = any) const;

    /// True if the entry is a table or absent; otherwise a fault is added.
    bool table(const Entry& entry) const;
    bool array(const Entry& entry) const;
    /// Adds a fault: `key` must be given in `parent`.
    void missing(const Entry& parent, const std::string& key, const std::string& help) const;

    void add(Diagnostic diagnostic) const { faults_.add(std::move(diagnostic)); }
    /// Notes a value; a value of the same key is replaced.
    void note(const std::string& key, const std::string& value, const std::string& origin) const;
    void note_default(const std::string& key, const std::string& value) const {
        note(key, value, "default");
    }
    std::size_t n_faults() const { return faults_.list().size(); }
    const UnitSystem& units() const { return units_; }

private:
    void note(const Entry& entry) const;
    void wrong_kind(const Entry& entry, const std::string& expected) const;

    const UnitSystem& units_;
    Diagnostics& faults_;
    std::vector<simulation::Resolved>* resolved_;
    std::string origin_;
};

/// Text of an error that has no place of its own, and its help.
Diagnostic first_fault(const InputError& error);

}  // namespace neocol::io::detail
