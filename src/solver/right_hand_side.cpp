#include "right_hand_side.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "parallel.hpp"
#include "rows.hpp"

namespace neocol::solver {

namespace {

/// Rows that the solver along x gathers before it starts.
constexpr std::size_t rows_at_once = 2 * lanes;

/// Half width of the difference quotient of wall values in time, in steps.
constexpr double quotient_width = 1e-2;

}  // namespace

Worker::Worker(const Discretisation& d, const Group& group, std::size_t strip_blocks)
    : binder(d.binder.make_scratch()),
      window(d, group),
      halo{AlignedVector(d.nxp + 2 * lanes, 0.0), AlignedVector(d.nxp + 2 * lanes, 0.0),
           AlignedVector(d.nxp + 2 * lanes, 0.0)},
      outflow(d.nxp, 0.0),
      moved(d.nxp, 0.0),
      derivative(group.n_unknowns * d.nxp, 0.0),
      wall_values(2 * group.kernel->n_outputs(kernel::Program::boundary) * d.nxp, 0.0),
      sums((group.n_processes + 1) * lanes, 0.0),
      linearised(sums.size(), 0.0),
      lines(d.nxp * lanes, 0.0),
      strip((group.n_unknowns + 1) * strip_blocks * lanes, 0.0) {}

RightHandSide::RightHandSide(const Discretisation& d, const Balance& balance, std::size_t i_group,
                             Reconstruction reconstruction)
    : d_(d),
      balance_(balance),
      i_group_(i_group),
      group_(d.groups[i_group]),
      walls_(d, group_),
      depends_on_time_(!group_.system->time_derivative.empty() || walls_.depends_on_time()),
      reconstruction_(reconstruction),
      process_sums_(group_.nz * group_.n_processes, 0.0),
      linearised_sums_(process_sums_.size(), 0.0),
      wall_flux_(group_.nz * walls_.conditions().size(), 0.0),
      wall_after_(group_.nz * walls_.conditions().size(), 0.0),
      outflow_(group_.nz, 0.0) {}

void RightHandSide::evaluate(const Terms& terms, const std::vector<SplitFactor>* factors,
                             std::vector<Worker>& workers, int threads) {
    std::fill(wall_flux_.begin(), wall_flux_.end(), 0.0);
    std::fill(wall_after_.begin(), wall_after_.end(), 0.0);
    parallel_ranges(threads, group_.nz, [&](std::size_t part, std::size_t begin, std::size_t end) {
        range(terms, factors, workers[part], begin, end);
    });
}

void RightHandSide::range(const Terms& terms, const std::vector<SplitFactor>* factors,
                          Worker& worker, std::size_t begin, std::size_t end) {
    worker.window.begin(*terms.state, begin);
    std::size_t solved = begin;
    for (std::size_t z = begin; z < end; ++z) {
        worker.window.advance(z, worker.binder);
        outflow_[z] = 0.0;
        std::fill(worker.sums.begin(), worker.sums.end(), 0.0);
        if (terms.last) std::fill(worker.linearised.begin(), worker.linearised.end(), 0.0);
        for (std::size_t y = 0; y < d_.ny; ++y) {
            row(terms, worker, z, y);
            if (factors) react(terms, worker, z, y);
        }
        for (std::size_t p = 0; p < group_.n_processes; ++p)
            process_sums_[z * group_.n_processes + p] = sum_lanes(&worker.sums[p * lanes]);
        for (std::size_t p = 0; terms.last && p < group_.n_processes; ++p)
            linearised_sums_[z * group_.n_processes + p] =
                sum_lanes(&worker.linearised[p * lanes]);
        if (!factors) continue;
        if ((z + 1 - solved) * d_.ny < rows_at_once && z + 1 < end) continue;
        solve_lateral(*factors, worker, terms.out, solved, z + 1);
        solved = z + 1;
    }
}

void RightHandSide::row(const Terms& terms, Worker& worker, std::size_t i_z, std::size_t i_y) {
    const std::size_t first = i_y * d_.nxp;
    const std::size_t at = group_.offset + i_z * d_.plane + first;
    double* out = terms.out + at;
    if (terms.time_factor != 0.0 && depends_on_time_) time_derivative(terms, worker, i_z, i_y);
    const kernel::Row bound =
        d_.binder.bind(*group_.system,
                       terms.state->strip(group_, i_z, worker.window.plane(i_z),
                                          worker.window.stride(), first, d_.nxp / lanes),
                       terms.state->time(), worker.binder);
    group_.kernel->rates(bound, out, group_.stride, d_.area.data() + first, worker.sums.data());
    const bool at_wall = walls_.touches(i_z);
    if (at_wall) evaluate_walls(bound, worker.wall_values.data());

    Assembly assembly;
    assembly.gh = terms.gh;
    assembly.n = terms.n;
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        bool moves = move(worker, s, i_z, i_y);
        for (std::size_t k = 0; at_wall && k < walls_.conditions().size(); ++k) {
            const Walls::Condition& condition = walls_.conditions()[k];
            if (condition.unknown != s || !walls_.touches(condition, i_z)) continue;
            if (!moves) std::fill(worker.moved.begin(), worker.moved.end(), 0.0);
            moves = true;
            wall_flux_[i_z * walls_.conditions().size() + k] +=
                walls_.add_flux(condition,
                                wall_row(worker, condition, i_z, i_y,
                                         worker.window.row(i_z, i_y, s), worker.wall_values.data()),
                                worker.moved.data());
        }
        double* target = out + s * group_.stride;
        assembly.rates = target;
        assembly.balance = balance_.row(i_group_, s, i_z, i_y);
        assembly.moved = moves ? worker.moved.data() : nullptr;
        for (std::size_t j = 0; j < terms.n; ++j) {
            assembly.c[j] = terms.c[j];
            assembly.v[j] = terms.increments[j] + at + s * group_.stride;
        }
        assemble(target, assembly, d_.nxp);
        if (terms.time_factor != 0.0 && depends_on_time_) {
            const double* v[1] = {worker.derivative.data() + s * d_.nxp};
            combine(target, target, d_.nxp, &terms.time_factor, v, 1);
        }
        std::fill(target + d_.nx, target + d_.nxp, 0.0);
    }
}

/// The factor of the reaction on a row of `out`, and what of it the budget needs.
void RightHandSide::react(const Terms& terms, Worker& worker, std::size_t i_z,
                          std::size_t i_y) const {
    const std::size_t first = i_y * d_.nxp;
    const std::size_t plane = group_.offset + i_z * d_.plane;
    const kernel::Row start = d_.binder.bind(
        *group_.system,
        terms.start->strip(group_, i_z, terms.start->u() + plane, group_.stride, first,
                           d_.nxp / lanes),
        terms.start->time(), worker.binder);
    double* out = terms.out + plane + first;
    double* weighted = terms.weighted + plane + first;
    group_.kernel->solve(start, terms.gh, out, group_.stride);
    accumulate(weighted, out, terms.b, terms.first, d_.nxp, group_.n_unknowns, group_.stride);
    if (terms.last)
        group_.kernel->process_jacobian_times(start, weighted, group_.stride,
                                              d_.area.data() + first, worker.linearised.data());
}

void RightHandSide::evaluate_walls(const kernel::Row& row, double* values) const {
    group_.kernel->evaluate(kernel::Program::boundary, row, values, d_.nxp);
}

Walls::Row RightHandSide::wall_row(const Worker& worker, const Walls::Condition& condition,
                                   std::size_t i_z, std::size_t i_y, const double* u,
                                   const double* values) const {
    Walls::Row wall;
    wall.i_z = i_z;
    wall.i_y = i_y;
    wall.u = u;
    wall.value = values + condition.output * d_.nxp;
    wall.coefficient = values + (condition.output + 1) * d_.nxp;
    const Transport& t = group_.transport[condition.unknown];
    if (t.per_voxel) wall.diffusivity = worker.window.coefficient(i_z, i_y, t.coefficient);
    return wall;
}

/// d rates / d time and the difference quotient of the walls' fluxes, both at the step's start.
void RightHandSide::time_derivative(const Terms& terms, Worker& worker, std::size_t i_z,
                                    std::size_t i_y) const {
    const std::size_t first = i_y * d_.nxp;
    const double* plane = terms.state->u() + group_.offset + i_z * d_.plane;
    const auto bind = [&](double time) {
        return d_.binder.bind(
            *group_.system,
            terms.state->strip(group_, i_z, plane, group_.stride, first, d_.nxp / lanes), time,
            worker.binder);
    };
    std::fill(worker.derivative.begin(), worker.derivative.end(), 0.0);
    if (!group_.system->time_derivative.empty())
        group_.kernel->time_derivative(bind(terms.start_time), worker.derivative.data(), d_.nxp);
    if (!walls_.depends_on_time() || !walls_.touches(i_z)) return;
    const double width = quotient_width * terms.time_step;
    double* early = worker.wall_values.data();
    double* late = early + walls_.n_outputs() * d_.nxp;
    evaluate_walls(bind(terms.start_time - width), early);
    evaluate_walls(bind(terms.start_time + width), late);
    for (const Walls::Condition& condition : walls_.conditions()) {
        if (!walls_.touches(condition, i_z)) continue;
        const double* u = plane + first + condition.unknown * group_.stride;
        double* target = worker.derivative.data() + condition.unknown * d_.nxp;
        for (const double* values : {early, late}) {
            std::fill(worker.moved.begin(), worker.moved.end(), 0.0);
            walls_.add_flux(condition, wall_row(worker, condition, i_z, i_y, u, values),
                            worker.moved.data());
            const double sign = (values == late ? 0.5 : -0.5) / width;
            const double* v[1] = {worker.moved.data()};
            combine(target, target, d_.nxp, &sign, v, 1);
        }
    }
}

/// Rate of change by transport along a row, into Worker::moved; false if there is none.
bool RightHandSide::move(Worker& worker, std::size_t s, std::size_t i_z, std::size_t i_y) {
    const Transport& t = group_.transport[s];
    if (!group_.present[s][i_z] || (!t.moves && t.taxis.empty())) return false;
    if (t.moves && !t.per_voxel)
        diffuse_row(worker, s, i_z, i_y);
    else
        std::fill(worker.moved.begin(), worker.moved.end(), 0.0);
    if (t.per_voxel) diffuse_varying(worker, s, i_z, i_y);
    for (const TaxisTerm& taxis : t.taxis)
        attract(worker, s, taxis, reconstruction_, i_z, i_y);
    return true;
}

double RightHandSide::largest_outflow() const {
    return *std::max_element(outflow_.begin(), outflow_.end());
}

/// A row with two neighbours at both ends: wrapped, or its ends repeated.
const double* RightHandSide::widen(const double* row, AlignedVector& buffer) const {
    double* wide = buffer.data() + lanes;
    std::copy(row, row + d_.nx, wide);
    for (std::size_t k = 1; k <= AxisStencil::halo; ++k) {
        wide[-static_cast<std::ptrdiff_t>(k)] =
            d_.x.periodic ? row[(d_.nx * k - k) % d_.nx] : row[0];
        wide[d_.nx + k - 1] = d_.x.periodic ? row[(k - 1) % d_.nx] : row[d_.nx - 1];
    }
    return wide;
}

/// Calls visit(face, lower z, lower y, upper z, upper y) for the faces of a row along y and z, with
/// everything but what is transported filled in.
template <typename Visit>
void RightHandSide::visit_faces(const Worker& worker, std::size_t s, std::size_t output,
                                std::size_t i_z, std::size_t i_y, const Visit& visit) const {
    const Window& window = worker.window;
    const Transport& t = group_.transport[s];
    const auto along_y = [&](std::size_t face_index, std::size_t lower, std::size_t upper,
                             double sign) {
        const auto row = [&](std::size_t y) { return window.row(i_z, y, s); };
        const std::size_t n = d_.ny;
        const bool wraps = d_.y.periodic;
        AcrossFace face;
        face.u[0] = row(lower > 0 ? lower - 1 : (wraps ? n - 1 : 0));
        face.u[1] = row(lower);
        face.u[2] = row(upper);
        face.u[3] = row(upper + 1 < n ? upper + 1 : (wraps ? 0 : n - 1));
        face.coefficient[0] = window.coefficient(i_z, lower, output);
        face.coefficient[1] = window.coefficient(i_z, upper, output);
        face.half_width[0] = d_.y.half_width[lower];
        face.half_width[1] = d_.y.half_width[upper];
        face.inverse_distance[0] = d_.y.inverse_distance[lower];
        face.inverse_distance[1] = d_.y.inverse_distance[face_index];
        face.inverse_distance[2] = d_.y.inverse_distance[upper + 1];
        face.per_volume = sign * d_.y.area[face_index] * d_.y.inverse_volume[i_y];
        visit(face, i_z, lower, i_z, upper);
    };
    const auto along_z = [&](std::size_t lower, double sign) {
        const std::size_t upper = lower + 1;
        if (!group_.present[s][lower] || !group_.present[s][upper] ||
            !std::isfinite(t.resistance[upper]))
            return;
        const std::size_t before = lower > 0 && group_.present[s][lower - 1] ? lower - 1 : lower;
        const std::size_t after =
            upper + 1 < group_.nz && group_.present[s][upper + 1] ? upper + 1 : upper;
        const std::vector<double>& width = group_.thickness;
        AcrossFace face;
        const std::size_t planes[4] = {before, lower, upper, after};
        for (std::size_t k = 0; k < 4; ++k)
            face.u[k] = window.row(planes[k], i_y, s);
        for (std::size_t k = 0; k < 3; ++k)
            if (planes[k] != planes[k + 1])
                face.inverse_distance[k] = 1.0 / (0.5 * (width[planes[k]] + width[planes[k + 1]]));
        for (std::size_t k = 0; k < 2; ++k) {
            face.coefficient[k] = window.coefficient(planes[k + 1], i_y, output);
            face.half_width[k] = 0.5 * width[planes[k + 1]];
            face.weight[k] = t.weight[planes[k + 1]];
            face.reference[k] = t.reference[planes[k + 1]];
        }
        face.resistance = t.resistance[upper];
        face.per_volume = sign / width[i_z];
        visit(face, lower, i_y, upper, i_y);
    };
    if (d_.ny > 1) {
        if (i_y > 0 || d_.y.periodic) along_y(i_y, i_y > 0 ? i_y - 1 : d_.ny - 1, i_y, -1.0);
        if (i_y + 1 < d_.ny || d_.y.periodic)
            along_y(i_y + 1, i_y, i_y + 1 < d_.ny ? i_y + 1 : 0, 1.0);
    }
    if (i_z > 0) along_z(i_z - 1, -1.0);
    if (i_z + 1 < group_.nz) along_z(i_z, 1.0);
}

/// Diffusion with a diffusivity by voxel, added to Worker::moved.
void RightHandSide::diffuse_varying(Worker& worker, std::size_t s, std::size_t i_z,
                                    std::size_t i_y) const {
    const std::size_t output = group_.transport[s].coefficient;
    if (d_.nx > 1) {
        AlongX row;
        row.u = widen(worker.window.row(i_z, i_y, s), worker.halo[0]);
        row.coefficient = widen(worker.window.coefficient(i_z, i_y, output), worker.halo[1]);
        row.area = d_.x.area.data();
        row.half_width = d_.x.wide_half_width.data() + AxisStencil::halo;
        row.inverse_volume = d_.x.inverse_volume.data();
        diffuse_along(worker.moved.data(), row, d_.nx);
    }
    visit_faces(worker, s, output, i_z, i_y,
                [&](const AcrossFace& face, std::size_t, std::size_t, std::size_t, std::size_t) {
                    diffuse_across(worker.moved.data(), face, d_.nx);
                });
}

/// Taxis along gradients of the deviation of its target from rest, added to Worker::moved.
void RightHandSide::attract(Worker& worker, std::size_t s, const TaxisTerm& taxis,
                            Reconstruction reconstruction, std::size_t i_z, std::size_t i_y) {
    const Window& window = worker.window;
    const std::size_t target = taxis.toward;
    if (!group_.present[target][i_z]) return;
    std::fill(worker.outflow.begin(), worker.outflow.end(), 0.0);
    if (d_.nx > 1) {
        AlongX row;
        row.u = widen(window.row(i_z, i_y, s), worker.halo[0]);
        row.coefficient = widen(window.coefficient(i_z, i_y, taxis.coefficient), worker.halo[1]);
        row.toward = widen(window.row(i_z, i_y, target), worker.halo[2]);
        row.area = d_.x.area.data();
        row.half_width = d_.x.wide_half_width.data() + AxisStencil::halo;
        row.inverse_distance = d_.x.wide_inverse_distance.data() + AxisStencil::halo;
        row.inverse_volume = d_.x.inverse_volume.data();
        attract_along(worker.moved.data(), worker.outflow.data(), row, reconstruction, d_.nx);
    }
    visit_faces(
        worker, s, taxis.coefficient, i_z, i_y,
        [&](AcrossFace face, std::size_t z0, std::size_t y0, std::size_t z1, std::size_t y1) {
            if (!group_.present[target][z0] || !group_.present[target][z1]) return;
            face.toward[0] = window.row(z0, y0, target);
            face.toward[1] = window.row(z1, y1, target);
            if (d_.rest_is_fixed) {
                face.toward_reference[0] = group_.rest[target][z0];
                face.toward_reference[1] = group_.rest[target][z1];
            }
            attract_across(worker.moved.data(), worker.outflow.data(), face, reconstruction, d_.nx);
        });
    for (std::size_t i = 0; i < d_.nx; ++i)
        outflow_[i_z] = std::max(outflow_[i_z], worker.outflow[i]);
}

void RightHandSide::diffuse_row(Worker& worker, std::size_t s, std::size_t i_z,
                                std::size_t i_y) const {
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
    diffuse(worker.moved.data(), row, d_.nx);
}

void RightHandSide::solve_lateral(const std::vector<SplitFactor>& factors, Worker& worker,
                                  double* out, std::size_t begin, std::size_t end) {
    const std::size_t n_walls = walls_.conditions().size();
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        const SplitFactor& factor = factors[s];
        if (factor.runs.empty()) continue;
        double* field = out + group_.offset + s * group_.stride;
        const auto integrate = [&](bool along_x) {
            for (std::size_t k = 0; k < n_walls; ++k) {
                const Walls::Condition& condition = walls_.conditions()[k];
                if (condition.unknown != s || condition.side != model::Side::outer) continue;
                for (std::size_t z = begin; z < end; ++z)
                    wall_after_[z * n_walls + k] += along_x
                                                        ? walls_.integral_x(field + z * d_.plane)
                                                        : walls_.integral_y(field + z * d_.plane);
            }
        };
        if (factor.in_x)
            for (const SplitFactor::Run& run : factor.runs) {
                const std::size_t a = std::max(begin, run.first), b = std::min(end, run.last);
                if (a < b)
                    solve_rows(run.x, field + a * d_.plane, (b - a) * d_.ny, d_.nxp,
                               worker.lines.data());
            }
        integrate(true);
        if (factor.in_y)
            for (const SplitFactor::Run& run : factor.runs)
                for (std::size_t z = std::max(begin, run.first); z < std::min(end, run.last); ++z)
                    solve_strided(run.y, field + z * d_.plane, d_.nxp, d_.nxp);
        integrate(false);
    }
}

void RightHandSide::evaluate_positive(const StageState& state, double h, double* out,
                                      const std::vector<SplitFactor>& factors,
                                      const std::vector<WallSinks>& sinks,
                                      std::vector<Worker>& workers, int threads) {
    std::fill(wall_flux_.begin(), wall_flux_.end(), 0.0);
    std::fill(wall_after_.begin(), wall_after_.end(), 0.0);
    parallel_ranges(threads, group_.nz, [&](std::size_t part, std::size_t begin, std::size_t end) {
        Worker& worker = workers[part];
        worker.window.begin(state, begin);
        for (std::size_t z = begin; z < end; ++z) {
            worker.window.advance(z, worker.binder);
            for (std::size_t y = 0; y < d_.ny; ++y)
                positive_row(state, h, out, sinks, worker, z, y);
            solve_lateral(factors, worker, out, z, z + 1);
        }
    });
}

void RightHandSide::positive_row(const StageState& state, double h, double* out,
                                 const std::vector<WallSinks>& sinks, Worker& worker,
                                 std::size_t i_z, std::size_t i_y) {
    const std::size_t first = i_y * d_.nxp;
    const bool at_wall = walls_.touches(i_z);
    if (at_wall)
        evaluate_walls(d_.binder.bind(*group_.system,
                                      state.strip(group_, i_z, worker.window.plane(i_z),
                                                  worker.window.stride(), first, d_.nxp / lanes),
                                      state.time(), worker.binder),
                       worker.wall_values.data());
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        const double* u = worker.window.row(i_z, i_y, s);
        const double reference = group_.transport[s].reference[i_z];
        double* target = out + group_.offset + s * group_.stride + i_z * d_.plane + first;
        for (std::size_t i = 0; i < d_.nxp; ++i)
            target[i] = u[i] - reference;
        for (std::size_t k = 0; at_wall && k < walls_.conditions().size(); ++k) {
            const Walls::Condition& condition = walls_.conditions()[k];
            if (condition.unknown != s || !walls_.touches(condition, i_z)) continue;
            std::fill(worker.moved.begin(), worker.moved.end(), 0.0);
            wall_flux_[i_z * walls_.conditions().size() + k] += walls_.add_positive_flux(
                condition, wall_row(worker, condition, i_z, i_y, u, worker.wall_values.data()),
                sinks[s], reference, worker.moved.data());
            const double* v[1] = {worker.moved.data()};
            combine(target, target, d_.nxp, &h, v, 1);
        }
        if (!group_.transport[s].taxis.empty() && group_.present[s][i_z]) {
            std::fill(worker.moved.begin(), worker.moved.end(), 0.0);
            for (const TaxisTerm& taxis : group_.transport[s].taxis)
                attract(worker, s, taxis, Reconstruction::first_order, i_z, i_y);
            const double* v[1] = {worker.moved.data()};
            combine(target, target, d_.nxp, &h, v, 1);
        }
        std::fill(target + d_.nx, target + d_.nxp, 0.0);
    }
}

void RightHandSide::bound_diffusivities(const StageState& state, std::vector<Worker>& workers,
                                        int threads, std::vector<Transport>& transport) const {
    std::vector<double> largest(group_.nz * group_.n_unknowns, 0.0);
    parallel_ranges(threads, group_.nz, [&](std::size_t part, std::size_t begin, std::size_t end) {
        Worker& worker = workers[part];
        worker.window.begin(state, begin);
        for (std::size_t z = begin; z < end; ++z) {
            worker.window.advance(z, worker.binder);
            for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
                const Transport& t = group_.transport[s];
                if (!t.per_voxel || !group_.present[s][z]) continue;
                for (std::size_t y = 0; y < d_.ny; ++y) {
                    const double* d = worker.window.coefficient(z, y, t.coefficient);
                    for (std::size_t i = 0; i < d_.nx; ++i)
                        if (d[i] >= 0.0 && std::isfinite(d[i]))
                            largest[z * group_.n_unknowns + s] =
                                std::max(largest[z * group_.n_unknowns + s], d[i]);
                        else
                            throw_bad_diffusivity(s, z, y, i, d[i], state.time());
                }
            }
        }
    });
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        if (!group_.transport[s].per_voxel) continue;
        for (std::size_t z = 0; z < group_.nz;) {
            std::size_t last = z;
            double bound = 0.0;
            for (; last < group_.nz && group_.layer[last] == group_.layer[z]; ++last)
                bound = std::max(bound, largest[last * group_.n_unknowns + s]);
            for (; z < last; ++z)
                transport[s].diffusivity[z] = group_.present[s][z] ? bound : 0.0;
        }
        set_conductance(group_, transport[s]);
    }
}

void RightHandSide::throw_bad_diffusivity(std::size_t s, std::size_t i_z, std::size_t i_y,
                                          std::size_t i_x, double value, double time) const {
    NumericsError::Where where;
    where.time = time;
    where.species = d_.model->species[static_cast<std::size_t>(group_.system->unknowns[s])].name;
    where.place = d_.place(group_, i_z, i_y, i_x);
    where.value = value;
    throw NumericsError(fmt::format("diffusivity of {} is {} mm2/d at {}, t = {:.6g} d",
                                    where.species, value, where.place, time),
                        where);
}

void RightHandSide::wall_sinks(const StageState& state, Worker& worker,
                               std::vector<WallSinks>& sinks) const {
    std::fill(sinks.begin(), sinks.end(), WallSinks{});
    for (std::size_t z = 0; z < group_.nz; ++z) {
        if (!walls_.touches(z)) continue;
        worker.window.begin(state, z);
        worker.window.advance(z, worker.binder);
        for (std::size_t y = 0; y < d_.ny; ++y) {
            evaluate_walls(
                d_.binder.bind(*group_.system,
                               state.strip(group_, z, worker.window.plane(z),
                                           worker.window.stride(), y * d_.nxp, d_.nxp / lanes),
                               state.time(), worker.binder),
                worker.wall_values.data());
            for (const Walls::Condition& condition : walls_.conditions())
                if (walls_.touches(condition, z))
                    walls_.raise_sink(condition,
                                      wall_row(worker, condition, z, y,
                                               worker.window.row(z, y, condition.unknown),
                                               worker.wall_values.data()),
                                      sinks[condition.unknown]);
        }
    }
}

}  // namespace neocol::solver
