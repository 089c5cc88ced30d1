#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace neocol {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces.
class Sha256 {
public:
    Sha256();
    void add(std::string_view bytes);
    /// 64 hexadecimal digits of all that was added; nothing may be added afterwards.
    std::string hex();

private:
    std::array<std::uint32_t, 8> digest_;
    std::array<std::uint8_t, 64> block_{};
    std::size_t filled_ = 0;
    std::uint64_t n_bytes_ = 0;
};

/// SHA-256 of `bytes` as 64 hexadecimal digits: identity of texts, runs and caches.
std::string sha256_hex(std::string_view bytes);

}  // namespace neocol
