#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace neocol {

/// Exponents of base units: `m kg s A K mol cd cell` and the units a model declares.
///
/// Exponents are rational with denominator 60, which holds every root that occurs in rate laws.
class Dimension {
public:
    Dimension() = default;
    static Dimension base(const std::string& name);

    bool is_one() const { return exponents_.empty(); }
    Dimension operator*(const Dimension& other) const;
    Dimension operator/(const Dimension& other) const;
    /// \throws std::logic_error  the result has exponents that are no multiple of 1/60
    Dimension power(double exponent) const;
    bool operator==(const Dimension&) const = default;

    /// Exponents in 60ths by base name; no entry is zero.
    const std::map<std::string, int>& exponents() const { return exponents_; }

private:
    std::map<std::string, int> exponents_;
};

/// A unit of measurement: internal value = number * scale + offset.
///
/// Inside neocol lengths are in mm, times in d, masses in pg, counts in cell, temperatures in K;
/// 1 ng/mL = 1 pg/mm3.
struct Unit {
    std::string text = "1";
    Dimension dimension;
    double scale = 1.0;
    double offset = 0.0;

    double to_internal(double number) const { return number * scale + offset; }
    double from_internal(double value) const { return (value - offset) / scale; }
};

/// A number with its unit as the user wrote it.
struct Quantity {
    double number = 0.0;
    Unit unit;

    double internal() const { return unit.to_internal(number); }
};

/// Parses units with udunits-2, extended by `cell`, `M` (mol/L) and the units a model declares.
///
/// Threads may use systems at the same time, their own or one of all: they wait for each other, as
/// udunits-2 is not thread-safe.
class UnitSystem {
public:
    UnitSystem();
    ~UnitSystem();
    UnitSystem(UnitSystem&&) noexcept;
    UnitSystem& operator=(UnitSystem&&) noexcept;

    /// Adds a base unit of a model's own, such as `I_ref`.
    /// \throws InputError  the name is taken or no identifier
    void declare(const std::string& name);

    /// \throws InputError  (no position) unknown unit, with the nearest known; `month`, `C`, `a`
    /// and
    ///         other traps are refused with a hint
    Unit parse(std::string_view text) const;

    /// Parses `1.5 mm`, `250 cm-2`, `4 week`, `20 %`, `0.3`; blank between number and unit
    /// optional. \throws InputError  (no position) not a number, trailing text, unknown unit
    Quantity parse_quantity(std::string_view text) const;

    /// A unit in neocol's coherent system with this dimension, such as `pg mm-3`, for messages and
    /// stored data without a unit of their own.
    Unit coherent(const Dimension& dimension) const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// `value` (internal) written in `unit` with `digits` significant digits: `1.5 mm`.
std::string format_quantity(double value, const Unit& unit, int digits = 4);

}  // namespace neocol
