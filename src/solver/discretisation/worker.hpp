#pragma once

#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"
#include "discretisation/stencil_window.hpp"
#include "discretisation/tiling.hpp"

namespace neocol::solver {

/// Scratch of a thread while it works on a group.
struct Worker {
    RowBinder::Scratch binder;
    StencilWindow window;
    AlignedVector halo[3];                  ///< rows with room for neighbours at both ends
    AlignedVector row_buffer, face_buffer;  ///< of a row's values, of its faces
    AlignedVector transport_rates;  ///< [unknown][value]: rate of change by transport of one piece
    std::vector<char> has_transport;  ///< by unknown: there is such a rate
    AlignedVector derivative;         ///< [unknown][value]: d rates / d time of one piece
    AlignedVector weights;            ///< volumes of the voxels of one piece
    AlignedVector wall_values;        ///< [output][x], twice
    AlignedVector sums;               ///< [process][lane]: integrals of rates
    AlignedVector jacobian_sums;      ///< [process][lane]: integrals of J_p w, see ReactionFactors
    AlignedVector lines;              ///< of the solver along x
    AlignedVector strip;              ///< [unknown][x] of a strip in the second pass

    Worker(const Discretisation& d, const Group& group, const Tiling& tiling);

    /// Sets `weights` to the volumes of the voxels of a piece.
    void weigh_voxels(const Discretisation& d, const Group& group, const Piece& piece);
};

/// A piece of a stage state whose planes start at `plane`, unknowns `stride` apart, for the kernel.
kernel::Row bind(const Discretisation& d, const Group& group, const StageState& state,
                 const double* plane, std::size_t stride, const Piece& piece, double time,
                 Worker& worker);

}  // namespace neocol::solver
