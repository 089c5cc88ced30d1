#include "stepper/positive_step.hpp"

#include <algorithm>
#include <limits>

#include "discretisation/parallel.hpp"
#include "discretisation/vector_loops.hpp"

namespace neocol::solver {

namespace {

/// What the transport takes the deviation from: nothing where taxis acts on the whole.
double transport_reference(const Transport& transport, std::size_t i_z) {
    return transport.taxis.empty() ? transport.reference[i_z] : 0.0;
}

}  // namespace

PositiveStep::PositiveStep(const Discretisation& d, const RestBalance& balance,
                           Workspace& workspace, std::deque<GroupWork>& work, int threads)
    : least(d.model.species.size(), 0.0),
      step_budget(d),
      d_(d),
      balance_(balance),
      workspace_(workspace),
      work_(work),
      threads_(threads),
      state_(d) {
    for (const GroupWork& w : work) {
        const Group& group = d.groups[w.i_group];
        smallest_.emplace_back(w.tiling.reaction.size() * group.n_unknowns * lanes, 0.0);
        rates_.emplace_back(w.tiling.reaction.size() * group.n_layers * group.n_processes * lanes,
                            0.0);
    }
}

void PositiveStep::attempt(const double* u, double t, double h) {
    step_budget.clear();
    state_.set(u, nullptr, nullptr, 0, t + h);
    for (GroupWork& work : work_) {
        const Group& group = d_.groups[work.i_group];
        work.set_damping(0.0);
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            work.is_linearised[s] = !work.linearised[s].empty();
            if (work.is_linearised[s]) {
                work.factors[s] = {};
                work.linearised[s].factor(work.damping[s], work.wall_conductances[s], h, threads_);
            } else {
                build_split_factor(d_, group, group.transport[s], work.damping[s],
                                   work.wall_conductances[s], h, work.factors[s]);
            }
        }
        evaluate(work, h);
        work.transport.solve(work.linearised, work.is_linearised, workspace_.stages[0].data(),
                             threads_);
        diffuse(work, u);
        book_walls(work, h);
    }
    for (const GroupWork& work : work_)
        clip_negative(work);
    const double* seen = workspace_.stages[3].data();
    state_.set(seen, nullptr, nullptr, 0, t + h);
    if (algebraic != nullptr)
        state_.read_algebraic(algebraic->at_stage(seen, nullptr, nullptr, 0, t + h, u));
    for (GroupWork& work : work_) {
        react(work, h);
        book_reaction(work);
    }
}

/// stages[0] = (u - reference) + h walls, then the factors along x and y.
void PositiveStep::evaluate(GroupWork& work, double h) {
    work.wall_budget.reset();
    double* out = workspace_.stages[0].data();
    parallel_ranges(threads_, d_.groups[work.i_group].nz,
                    [&](std::size_t part, std::size_t begin, std::size_t end) {
                        Worker& worker = work.workers[part];
                        worker.window.begin(state_, begin);
                        for (std::size_t z = begin; z < end; ++z) {
                            worker.window.advance(z, worker.binder);
                            for (std::size_t y = 0; y < d_.ny; ++y)
                                evaluate_row(work, worker, z, y, h);
                            work.transport.solve_lateral(work.factors, worker, out, z, z + 1);
                        }
                    });
}

void PositiveStep::evaluate_row(GroupWork& work, Worker& worker, std::size_t i_z, std::size_t i_y,
                                double h) {
    const Group& group = d_.groups[work.i_group];
    const BoundaryConditions& walls = work.walls;
    const bool at_wall = walls.touches(i_z);
    if (at_wall)
        walls.evaluate(state_, worker.window.plane(i_z), worker.window.stride(), i_z, i_y,
                       state_.time(), worker, worker.wall_values.data());
    for (std::size_t s = 0; s < group.n_unknowns; ++s) {
        const double* u = worker.window.row(i_z, i_y, s);
        const double reference = transport_reference(group.transport[s], i_z);
        double* target = workspace_.stages[0].data() + group.offset + s * group.stride +
                         i_z * d_.plane + i_y * d_.nxp;
        for (std::size_t i = 0; i < d_.nxp; ++i)
            target[i] = u[i] - reference;
        for (std::size_t k = 0; at_wall && k < walls.conditions().size(); ++k) {
            const BoundaryConditions::Condition& condition = walls.conditions()[k];
            if (condition.unknown != s || !walls.touches(condition, i_z)) continue;
            std::fill(worker.row_buffer.begin(), worker.row_buffer.end(), 0.0);
            work.wall_budget.add_flux(
                i_z, k,
                walls.add_positive_flux(
                    condition, walls.row(worker, condition, i_z, i_y, u, worker.wall_values.data()),
                    work.wall_conductances[s], reference, worker.row_buffer.data()));
            const double* v[1] = {worker.row_buffer.data()};
            combine(target, target, d_.nxp, &h, v, 1);
        }
        std::fill(target + d_.nx, target + d_.nxp, 0.0);
    }
}

/// Finishes the diffusion along z and forms u + (d* - d), which leaves what does not move alone.
void PositiveStep::diffuse(GroupWork& work, const double* u) {
    const Group& group = d_.groups[work.i_group];
    work.wall_budget.reset_depth();
    const auto strip_range = [&](std::size_t, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Tile& strip = work.tiling.strips[i];
            const std::size_t count = strip.n_blocks * lanes;
            for (std::size_t s = 0; s < group.n_unknowns; ++s) {
                const std::size_t at = group.offset + s * group.stride + strip.first;
                double* deviation = workspace_.stages[0].data() + at;
                work.transport.solve_depth(work.factors[s], s, deviation, i);
                for (std::size_t z = 0; z < group.nz; ++z) {
                    const double reference = transport_reference(group.transport[s], z);
                    const double* before = u + at + z * d_.plane;
                    const double* after = deviation + z * d_.plane;
                    double* out = workspace_.stages[1].data() + at + z * d_.plane;
                    for (std::size_t j = 0; j < count; ++j)
                        out[j] = d_.area[strip.first + j] > 0.0
                                     ? before[j] + (after[j] - (before[j] - reference))
                                     : before[j];
                }
            }
        }
    };
    parallel_ranges(threads_, work.tiling.strips.size(), strip_range);
}

/// What the reaction sees, into stages[3].
void PositiveStep::clip_negative(const GroupWork& work) {
    const Group& group = d_.groups[work.i_group];
    parallel_ranges(
        threads_, group.n_unknowns * group.nz,
        [&](std::size_t, std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end; ++k) {
                const std::size_t s = k / group.nz;
                const auto species = static_cast<std::size_t>(group.system->unknowns[s]);
                const bool is_signed = d_.model.species[species].is_signed;
                const std::size_t at = group.offset + s * group.stride + k % group.nz * d_.plane;
                const double* transported = workspace_.stages[1].data() + at;
                double* seen = workspace_.stages[3].data() + at;
                for (std::size_t i = 0; i < d_.plane; ++i)
                    seen[i] = is_signed || transported[i] > 0.0 ? transported[i] : 0.0;
            }
        });
}

void PositiveStep::react(GroupWork& work, double h) {
    std::vector<double>& smallest = smallest_[work.i_group];
    std::fill(rates_[work.i_group].begin(), rates_[work.i_group].end(), 0.0);
    std::fill(smallest.begin(), smallest.end(), std::numeric_limits<double>::infinity());
    parallel_ranges(threads_, work.tiling.reaction.size(),
                    [&](std::size_t part, std::size_t begin, std::size_t end) {
                        for (std::size_t k = begin; k < end; ++k)
                            react_tile(work, work.workers[part], k, h);
                    });
}

void PositiveStep::react_tile(GroupWork& work, Worker& worker, std::size_t i_tile, double h) {
    const Group& group = d_.groups[work.i_group];
    const Tile& tile = work.tiling.reaction[i_tile];
    const std::size_t count = tile.n_blocks * lanes;
    double* weights = worker.strip.data() + group.n_unknowns * count;
    for (std::size_t z = tile.z_begin; z < tile.z_end; ++z) {
        const std::size_t at = group.offset + z * d_.plane + tile.first;
        const double* diffused = workspace_.stages[1].data() + at;
        double* change = workspace_.stages[0].data() + at;
        double* result = workspace_.stages[2].data() + at;
        const kernel::Row row =
            d_.binder.bind(*group.system,
                           state_.strip(group, z, state_.u() + group.offset + z * d_.plane,
                                        group.stride, tile.first, tile.n_blocks),
                           state_.time(), worker.binder);
        for (std::size_t i = 0; i < count; ++i)
            weights[i] = h * d_.area[tile.first + i] * group.thickness[z];
        double* sums = rates_[work.i_group].data() +
                       (i_tile * group.n_layers + static_cast<std::size_t>(group.layer[z])) *
                           group.n_processes * lanes;
        group.kernel->rates(row, change, group.stride, weights, sums);
        const std::size_t y = tile.first / d_.nxp, x = tile.first % d_.nxp;
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            double* c = change + s * group.stride;
            const double* balance = balance_.row(work.i_group, s, z, y) + x;
            for (std::size_t i = 0; i < count; ++i)
                c[i] = d_.area[tile.first + i] > 0.0 ? h * (c[i] - balance[i]) : 0.0;
        }
        group.kernel->solve(row, h, change, group.stride);
        group.kernel->process_jacobian_times(row, change, group.stride, weights, sums);
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            double* smallest = &smallest_[work.i_group][(i_tile * group.n_unknowns + s) * lanes];
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t j = s * group.stride + i;
                result[j] = diffused[j] + change[j];
                smallest[i % lanes] = std::min(smallest[i % lanes], result[j]);
            }
        }
    }
}

void PositiveStep::book_walls(const GroupWork& work, double h) {
    const std::vector<BoundaryConditions::Condition>& conditions = work.walls.conditions();
    for (std::size_t k = 0; k < conditions.size(); ++k)
        step_budget.transported[static_cast<std::size_t>(
            d_.groups[work.i_group].system->unknowns[conditions[k].unknown])] +=
            h * work.wall_budget.inward(k, work.wall_conductances, work.damping);
}

void PositiveStep::book_reaction(const GroupWork& work) {
    const Group& group = d_.groups[work.i_group];
    std::vector<double>& process = step_budget.process[work.i_group];
    for (std::size_t tile = 0; tile < work.tiling.reaction.size(); ++tile)
        for (std::size_t k = 0; k < process.size(); ++k)
            process[k] += sum_lanes(&rates_[work.i_group][(tile * process.size() + k) * lanes]);
    for (std::size_t s = 0; s < group.n_unknowns; ++s) {
        double smallest = std::numeric_limits<double>::infinity();
        for (std::size_t tile = 0; tile < work.tiling.reaction.size(); ++tile)
            for (std::size_t k = 0; k < lanes; ++k)
                smallest = std::min(
                    smallest, smallest_[work.i_group][(tile * group.n_unknowns + s) * lanes + k]);
        least[static_cast<std::size_t>(group.system->unknowns[s])] = smallest;
    }
}

}  // namespace neocol::solver
