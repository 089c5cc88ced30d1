#include <algorithm>

#include "parallel.hpp"
#include "right_hand_side.hpp"
#include "rows.hpp"

namespace neocol::solver {

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
