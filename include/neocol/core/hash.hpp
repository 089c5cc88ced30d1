#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace neocol {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void add(std::string_view bytes);
    /// 64 hexadecimal digits of all that was added; nothing may be added afterwards.
    std::string hex();

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// SHA-256 of `bytes` as 64 hexadecimal digits: identity of texts, runs and caches.
std::string sha256_hex(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104) of `bytes` under a key, as 64 hexadecimal digits.
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);

/// Whether two texts are equal, in a time that does not tell where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace neocol
