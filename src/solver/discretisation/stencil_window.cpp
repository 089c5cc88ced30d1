#include "discretisation/stencil_window.hpp"

#include <algorithm>

namespace neocol::solver {

StencilWindow::StencilWindow(const Discretisation& d, const Group& group, bool together,
                             std::size_t most)
    : d_(d),
      group_(group),
      together_(together),
      radius_(group.any_taxis ? 2 : 1),
      slots_((together ? most : 1) + 2 * radius_),
      padded_plane_(buffer_stride(together ? slots_ * d.plane : d.plane)),
      coefficient_stride_(padded_plane_),
      coefficient_slot_(together ? d.plane : group.n_coefficients * padded_plane_),
      buffer_((together ? 1 : slots_) * group.n_unknowns * padded_plane_ + 2 * lanes, 0.0),
      coefficients_(group.any_coefficients
                        ? (together ? 1 : slots_) * group.n_coefficients * padded_plane_ + 2 * lanes
                        : 0,
                    0.0),
      planes_(slots_, nullptr) {}

void StencilWindow::begin(const StageState& state, std::size_t first_plane) {
    state_ = &state;
    origin_ = 0;
    next_ = first_plane > radius_ ? first_plane - radius_ : 0;
}

void StencilWindow::advance(std::size_t i_z, RowBinder::Scratch& scratch) {
    if (together_) {
        load(*state_, i_z, i_z + 1, scratch);
        return;
    }
    const std::size_t end = std::min(i_z + radius_ + 1, group_.nz);
    for (; next_ < end; ++next_) {
        const std::size_t at = slot(next_);
        planes_[at] = state_->plane(group_, next_,
                                    buffer_.data() + lanes + at * group_.n_unknowns * padded_plane_,
                                    padded_plane_, stride_);
        if (group_.any_coefficients) evaluate_coefficients(next_, 1, scratch);
    }
}

void StencilWindow::load(const StageState& state, std::size_t begin, std::size_t end,
                         RowBinder::Scratch& scratch) {
    state_ = &state;
    origin_ = begin > radius_ ? begin - radius_ : 0;
    const std::size_t last = std::min(end + radius_, group_.nz);
    stride_ = padded_plane_;
    for (std::size_t s = 0; s < group_.n_unknowns; ++s)
        state.form(group_.offset + s * group_.stride + origin_ * d_.plane,
                   (last - origin_) * d_.plane, buffer_.data() + lanes + s * stride_);
    for (std::size_t z = origin_; z < last; ++z)
        planes_[z - origin_] = buffer_.data() + lanes + (z - origin_) * d_.plane;
    if (!group_.any_coefficients) return;
    for (std::size_t z = origin_; z < last;) {
        std::size_t next = z + 1;
        while (next < last && group_.layer[next] == group_.layer[z])
            ++next;
        evaluate_coefficients(z, next - z, scratch);
        z = next;
    }
}

/// Of planes of one layer that stand one behind the other.
void StencilWindow::evaluate_coefficients(std::size_t i_z, std::size_t n_planes,
                                          RowBinder::Scratch& scratch) {
    const kernel::Row row = d_.binder.bind(
        *group_.system,
        state_->strip(group_, i_z, planes_[slot(i_z)], stride_, 0, n_planes * d_.plane / lanes),
        state_->time(), scratch);
    group_.kernel->evaluate(kernel::Program::coefficients, row,
                            coefficients_.data() + lanes + slot(i_z) * coefficient_slot_,
                            coefficient_stride_);
}

}  // namespace neocol::solver
