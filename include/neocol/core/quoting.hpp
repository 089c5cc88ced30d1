#pragma once

#include <string>
#include <string_view>

/// Values as they stand in other languages' text: quoted and escaped where those need it.
namespace neocol {

/// A JSON string.
std::string json_string(std::string_view text);

/// A JSON number that reads back to the same bits; `null` for what is no finite number.
std::string json_number(double value);

/// A TOML basic string.
std::string toml_string(std::string_view text);

/// A cell of CSV, quoted where it has to be; line ends become blanks.
std::string csv_cell(std::string_view text);

/// A number for CSV that reads back to the same bits; empty for what is no number.
std::string csv_number(double value);

/// One word of a POSIX shell's command line, whatever it holds.
std::string shell_word(std::string_view text);

}  // namespace neocol
