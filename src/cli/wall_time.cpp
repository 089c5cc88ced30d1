#include "wall_time.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/units.hpp>

namespace neocol::cli {
namespace {

/// `MM:SS`, `HH:MM:SS` or `D-HH:MM:SS`; nothing if a text is none.
std::optional<double> clock_seconds(const std::string& text) {
    if (text.find_first_not_of("0123456789:-") != text.npos) return std::nullopt;
    unsigned days = 0, a = 0, b = 0, c = 0;
    int end = 0;
    const auto whole = [&] { return static_cast<std::size_t>(end) == text.size(); };
    const char* t = text.c_str();
    if (std::sscanf(t, "%5u-%2u:%2u:%2u%n", &days, &a, &b, &c, &end) == 4 && whole() && b < 60 &&
        c < 60)
        return 86400.0 * days + 3600.0 * a + 60.0 * b + c;
    if (std::sscanf(t, "%5u:%2u:%2u%n", &a, &b, &c, &end) == 3 && whole() && b < 60 && c < 60)
        return 3600.0 * a + 60.0 * b + c;
    if (std::sscanf(t, "%5u:%2u%n", &a, &b, &end) == 2 && whole() && b < 60) return 60.0 * a + b;
    return std::nullopt;
}

}  // namespace

double wall_seconds(const std::string& option, const std::string& text) {
    if (text.empty()) return 0.0;
    const auto refuse = [&](const std::string& why) {
        throw UsageError(
            fmt::format("{} '{}': {}; such as {} \"90 min\"", option, text, why, option));
    };
    if (const std::optional<double> time = clock_seconds(text)) return *time;
    double seconds = 0.0;
    try {
        const UnitSystem units;
        const Quantity given = units.parse_quantity(text);
        const bool is_number = given.unit.dimension == units.parse("1").dimension;
        if (!is_number && !(given.unit.dimension == units.parse("s").dimension))
            refuse("a time is expected");
        seconds = is_number ? given.internal() : given.internal() * 86400.0;
    } catch (const InputError& error) {
        refuse(error.diagnostics.front().message);
    }
    if (!(seconds >= 0.0)) refuse("below zero");
    return seconds;
}

std::string seconds_text(double seconds) {
    if (seconds < 120.0) return fmt::format("{:.3g} s", seconds);
    if (seconds < 7200.0) return fmt::format("{:.3g} min", seconds / 60.0);
    return fmt::format("{:.3g} h", seconds / 3600.0);
}

}  // namespace neocol::cli
