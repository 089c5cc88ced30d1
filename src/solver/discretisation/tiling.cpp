#include "discretisation/tiling.hpp"

#include <algorithm>

namespace neocol::solver {

namespace {

/// Share of the second-level cache that a strip may fill [doubles].
constexpr std::size_t cache_doubles = std::size_t{1} << 16;

/// Arrays that the end of a step reads and writes: stages, state and new state.
constexpr std::size_t arrays_of_step = 6;

/// Parts of the depth of a small grid, to feed several threads.
constexpr std::size_t parts_of_depth = 8;

/// Rows of a small grid are at most this long [blocks].
constexpr std::size_t small_row = 16;

/// Values of one unknown that a band of short rows holds, about.
constexpr std::size_t band_size = 384;

/// Whether short rows of several planes are taken together, which needs no neighbours along y and
/// no halo along x.
bool takes_together(const Discretisation& d, const Group& group) {
    return d.ny == 1 && !d.x.periodic && 2 * d.nxp <= band_size && group.nz > 1 &&
           d.binder.spans_planes();
}

}  // namespace

Tiling::Tiling(const Discretisation& d, const Group& group) {
    together = takes_together(d, group);
    const std::size_t most = together ? band_size / d.nxp : 1;
    for (std::size_t z = 0; z < group.nz;) {
        std::size_t end = z + 1;
        while (end < group.nz && end - z < most && group.layer[end] == group.layer[z])
            ++end;
        bands.push_back({z, end});
        z = end;
    }
    const std::size_t row_blocks = d.nxp / lanes;
    const std::size_t block = group.nz * arrays_of_step * lanes;
    const std::size_t width = std::clamp<std::size_t>(cache_doubles / block, 1, row_blocks);
    for (std::size_t y = 0; y < d.ny; ++y)
        for (std::size_t b = 0; b < row_blocks; b += width)
            strips.push_back({y * d.nxp + b * lanes, std::min(width, row_blocks - b), 0, group.nz});
    fused = d.ny > 1 || row_blocks > small_row;
    if (fused) {
        reaction = strips;
        widest = width;
        return;
    }
    widest = row_blocks;
    for (std::size_t part = 0; part < parts_of_depth; ++part) {
        const std::size_t begin = group.nz * part / parts_of_depth,
                          end = group.nz * (part + 1) / parts_of_depth;
        if (begin < end) reaction.push_back({0, row_blocks, begin, end});
    }
}

}  // namespace neocol::solver
