#include "page.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/quoting.hpp>

#include "print_latex.hpp"

namespace neocol::model {

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// Columns as wide as their characters, not their bytes.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(),
        [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Rows without_empty_columns(const Rows& rows) {
    Rows filled(rows.size());
    for (std::size_t column = 0; column < rows.front().size(); ++column) {
        const bool used = std::any_of(rows.begin() + 1, rows.end(),
                                      [&](const auto& row) { return !row[column].empty(); });
        if (!used) continue;
        for (std::size_t i = 0; i < rows.size(); ++i)
            filled[i].push_back(rows[i][column]);
    }
    return filled;
}

}  // namespace

void Page::heading(int level, const std::string& text) {
    switch (format_) {
        case Format::text:
            if (!text_.empty() && !text_.ends_with("\n\n")) text_ += '\n';
            text_ +=
                fmt::format("{}\n{}\n\n", text, std::string(width(text), level == 1 ? '=' : '-'));
            break;
        case Format::markdown:
            text_ += fmt::format("{} {}\n\n", std::string(static_cast<std::size_t>(level), '#'),
                                 markdown_text(text));
            break;
        case Format::latex:
            text_ += fmt::format("\\{}*{{{}}}\n\n", level == 1 ? "section" : "subsection",
                                 latex_text(text));
            break;
    }
}

void Page::paragraph(const std::string& text) {
    if (!text.empty()) text_ += text + "\n\n";
}

void Page::equation(const std::string& left, const std::string& right, const std::string& note) {
    switch (format_) {
        case Format::text:
            text_ += fmt::format("  {} = {}\n", left, right);
            if (!note.empty()) text_ += fmt::format("      {}\n", note);
            break;
        case Format::markdown:
            if (!note.empty()) text_ += note + "\n\n";
            text_ += fmt::format("$$ {} = {} $$\n\n", left, right);
            break;
        case Format::latex:
            if (!note.empty()) text_ += note + "\n";
            text_ += fmt::format("\\[ {} = {} \\]\n", left, right);
            break;
    }
}

void Page::table(const std::vector<std::string>& head, const Rows& rows) {
    if (rows.empty()) return;
    Rows all{head};
    all.insert(all.end(), rows.begin(), rows.end());
    all = without_empty_columns(all);
    if (all.front().empty()) return;
    switch (format_) {
        case Format::text:
            return text_table(all);
        case Format::markdown:
            return markdown_table(all);
        case Format::latex:
            return latex_table(all);
    }
}

void Page::text_table(const Rows& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]));
    const auto write = [&](const std::vector<std::string>& row) {
        std::string line = " ";
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += ' ' + row[i];
            if (i + 1 < row.size()) line += std::string(widths[i] - width(row[i]) + 1, ' ');
        }
        text_ += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    };
    write(rows.front());
    std::vector<std::string> rule;
    for (const std::size_t w : widths)
        rule.emplace_back(w, '-');
    write(rule);
    for (std::size_t i = 1; i < rows.size(); ++i)
        write(rows[i]);
    text_ += '\n';
}

void Page::markdown_table(const Rows& rows) {
    text_ += fmt::format("| {} |\n", fmt::join(rows.front(), " | "));
    text_ += "|" + std::string();
    for (std::size_t i = 0; i < rows.front().size(); ++i)
        text_ += "---|";
    text_ += '\n';
    for (std::size_t i = 1; i < rows.size(); ++i)
        text_ += fmt::format("| {} |\n", fmt::join(rows[i], " | "));
    text_ += '\n';
}

void Page::latex_table(const Rows& rows) {
    // longtable and booktabs; columns of prose may wrap, formulas may not.
    constexpr std::size_t longest = 24;
    std::string columns;
    for (std::size_t i = 0; i < rows.front().size(); ++i) {
        const bool wraps = std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
            return width(row[i]) > longest && !row[i].starts_with('$');
        });
        columns += wraps ? "p{0.2\\textwidth}" : "l";
    }
    text_ += fmt::format("\\begin{{longtable}}{{{}}}\n\\toprule\n{} \\\\\n\\midrule\n\\endhead\n",
                         columns, fmt::join(rows.front(), " & "));
    for (std::size_t i = 1; i < rows.size(); ++i)
        text_ += fmt::format("{} \\\\\n", fmt::join(rows[i], " & "));
    text_ += "\\bottomrule\n\\end{longtable}\n\n";
}

std::string Page::symbol(const std::string& name) const {
    if (format_ == Format::text) return name;
    return '$' + latex_name(name) + '$';
}

std::string Page::formula(const std::string& expression) const {
    if (format_ == Format::text || expression.empty()) return expression;
    return '$' + latex_of(expression) + '$';
}

std::string Page::prose(const std::string& text) const {
    std::string line = text;
    std::replace(line.begin(), line.end(), '\n', ' ');
    if (format_ == Format::text) return line;
    return format_ == Format::markdown ? markdown_text(line) : latex_text(line);
}

std::string Page::mathematics(const std::string& latex, const std::string& plain) const {
    return format_ == Format::text ? plain : latex;
}

}  // namespace neocol::model
