#include "transport/transport_operator.hpp"

#include <algorithm>

#include "discretisation/vector_loops.hpp"
#include "transport/diffusion.hpp"
#include "transport/taxis.hpp"

namespace neocol::solver {

TransportOperator::TransportOperator(const Discretisation& d, std::size_t i_group,
                                     Reconstruction reconstruction)
    : d_(d), group_(d.groups[i_group]), reconstruction_(reconstruction), faces_(d, group_) {
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

bool TransportOperator::row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                            double* out) const {
    const Transport& t = group_.transport[s];
    if (!group_.present[s][i_z] || (!t.diffuses && t.taxis.empty())) return false;
    if (t.diffuses && !t.per_voxel)
        diffuse_row(worker, s, i_z, i_y, out);
    else
        std::fill(out, out + d_.nxp, 0.0);
    if (t.per_voxel) diffuse_nonuniform(worker, s, i_z, i_y, out);
    for (const TaxisTerm& taxis : t.taxis)
        add_taxis(worker, s, taxis, i_z, i_y, out);
    return true;
}

bool TransportOperator::band(Worker& worker, std::size_t s, std::size_t begin, std::size_t end,
                             double* out) const {
    const Transport& t = group_.transport[s];
    if (!group_.present[s][begin] || (!t.diffuses && t.taxis.empty())) return false;
    if (t.diffuses && !t.per_voxel) {
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
    if (t.per_voxel) diffuse_nonuniform_band(worker, s, begin, end, out);
    for (const TaxisTerm& taxis : t.taxis)
        add_taxis_band(worker, s, taxis, begin, end, out);
    return true;
}

/// Calls visit(face, lower, upper) for the faces of a row along y and z, with what to add to the
/// rows on both sides.
template <typename Visit>
void TransportOperator::visit_faces(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                                    double* out, const Visit& visit) const {
    double* other = worker.face_buffer.data();
    const auto act = [&](std::optional<AcrossFace> face, bool below, double per_volume) {
        if (!face) return;
        (below ? face->per_lower : face->per_upper) = per_volume * face->area;
        visit(*face, below ? out : other, below ? other : out);
    };
    const double along_y = d_.y.inverse_volume[i_y], along_z = 1.0 / group_.thickness[i_z];
    act(faces_.y_face(worker, s, i_z, i_y), false, along_y);
    act(faces_.y_face(worker, s, i_z, i_y + 1), true, along_y);
    act(faces_.z_face(worker, s, i_z, i_y), false, along_z);
    act(faces_.z_face(worker, s, i_z + 1, i_y), true, along_z);
}

/// Adds diffusion with a diffusivity by voxel.
void TransportOperator::diffuse_nonuniform(Worker& worker, std::size_t s, std::size_t i_z,
                                           std::size_t i_y, double* out) const {
    const std::size_t output = group_.transport[s].coefficient;
    if (d_.nx > 1) diffuse_along(out, faces_.along_x(worker, s, output, i_z, i_y), d_.nx);
    visit_faces(worker, s, i_z, i_y, out, [&](AcrossFace& face, double* lower, double* upper) {
        faces_.set_coefficient(worker, output, face);
        diffuse_across(lower, upper, face, d_.nx);
    });
}

/// Adds taxis along gradients of the deviation of its target from rest.
void TransportOperator::add_taxis(Worker& worker, std::size_t s, const TaxisTerm& taxis,
                                  std::size_t i_z, std::size_t i_y, double* out) const {
    if (!group_.present[taxis.toward][i_z]) return;
    if (d_.nx > 1) {
        AlongX row = faces_.along_x(worker, s, taxis.coefficient, i_z, i_y);
        row.toward = faces_.widen(worker.window.row(i_z, i_y, taxis.toward), worker.halo[2]);
        taxis_along(out, worker.face_buffer.data(), row, reconstruction_, d_.nx);
    }
    visit_faces(worker, s, i_z, i_y, out, [&](AcrossFace& face, double* lower, double* upper) {
        if (!faces_.set_target(worker, taxis.toward, face)) return;
        faces_.set_coefficient(worker, taxis.coefficient, face);
        taxis_across(lower, upper, face, reconstruction_, d_.nx);
    });
}

/// Calls visit(face, lower, upper) for the faces along z of the planes of a band.
template <typename Visit>
void TransportOperator::visit_band_faces(Worker& worker, std::size_t s, std::size_t begin,
                                         std::size_t end, double* out, const Visit& visit) const {
    double* outside = worker.face_buffer.data();
    for (std::size_t i_face = begin; i_face <= end; ++i_face) {
        std::optional<AcrossFace> face = faces_.z_face(worker, s, i_face, 0);
        if (!face) continue;
        face->per_lower = 1.0 / group_.thickness[i_face - 1];
        face->per_upper = 1.0 / group_.thickness[i_face];
        visit(*face, i_face > begin ? out + (i_face - 1 - begin) * d_.plane : outside,
              i_face < end ? out + (i_face - begin) * d_.plane : outside);
    }
}

void TransportOperator::diffuse_nonuniform_band(Worker& worker, std::size_t s, std::size_t begin,
                                                std::size_t end, double* out) const {
    const std::size_t output = group_.transport[s].coefficient;
    for (std::size_t z = begin; d_.nx > 1 && z < end; ++z)
        diffuse_along(out + (z - begin) * d_.plane, faces_.band_row(worker, s, output, z), d_.nx);
    visit_band_faces(worker, s, begin, end, out,
                     [&](AcrossFace& face, double* lower, double* upper) {
                         faces_.set_coefficient(worker, output, face);
                         diffuse_across(lower, upper, face, d_.nx);
                     });
}

void TransportOperator::add_taxis_band(Worker& worker, std::size_t s, const TaxisTerm& taxis,
                                       std::size_t begin, std::size_t end, double* out) const {
    if (!group_.present[taxis.toward][begin]) return;
    for (std::size_t z = begin; d_.nx > 1 && z < end; ++z) {
        AlongX row = faces_.band_row(worker, s, taxis.coefficient, z);
        row.toward = worker.window.row(z, 0, taxis.toward);
        taxis_along(out + (z - begin) * d_.plane, worker.face_buffer.data(), row, reconstruction_,
                    d_.nx);
    }
    visit_band_faces(worker, s, begin, end, out,
                     [&](AcrossFace& face, double* lower, double* upper) {
                         if (!faces_.set_target(worker, taxis.toward, face)) return;
                         faces_.set_coefficient(worker, taxis.coefficient, face);
                         taxis_across(lower, upper, face, reconstruction_, d_.nx);
                     });
}

void TransportOperator::diffuse_row(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y,
                                    double* out) const {
    const Transport& t = group_.transport[s];
    const StencilWindow& window = worker.window;
    const double* centre = window.row(i_z, i_y, s);

    const double d = t.diffusivity[i_z];
    DiffusionRow row;
    row.centre = faces_.widen(centre, worker.halo[0]);
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
