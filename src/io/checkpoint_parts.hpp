#pragma once

#include <cstddef>
#include <string>

/// What the writer and the reader of checkpoints share.
namespace neocol::io::detail {

/// Bytes before HDF5's own: a line of text with the sum of all that follows.
inline constexpr std::size_t checkpoint_header_bytes = 512;
inline constexpr const char* checkpoint_magic =
    "neocol checkpoint, SHA-256 of what follows byte 512: ";

/// SHA-256 of a file from byte `checkpoint_header_bytes` on. \throws IoError  cannot be read
std::string sum_of_checkpoint(const std::string& path);

}  // namespace neocol::io::detail
