#pragma once

#include <algorithm>
#include <cstddef>

namespace neocol {

/// Threads that help a run on a grid, at most `most`: with fewer voxels each than some 20,000 they
/// wait for each other longer than they work, beside other work many times longer.
constexpr int useful_threads(std::size_t n_voxels, int most) {
    constexpr std::size_t voxels_per_thread = 20'000;
    const std::size_t useful = n_voxels / voxels_per_thread + 1;
    return static_cast<int>(std::min(useful, static_cast<std::size_t>(std::max(most, 1))));
}

}  // namespace neocol
