#include <neocol/core/text_parts.hpp>

#include <algorithm>

namespace neocol {
namespace {

constexpr std::string_view mark = "#: file ";

/// Where the next line with a mark begins, at or behind `from`.
std::size_t find_mark(std::string_view text, std::size_t from) {
    if (from == 0 && text.starts_with(mark)) return 0;
    for (std::size_t at = text.find(mark, from); at != std::string_view::npos;
         at = text.find(mark, at + 1))
        if (text[at - 1] == '\n') return at;
    return text.size();
}

}  // namespace

std::string join_parts(std::string text, const std::vector<TextPart>& included) {
    for (const TextPart& part : included) {
        if (!text.ends_with('\n')) text += '\n';
        text += mark;
        text += part.name;
        text += '\n';
        text += part.text;
    }
    return text;
}

std::vector<TextPart> split_parts(std::string_view text) {
    std::size_t end = find_mark(text, 0);
    std::vector<TextPart> parts{{{}, std::string(text.substr(0, end))}};
    while (end < text.size()) {
        const std::size_t name = end + mark.size();
        const std::size_t line = std::min(text.find('\n', name), text.size());
        const std::size_t begin = std::min(line + 1, text.size());
        end = find_mark(text, begin);
        parts.push_back({std::string(text.substr(name, line - name)),
                         std::string(text.substr(begin, end - begin))});
    }
    return parts;
}

}  // namespace neocol
