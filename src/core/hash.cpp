#include <neocol/core/hash.hpp>

#include <array>
#include <new>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <neocol/core/error.hpp>

namespace neocol {

namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hexadecimal(const Digest& digest, unsigned n_bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < n_bytes; ++i) {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

/// Of what can fail where SHA-256 is known, only memory is left; where memory fails while libcrypto
/// loads its algorithms, it says that there are none.
void check(int success) {
    if (success == 1) return;
    const unsigned long error = ERR_peek_last_error();
    if (error == 0 || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE) throw std::bad_alloc();
    throw IoError("libcrypto",
                  "computes no SHA-256: memory ran out, or OPENSSL_CONF names a configuration "
                  "without it");
}

}  // namespace

struct Sha256::Implementation {
    struct Free {
        void operator()(EVP_MD_CTX* of) const { EVP_MD_CTX_free(of); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : implementation_(std::make_unique<Implementation>()) {
    if (!implementation_->context) throw std::bad_alloc();
    check(EVP_DigestInit_ex(implementation_->context.get(), EVP_sha256(), nullptr));
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::string_view bytes) {
    check(EVP_DigestUpdate(implementation_->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
    Digest digest{};
    unsigned n_bytes = 0;
    check(EVP_DigestFinal_ex(implementation_->context.get(), digest.data(), &n_bytes));
    return hexadecimal(digest, n_bytes);
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 sum;
    sum.add(bytes);
    return sum.hex();
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
    Digest digest{};
    unsigned n_bytes = 0;
    const unsigned char* sum = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                    reinterpret_cast<const unsigned char*>(bytes.data()),
                                    bytes.size(), digest.data(), &n_bytes);
    check(sum != nullptr ? 1 : 0);
    return hexadecimal(digest, n_bytes);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace neocol
