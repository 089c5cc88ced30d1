#include <neocol/core/units.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>

#include <fmt/format.h>
#include <udunits2.h>

#include <neocol/core/error.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

namespace neocol {

namespace {

constexpr int denominator = 60;

// Far beyond text_limits::unit_power, which messages tell of; keeps exponents in range.
constexpr double greatest_exponent = 1e6 * denominator;

/// A base unit of udunits-2 and neocol's unit for it.
struct InternalBase {
    std::string_view base;
    std::string_view internal;
    double factor;  ///< internal units in one base unit
};

constexpr std::array<InternalBase, 3> internal_bases{
    {{"m", "mm", 1e3}, {"kg", "pg", 1e15}, {"s", "d", 1.0 / 86400.0}}};

const InternalBase* find_internal(std::string_view base) {
    for (const InternalBase& entry : internal_bases)
        if (entry.base == base) return &entry;
    return nullptr;
}

/// Unit names that are legal in udunits-2 and hardly ever meant.
struct Trap {
    std::string_view name;
    std::string_view message;
    std::string_view help;
};

constexpr std::array<Trap, 5> traps{{
    {"month", "'month' is no fixed length of time",
     "a month has 28 to 31 days: say which, such as '30 day' or '4 week'"},
    {"months", "'months' are no fixed length of time",
     "a month has 28 to 31 days: say which, such as '90 day' or '12 week'"},
    {"C", "'C' is the coulomb", "did you mean 'degC'?"},
    {"a", "'a' is the are (100 m2)", "did you mean 'year' or 'd'?"},
    {"u", "'u' is the atomic mass unit", "did you mean 'um', or 'Da' for a mass?"},
}};

const std::vector<std::string>& common_units() {
    static const std::vector<std::string> names{
        "m",    "mm",   "cm", "um", "nm", "s",    "min", "h",    "hour", "d",       "day",
        "week", "year", "kg", "g",  "mg", "ug",   "ng",  "pg",   "mol",  "nmol",    "L",
        "mL",   "uL",   "M",  "mM", "uM", "nM",   "pM",  "cell", "Pa",   "kPa",     "MPa",
        "N",    "mN",   "J",  "W",  "K",  "degC", "Da",  "kDa",  "%",    "percent", "1"};
    return names;
}

/// Nearest double with at most 14 decimal digits if it is as good as equal; udunits-2 multiplies
/// its way to 1.0000000000000002e-06 where 1e-06 is meant.
double without_round_off(double x) {
    const double shorter = std::strtod(fmt::format("{:.14g}", x).c_str(), nullptr);
    return std::abs(shorter - x) <= 4e-15 * std::abs(x) ? shorter : x;
}

struct Visit {
    double scale = 1.0;
    double offset = 0.0;
    Dimension dimension;
    bool refused = false;  ///< logarithmic units and time stamps
    bool beyond = false;   ///< a power beyond the limit
};

std::string base_name(const ut_unit* unit) {
    const char* name = ut_get_symbol(unit, UT_ASCII);
    if (name == nullptr) name = ut_get_name(unit, UT_ASCII);
    return name == nullptr ? std::string() : std::string(name);
}

void multiply_base(Visit& visit, const ut_unit* base, int power) {
    const std::string name = base_name(base);
    if (name == "rad") return;
    if (std::abs(power) > text_limits::unit_power) {
        visit.beyond = true;
        return;
    }
    visit.dimension = visit.dimension * Dimension::base(name).power(power);
    if (const InternalBase* entry = find_internal(name)) {
        const double factor = std::pow(entry->factor, power);
        visit.scale *= factor;
        visit.offset *= factor;
    }
}

ut_status visit_basic(const ut_unit* unit, void* arg) {
    multiply_base(*static_cast<Visit*>(arg), unit, 1);
    return UT_SUCCESS;
}

ut_status visit_product(const ut_unit*, int count, const ut_unit* const* bases, const int* powers,
                        void* arg) {
    for (int i = 0; i < count; ++i)
        multiply_base(*static_cast<Visit*>(arg), bases[i], powers[i]);
    return UT_SUCCESS;
}

ut_status visit_timestamp(const ut_unit*, const ut_unit*, double, void* arg) {
    static_cast<Visit*>(arg)->refused = true;
    return UT_SUCCESS;
}

ut_status visit_logarithmic(const ut_unit*, double, const ut_unit*, void* arg) {
    static_cast<Visit*>(arg)->refused = true;
    return UT_SUCCESS;
}

ut_status visit_galilean(const ut_unit*, double scale, const ut_unit* underlying, double offset,
                         void* arg);

constexpr ut_visitor visitor{visit_basic, visit_product, visit_galilean, visit_timestamp,
                             visit_logarithmic};

ut_status visit_galilean(const ut_unit*, double scale, const ut_unit* underlying, double offset,
                         void* arg) {
    // Value in the underlying unit = scale * (value + offset).
    Visit& visit = *static_cast<Visit*>(arg);
    visit.offset = scale * (visit.offset + offset);
    visit.scale *= scale;
    return ut_accept_visitor(underlying, &visitor, arg);
}

struct FreeUnit {
    void operator()(ut_unit* unit) const { ut_free(unit); }
};
using UnitHandle = std::unique_ptr<ut_unit, FreeUnit>;

/// Held by whoever calls udunits-2, which keeps its parser and its prefixes in globals: two systems
/// read at the same time by two threads spoil each other.
std::recursive_mutex& udunits() {
    static std::recursive_mutex mutex;
    return mutex;
}

struct FreeSystem {
    void operator()(ut_system* system) const { ut_free_system(system); }
};

std::string_view trim(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
        text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
        text.remove_suffix(1);
    return text;
}

bool is_word(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalpha(byte) || c == '_' || c == '%' || byte >= 0x80;
}

bool is_identifier(std::string_view name) {
    return !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) &&
           std::isalpha(static_cast<unsigned char>(name.back())) &&
           std::all_of(
               name.begin(), name.end(),
               [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

/// The names that occur in a unit's text.
std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && is_word(text[end]))
            ++end;
        if (end > i) list.emplace_back(text.substr(i, end - i));
        i = std::max(end, i + 1);
    }
    return list;
}

/// True for `mm^0.5`, which udunits-2 would read as mm^0 times 0.5.
bool has_fractional_power(std::string_view text) {
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] != '.' || !std::isdigit(static_cast<unsigned char>(text[i - 1])) ||
            !std::isdigit(static_cast<unsigned char>(text[i + 1])))
            continue;
        std::size_t k = i;
        while (k > 0 && std::isdigit(static_cast<unsigned char>(text[k - 1])))
            --k;
        if (k > 0 && (text[k - 1] == '-' || text[k - 1] == '+')) --k;
        if (k > 0 && (text[k - 1] == '^' || is_word(text[k - 1]))) return true;
    }
    return false;
}

}  // namespace

Dimension Dimension::base(const std::string& name) {
    Dimension dimension;
    dimension.exponents_[name] = denominator;
    return dimension;
}

Dimension Dimension::operator*(const Dimension& other) const {
    Dimension product = *this;
    for (const auto& [name, exponent] : other.exponents_) {
        int& sum = product.exponents_[name];
        sum += exponent;
        if (std::abs(sum) > greatest_exponent)
            throw std::logic_error(fmt::format("a power of {} beyond all bounds", name));
        if (sum == 0) product.exponents_.erase(name);
    }
    return product;
}

Dimension Dimension::operator/(const Dimension& other) const {
    return *this * other.power(-1.0);
}

Dimension Dimension::power(double exponent) const {
    Dimension result;
    for (const auto& [name, own] : exponents_) {
        const double raised = own * exponent;
        const double whole = std::round(raised);
        if (!(std::abs(raised) <= greatest_exponent))
            throw std::logic_error(fmt::format("a power of {} beyond all bounds", name));
        if (std::abs(raised - whole) > 1e-9 * std::max(1.0, std::abs(raised)))
            throw std::logic_error(fmt::format("exponent {} of {} is no multiple of 1/60",
                                               raised / denominator, name));
        if (whole != 0.0) result.exponents_[name] = static_cast<int>(whole);
    }
    return result;
}

struct UnitSystem::Implementation {
    std::unique_ptr<ut_system, FreeSystem> system;
    std::vector<std::string> declared;

    UnitHandle parse(const std::string& text) const {
        return UnitHandle(ut_parse(system.get(), text.c_str(), UT_UTF8));
    }
    void map(const char* name, const ut_unit* unit) { ut_map_name_to_unit(name, UT_ASCII, unit); }
    void add_base(const std::string& name) {
        const UnitHandle unit(ut_new_base_unit(system.get()));
        ut_map_name_to_unit(name.c_str(), UT_ASCII, unit.get());
        ut_map_unit_to_name(unit.get(), name.c_str(), UT_ASCII);
    }
    /// Units parsed before, by text: the same few stand in every case of a study.
    std::map<std::string, Unit, std::less<>> parsed;

    std::vector<std::string> known() const {
        std::vector<std::string> names = declared;
        names.insert(names.end(), common_units().begin(), common_units().end());
        return names;
    }
};

UnitSystem::UnitSystem() : implementation_(std::make_unique<Implementation>()) {
    const std::lock_guard lock(udunits());
    ut_set_error_message_handler(ut_ignore);
    implementation_->system.reset(ut_read_xml(nullptr));
    if (!implementation_->system)
        throw Error("cannot read the unit database of udunits-2: is its data package installed?");
    implementation_->add_base("cell");
    implementation_->map("cells", implementation_->parse("cell").get());
    const UnitHandle molar = implementation_->parse("mol/L");
    ut_map_symbol_to_unit("M", UT_ASCII, molar.get());
    const UnitHandle dalton = implementation_->parse("u");
    ut_map_symbol_to_unit("Da", UT_ASCII, dalton.get());
}

UnitSystem::~UnitSystem() {
    const std::lock_guard lock(udunits());
    implementation_.reset();
}

UnitSystem::UnitSystem(UnitSystem&&) noexcept = default;

UnitSystem& UnitSystem::operator=(UnitSystem&& other) noexcept {
    const std::lock_guard lock(udunits());
    implementation_ = std::move(other.implementation_);
    return *this;
}

void UnitSystem::declare(const std::string& name) {
    const std::lock_guard lock(udunits());
    if (!is_identifier(name))
        throw InputError(fmt::format("'{}' cannot be the name of a unit", name),
                         "a name has letters, digits and underscores, a letter first and last");
    if (implementation_->parse(name))
        throw InputError(fmt::format("unit '{}' exists already", name), "choose another name");
    implementation_->add_base(name);
    implementation_->declared.push_back(name);
}

Unit UnitSystem::parse(std::string_view text) const {
    const std::lock_guard lock(udunits());
    const std::string_view trimmed = trim(text);
    if (const auto known = implementation_->parsed.find(trimmed);
        known != implementation_->parsed.end())
        return known->second;
    if (trimmed.size() > text_limits::unit_bytes)
        throw InputError(fmt::format("a unit of {} bytes, and at most {} are read", trimmed.size(),
                                     text_limits::unit_bytes),
                         "units are such as 'ng/mL' or 'cell/mm3/d'");
    const std::vector<std::string> names = words(trimmed);
    for (const std::string& name : names)
        for (const Trap& trap : traps)
            if (name == trap.name)
                throw InputError(std::string(trap.message), std::string(trap.help));
    if (has_fractional_power(trimmed))
        throw InputError(fmt::format("unit '{}' has a fractional power", trimmed),
                         "powers of units are whole numbers, such as 'mm2' or 'd-1'");

    const UnitHandle unit =
        implementation_->parse((trimmed.starts_with('/') ? "1" : "") + std::string(trimmed));
    if (!unit) {
        for (const std::string& name : names)
            if (!implementation_->parse(name)) {
                std::string nearest = nearest_name(name, implementation_->known());
                throw InputError(fmt::format("unknown unit '{}'", name),
                                 nearest.empty() ? "units are those of udunits-2, 'cell', 'M' and "
                                                   "those the model declares"
                                                 : fmt::format("did you mean '{}'?", nearest));
            }
        throw InputError(
            fmt::format("'{}' is no unit", trimmed),
            "write products with blanks, quotients with '/', powers as 'mm2' or 'd-1'");
    }

    Visit visit;
    ut_accept_visitor(unit.get(), &visitor, &visit);
    if (visit.refused)
        throw InputError(fmt::format("'{}' is a time stamp or a logarithmic unit", trimmed),
                         "neocol computes in units that are proportional to their quantity");
    if (visit.beyond || !std::isnormal(visit.scale) || !std::isfinite(visit.offset))
        throw InputError(fmt::format("'{}' is beyond the range of numbers", trimmed),
                         "choose another power or another unit");
    Unit result{trimmed.empty() ? "1" : std::string(trimmed), visit.dimension,
                without_round_off(visit.scale), without_round_off(visit.offset)};
    implementation_->parsed.emplace(trimmed, result);
    return result;
}

Quantity UnitSystem::parse_quantity(std::string_view text) const {
    std::string_view trimmed = trim(text);
    const std::string_view whole = trimmed;
    if (trimmed.starts_with('+')) trimmed.remove_prefix(1);
    Quantity quantity;
    const auto [end, fault] =
        std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), quantity.number);
    if (fault != std::errc() || !std::isfinite(quantity.number))
        throw InputError(fmt::format("'{}' is no quantity", whole),
                         "write a number and its unit, such as '1.5 mm'");
    const std::string_view rest =
        trim({end, static_cast<std::size_t>(trimmed.data() + trimmed.size() - end)});
    const bool second_number =
        !rest.empty() && (std::isdigit(static_cast<unsigned char>(rest[0])) ||
                          std::string_view("+-.,").find(rest[0]) != std::string_view::npos);
    if (second_number && !rest.starts_with("1/"))
        throw InputError(fmt::format("'{}' is no quantity", whole),
                         "write one number and its unit, such as '1.5 mm'");
    quantity.unit = parse(rest);
    if (!std::isfinite(quantity.internal()))
        throw InputError(fmt::format("'{}' is beyond the range of numbers", whole),
                         "neocol computes in mm, day, pg and cell");
    return quantity;
}

Unit UnitSystem::coherent(const Dimension& dimension) const {
    std::string text;
    for (const bool positive : {true, false})
        for (const auto& [name, exponent] : dimension.exponents()) {
            if ((exponent > 0) != positive) continue;
            const InternalBase* entry = find_internal(name);
            if (!text.empty()) text += ' ';
            text += entry != nullptr ? std::string(entry->internal) : name;
            if (exponent % denominator != 0)
                text += fmt::format("^{:.4g}", static_cast<double>(exponent) / denominator);
            else if (exponent != denominator)
                text += std::to_string(exponent / denominator);
        }
    return {text.empty() ? "1" : text, dimension, 1.0, 0.0};
}

std::string format_quantity(double value, const Unit& unit, int digits) {
    const std::string number = fmt::format("{:.{}g}", unit.from_internal(value), digits);
    return unit.text == "1" ? number : number + ' ' + unit.text;
}

}  // namespace neocol
