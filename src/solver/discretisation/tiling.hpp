#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"

namespace neocol::solver {

/// A run of blocks of one row (y) over some planes: what a thread works on at once in the second
/// pass of a stage.
struct Tile {
    std::size_t first = 0;  ///< offset in the padded plane
    std::size_t n_blocks = 0;
    std::size_t z_begin = 0, z_end = 0;
};

/// Rows that the first pass of a stage works on at once: one row, or all rows of some planes of one
/// layer where rows are short.
struct Piece {
    std::size_t z_begin = 0, z_end = 0;
    std::size_t y = 0;
    std::size_t count = 0;  ///< values of one unknown, padding included
};

/// Planes that a thread takes at once in the first pass, of one layer where `together`.
struct Band {
    std::size_t z_begin = 0, z_end = 0;
};

/// How a stage is cut into work. Depends on the grid alone, so that sums by band and tile do not
/// depend on the number of threads.
///
/// Lines along z are solved in strips over the whole depth; the reaction needs no neighbours. On a
/// large grid both are done strip by strip while it is in the cache; on a small one, which stays
/// there anyway, the reaction takes whole rows over a part of the depth.
struct Tiling {
    std::vector<Band> bands;
    bool together = false;  ///< a band is one piece; else its rows are pieces
    std::vector<Tile> strips, reaction;
    bool fused = false;      ///< the two are the same
    std::size_t widest = 1;  ///< blocks of the widest reaction tile

    Tiling(const Discretisation& d, const Group& group);
};

}  // namespace neocol::solver
