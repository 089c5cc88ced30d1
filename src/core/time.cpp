#include <neocol/core/time.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t day_ns = 86'400'000'000'000;
constexpr std::int64_t year_ns = 31'556'926'080'000'000;  // 365.2422 d
/// Numbers of twelve digits or more are what a program prints of a double: one in 10^4 of the texts
/// of doubles is shorter.
constexpr std::int64_t twelve_digits = 100'000'000'000;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

std::int64_t within_range(Wide value) {
    return static_cast<std::int64_t>(std::clamp(value, Wide{-most}, Wide{most}));
}

/// Nanoseconds in one of a unit of time; 0 if that is no whole number.
std::int64_t nanoseconds_in(const Unit& unit) {
    constexpr double udunits_year = 365.242198781, close = 1e-11;
    if (std::abs(unit.scale - udunits_year) <= close * udunits_year) return year_ns;
    const double number = unit.scale * static_cast<double>(day_ns);
    const double whole = std::round(number);
    const bool is_whole =
        whole >= 1.0 && whole < 9e18 && std::abs(number - whole) <= close * std::max(1.0, whole);
    return is_whole ? static_cast<std::int64_t>(whole) : 0;
}

/// digits * 10^exponent, without zeros at the end.
struct Decimal {
    Wide digits = 0;
    int exponent = 0;
    bool cut = false;  ///< there were more digits than are kept
};

Decimal decimal_of(std::string_view number) {
    Decimal value;
    bool negative = false, fraction = false;
    int zeros = 0;  // held back: they count if another digit follows
    std::size_t i = 0;
    if (i < number.size() && (number[i] == '-' || number[i] == '+')) negative = number[i++] == '-';
    constexpr int most_digits = 19;
    int n_digits = 0;
    for (; i < number.size(); ++i) {
        if (number[i] == '.') {
            fraction = true;
            continue;
        }
        if (std::isdigit(static_cast<unsigned char>(number[i])) == 0) break;
        const int digit = number[i] - '0';
        if (fraction) --value.exponent;
        if (digit == 0) {
            if (value.digits != 0) ++zeros;
            continue;
        }
        if (n_digits + zeros + 1 > most_digits) {
            value.cut = true;
            ++zeros;
            continue;
        }
        for (; zeros > 0; --zeros, ++n_digits)
            value.digits *= 10;
        value.digits = 10 * value.digits + digit;
        ++n_digits;
    }
    value.exponent += zeros;
    if (i < number.size() && (number[i] == 'e' || number[i] == 'E')) {
        int given = 0;
        const std::string_view rest = number.substr(i + 1);
        const std::size_t sign = rest.starts_with('+') ? 1 : 0;
        std::from_chars(rest.data() + sign, rest.data() + rest.size(), given);
        value.exponent += std::clamp(given, -100'000, 100'000);
    }
    if (negative) value.digits = -value.digits;
    return value;
}

/// The nearest whole number to n / d. \pre d > 0
Wide rounded(Wide n, Wide d) {
    const Wide half = d / 2;
    return n >= 0 ? (n + half) / d : -((-n + half) / d);
}

/// Decimal text of value / 10^9, without zeros at the end.
std::string decimal_text(std::int64_t value, int places) {
    std::string digits = fmt::format("{:0{}}", value < 0 ? -value : value, places + 1);
    digits.insert(digits.size() - static_cast<std::size_t>(places), ".");
    while (digits.back() == '0')
        digits.pop_back();
    if (digits.back() == '.') digits.pop_back();
    return (value < 0 ? "-" : "") + digits;
}

}  // namespace

namespace detail {
std::int64_t sum_in_range(std::int64_t a, std::int64_t b) {
    return within_range(Wide{a} + Wide{b});
}
std::int64_t product_in_range(std::int64_t a, std::int64_t b) {
    return within_range(Wide{a} * Wide{b});
}
}  // namespace detail

Time::Time(double days) {
    const double n = std::round(days * static_cast<double>(day_ns));
    constexpr double end = 9.2e18;
    nanoseconds_ = n >= end ? most : n <= -end ? -most : std::isnan(n) ? 0 : std::llround(n);
}

double Time::days() const {
    // 64 bits of mantissa, or more: one rounding for whatever a double can hold.
    return static_cast<double>(static_cast<long double>(nanoseconds_) /
                               static_cast<long double>(day_ns));
}

std::string Time::text() const {
    // 1 d = 2^16 3^3 5^11 ns: days are a finite decimal if 27 divides the number.
    if (nanoseconds_ % 27 != 0) return decimal_text(nanoseconds_, 9) + " s";
    const std::int64_t whole = nanoseconds_ / day_ns;
    Wide rest = nanoseconds_ % day_ns;
    std::string digits =
        fmt::format("{}{}", nanoseconds_ < 0 ? "-" : "", whole < 0 ? -whole : whole);
    if (rest < 0) rest = -rest;
    if (rest != 0) digits += '.';
    while (rest != 0) {
        rest *= 10;
        digits += static_cast<char>('0' + static_cast<int>(rest / day_ns));
        rest %= day_ns;
    }
    return digits + " d";
}

Time exact_time(std::string_view text, const Quantity& given) {
    const std::int64_t unit = nanoseconds_in(given.unit);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0)
        text.remove_prefix(1);
    if (unit == 0) {
        throw InputError(
            fmt::format("'{}' is no whole number of nanoseconds: its unit is none", text),
            "times are given in ns, us, ms, s, min, h, day, week or year");
    }
    Decimal number = decimal_of(text);
    const auto out_of_range = [&] {
        return InputError(fmt::format("'{}' is beyond the range of times", text),
                          "times reach to 292 years");
    };
    if (number.digits == 0) return Time();
    Wide product = number.digits * unit;
    for (; number.exponent > 0; --number.exponent) {
        product *= 10;
        if (product > Wide{most} || product < -Wide{most}) throw out_of_range();
    }
    Wide divisor = 1;
    bool tiny = false;
    for (; number.exponent < 0; ++number.exponent) {
        if (divisor > Wide{most} * Wide{1'000'000'000'000'000'000}) {
            tiny = true;
            break;
        }
        divisor *= 10;
    }
    const Wide nearest = tiny ? 0 : rounded(product, divisor);
    if (nearest > Wide{most} || nearest < -Wide{most}) throw out_of_range();
    const Time time = Time::of_nanoseconds(static_cast<std::int64_t>(nearest));
    const bool exact = !tiny && !number.cut && nearest * divisor == product;
    // What a program prints of a double that means a whole number of nanoseconds.
    const double meant =
        static_cast<double>(static_cast<long double>(nearest) / static_cast<long double>(unit));
    const bool printed = number.digits >= twelve_digits || number.digits <= -twelve_digits;
    const bool meets = std::abs(given.number - meant) <=
                       4.0 * std::numeric_limits<double>::epsilon() * std::abs(meant);
    if (exact || (printed && meets)) return time;
    throw InputError(fmt::format("'{}' is no whole number of nanoseconds", text),
                     fmt::format("the nearest is \"{}\"", time.text()));
}

double whole_nanoseconds(double number, std::string_view unit) {
    constexpr std::int64_t second = 1'000'000'000;
    struct Named {
        std::string_view name, other;
        std::int64_t nanoseconds;
    };
    constexpr std::array<Named, 8> units{{{"ns", "nanosecond", 1},
                                          {"us", "microsecond", 1'000},
                                          {"ms", "millisecond", 1'000'000},
                                          {"s", "second", second},
                                          {"min", "minute", 60 * second},
                                          {"h", "hour", 3600 * second},
                                          {"d", "day", day_ns},
                                          {"week", "week", 7 * day_ns}}};
    std::int64_t in_one = unit == "year" || unit == "years" ? year_ns : 0;
    for (const Named& candidate : units) {
        const bool plural =
            unit.ends_with('s') && unit.substr(0, unit.size() - 1) == candidate.other;
        if (unit == candidate.name || unit == candidate.other || plural)
            in_one = candidate.nanoseconds;
    }
    const double whole = std::round(number * static_cast<double>(in_one));
    if (in_one == 0 || !(std::abs(whole) < 9e18)) return number;
    // The nearest whose shortest text is read as it, or one of those beside it.
    for (std::int64_t beside = 0;; beside = beside > 0 ? -beside : 1 - beside) {
        const std::int64_t n = std::llround(whole) + beside;
        const auto value =
            static_cast<double>(static_cast<long double>(n) / static_cast<long double>(in_one));
        const Decimal text = decimal_of(fmt::format("{}", value));
        if (text.digits >= twelve_digits || text.digits <= -twelve_digits) return value;
        Wide product = text.digits * in_one, power = 1;
        for (int k = 0; k < text.exponent; ++k)
            product *= 10;
        for (int k = 0; k > text.exponent && k > -19; --k)
            power *= 10;
        if (product == Wide{n} * power) return value;
    }
}

}  // namespace neocol
