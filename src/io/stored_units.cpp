#include <neocol/io/stored_units.hpp>

#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace neocol::io {
namespace {

/// One factor of a unit: what stands before it (`/` or a product sign or nothing), name, exponent.
struct Factor {
    char sign = ' ';
    std::string name, exponent;
};

bool is_letter(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalpha(byte) != 0 || c == '_' || c == '%' || byte >= 0x80;
}
bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::size_t skip_name(std::string_view unit, std::size_t i) {
    const std::size_t begin = i;
    while (i < unit.size() &&
           (is_letter(unit[i]) ||
            (unit.substr(begin, i - begin).find('_') != unit.npos && is_digit(unit[i]))))
        ++i;
    return i;
}

std::size_t skip_exponent(std::string_view unit, std::size_t i) {
    std::size_t end = i;
    if (end < unit.size() && unit[end] == '^') ++end;
    if (end < unit.size() && (unit[end] == '-' || unit[end] == '+')) ++end;
    const std::size_t digits = end;
    while (end < unit.size() && is_digit(unit[end]))
        ++end;
    return end > digits ? end : i;
}

/// Splits a unit of names, numbers, products and quotients; false if it has more than those.
bool split(std::string_view unit, std::vector<Factor>& factors) {
    std::size_t i = 0;
    while (i < unit.size()) {
        Factor factor;
        while (i < unit.size() &&
               (unit[i] == ' ' || unit[i] == '.' || unit[i] == '*' || unit[i] == '/')) {
            if (unit[i] == '/') factor.sign = '/';
            ++i;
        }
        if (i == unit.size()) break;
        std::size_t end = skip_name(unit, i);
        if (end > i) {
            factor.name = unit.substr(i, end - i);
            const std::size_t after = skip_exponent(unit, end);
            factor.exponent = unit.substr(end, after - end);
            if (factor.exponent.starts_with('^')) factor.exponent.erase(0, 1);
            i = after;
        } else {
            while (end < unit.size() && unit[end] != ' ' && unit[end] != '/' && unit[end] != '*') {
                if (unit[end] == '(' || unit[end] == ')') return false;
                ++end;
            }
            factor.name = unit.substr(i, end - i);
            i = end;
        }
        factors.push_back(factor);
    }
    return true;
}

/// x^e below a fraction bar is x^-e.
std::string inverted(const std::string& exponent) {
    if (exponent.empty()) return "-1";
    if (exponent.front() == '-') return exponent == "-1" ? "" : exponent.substr(1);
    return '-' + exponent;
}

}  // namespace

std::string stored_units(std::string_view unit) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> short_names{
        {{"day", "d"},
         {"days", "d"},
         {"hour", "h"},
         {"hours", "h"},
         {"minute", "min"},
         {"minutes", "min"},
         {"second", "s"},
         {"seconds", "s"}}};
    std::vector<Factor> factors;
    if (!split(unit, factors)) return std::string(unit);
    std::string text;
    for (Factor& factor : factors) {
        if (factor.name == "cell" || factor.name == "cells") continue;
        if (factor.name == "1" && factors.size() > 1) continue;
        for (const auto& [longer, shorter] : short_names)
            if (factor.name == longer) factor.name = shorter;
        const bool below = factor.sign == '/';
        if (!text.empty() && below)
            text += '/';
        else if (!text.empty())
            text += ' ';
        const bool invert = below && text.empty();
        text += factor.name;
        text += invert ? inverted(factor.exponent) : factor.exponent;
    }
    return text.empty() ? "1" : text;
}

}  // namespace neocol::io
