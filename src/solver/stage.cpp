#include "stage.hpp"

#include <algorithm>

#include "rows.hpp"

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
      surfaces_(d.fields->size() - d.binder.surfaces_begin(), 0.0),
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
    return strip;
}

Window::Window(const Discretisation& d, const Group& group)
    : d_(d),
      group_(group),
      radius_(group.any_taxis ? 2 : 1),
      slots_(2 * radius_ + 1),
      padded_plane_(spread(d.plane)),
      buffer_(slots_ * group.n_unknowns * padded_plane_, 0.0),
      coefficients_(group.any_coefficients ? slots_ * group.n_coefficients * padded_plane_ : 0,
                    0.0),
      planes_(slots_, nullptr) {}

void Window::begin(const StageState& state, std::size_t first_plane) {
    state_ = &state;
    next_ = first_plane > radius_ ? first_plane - radius_ : 0;
}

void Window::advance(std::size_t i_z, RowBinder::Scratch& scratch) {
    const std::size_t end = std::min(i_z + radius_ + 1, group_.nz);
    for (; next_ < end; ++next_) {
        const std::size_t slot = next_ % slots_;
        planes_[slot] =
            state_->plane(group_, next_, buffer_.data() + slot * group_.n_unknowns * padded_plane_,
                          padded_plane_, stride_);
        if (!group_.any_coefficients) continue;
        const kernel::Row row = d_.binder.bind(
            *group_.system,
            state_->strip(group_, next_, planes_[slot], stride_, 0, d_.plane / lanes),
            state_->time(), scratch);
        group_.kernel->evaluate(kernel::Program::coefficients, row,
                                coefficients_.data() + slot * group_.n_coefficients * padded_plane_,
                                padded_plane_);
    }
}

}  // namespace neocol::solver
