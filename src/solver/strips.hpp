#pragma once

#include <vector>

#include "discretisation.hpp"

namespace neocol::solver {

/// A run of blocks of one row (y), over the whole depth: what a thread solves at once in the second
/// pass of a stage.
struct ColumnStrip {
    std::size_t first = 0;  ///< offset in the padded plane
    std::size_t n_blocks = 0;
};

/// Strips of a group, all of at most `strip_blocks` blocks. Depends on the grid alone, so that sums
/// by strip do not depend on the number of threads.
std::size_t strip_blocks(const Discretisation& d, const Group& group);
std::vector<ColumnStrip> make_strips(const Discretisation& d, const Group& group);

}  // namespace neocol::solver
