#pragma once

#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"

namespace neocol::solver {

/// The state a stage is evaluated at, u + sum_j a_j U_j, never stored as a whole: only its surface
/// fields and the volume planes that touch them are.
class StageState {
public:
    explicit StageState(const Discretisation& d);

    /// \param increments  U_0 ... U_{n-1}, in the layout of a state; n = 0 is u itself
    void set(const double* u, const double* const* increments, const double* a, std::size_t n,
             double time);

    double time() const { return time_; }
    /// First unknown of a plane of a group, formed into `buffer` (n_unknowns * buffer_stride)
    /// unless it is in memory already; `stride` is set to the distance of unknowns.
    const double* plane(const Group& group, std::size_t i_z, double* buffer,
                        std::size_t buffer_stride, std::size_t& stride) const;
    /// Strip of a plane for the binder, with everything else a rate may read.
    RowBinder::Strip strip(const Group& group, std::size_t i_z, const double* plane,
                           std::size_t stride, std::size_t first, std::size_t n_blocks) const;
    const double* u() const { return u_; }
    /// The state at `count` values from `offset` on.
    void form(std::size_t offset, std::size_t count, double* out) const;
    /// From now until the next `set`: the whole state that quasi-steady fields and integrals are
    /// read from; else it is u.
    void read_closures(const double* values) { values_ = values; }

private:
    const Discretisation& d_;
    const double *u_ = nullptr, *values_ = nullptr;
    const double* increments_[4] = {};
    double a_[4] = {};
    std::size_t n_ = 0;
    double time_ = 0.0;
    AlignedVector surfaces_;
    std::vector<AlignedVector> adjacent_;  // by group
    std::size_t buffer_stride_ = 0;
};

/// Planes z - radius ... z + radius of a stage state as a thread walks down the grid, with the
/// coefficients of transport where they vary from voxel to voxel.
///
/// Where rows are short (`together`, `most` planes of a band at once), the planes of a band stand
/// one behind the other, with finite values before the first and after the last.
class Window {
public:
    Window(const Discretisation& d, const Group& group, bool together, std::size_t most);

    /// Forgets all planes and takes a new stage state.
    void begin(const StageState& state, std::size_t first_plane);
    /// Makes the planes around `i_z` available; called with ascending i_z.
    void advance(std::size_t i_z, RowBinder::Scratch& scratch);
    /// Makes the planes of a band and around it available, if `together`.
    void load(const StageState& state, std::size_t begin, std::size_t end,
              RowBinder::Scratch& scratch);

    /// Row (z, y) of an unknown.
    const double* row(std::size_t i_z, std::size_t i_y, std::size_t unknown) const {
        return planes_[slot(i_z)] + unknown * stride_ + i_y * d_.nxp;
    }
    const double* coefficient(std::size_t i_z, std::size_t i_y, std::size_t output) const {
        return coefficients_.data() + lanes + slot(i_z) * coefficient_slot_ +
               output * coefficient_stride_ + i_y * d_.nxp;
    }
    const double* plane(std::size_t i_z) const { return planes_[slot(i_z)]; }
    std::size_t stride() const { return stride_; }
    const StageState* state() const { return state_; }

private:
    const Discretisation& d_;
    const Group& group_;
    const StageState* state_ = nullptr;
    bool together_;
    std::size_t radius_, slots_, padded_plane_, stride_ = 0, next_ = 0, origin_ = 0;
    std::size_t coefficient_stride_ = 0, coefficient_slot_ = 0;  ///< between outputs, planes
    AlignedVector buffer_, coefficients_;
    std::vector<const double*> planes_;

    std::size_t slot(std::size_t i_z) const { return (i_z - origin_) % slots_; }
    void evaluate_coefficients(std::size_t i_z, std::size_t n_planes, RowBinder::Scratch& scratch);
};

}  // namespace neocol::solver
