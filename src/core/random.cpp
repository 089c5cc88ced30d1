#include <neocol/core/random.hpp>

#include <cmath>
#include <numbers>

namespace neocol {

namespace {

constexpr std::uint64_t multiplier_0 = 0xD2511F53;
constexpr std::uint64_t multiplier_1 = 0xCD9E8D57;
constexpr std::uint32_t weyl_0 = 0x9E3779B9;
constexpr std::uint32_t weyl_1 = 0xBB67AE85;

constexpr std::uint32_t low(std::uint64_t x) {
    return static_cast<std::uint32_t>(x);
}
constexpr std::uint32_t high(std::uint64_t x) {
    return static_cast<std::uint32_t>(x >> 32);
}

/// 53 random bits as a number in [0, 1).
double unit_interval(std::uint32_t upper, std::uint32_t lower) {
    const std::uint64_t bits = (static_cast<std::uint64_t>(upper) << 32 | lower) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c,
                                        std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = multiplier_0 * c[0];
        const std::uint64_t p1 = multiplier_1 * c[2];
        c = {high(p1) ^ c[1] ^ key[0], low(p1), high(p0) ^ c[3] ^ key[1], low(p0)};
        key[0] += weyl_0;
        key[1] += weyl_1;
    }
    return c;
}

double CounterRandom::uniform(std::uint64_t index) const {
    const auto words = philox4x32({low(index), high(index), low(stream_), high(stream_)},
                                  {low(seed_), high(seed_)});
    return unit_interval(words[1], words[0]);
}

double CounterRandom::normal(std::uint64_t index) const {
    const auto words = philox4x32({low(index), high(index), low(stream_), high(stream_)},
                                  {low(seed_), high(seed_)});
    const double radius = std::sqrt(-2.0 * std::log1p(-unit_interval(words[1], words[0])));
    return radius * std::cos(2.0 * std::numbers::pi * unit_interval(words[3], words[2]));
}

}  // namespace neocol
