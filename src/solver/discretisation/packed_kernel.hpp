#pragma once

#include <memory>

#include <neocol/kernel/kernel.hpp>

namespace neocol::solver {

/// A kernel for rows that are mostly padding, as those of a column are: where several of them come
/// at once, the voxels in use are moved together, so that blocks are full. The same bits voxel by
/// voxel; sums over voxels are taken in another order. Padding is left as it was, but for the
/// outputs of programs, where it repeats the first voxel of its row.
///
/// \param kernel    outlives it
/// \param n_inputs  of the model
/// \param row       length of rows, padding included
/// \param used      voxels of each row that are no padding
std::unique_ptr<kernel::Kernel> pack_rows(const kernel::Kernel& kernel, std::size_t n_inputs,
                                          std::size_t row, std::size_t used);

}  // namespace neocol::solver
