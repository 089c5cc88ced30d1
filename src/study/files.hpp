#pragma once

#include <string>
#include <string_view>

namespace neocol::study::detail {

/// Writes a file in one move: temporary, to the disk, renamed. \throws IoError
void write_atomically(const std::string& path, std::string_view text);

/// Brings a folder's entries (new names) to the disk; does nothing where that cannot be done.
void sync_folder(const std::string& folder);

/// A TOML basic string.
std::string toml_string(std::string_view text);

/// A cell of a CSV file, quoted where it needs to be.
std::string csv_cell(std::string_view text);

}  // namespace neocol::study::detail
