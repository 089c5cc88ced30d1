#include <neocol/core/quoting.hpp>

#include <cmath>

#include <fmt/format.h>

namespace neocol {
namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// A string as JSON and TOML alike read it.
std::string escaped(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (is_control(c)) {
            out += fmt::format("\\u{:04X}", static_cast<int>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace

std::string json_string(std::string_view text) {
    return escaped(text);
}

std::string json_number(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

std::string toml_string(std::string_view text) {
    return escaped(text);
}

std::string csv_cell(std::string_view text) {
    const bool quotes = text.find_first_of(",\"") != std::string_view::npos;
    std::string out;
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return quotes ? '"' + out + '"' : out;
}

std::string csv_number(double value) {
    return std::isnan(value) ? "" : fmt::format("{}", value);
}

std::string shell_word(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + '\'';
}

}  // namespace neocol
