#include <catch2/catch.hpp>

#include <cmath>

#include <neocol/core/random.hpp>

using neocol::CounterRandom;
using neocol::philox4x32;
using Words = std::array<std::uint32_t, 4>;

TEST_CASE("Philox 4x32-10 gives the known answers published with Random123") {
    CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) ==
          Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    const std::uint32_t f = 0xffffffff;
    CHECK(philox4x32({f, f, f, f}, {f, f}) ==
          Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform numbers have the moments of the uniform distribution") {
    const CounterRandom random(7, 3);
    const int n = 100000;
    double sum = 0.0, squares = 0.0;
    for (std::uint64_t i = 0; i < n; ++i) {
        const double u = random.uniform(i);
        REQUIRE(u >= 0.0);
        REQUIRE(u < 1.0);
        sum += u;
        squares += u * u;
    }
    // Five standard errors: sd of u is sqrt(1/12), of u^2 sqrt(4/45).
    CHECK(std::abs(sum / n - 0.5) < 5.0 * std::sqrt(1.0 / 12.0 / n));
    CHECK(std::abs(squares / n - 1.0 / 3.0) < 5.0 * std::sqrt(4.0 / 45.0 / n));
}

TEST_CASE("normal numbers have the moments of the standard normal distribution") {
    const CounterRandom random(1, 0);
    const int n = 100000;
    double sum = 0.0, squares = 0.0, fourths = 0.0;
    for (std::uint64_t i = 0; i < n; ++i) {
        const double x = random.normal(i);
        REQUIRE(std::isfinite(x));
        sum += x;
        squares += x * x;
        fourths += x * x * x * x;
    }
    CHECK(std::abs(sum / n) < 5.0 / std::sqrt(n));
    CHECK(std::abs(squares / n - 1.0) < 5.0 * std::sqrt(2.0 / n));
    CHECK(std::abs(fourths / n - 3.0) < 5.0 * std::sqrt(96.0 / n));
}

TEST_CASE("streams and seeds give different numbers, repetition the same") {
    const CounterRandom random(42, 0);
    CHECK(random.uniform(5) == CounterRandom(42, 0).uniform(5));
    CHECK(random.uniform(5) != CounterRandom(42, 1).uniform(5));
    CHECK(random.uniform(5) != CounterRandom(43, 0).uniform(5));
    CHECK(random.uniform(5) != random.uniform(6));
    CHECK(random.uniform(5) != random.uniform(5 + (std::uint64_t{1} << 32)));
}
