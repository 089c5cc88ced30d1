#include <neocol/core/error.hpp>

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <neocol/core/quoting.hpp>
#include <neocol/core/text_limits.hpp>

namespace neocol {

namespace {

/// Bytes of the character that starts with `lead` in UTF-8.
std::size_t character_length(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    if (byte < 0x80) return 1;
    if (byte < 0xe0) return 2;
    return byte < 0xf0 ? 3 : 4;
}

std::size_t count_characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(),
        [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Blanks below the first `n` characters of `line`, tabs kept so that the caret lines up.
std::string blanks_below(const std::string& line, std::size_t n) {
    std::string blanks;
    for (std::size_t i = 0, k = 0; k < n; ++k) {
        const bool inside = i < line.size();
        blanks += inside && line[i] == '\t' ? '\t' : ' ';
        if (inside) i += character_length(line[i]);
    }
    return blanks;
}

/// The start of a text whose end nobody would read; whole characters.
std::string shortened(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    text.resize(end);
    return text + "...";
}

/// The part of a long line around a column, which `column` then counts in.
std::string around(const std::string& line, std::size_t& column) {
    constexpr std::size_t before = 60, most = 160;
    std::size_t begin = 0, skipped = 0;
    if (count_characters(line) <= most) return line;
    while (begin < line.size() && skipped + before < column) {
        begin += character_length(line[begin]);
        ++skipped;
    }
    std::size_t end = begin;
    for (std::size_t k = 0; k < most && end < line.size(); ++k)
        end += character_length(line[end]);
    begin = std::min(begin, line.size());
    end = std::min(end, line.size());
    column -= skipped;
    std::string part = line.substr(begin, end - begin);
    if (begin > 0) {
        part = "... " + part;
        column += 4;
    }
    return end < line.size() ? part + " ..." : part;
}

std::string join_rendered(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) {
        if (!text.empty()) text += '\n';
        text += render(diagnostic);
    }
    return text;
}

}  // namespace

std::string render(const Diagnostic& diagnostic, std::string_view label) {
    const SourcePosition& at = diagnostic.at;
    std::string text = at.path;
    if (at.line > 0) text += fmt::format(":{}:{}", at.line, at.column);
    if (!text.empty()) text += ": ";
    text += fmt::format("{}: {}", label, shortened(diagnostic.message, text_limits::message_bytes));
    if (at.line > 0 && !diagnostic.source_line.empty()) {
        auto before = static_cast<std::size_t>(std::max(at.column, 1) - 1);
        const std::string shown = around(diagnostic.source_line, before);
        const std::size_t width = count_characters(shown);
        const std::size_t room = width > before ? width - before : 1;
        const std::size_t length =
            std::clamp<std::size_t>(static_cast<std::size_t>(std::max(at.length, 1)), 1, room);
        text += fmt::format("\n{:5} | {}\n      | {}^{}", at.line, shown,
                            blanks_below(shown, before), std::string(length - 1, '~'));
    }
    if (!diagnostic.help.empty())
        text += '\n' + shortened(diagnostic.help, text_limits::message_bytes);
    return printable(text);
}

InputError::InputError(std::vector<Diagnostic> diagnostics_)
    : Error(join_rendered(diagnostics_)), diagnostics(std::move(diagnostics_)) {}

InputError::InputError(std::string message, std::string help)
    : InputError(std::vector<Diagnostic>{{{}, std::move(message), {}, std::move(help)}}) {}

NumericsError::NumericsError(const std::string& message, Where where_)
    : Error(message), where(std::move(where_)) {}

IoError::IoError(std::string path_, const std::string& message)
    : Error(printable(path_.empty() ? message : path_ + ": " + message)), path(std::move(path_)) {}

void Diagnostics::add(Diagnostic diagnostic) {
    const auto same = [&](const Diagnostic& other) {
        return other.message == diagnostic.message && other.at.path == diagnostic.at.path &&
               other.at.line == diagnostic.at.line && other.at.column == diagnostic.at.column;
    };
    if (!std::none_of(list_.begin(), list_.end(), same)) return;
    diagnostic.message = shortened(std::move(diagnostic.message), text_limits::message_bytes);
    diagnostic.help = shortened(std::move(diagnostic.help), text_limits::message_bytes);
    list_.push_back(std::move(diagnostic));
    if (list_.size() < text_limits::faults) return;
    // Each further one costs a search for names like it, and nobody reads them.
    const std::string path = list_.back().at.path;
    list_.push_back(
        {{path, 0, 0, 1},
         fmt::format("{} faults were found, and there may be more", text_limits::faults),
         {},
         "mend these and try again"});
    throw_if_any();
}

void Diagnostics::append(const std::vector<Diagnostic>& others) {
    for (const Diagnostic& other : others)
        add(other);
}

void Diagnostics::throw_if_any() const {
    if (list_.empty()) return;
    std::vector<Diagnostic> sorted = list_;
    const bool is_cut = sorted.size() > text_limits::faults;  // the last one says so
    std::stable_sort(sorted.begin(), is_cut ? sorted.end() - 1 : sorted.end(),
                     [](const Diagnostic& a, const Diagnostic& b) {
                         return std::tie(a.at.path, a.at.line, a.at.column) <
                                std::tie(b.at.path, b.at.line, b.at.column);
                     });
    throw InputError(std::move(sorted));
}

}  // namespace neocol
