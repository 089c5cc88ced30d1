#include "discretisation/stage_state.hpp"

#include <algorithm>

#include "discretisation/vector_loops.hpp"

namespace neocol::solver {

namespace {

/// Distance between the unknowns of a plane: an odd number of cache lines, so that they do not
/// collide in the cache.
std::size_t spread(std::size_t plane) {
    return (plane / lanes | 1) * lanes;
}

}  // namespace

StageState::StageState(const Discretisation& d)
    : d_(d),
      surfaces_(d.fields.size() - d.binder.surfaces_begin(), 0.0),
      buffer_stride_(spread(d.plane)) {
    const Group* volume = d.groups.empty() ? nullptr : &d.groups.front();
    for (const Group& group : d.groups) {
        const bool surface = group.system->location != model::Location::volume;
        const bool reads = surface && volume->system->location == model::Location::volume;
        adjacent_.emplace_back(reads ? volume->n_unknowns * buffer_stride_ : 0, 0.0);
    }
}

void StageState::form(std::size_t offset, std::size_t count, double* out) const {
    const double* v[4] = {};
    for (std::size_t j = 0; j < n_; ++j)
        v[j] = increments_[j] + offset;
    combine(out, u_ + offset, count, a_, v, n_);
}

void StageState::set(const double* u, const double* const* increments, const double* a,
                     std::size_t n, double time) {
    u_ = u;
    values_ = u;
    n_ = n;
    time_ = time;
    for (std::size_t j = 0; j < n; ++j) {
        increments_[j] = increments[j];
        a_[j] = a[j];
    }
    if (!surfaces_.empty()) form(d_.binder.surfaces_begin(), surfaces_.size(), surfaces_.data());
    for (std::size_t g = 0; g < d_.groups.size(); ++g) {
        if (adjacent_[g].empty()) continue;
        const Group& volume = d_.groups.front();
        const std::size_t i_z = d_.plane_of(d_.groups[g], 0);
        for (std::size_t s = 0; s < volume.n_unknowns; ++s)
            form(volume.offset + s * volume.stride + i_z * d_.plane, d_.plane,
                 adjacent_[g].data() + s * buffer_stride_);
    }
}

const double* StageState::plane(const Group& group, std::size_t i_z, double* buffer,
                                std::size_t buffer_stride, std::size_t& stride) const {
    const std::size_t start = group.offset + i_z * d_.plane;
    if (n_ == 0) {
        stride = group.stride;
        return u_ + start;
    }
    stride = buffer_stride;
    for (std::size_t s = 0; s < group.n_unknowns; ++s)
        form(start + s * group.stride, d_.plane, buffer + s * buffer_stride);
    return buffer;
}

RowBinder::Strip StageState::strip(const Group& group, std::size_t i_z, const double* plane,
                                   std::size_t stride, std::size_t first,
                                   std::size_t n_blocks) const {
    RowBinder::Strip strip;
    strip.i_z = i_z;
    strip.first = first;
    strip.n_blocks = n_blocks;
    strip.unknowns = plane + first;
    strip.stride = stride;
    const auto g = static_cast<std::size_t>(&group - d_.groups.data());
    if (!adjacent_[g].empty()) {
        strip.adjacent = adjacent_[g].data();
        strip.adjacent_stride = buffer_stride_;
    }
    if (!surfaces_.empty()) strip.surfaces = surfaces_.data();
    strip.values = values_;
    return strip;
}

Window::Window(const Discretisation& d, const Group& group, bool together, std::size_t most)
    : d_(d),
      group_(group),
      together_(together),
      radius_(group.any_taxis ? 2 : 1),
      slots_((together ? most : 1) + 2 * radius_),
      padded_plane_(spread(together ? slots_ * d.plane : d.plane)),
      coefficient_stride_(padded_plane_),
      coefficient_slot_(together ? d.plane : group.n_coefficients * padded_plane_),
      buffer_((together ? 1 : slots_) * group.n_unknowns * padded_plane_ + 2 * lanes, 0.0),
      coefficients_(group.any_coefficients
                        ? (together ? 1 : slots_) * group.n_coefficients * padded_plane_ + 2 * lanes
                        : 0,
                    0.0),
      planes_(slots_, nullptr) {}

void Window::begin(const StageState& state, std::size_t first_plane) {
    state_ = &state;
    origin_ = 0;
    next_ = first_plane > radius_ ? first_plane - radius_ : 0;
}

void Window::advance(std::size_t i_z, RowBinder::Scratch& scratch) {
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

void Window::load(const StageState& state, std::size_t begin, std::size_t end,
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
void Window::evaluate_coefficients(std::size_t i_z, std::size_t n_planes,
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
