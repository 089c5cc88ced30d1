#pragma once

#include <cstddef>
#include <vector>

namespace neocol::study {

inline constexpr std::size_t most_sobol_dimensions = 3667;

/// The first n points of Sobol's sequence, the origin first, [point][dimension]; in a file of its
/// own for Boost's long tables.
std::vector<double> sobol_sequence(std::size_t n, std::size_t dimensions);

}  // namespace neocol::study
