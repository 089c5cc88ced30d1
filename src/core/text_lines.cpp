#include "text_lines.hpp"

#include <algorithm>
#include <cstdint>

namespace neocol::detail {

namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead < 0xe0) return 2;
    if (lead >= 0xe0 && lead < 0xf0) return 3;
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

int count_characters(std::string_view text) {
    return static_cast<int>(std::count_if(
        text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

/// Bytes of the code point in UTF-8.
std::size_t encoded_length(std::uint32_t code) {
    if (code < 0x80) return 1;
    if (code < 0x800) return 2;
    return code < 0x10000 ? 3 : 4;
}

/// One piece of a TOML string: bytes it takes in the text and bytes it stands for.
struct Piece {
    std::size_t written = 1;
    std::size_t decoded = 1;
};

Piece next_piece(std::string_view rest, bool basic, bool multi_line) {
    if (rest.starts_with("\r\n")) return {2, 2};
    if (!basic || rest[0] != '\\' || rest.size() < 2) return {1, 1};
    const std::size_t digits = rest[1] == 'u' ? 4 : rest[1] == 'U' ? 8 : 0;
    if (digits > 0 && rest.size() >= 2 + digits)
        return {2 + digits, encoded_length(static_cast<std::uint32_t>(
                                std::stoul(std::string(rest.substr(2, digits)), nullptr, 16)))};
    const bool blank = rest[1] == '\n' || rest[1] == '\r' || rest[1] == ' ' || rest[1] == '\t';
    if (!multi_line || !blank) return {2, 1};
    const std::size_t end = rest.find_first_not_of(" \t\r\n", 1);
    return {end == std::string_view::npos ? rest.size() : end, 0};
}

}  // namespace

bool is_utf8_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = sequence_length(static_cast<unsigned char>(text[i]));
        if (n == 0 || text[i] == '\0' || i + n > text.size()) return false;
        for (std::size_t k = 1; k < n; ++k)
            if (!is_continuation(text[i + k])) return false;
        i += n;
    }
    return true;
}

TextLines::TextLines(std::string text) : text_(std::move(text)), starts_{0} {
    for (std::size_t i = 0; i < text_.size(); ++i)
        if (text_[i] == '\n') starts_.push_back(i + 1);
    for (std::size_t i = 0; i < starts_.size(); ++i) {
        std::size_t end = i + 1 < starts_.size() ? starts_[i + 1] - 1 : text_.size();
        if (end > starts_[i] && text_[end - 1] == '\r') --end;
        widths_.push_back(
            count_characters(std::string_view(text_).substr(starts_[i], end - starts_[i])));
    }
}

std::string TextLines::line(int number) const {
    if (number < 1 || static_cast<std::size_t>(number) > starts_.size()) return {};
    const std::size_t start = starts_[static_cast<std::size_t>(number - 1)];
    std::string content = text_.substr(start, text_.find('\n', start) - start);
    if (!content.empty() && content.back() == '\r') content.pop_back();
    return content;
}

std::size_t TextLines::bytes(int number) const {
    if (number < 1 || static_cast<std::size_t>(number) > starts_.size()) return 0;
    const auto i = static_cast<std::size_t>(number);
    return (i < starts_.size() ? starts_[i] : text_.size()) - starts_[i - 1];
}

int TextLines::width(int number) const {
    if (number < 1 || static_cast<std::size_t>(number) > widths_.size()) return 0;
    return widths_[static_cast<std::size_t>(number - 1)];
}

std::size_t TextLines::offset(int number, int column) const {
    if (number < 1 || static_cast<std::size_t>(number) > starts_.size()) return text_.size();
    std::size_t at = starts_[static_cast<std::size_t>(number - 1)];
    for (int k = 1; k < column && at < text_.size(); ++k) {
        ++at;
        while (at < text_.size() && is_continuation(text_[at]))
            ++at;
    }
    return at;
}

SourcePosition TextLines::place(const std::string& path, std::size_t begin, std::size_t end) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), begin);
    const auto line_number = static_cast<int>(after - starts_.begin());
    const std::size_t start = starts_[static_cast<std::size_t>(line_number - 1)];
    SourcePosition at{path, line_number, 1, 1};
    at.column += count_characters(std::string_view(text_).substr(start, begin - start));
    std::size_t stop = std::min(end, text_.size());
    if (after != starts_.end()) stop = std::min(stop, *after - 1);
    if (stop > begin)
        at.length =
            std::max(1, count_characters(std::string_view(text_).substr(begin, stop - begin)));
    return at;
}

std::size_t string_offset(std::string_view text, std::size_t opening, std::size_t offset) {
    if (opening >= text.size()) return text.size();
    const bool basic = text[opening] == '"';
    const std::string_view quotes = basic ? "\"\"\"" : "'''";
    const bool multi_line = text.substr(opening, 3) == quotes;
    std::size_t at = opening + (multi_line ? 3 : 1);
    if (multi_line && text.substr(at).starts_with("\r\n"))
        at += 2;
    else if (multi_line && text.substr(at).starts_with('\n'))
        at += 1;
    for (std::size_t decoded = 0; at < text.size();) {
        const Piece piece = next_piece(text.substr(at), basic, multi_line);
        if (decoded >= offset && piece.decoded > 0) break;
        decoded += piece.decoded;
        at += piece.written;
    }
    return at;
}

}  // namespace neocol::detail
