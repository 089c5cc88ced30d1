#pragma once

#include <string>
#include <string_view>

namespace neocol::study::detail {

/// Writes a file in one move: temporary, to the disk, renamed. \throws IoError
void write_atomically(const std::string& path, std::string_view text);

/// Brings a folder's entries (new names) to the disk; does nothing where that cannot be done.
void sync_folder(const std::string& folder);

}  // namespace neocol::study::detail
