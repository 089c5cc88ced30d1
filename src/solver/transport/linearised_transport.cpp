#include "transport/linearised_transport.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "discretisation/parallel.hpp"
#include "transport/diffusion.hpp"
#include "transport/taxis.hpp"

namespace neocol::solver {

namespace {

/// Lines along y and z that are solved side by side.
constexpr std::size_t widest = 8 * lanes;

constexpr std::array<double, widest> make_ones() {
    std::array<double, widest> ones{};
    for (double& factor : ones)
        factor = 1.0;
    return ones;
}
alignas(alignment) constexpr std::array<double, widest> ones = make_ones();

}  // namespace

void LinearisedTransport::Axis::reserve(std::size_t size, bool periodic) {
    used = true;
    for (AlignedVector* array : {&forward, &backward, &scale, &lower, &upper})
        array->assign(size, 0.0);
    if (periodic) border.assign(size, 0.0);
}

LineBatchFactor LinearisedTransport::Axis::factor_at(std::size_t offset) {
    return {scale.data() + offset, lower.data() + offset, upper.data() + offset,
            border.empty() ? nullptr : border.data() + offset};
}

LineBatchFactor LinearisedTransport::Axis::factor_at(std::size_t offset) const {
    return const_cast<Axis*>(this)->factor_at(offset);
}

LinearisedTransport::LinearisedTransport(const Discretisation& d, const Group& group)
    : d_(&d), group_(&group) {
    const std::size_t n_rows = padded(group.nz * d.ny), size = group.nz * d.plane;
    if (d.nx > 1) x_.reserve(n_rows * d.nx, d.x.periodic);
    if (d.ny > 1) y_.reserve(size, d.y.periodic);
    z_.reserve(size, false);
    x_rate_.assign(d.nx, 1.0);
    x_line_rate_.assign(n_rows, 0.0);
    x_sink_.assign(d.nx, 0.0);
    y_rate_.assign(group.nz * d.ny, 0.0);
    y_sink_.assign(d.ny, 0.0);
    z_rate_.assign(group.nz, 0.0);
    z_sink_.assign(group.nz, 0.0);
}

LinearisedTransport::Coefficients LinearisedTransport::x_coefficients(std::size_t i_z,
                                                                      std::size_t i_y) {
    const std::size_t row = i_z * d_->ny + i_y;
    const std::size_t offset = row / lanes * lanes * d_->nx + row % lanes;
    return {x_.forward.data() + offset, x_.backward.data() + offset};
}

LinearisedTransport::Coefficients LinearisedTransport::coefficients(Axis& axis, std::size_t i_z,
                                                                    std::size_t i_y) const {
    const std::size_t offset = i_z * d_->plane + i_y * d_->nxp;
    return {axis.forward.data() + offset, axis.backward.data() + offset};
}

LineBatch LinearisedTransport::x_lines(std::size_t i_batch) const {
    const std::size_t offset = i_batch * lanes * d_->nx;
    return {d_->nx,
            lanes,
            lanes,
            x_.forward.data() + offset,
            x_.backward.data() + offset,
            d_->x.volume.data(),
            x_rate_.data(),
            x_line_rate_.data() + i_batch * lanes,
            x_sink_.data(),
            d_->x.periodic};
}

LineBatch LinearisedTransport::y_lines(std::size_t i_z, std::size_t first,
                                       std::size_t width) const {
    const std::size_t offset = i_z * d_->plane + first;
    return {d_->ny,
            d_->nxp,
            width,
            y_.forward.data() + offset,
            y_.backward.data() + offset,
            d_->y.volume.data(),
            y_rate_.data() + i_z * d_->ny,
            ones.data(),
            y_sink_.data(),
            d_->y.periodic};
}

LineBatch LinearisedTransport::z_lines(std::size_t first, std::size_t width) const {
    return {group_->nz,
            d_->plane,
            width,
            z_.forward.data() + first,
            z_.backward.data() + first,
            group_->thickness.data(),
            z_rate_.data(),
            ones.data(),
            z_sink_.data(),
            false};
}

void LinearisedTransport::set_row(const Faces& faces, Worker& worker, std::size_t s,
                                  std::size_t i_z, std::size_t i_y, double time) {
    const Discretisation& d = *d_;
    const Transport& t = group_->transport[s];
    if (!group_->present[s][i_z]) return;
    if (t.per_voxel) check_diffusivity(worker, s, i_z, i_y, time);
    AlignedVector& forward = worker.row_buffer;
    AlignedVector& backward = worker.face_buffer;
    if (d.nx > 1) {
        std::fill(forward.begin(), forward.end(), 0.0);
        std::fill(backward.begin(), backward.end(), 0.0);
        if (t.per_voxel)
            add_diffusion_coefficients(forward.data(), backward.data(),
                                       faces.along_x(worker, s, t.coefficient, i_z, i_y), d.nx);
        for (std::size_t i = 0; !t.per_voxel && i < d.nx; ++i)
            forward[i] = backward[i] = t.diffusivity[i_z] * d.x.conductance[i];
        for (const TaxisTerm& taxis : t.taxis) {
            if (!group_->present[taxis.toward][i_z]) continue;
            AlongX row = faces.along_x(worker, s, taxis.coefficient, i_z, i_y);
            row.toward = faces.widen(worker.window.row(i_z, i_y, taxis.toward), worker.halo[2]);
            add_taxis_coefficients(forward.data(), backward.data(), row, d.nx);
        }
        const Coefficients out = x_coefficients(i_z, i_y);
        for (std::size_t i = 0; i < d.nx; ++i) {
            out.forward[i * lanes] = forward[i];
            out.backward[i * lanes] = backward[i];
        }
    }
    if (d.ny > 1)
        set_row_across(faces, worker, s, faces.y_face(worker, s, i_z, i_y),
                       t.diffusivity[i_z] * d.y.conductance[i_y], coefficients(y_, i_z, i_y));
    set_row_across(faces, worker, s, faces.z_face(worker, s, i_z, i_y), t.conductance[i_z],
                   coefficients(z_, i_z, i_y));
}

/// Coefficients of one face across, `conductance` where diffusivity is one a layer.
void LinearisedTransport::set_row_across(const Faces& faces, const Worker& worker, std::size_t s,
                                         std::optional<AcrossFace> face, double conductance,
                                         const Coefficients& out) const {
    const Transport& t = group_->transport[s];
    const std::size_t nx = d_->nx;
    std::fill_n(out.forward, nx, 0.0);
    std::fill_n(out.backward, nx, 0.0);
    if (!face) return;
    if (t.per_voxel) {
        Faces::set_coefficient(worker, t.coefficient, *face);
        add_diffusion_coefficients(out.forward, out.backward, *face, nx);
    } else {
        std::fill_n(out.forward, nx, conductance / face->weight[0]);
        std::fill_n(out.backward, nx, conductance / face->weight[1]);
    }
    for (const TaxisTerm& taxis : t.taxis) {
        if (!faces.set_target(worker, taxis.toward, *face)) continue;
        Faces::set_coefficient(worker, taxis.coefficient, *face);
        add_taxis_coefficients(out.forward, out.backward, *face, nx);
    }
}

void LinearisedTransport::check_diffusivity(const Worker& worker, std::size_t s, std::size_t i_z,
                                            std::size_t i_y, double time) const {
    const double* d = worker.window.coefficient(i_z, i_y, group_->transport[s].coefficient);
    for (std::size_t i = 0; i < d_->nx; ++i) {
        if (d[i] >= 0.0 && std::isfinite(d[i])) continue;
        NumericsError::Where where;
        where.time = time;
        where.species =
            d_->model.species[static_cast<std::size_t>(group_->system->unknowns[s])].name;
        where.place = d_->place(*group_, i_z, i_y, i);
        where.value = d[i];
        throw NumericsError(fmt::format("diffusivity of {} is {} mm2/d at {}, t = {:.6g} d",
                                        where.species, d[i], where.place, time),
                            where);
    }
}

void LinearisedTransport::factor(std::span<const double> damping, const WallConductances& sinks,
                                 double gh, int threads) {
    const Discretisation& d = *d_;
    for (std::size_t z = 0; z < group_->nz; ++z) {
        z_rate_[z] = gh / damping[z];
        std::fill_n(x_line_rate_.begin() + static_cast<std::ptrdiff_t>(z * d.ny), d.ny, z_rate_[z]);
        std::fill_n(y_rate_.begin() + static_cast<std::ptrdiff_t>(z * d.ny), d.ny, z_rate_[z]);
    }
    const auto side_walls = [&](const AxisStencil& stencil, const tissue::Axis& axis,
                                std::vector<double>& sink) {
        if (stencil.periodic || stencil.size() < 2) return;
        sink.front() = axis.radial ? 0.0 : sinks.outer * axis.face_areas.front();
        sink.back() = sinks.outer * axis.face_areas[stencil.size()];
    };
    side_walls(d.x, d.grid.x(), x_sink_);
    side_walls(d.y, d.grid.y(), y_sink_);
    z_sink_.front() = sinks.top;
    z_sink_.back() = group_->nz > 1 ? sinks.bottom : sinks.top + sinks.bottom;

    using Size = std::size_t;
    if (x_.used)
        parallel_ranges(threads, x_line_rate_.size() / lanes, [&](Size, Size begin, Size end) {
            double scratch[2 * lanes];
            for (Size batch = begin; batch < end; ++batch)
                solver::factor(x_lines(batch), x_.factor_at(batch * lanes * d.nx), scratch);
        });
    if (y_.used)
        parallel_ranges(threads, group_->nz, [&](Size, Size begin, Size end) {
            double scratch[2 * widest];
            for (Size z = begin; z < end; ++z)
                for (Size k = 0; k < d.nxp; k += widest)
                    solver::factor(y_lines(z, k, std::min(widest, d.nxp - k)),
                                   y_.factor_at(z * d.plane + k), scratch);
        });
    parallel_ranges(threads, (d.plane + widest - 1) / widest, [&](Size, Size begin, Size end) {
        double scratch[2 * widest];
        for (Size k = begin * widest; k < std::min(end * widest, d.plane); k += widest)
            solver::factor(z_lines(k, std::min(widest, d.plane - k)), z_.factor_at(k), scratch);
    });
}

void LinearisedTransport::solve_x(double* field, int threads) const {
    if (!x_.used) return;
    const std::size_t n = d_->nx, n_rows = group_->nz * d_->ny;
    parallel_ranges(
        threads, x_line_rate_.size() / lanes, [&](std::size_t, std::size_t begin, std::size_t end) {
            AlignedVector lines(n * lanes, 0.0);
            for (std::size_t batch = begin; batch < end; ++batch) {
                const std::size_t count = std::min(lanes, n_rows - batch * lanes);
                double* rows = field + batch * lanes * d_->nxp;
                for (std::size_t k = 0; k < count; ++k)
                    for (std::size_t i = 0; i < n; ++i)
                        lines[i * lanes + k] = rows[k * d_->nxp + i];
                solver::solve(x_lines(batch), x_.factor_at(batch * lanes * n), lines.data());
                for (std::size_t k = 0; k < count; ++k)
                    for (std::size_t i = 0; i < n; ++i)
                        rows[k * d_->nxp + i] = lines[i * lanes + k];
            }
        });
}

void LinearisedTransport::solve_y(double* field, int threads) const {
    if (!y_.used) return;
    parallel_ranges(threads, group_->nz, [&](std::size_t, std::size_t begin, std::size_t end) {
        for (std::size_t z = begin; z < end; ++z)
            for (std::size_t k = 0; k < d_->nxp; k += widest)
                solver::solve(y_lines(z, k, std::min(widest, d_->nxp - k)),
                              y_.factor_at(z * d_->plane + k), field + z * d_->plane + k);
    });
}

void LinearisedTransport::solve_z(double* field, int threads) const {
    parallel_ranges(
        threads, (d_->plane + widest - 1) / widest,
        [&](std::size_t, std::size_t begin, std::size_t end) {
            for (std::size_t k = begin * widest; k < std::min(end * widest, d_->plane); k += widest)
                solver::solve(z_lines(k, std::min(widest, d_->plane - k)), z_.factor_at(k),
                              field + k);
        });
}

void linearise(const Discretisation& d, const Group& group, const Tiling& tiling,
               const StageState& state, std::vector<Worker>& workers, int threads,
               std::vector<LinearisedTransport>& linearised) {
    const Faces faces(d, group);
    const auto set_band = [&](Worker& worker, const Band& band) {
        for (std::size_t z = band.z_begin; z < band.z_end; ++z)
            for (std::size_t y = 0; y < d.ny; ++y)
                for (std::size_t s = 0; s < group.n_unknowns; ++s)
                    if (!linearised[s].empty())
                        linearised[s].set_row(faces, worker, s, z, y, state.time());
    };
    parallel_ranges(threads, tiling.bands.size(),
                    [&](std::size_t part, std::size_t begin, std::size_t end) {
                        Worker& worker = workers[part];
                        worker.window.begin(state, tiling.bands[begin].z_begin);
                        for (std::size_t k = begin; k < end; ++k) {
                            const Band& band = tiling.bands[k];
                            if (tiling.together)
                                worker.window.load(state, band.z_begin, band.z_end, worker.binder);
                            else
                                worker.window.advance(band.z_begin, worker.binder);
                            set_band(worker, band);
                        }
                    });
}

}  // namespace neocol::solver
