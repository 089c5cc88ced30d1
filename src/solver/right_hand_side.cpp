#include "right_hand_side.hpp"

#include <algorithm>

#include "parallel.hpp"
#include "rows.hpp"

namespace neocol::solver {

namespace {

/// Rows that the solver along x gathers before it starts.
constexpr std::size_t rows_at_once = 2 * lanes;

/// Half width of the difference quotient of wall values in time, in steps.
constexpr double quotient_width = 1e-2;

}  // namespace

RightHandSide::RightHandSide(const Discretisation& d, const Balance& balance, std::size_t i_group,
                             Reconstruction reconstruction)
    : d_(d),
      balance_(balance),
      i_group_(i_group),
      group_(d.groups[i_group]),
      walls_(d, group_),
      depends_on_time_(!group_.system->time_derivative.empty() || walls_.depends_on_time()),
      movement_(d, i_group, reconstruction),
      process_sums_(group_.nz * group_.n_processes, 0.0),
      linearised_sums_(process_sums_.size(), 0.0),
      wall_flux_(group_.nz * walls_.conditions().size(), 0.0),
      wall_after_(group_.nz * walls_.conditions().size(), 0.0) {}

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
        std::fill(worker.sums.begin(), worker.sums.end(), 0.0);
        if (terms.last) std::fill(worker.linearised.begin(), worker.linearised.end(), 0.0);
        for (std::size_t y = 0; y < d_.ny; ++y) {
            row(terms, worker, z, y);
            if (factors) react(terms, worker, z, y);
        }
        for (std::size_t p = 0; p < group_.n_processes; ++p)
            process_sums_[z * group_.n_processes + p] = sum_lanes(&worker.sums[p * lanes]);
        for (std::size_t p = 0; terms.last && p < group_.n_processes; ++p)
            linearised_sums_[z * group_.n_processes + p] = sum_lanes(&worker.linearised[p * lanes]);
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
        bool moves = movement_.row(worker, s, i_z, i_y);
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
    const kernel::Row start =
        d_.binder.bind(*group_.system,
                       terms.start->strip(group_, i_z, terms.start->u() + plane, group_.stride,
                                          first, d_.nxp / lanes),
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

void RightHandSide::solve_lateral(const std::vector<SplitFactor>& factors, Worker& worker,
                                  double* out, std::size_t begin, std::size_t end) {
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        const SplitFactor& factor = factors[s];
        if (factor.runs.empty()) continue;
        double* field = out + group_.offset + s * group_.stride;
        if (factor.in_x)
            for (const SplitFactor::Run& run : factor.runs) {
                const std::size_t a = std::max(begin, run.first), b = std::min(end, run.last);
                if (a < b)
                    solve_rows(run.x, field + a * d_.plane, (b - a) * d_.ny, d_.nxp,
                               worker.lines.data());
            }
        book_side_walls(s, field, true, begin, end);
        if (factor.in_y)
            for (const SplitFactor::Run& run : factor.runs)
                for (std::size_t z = std::max(begin, run.first); z < std::min(end, run.last); ++z)
                    solve_strided(run.y, field + z * d_.plane, d_.nxp, d_.nxp);
        book_side_walls(s, field, false, begin, end);
    }
}

/// Takes note of what stands at the side walls behind the factor of x or y.
void RightHandSide::book_side_walls(std::size_t s, const double* field, bool along_x,
                                    std::size_t begin, std::size_t end) {
    const std::size_t n_walls = walls_.conditions().size();
    for (std::size_t k = 0; k < n_walls; ++k) {
        const Walls::Condition& condition = walls_.conditions()[k];
        if (condition.unknown != s || condition.side != model::Side::outer) continue;
        for (std::size_t z = begin; z < end; ++z)
            wall_after_[z * n_walls + k] += along_x ? walls_.integral_x(field + z * d_.plane)
                                                    : walls_.integral_y(field + z * d_.plane);
    }
}

void RightHandSide::solve_frozen(const std::vector<FrozenTransport>& frozen,
                                 const std::vector<char>& serves, double* out, int threads) {
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        if (!serves[s]) continue;
        double* field = out + group_.offset + s * group_.stride;
        frozen[s].solve_x(field, threads);
        book_side_walls(s, field, true, 0, group_.nz);
        frozen[s].solve_y(field, threads);
        book_side_walls(s, field, false, 0, group_.nz);
        frozen[s].solve_z(field, threads);
    }
}

void RightHandSide::freeze(const StageState& state, std::vector<Worker>& workers, int threads,
                           std::vector<FrozenTransport>& frozen) const {
    parallel_ranges(threads, group_.nz, [&](std::size_t part, std::size_t begin, std::size_t end) {
        Worker& worker = workers[part];
        worker.window.begin(state, begin);
        for (std::size_t z = begin; z < end; ++z) {
            worker.window.advance(z, worker.binder);
            for (std::size_t y = 0; y < d_.ny; ++y)
                for (std::size_t s = 0; s < group_.n_unknowns; ++s)
                    if (!frozen[s].empty())
                        movement_.freeze(worker, s, z, y, state.time(), frozen[s]);
        }
    });
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
        const double reference = positive_reference(group_.transport[s], i_z);
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
        std::fill(target + d_.nx, target + d_.nxp, 0.0);
    }
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
