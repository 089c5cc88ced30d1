#pragma once

#include <string>
#include <string_view>

namespace neocol {

/// SHA-256 of `bytes` as 64 hexadecimal digits (FIPS 180-4): identity of texts, runs and caches.
std::string sha256_hex(std::string_view bytes);

}  // namespace neocol
