#pragma once

#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"

namespace neocol::solver {

/// Planes z - radius ... z + radius of a stage state as a thread walks down the grid, with the
/// coefficients of transport where they vary from voxel to voxel.
///
/// Where rows are short (`together`, `most` planes of a band at once), the planes of a band stand
/// one behind the other, with finite values before the first and after the last.
class StencilWindow {
public:
    StencilWindow(const Discretisation& d, const Group& group, bool together, std::size_t most);

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
