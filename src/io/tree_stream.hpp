#pragma once

#include <cstdint>
#include <string>

#include <neocol/io/tree.hpp>

#include "read_apart.hpp"

namespace neocol::io::tree {

/// What a process that reads a file with HDF5 sends, as plain values. Nothing that arrives is
/// believed beyond what has arrived.
/// \param path        of the file, for messages
/// \param file_bytes  its size: what arrives is in proportion to it
/// \throws IoError  it sends something else, or too much
File read_stream(detail::ReadApart& apart, const std::string& path, std::uint64_t file_bytes);

}  // namespace neocol::io::tree
