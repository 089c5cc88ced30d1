#include "strips.hpp"

#include <algorithm>

namespace neocol::solver {

namespace {

/// Share of the second-level cache that a strip may fill [doubles].
constexpr std::size_t cache_doubles = std::size_t{1} << 16;

/// Strips a small grid is cut into at least, as far as it has blocks, to feed several threads.
constexpr std::size_t strips_at_least = 8;

}  // namespace

std::size_t strip_blocks(const Discretisation& d, const Group& group) {
    const std::size_t block = group.nz * std::max<std::size_t>(group.n_unknowns, 1) * lanes;
    const std::size_t by_cache = std::max<std::size_t>(cache_doubles / block, 1);
    const std::size_t by_threads = std::max<std::size_t>(d.plane / lanes / strips_at_least, 1);
    return std::min({by_cache, by_threads, d.nxp / lanes});
}

std::vector<ColumnStrip> make_strips(const Discretisation& d, const Group& group) {
    const std::size_t width = strip_blocks(d, group), row_blocks = d.nxp / lanes;
    std::vector<ColumnStrip> strips;
    for (std::size_t y = 0; y < d.ny; ++y)
        for (std::size_t b = 0; b < row_blocks; b += width)
            strips.push_back({y * d.nxp + b * lanes, std::min(width, row_blocks - b)});
    return strips;
}

}  // namespace neocol::solver
