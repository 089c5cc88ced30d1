#pragma once

#include <string>
#include <vector>

#include <neocol/model/describe.hpp>

namespace neocol::model {

/// Writes headings, paragraphs, equations and tables in one of the formats of `describe`.
///
/// `symbol`, `formula` and `prose` give a piece of text in the format, for cells and paragraphs.
class Page {
public:
    explicit Page(Format format) : format_(format) {}

    void heading(int level, const std::string& text);
    void paragraph(const std::string& text);
    void equation(const std::string& left, const std::string& right, const std::string& note);
    /// Columns that are empty in every row are left out.
    void table(const std::vector<std::string>& head,
               const std::vector<std::vector<std::string>>& rows);

    std::string symbol(const std::string& name) const;
    std::string formula(const std::string& expression) const;
    std::string prose(const std::string& text) const;
    /// Mathematics that has no text of its own in the model; `plain` stands in text format.
    std::string mathematics(const std::string& latex, const std::string& plain) const;

    Format format() const { return format_; }
    std::string take() { return std::move(text_); }

private:
    Format format_;
    std::string text_;

    void text_table(const std::vector<std::vector<std::string>>& rows);
    void markdown_table(const std::vector<std::vector<std::string>>& rows);
    void latex_table(const std::vector<std::vector<std::string>>& rows);
};

}  // namespace neocol::model
