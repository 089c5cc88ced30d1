#pragma once

#include <string>
#include <string_view>

/// Values as they stand in other languages' text: quoted and escaped where those need it. One
/// function for each destination; whatever text arrives, what it says is text there.
namespace neocol {

/// A JSON string.
std::string json_string(std::string_view text);

/// A JSON number that reads back to the same bits; `null` for what is no finite number.
std::string json_number(double value);

/// A TOML basic string.
std::string toml_string(std::string_view text);

/// Text for a terminal or a log: control characters (line ends and tabs excepted), marks that turn
/// the direction of writing, and bytes that are no UTF-8 become U+FFFD, so that a file's text
/// cannot move the cursor, hide lines, or set a title.
std::string printable(std::string_view text);

/// Text or an attribute's value in XML and HTML.
std::string xml_text(std::string_view text);

/// Prose in LaTeX, on one line.
std::string latex_text(std::string_view text);

/// Prose in Markdown, on one line: no markup, links or HTML of its own.
std::string markdown_text(std::string_view text);

/// A cell of CSV, quoted where it has to be; line ends become blanks. Text that a spreadsheet would
/// take for a formula (it starts with = + - @ or a tab and is no number) gets an apostrophe first.
std::string csv_cell(std::string_view text);

/// A number for CSV that reads back to the same bits; empty for what is no number.
std::string csv_number(double value);

/// One word of a POSIX shell's command line, whatever it holds.
std::string shell_word(std::string_view text);

}  // namespace neocol
