#include "discretisation/stage_state.hpp"

#include <algorithm>

#include "discretisation/vector_loops.hpp"

namespace neocol::solver {

StageState::StageState(const Discretisation& d)
    : d_(d),
      surfaces_(d.fields.size() - d.binder.surfaces_begin(), 0.0),
      buffer_stride_(buffer_stride(d.plane)) {
    const Group* volume = d.groups.empty() ? nullptr : &d.groups.front();
    for (const Group& group : d.groups) {
        const bool surface = group.system->location != model::Location::volume;
        const bool reads = surface && volume->system->location == model::Location::volume;
        adjacent_.emplace_back(reads ? volume->n_unknowns * buffer_stride_ : 0, 0.0);
    }
}

void StageState::form(std::size_t offset, std::size_t count, double* out) const {
    const double* v[n_stages] = {};
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

}  // namespace neocol::solver
