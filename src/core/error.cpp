#include <neocol/core/error.hpp>

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <neocol/core/quoting.hpp>

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
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
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
    text += fmt::format("{}: {}", label, diagnostic.message);
    if (at.line > 0 && !diagnostic.source_line.empty()) {
        const auto before = static_cast<std::size_t>(std::max(at.column, 1) - 1);
        const std::size_t width = count_characters(diagnostic.source_line);
        const std::size_t room = width > before ? width - before : 1;
        const std::size_t length =
            std::clamp<std::size_t>(static_cast<std::size_t>(std::max(at.length, 1)), 1, room);
        text +=
            fmt::format("\n{:5} | {}\n      | {}^{}", at.line, diagnostic.source_line,
                        blanks_below(diagnostic.source_line, before), std::string(length - 1, '~'));
    }
    if (!diagnostic.help.empty()) text += '\n' + diagnostic.help;
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
    if (std::none_of(list_.begin(), list_.end(), same)) list_.push_back(std::move(diagnostic));
}

void Diagnostics::append(const std::vector<Diagnostic>& others) {
    for (const Diagnostic& other : others)
        add(other);
}

void Diagnostics::throw_if_any() const {
    if (list_.empty()) return;
    std::vector<Diagnostic> sorted = list_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.at.path, a.at.line, a.at.column) <
               std::tie(b.at.path, b.at.line, b.at.column);
    });
    throw InputError(std::move(sorted));
}

}  // namespace neocol
