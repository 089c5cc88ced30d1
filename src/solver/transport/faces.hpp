#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "discretisation/discretisation.hpp"
#include "discretisation/worker.hpp"
#include "transport/face_values.hpp"

namespace neocol::solver {

/// The faces of the rows of a group with the values on both sides, from the window of a worker:
/// what fluxes of diffusion and taxis, and their linearisation, are evaluated on. Inline, as short
/// rows have few voxels a face.
class Faces {
public:
    Faces(const Discretisation& d, const Group& group) : d_(d), group_(group) {}

    /// A row with two neighbours at both ends: wrapped, or its ends repeated.
    const double* widen(const double* row, AlignedVector& buffer) const;
    /// Faces along a row of unknown s, its coefficient from Program::coefficients; without target.
    AlongX along_x(Worker& worker, std::size_t s, std::size_t output, std::size_t i_z,
                   std::size_t i_y) const;
    /// The same of a row of a band: as outer faces are closed and what lies beyond is finite, it
    /// needs no halo.
    AlongX band_row(const Worker& worker, std::size_t s, std::size_t output, std::size_t i_z) const;

    /// Face i_face (between i_face - 1 and i_face) with everything but coefficient and target;
    /// nothing where it is closed.
    std::optional<AcrossFace> y_face(const Worker& worker, std::size_t s, std::size_t i_z,
                                     std::size_t i_face) const;
    std::optional<AcrossFace> z_face(const Worker& worker, std::size_t s, std::size_t i_face,
                                     std::size_t i_y) const;
    /// Fills in the coefficient of a face among the outputs of Program::coefficients.
    static void set_coefficient(const Worker& worker, std::size_t output, AcrossFace& face);
    /// Fills in what taxis follows; false if it is absent on one side.
    bool set_target(const Worker& worker, std::size_t target, AcrossFace& face) const;

private:
    const Discretisation& d_;
    const Group& group_;
};

inline const double* Faces::widen(const double* row, AlignedVector& buffer) const {
    double* wide = buffer.data() + lanes;
    std::copy(row, row + d_.nx, wide);
    for (std::size_t k = 1; k <= AxisStencil::halo; ++k) {
        wide[-static_cast<std::ptrdiff_t>(k)] =
            d_.x.periodic ? row[(d_.nx * k - k) % d_.nx] : row[0];
        wide[d_.nx + k - 1] = d_.x.periodic ? row[(k - 1) % d_.nx] : row[d_.nx - 1];
    }
    return wide;
}

inline std::optional<AcrossFace> Faces::y_face(const Worker& worker, std::size_t s, std::size_t i_z,
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

inline std::optional<AcrossFace> Faces::z_face(const Worker& worker, std::size_t s,
                                               std::size_t i_face, std::size_t i_y) const {
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

inline void Faces::set_coefficient(const Worker& worker, std::size_t output, AcrossFace& face) {
    for (std::size_t k = 0; k < 2; ++k)
        face.coefficient[k] = worker.window.coefficient(face.planes[k], face.rows[k], output);
}

inline bool Faces::set_target(const Worker& worker, std::size_t target, AcrossFace& face) const {
    for (std::size_t k = 0; k < 2; ++k) {
        if (!group_.present[target][face.planes[k]]) return false;
        face.toward[k] = worker.window.row(face.planes[k], face.rows[k], target);
        if (d_.rest_is_fixed) face.toward_reference[k] = group_.rest[target][face.planes[k]];
    }
    return true;
}

inline AlongX Faces::along_x(Worker& worker, std::size_t s, std::size_t output, std::size_t i_z,
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

inline AlongX Faces::band_row(const Worker& worker, std::size_t s, std::size_t output,
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

}  // namespace neocol::solver
