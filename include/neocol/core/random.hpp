#pragma once

#include <array>
#include <cstdint>

namespace neocol {

/// Counter-based random numbers (Philox 4x32-10): the same key and counter give the same number on
/// every machine, in any order, on any thread.
///
/// Source: Salmon et al. 2011, doi:10.1145/2063384.2063405
class CounterRandom {
public:
    /// \param seed    of the run
    /// \param stream  what the numbers are for (a session, a person), so that streams are
    /// independent
    CounterRandom(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

    /// Number `index` of the stream, uniform in [0, 1).
    double uniform(std::uint64_t index) const;
    /// Number `index` of the stream, standard normal.
    double normal(std::uint64_t index) const;

private:
    std::uint64_t seed_;
    std::uint64_t stream_;
};

/// The raw generator: four words from counter and key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

}  // namespace neocol
