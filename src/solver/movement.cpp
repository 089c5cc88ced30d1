#include "movement.hpp"

#include <algorithm>
#include <cmath>

#include "rows.hpp"

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
      moved(d.nxp, 0.0),
      back(d.nxp + lanes, 0.0),
      movements(group.n_unknowns * widest_piece(tiling) * d.nxp, 0.0),
      moves(group.n_unknowns, 0),
      derivative(movements.size(), 0.0),
      weights(widest_piece(tiling) * d.nxp, 0.0),
      wall_values(2 * group.kernel->n_outputs(kernel::Program::boundary) * d.nxp, 0.0),
      sums((group.n_processes + 1) * lanes, 0.0),
      linearised(sums.size(), 0.0),
      lines(d.nxp * lanes, 0.0),
      strip((group.n_unknowns + 1) * tiling.widest * lanes, 0.0) {}

Movement::Movement(const Discretisation& d, std::size_t i_group, Reconstruction reconstruction)
    : d_(d), group_(d.groups[i_group]), reconstruction_(reconstruction) {
    for (const Transport& t : group_.transport) {
        Planes planes;
        planes.reference.assign(group_.nz + 2, 0.0);
        planes.inverse_weight.assign(group_.nz + 2, 1.0);
        for (std::size_t z = 0; z < group_.nz; ++z) {
            planes.above.push_back(t.conductance[z] / group_.thickness[z]);
            planes.below.push_back(t.conductance[z + 1] / group_.thickness[z]);
            planes.reference[z + 1] = t.reference[z];
            planes.inverse_weight[z + 1] = t.inverse_weight[z];
        }
        planes_.push_back(std::move(planes));
    }
}

bool Movement::row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                   double* out) const {
    const Transport& t = group_.transport[s];
    if (!group_.present[s][i_z] || (!t.moves && t.taxis.empty())) return false;
    if (t.moves && !t.per_voxel)
        diffuse_row(worker, s, i_z, i_y, out);
    else
        std::fill(out, out + d_.nxp, 0.0);
    if (t.per_voxel) diffuse_varying(worker, s, i_z, i_y, out);
    for (const TaxisTerm& taxis : t.taxis)
        attract(worker, s, taxis, i_z, i_y, out);
    return true;
}

bool Movement::band(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                    double* out) const {
    const Transport& t = group_.transport[s];
    if (!group_.present[s][begin] || (!t.moves && t.taxis.empty())) return false;
    if (t.moves && !t.per_voxel) {
        const Planes& by_plane = planes_[s];
        DiffusionPlanes planes;
        planes.u = worker.window.row(begin, 0, s);
        planes.n_planes = end - begin;
        planes.plane = d_.plane;
        planes.x_conductance = d_.x.conductance.data();
        planes.x_inverse_volume = d_.x.inverse_volume.data();
        planes.diffusivity = t.diffusivity.data() + begin;
        planes.above = by_plane.above.data() + begin;
        planes.below = by_plane.below.data() + begin;
        planes.reference = by_plane.reference.data() + begin + 1;
        planes.inverse_weight = by_plane.inverse_weight.data() + begin + 1;
        diffuse(out, planes, d_.nx);
    } else {
        std::fill(out, out + (end - begin) * d_.plane, 0.0);
    }
    if (t.per_voxel) diffuse_varying_band(worker, s, begin, end, out);
    for (const TaxisTerm& taxis : t.taxis)
        attract_band(worker, s, taxis, begin, end, out);
    return true;
}

/// A row with two neighbours at both ends: wrapped, or its ends repeated.
const double* Movement::widen(const double* row, AlignedVector& buffer) const {
    double* wide = buffer.data() + lanes;
    std::copy(row, row + d_.nx, wide);
    for (std::size_t k = 1; k <= AxisStencil::halo; ++k) {
        wide[-static_cast<std::ptrdiff_t>(k)] =
            d_.x.periodic ? row[(d_.nx * k - k) % d_.nx] : row[0];
        wide[d_.nx + k - 1] = d_.x.periodic ? row[(k - 1) % d_.nx] : row[d_.nx - 1];
    }
    return wide;
}

std::optional<AcrossFace> Movement::y_face(const Worker& worker, std::size_t s, std::size_t i_z,
                                           std::size_t i_face) const {
    const std::size_t n = d_.ny;
    const bool wraps = d_.y.periodic;
    if (n < 2 || (!wraps && (i_face == 0 || i_face == n))) return std::nullopt;
    const std::size_t upper = i_face % n, lower = (i_face + n - 1) % n;
    const auto row = [&](std::size_t y) { return worker.window.row(i_z, y, s); };
    AcrossFace face;
    face.planes[0] = face.planes[1] = i_z;
    face.rows[0] = lower;
    face.rows[1] = upper;
    face.u[0] = row(lower > 0 ? lower - 1 : (wraps ? n - 1 : 0));
    face.u[1] = row(lower);
    face.u[2] = row(upper);
    face.u[3] = row(upper + 1 < n ? upper + 1 : (wraps ? 0 : n - 1));
    face.half_width[0] = d_.y.half_width[lower];
    face.half_width[1] = d_.y.half_width[upper];
    face.inverse_distance[0] = d_.y.inverse_distance[lower];
    face.inverse_distance[1] = d_.y.inverse_distance[i_face];
    face.inverse_distance[2] = d_.y.inverse_distance[upper + 1];
    face.area = d_.y.area[i_face];
    return face;
}

std::optional<AcrossFace> Movement::z_face(const Worker& worker, std::size_t s, std::size_t i_face,
                                           std::size_t i_y) const {
    if (i_face == 0 || i_face >= group_.nz) return std::nullopt;
    const Transport& t = group_.transport[s];
    const std::size_t lower = i_face - 1, upper = i_face;
    if (!group_.present[s][lower] || !group_.present[s][upper] ||
        !std::isfinite(t.resistance[upper]))
        return std::nullopt;
    const std::size_t before = lower > 0 && group_.present[s][lower - 1] ? lower - 1 : lower;
    const std::size_t after =
        upper + 1 < group_.nz && group_.present[s][upper + 1] ? upper + 1 : upper;
    const std::vector<double>& width = group_.thickness;
    const std::size_t planes[4] = {before, lower, upper, after};
    AcrossFace face;
    face.planes[0] = lower;
    face.planes[1] = upper;
    face.rows[0] = face.rows[1] = i_y;
    for (std::size_t k = 0; k < 4; ++k)
        face.u[k] = worker.window.row(planes[k], i_y, s);
    for (std::size_t k = 0; k < 3; ++k)
        if (planes[k] != planes[k + 1])
            face.inverse_distance[k] = 1.0 / (0.5 * (width[planes[k]] + width[planes[k + 1]]));
    for (std::size_t k = 0; k < 2; ++k) {
        face.half_width[k] = 0.5 * width[planes[k + 1]];
        face.weight[k] = t.weight[planes[k + 1]];
        face.reference[k] = t.reference[planes[k + 1]];
    }
    face.resistance = t.resistance[upper];
    face.interface = group_.layer[lower] != group_.layer[upper];
    face.area = 1.0;
    return face;
}

/// Fills in the coefficient of a face among the outputs of Program::coefficients.
void Movement::set_coefficient(const Worker& worker, std::size_t output, AcrossFace& face) {
    for (std::size_t k = 0; k < 2; ++k)
        face.coefficient[k] = worker.window.coefficient(face.planes[k], face.rows[k], output);
}

/// Fills in what taxis follows; false if it is absent on one side.
bool Movement::set_target(const Worker& worker, std::size_t target, AcrossFace& face) const {
    for (std::size_t k = 0; k < 2; ++k) {
        if (!group_.present[target][face.planes[k]]) return false;
        face.toward[k] = worker.window.row(face.planes[k], face.rows[k], target);
        if (d_.rest_is_fixed) face.toward_reference[k] = group_.rest[target][face.planes[k]];
    }
    return true;
}

/// Calls visit(face, lower, upper) for the faces of a row along y and z, with what to add to the
/// rows on both sides.
template <typename Visit>
void Movement::visit_faces(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                           double* out, const Visit& visit) const {
    double* other = worker.back.data();
    const auto act = [&](std::optional<AcrossFace> face, bool below, double per_volume) {
        if (!face) return;
        (below ? face->per_lower : face->per_upper) = per_volume * face->area;
        visit(*face, below ? out : other, below ? other : out);
    };
    const double along_y = d_.y.inverse_volume[i_y], along_z = 1.0 / group_.thickness[i_z];
    act(y_face(worker, s, i_z, i_y), false, along_y);
    act(y_face(worker, s, i_z, i_y + 1), true, along_y);
    act(z_face(worker, s, i_z, i_y), false, along_z);
    act(z_face(worker, s, i_z + 1, i_y), true, along_z);
}

AlongX Movement::along_x(Worker& worker, std::size_t s, std::size_t output, std::size_t i_z,
                         std::size_t i_y) const {
    AlongX row;
    row.u = widen(worker.window.row(i_z, i_y, s), worker.halo[0]);
    row.coefficient = widen(worker.window.coefficient(i_z, i_y, output), worker.halo[1]);
    row.area = d_.x.area.data();
    row.half_width = d_.x.wide_half_width.data() + AxisStencil::halo;
    row.inverse_distance = d_.x.wide_inverse_distance.data() + AxisStencil::halo;
    row.inverse_volume = d_.x.inverse_volume.data();
    return row;
}

/// Adds diffusion with a diffusivity by voxel.
void Movement::diffuse_varying(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                               double* out) const {
    const std::size_t output = group_.transport[s].coefficient;
    if (d_.nx > 1) diffuse_along(out, along_x(worker, s, output, i_z, i_y), d_.nx);
    visit_faces(worker, s, i_z, i_y, out, [&](AcrossFace& face, double* lower, double* upper) {
        set_coefficient(worker, output, face);
        diffuse_across(lower, upper, face, d_.nx);
    });
}

/// Adds taxis along gradients of the deviation of its target from rest.
void Movement::attract(Worker& worker, std::size_t s, const TaxisTerm& taxis, std::size_t i_z,
                       std::size_t i_y, double* out) const {
    if (!group_.present[taxis.toward][i_z]) return;
    if (d_.nx > 1) {
        AlongX row = along_x(worker, s, taxis.coefficient, i_z, i_y);
        row.toward = widen(worker.window.row(i_z, i_y, taxis.toward), worker.halo[2]);
        attract_along(out, worker.back.data(), row, reconstruction_, d_.nx);
    }
    visit_faces(worker, s, i_z, i_y, out, [&](AcrossFace& face, double* lower, double* upper) {
        if (!set_target(worker, taxis.toward, face)) return;
        set_coefficient(worker, taxis.coefficient, face);
        attract_across(lower, upper, face, reconstruction_, d_.nx);
    });
}

/// A row of a band: as outer faces are closed and what lies beyond is finite, it needs no halo.
AlongX Movement::band_row(const Worker& worker, std::size_t s, std::size_t output,
                          std::size_t i_z) const {
    AlongX row;
    row.u = worker.window.row(i_z, 0, s);
    row.coefficient = worker.window.coefficient(i_z, 0, output);
    row.area = d_.x.area.data();
    row.half_width = d_.x.wide_half_width.data() + AxisStencil::halo;
    row.inverse_distance = d_.x.wide_inverse_distance.data() + AxisStencil::halo;
    row.inverse_volume = d_.x.inverse_volume.data();
    return row;
}

/// Calls visit(face, lower, upper) for the faces along z of the planes of a band.
template <typename Visit>
void Movement::visit_band_faces(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                                double* out, const Visit& visit) const {
    double* outside = worker.back.data();
    for (std::size_t i_face = begin; i_face <= end; ++i_face) {
        std::optional<AcrossFace> face = z_face(worker, s, i_face, 0);
        if (!face) continue;
        face->per_lower = 1.0 / group_.thickness[i_face - 1];
        face->per_upper = 1.0 / group_.thickness[i_face];
        visit(*face, i_face > begin ? out + (i_face - 1 - begin) * d_.plane : outside,
              i_face < end ? out + (i_face - begin) * d_.plane : outside);
    }
}

void Movement::diffuse_varying_band(Worker& worker, std::size_t s, std::size_t begin,
                                    std::size_t end, double* out) const {
    const std::size_t output = group_.transport[s].coefficient;
    for (std::size_t z = begin; d_.nx > 1 && z < end; ++z)
        diffuse_along(out + (z - begin) * d_.plane, band_row(worker, s, output, z), d_.nx);
    visit_band_faces(worker, s, begin, end, out,
                     [&](AcrossFace& face, double* lower, double* upper) {
                         set_coefficient(worker, output, face);
                         diffuse_across(lower, upper, face, d_.nx);
                     });
}

void Movement::attract_band(Worker& worker, std::size_t s, const TaxisTerm& taxis,
                            std::size_t begin, std::size_t end, double* out) const {
    if (!group_.present[taxis.toward][begin]) return;
    for (std::size_t z = begin; d_.nx > 1 && z < end; ++z) {
        AlongX row = band_row(worker, s, taxis.coefficient, z);
        row.toward = worker.window.row(z, 0, taxis.toward);
        attract_along(out + (z - begin) * d_.plane, worker.back.data(), row, reconstruction_,
                      d_.nx);
    }
    visit_band_faces(worker, s, begin, end, out,
                     [&](AcrossFace& face, double* lower, double* upper) {
                         if (!set_target(worker, taxis.toward, face)) return;
                         set_coefficient(worker, taxis.coefficient, face);
                         attract_across(lower, upper, face, reconstruction_, d_.nx);
                     });
}

void Movement::diffuse_row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                           double* out) const {
    const Transport& t = group_.transport[s];
    const Window& window = worker.window;
    const double* centre = window.row(i_z, i_y, s);

    const double d = t.diffusivity[i_z];
    DiffusionRow row;
    row.centre = widen(centre, worker.halo[0]);
    row.x_conductance = d_.x.conductance.data();
    row.x_inverse_volume = d_.x.inverse_volume.data();
    row.diffusivity = d;
    row.before = row.after = row.above = row.below = centre;
    if (i_y > 0 || d_.y.periodic) {
        row.before = window.row(i_z, i_y > 0 ? i_y - 1 : d_.ny - 1, s);
        row.y_before = d * d_.y.conductance[i_y] * d_.y.inverse_volume[i_y];
    }
    if (i_y + 1 < d_.ny || d_.y.periodic) {
        row.after = window.row(i_z, i_y + 1 < d_.ny ? i_y + 1 : 0, s);
        row.y_after = d * d_.y.conductance[i_y + 1] * d_.y.inverse_volume[i_y];
    }
    for (std::size_t k = 0; k < 3; ++k) {
        row.reference[k] = t.reference[i_z];
        row.inverse_weight[k] = t.inverse_weight[i_z];
    }
    if (i_z > 0 && t.conductance[i_z] > 0.0) {
        row.above = window.row(i_z - 1, i_y, s);
        row.z_above = t.conductance[i_z] / group_.thickness[i_z];
        row.reference[0] = t.reference[i_z - 1];
        row.inverse_weight[0] = t.inverse_weight[i_z - 1];
    }
    if (i_z + 1 < group_.nz && t.conductance[i_z + 1] > 0.0) {
        row.below = window.row(i_z + 1, i_y, s);
        row.z_below = t.conductance[i_z + 1] / group_.thickness[i_z];
        row.reference[2] = t.reference[i_z + 1];
        row.inverse_weight[2] = t.inverse_weight[i_z + 1];
    }
    diffuse(out, row, d_.nx);
}

}  // namespace neocol::solver
