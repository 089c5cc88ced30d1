#include <neocol/core/quoting.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

#include <fmt/format.h>

namespace neocol {
namespace {

/// One character of a text.
struct Character {
    std::uint32_t code = 0;  ///< 0xFFFD for a byte that is no UTF-8
    std::size_t length = 1;  ///< bytes
    bool sound = true;
};

/// The character at the start of `text`, which is not empty.
Character first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (lead < 0xc2 || lead > 0xf4 || text.size() < n) return {0xfffd, 1, false};
    std::uint32_t code = lead & (0xffU >> (n + 1));
    for (std::size_t k = 1; k < n; ++k) {
        const auto byte = static_cast<unsigned char>(text[k]);
        if ((byte & 0xc0U) != 0x80U) return {0xfffd, 1, false};
        code = (code << 6U) | (byte & 0x3fU);
    }
    const bool sound = code >= smallest[n] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return sound ? Character{code, n, true} : Character{0xfffd, 1, false};
}

/// Controls of both sets, and what turns or hides text: marks of direction, line separators.
bool is_hidden(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0xfeff;
}

/// A string as JSON and TOML alike read it.
std::string escaped(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const Character c = first_character(text);
        if (text[0] == '"' || text[0] == '\\') {
            out += '\\';
            out += text[0];
        } else if (c.sound && is_hidden(c.code)) {
            out += fmt::format("\\u{:04X}", c.code);
        } else {
            out += text.substr(0, c.length);
        }
        text.remove_prefix(c.length);
    }
    return out + '"';
}

/// Prose on one line: what a terminal may not see, and line ends, are gone.
std::string one_line(std::string_view text) {
    std::string line(text);
    for (char& c : line)
        if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    return printable(line);
}

bool is_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0.0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    return fault == std::errc() && end == text.data() + text.size();
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

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Character c = first_character(text);
        const bool shown = c.sound && (!is_hidden(c.code) || c.code == '\n' || c.code == '\t');
        out += shown ? text.substr(0, c.length) : std::string_view("\xef\xbf\xbd");
        text.remove_prefix(c.length);
    }
    return out;
}

std::string xml_text(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string latex_text(std::string_view text) {
    std::string out;
    for (const char c : one_line(text)) {
        if (c == '\\') {
            out += "\\textbackslash{}";
        } else if (c == '^' || c == '~') {
            out += fmt::format("\\{}{{}}", c);
        } else {
            if (std::string_view("_%&#${}").find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
    return out;
}

std::string markdown_text(std::string_view text) {
    std::string out;
    for (const char c : one_line(text)) {
        if (c == '&') {
            out += "&amp;";
            continue;
        }
        if (std::string_view("\\|_*<`[]").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string csv_cell(std::string_view text) {
    const bool quotes = text.find_first_of(",\"") != std::string_view::npos;
    const bool formula = !text.empty() &&
                         std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos &&
                         !is_number(text);
    std::string out;
    if (formula) out += '\'';
    for (const char c : one_line(text)) {
        if (c == '"') out += '"';
        out += c;
    }
    return quotes ? '"' + out + '"' : out;
}

std::string csv_number(double value) {
    return std::isnan(value) ? "" : fmt::format("{}", value);
}

std::string shell_word(std::string_view text) {
    std::string out = "'";
    for (const char c : text)
        if (c == '\'')
            out += "'\\''";
        else
            out += c;
    return out + '\'';
}

}  // namespace neocol
