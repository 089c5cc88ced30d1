#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "movement.hpp"

namespace neocol::solver {

void Movement::freeze(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y, double time,
                      FrozenTransport& frozen) const {
    const Transport& t = group_.transport[s];
    if (!group_.present[s][i_z]) return;
    if (t.per_voxel) check_diffusivity(worker, s, i_z, i_y, time);
    AlignedVector& forward = worker.moved;
    AlignedVector& backward = worker.back;
    if (d_.nx > 1) {
        std::fill(forward.begin(), forward.end(), 0.0);
        std::fill(backward.begin(), backward.end(), 0.0);
        if (t.per_voxel)
            add_diffusion_faces(forward.data(), backward.data(),
                                along_x(worker, s, t.coefficient, i_z, i_y), d_.nx);
        for (std::size_t i = 0; !t.per_voxel && i < d_.nx; ++i)
            forward[i] = backward[i] = t.diffusivity[i_z] * d_.x.conductance[i];
        for (const TaxisTerm& taxis : t.taxis) {
            if (!group_.present[taxis.toward][i_z]) continue;
            AlongX row = along_x(worker, s, taxis.coefficient, i_z, i_y);
            row.toward = widen(worker.window.row(i_z, i_y, taxis.toward), worker.halo[2]);
            add_taxis_faces(forward.data(), backward.data(), row, d_.nx);
        }
        const FrozenTransport::Faces faces = frozen.x_faces(i_z, i_y);
        for (std::size_t i = 0; i < d_.nx; ++i) {
            faces.forward[i * lanes] = forward[i];
            faces.backward[i * lanes] = backward[i];
        }
    }
    if (d_.ny > 1)
        freeze_across(worker, s, y_face(worker, s, i_z, i_y),
                      t.diffusivity[i_z] * d_.y.conductance[i_y], frozen.y_faces(i_z, i_y));
    freeze_across(worker, s, z_face(worker, s, i_z, i_y), t.conductance[i_z],
                  frozen.z_faces(i_z, i_y));
}

/// Coefficients of one face across, `conductance` where diffusivity is one a layer.
void Movement::freeze_across(const Worker& worker, std::size_t s, std::optional<AcrossFace> face,
                             double conductance, const FrozenTransport::Faces& out) const {
    const Transport& t = group_.transport[s];
    std::fill_n(out.forward, d_.nx, 0.0);
    std::fill_n(out.backward, d_.nx, 0.0);
    if (!face) return;
    if (t.per_voxel) {
        set_coefficient(worker, t.coefficient, *face);
        add_diffusion_faces(out.forward, out.backward, *face, d_.nx);
    } else {
        std::fill_n(out.forward, d_.nx, conductance / face->weight[0]);
        std::fill_n(out.backward, d_.nx, conductance / face->weight[1]);
    }
    for (const TaxisTerm& taxis : t.taxis) {
        if (!set_target(worker, taxis.toward, *face)) continue;
        set_coefficient(worker, taxis.coefficient, *face);
        add_taxis_faces(out.forward, out.backward, *face, d_.nx);
    }
}

void Movement::check_diffusivity(const Worker& worker, std::size_t s, std::size_t i_z,
                                 std::size_t i_y, double time) const {
    const double* d = worker.window.coefficient(i_z, i_y, group_.transport[s].coefficient);
    for (std::size_t i = 0; i < d_.nx; ++i) {
        if (d[i] >= 0.0 && std::isfinite(d[i])) continue;
        NumericsError::Where where;
        where.time = time;
        where.species =
            d_.model->species[static_cast<std::size_t>(group_.system->unknowns[s])].name;
        where.place = d_.place(group_, i_z, i_y, i);
        where.value = d[i];
        throw NumericsError(fmt::format("diffusivity of {} is {} mm2/d at {}, t = {:.6g} d",
                                        where.species, d[i], where.place, time),
                            where);
    }
}

}  // namespace neocol::solver
