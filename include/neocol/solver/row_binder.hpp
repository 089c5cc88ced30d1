#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/kernel/kernel.hpp>
#include <neocol/solver/problem.hpp>

namespace neocol::solver {

/// Arrays a model's injury map reads, in grid layout (volume) or one plane (surface locations).
struct WoundArrays {
    const double* wounded = nullptr;
    const double* removed = nullptr;
    const double* hole_radius = nullptr;
    const double* hole_depth = nullptr;
};

/// Binds rows of a state to a model's inputs, so that a kernel can be called on them.
///
/// One `RowBinder` per problem, shared by threads; each thread has its own `Scratch`.
class RowBinder {
public:
    explicit RowBinder(const Problem& problem);
    ~RowBinder();

    /// Binds other values of parameters from now on; what was bound before sees them too.
    void set(const Environment& environment);

    /// A thread's own table of input pointers.
    struct Scratch {
        std::vector<const double*> inputs;
        std::vector<std::ptrdiff_t> advance;
        AlignedVector broadcast;                ///< time, depth, then value and rate of externals
        AlignedVector surfaces;                 ///< planes of surface fields, repeated
        const model::System* system = nullptr;  ///< of the last bind, with its layer: what differs
        int layer = -1;                         ///< from row to row alone is bound anew
        bool at_rest = false;                   ///< externals are what they are at rest
        /// Moment and plane for which the courses of externals were evaluated last.
        double course_time = std::numeric_limits<double>::quiet_NaN();
        std::size_t course_plane = 0;
    };
    Scratch make_scratch() const;

    /// Row (i_z, i_y) of a system; for surface systems i_z is ignored. `state` has the layout of
    /// the FieldTable (species outside the system are read from it too). The Row points into
    /// `scratch` and stays valid until the next bind with it.
    kernel::Row bind(const model::System& system, std::size_t i_z, std::size_t i_y,
                     const double* state, double time, Scratch& scratch,
                     const WoundArrays* wound = nullptr) const;

    /// A run of blocks inside one plane of a system, for callers that keep stage states elsewhere.
    struct Strip {
        std::size_t i_z = 0;
        std::size_t first = 0;  ///< offset of its first voxel in the padded plane
        std::size_t n_blocks = 0;
        const double* unknowns = nullptr;  ///< first unknown of the strip's first voxel
        std::size_t stride = 0;            ///< between unknowns
        /// First volume field at the plane that surface fields touch (nullptr: not read), and its
        /// stride; first surface field of all.
        const double* adjacent = nullptr;
        std::size_t adjacent_stride = 0;
        const double* surfaces = nullptr;
        const double* values = nullptr;  ///< a whole State for fields of other systems, integrals
    };
    kernel::Row bind(const model::System& system, const Strip& strip, double time, Scratch& scratch,
                     const WoundArrays* wound = nullptr) const;

    /// True if rows of several planes of one layer may be bound as one Strip: nothing that a volume
    /// system reads depends on the place.
    bool spans_planes() const;

    /// Offset of the first surface field in a state.
    std::size_t surfaces_begin() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::solver
