#include "discretisation/worker.hpp"

#include <algorithm>

namespace neocol::solver {

namespace {

std::size_t widest_piece(const Tiling& tiling) {
    std::size_t planes = 1;
    for (const Band& band : tiling.bands)
        planes = std::max(planes, band.z_end - band.z_begin);
    return tiling.together ? planes : 1;
}

}  // namespace

Worker::Worker(const Discretisation& d, const Group& group, const Tiling& tiling)
    : binder(d.binder.make_scratch()),
      window(d, group, tiling.together, widest_piece(tiling)),
      halo{AlignedVector(d.nxp + 2 * lanes, 0.0), AlignedVector(d.nxp + 2 * lanes, 0.0),
           AlignedVector(d.nxp + 2 * lanes, 0.0)},
      row_buffer(d.nxp, 0.0),
      face_buffer(d.nxp + lanes, 0.0),
      transport_rates(group.n_unknowns * widest_piece(tiling) * d.nxp, 0.0),
      has_transport(group.n_unknowns, 0),
      derivative(transport_rates.size(), 0.0),
      weights(widest_piece(tiling) * d.nxp, 0.0),
      wall_values(2 * group.kernel->n_outputs(kernel::Program::boundary) * d.nxp, 0.0),
      sums((group.n_processes + 1) * lanes, 0.0),
      jacobian_sums(sums.size(), 0.0),
      lines(d.nxp * lanes, 0.0),
      strip((group.n_unknowns + 1) * tiling.widest * lanes, 0.0) {}

void Worker::weigh_voxels(const Discretisation& d, const Group& group, const Piece& piece) {
    for (std::size_t z = piece.z_begin; z < piece.z_end; ++z)
        for (std::size_t i = 0; i < d.nxp; ++i)
            weights[(z - piece.z_begin) * d.nxp + i] =
                d.area[piece.y * d.nxp + i] * group.thickness[z];
}

kernel::Row bind(const Discretisation& d, const Group& group, const StageState& state,
                 const double* plane, std::size_t stride, const Piece& piece, double time,
                 Worker& worker) {
    return d.binder.bind(
        *group.system,
        state.strip(group, piece.z_begin, plane, stride, piece.y * d.nxp, piece.count / lanes),
        time, worker.binder);
}

}  // namespace neocol::solver
