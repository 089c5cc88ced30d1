#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/error.hpp>

namespace neocol::detail {

/// True if `text` is valid UTF-8 without NUL bytes.
bool is_utf8_text(std::string_view text);

/// A text and where its lines start; columns count characters (UTF-8), bytes are offsets.
class TextLines {
public:
    TextLines() = default;
    explicit TextLines(std::string text);

    const std::string& text() const { return text_; }
    /// Line `number` (from 1) without its end; empty outside the text.
    std::string line(int number) const;
    /// Bytes of line `number`, its end perhaps included.
    std::size_t bytes(int number) const;
    /// Characters of line `number`.
    int width(int number) const;
    /// Byte at which column `column` of line `number` starts.
    std::size_t offset(int number, int column) const;
    /// Place of the bytes [begin, end); the length ends with the first line.
    SourcePosition place(const std::string& path, std::size_t begin, std::size_t end) const;

private:
    std::string text_;
    std::vector<std::size_t> starts_;
    std::vector<int> widths_;  ///< characters of each line
};

/// Byte in `text` of byte `offset` of the decoded TOML string whose opening quote is at `opening`.
std::size_t string_offset(std::string_view text, std::size_t opening, std::size_t offset);

}  // namespace neocol::detail
