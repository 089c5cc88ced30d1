#include "right_hand_side/right_hand_side.hpp"

#include <algorithm>

#include "discretisation/parallel.hpp"
#include "discretisation/vector_loops.hpp"
#include "right_hand_side/assembly.hpp"

namespace neocol::solver {

namespace {

/// Rows that the solver along x gathers before it starts.
constexpr std::size_t rows_at_once = 2 * lanes;

}  // namespace

RightHandSide::RightHandSide(const Discretisation& d, const RestBalance& balance,
                             std::size_t i_group, const Tiling& tiling,
                             const BoundaryConditions& walls, WallBudget& wall_budget,
                             Reconstruction reconstruction)
    : d_(d),
      balance_(balance),
      i_group_(i_group),
      group_(d.groups[i_group]),
      tiling_(tiling),
      walls_(walls),
      wall_budget_(wall_budget),
      depends_on_time_(!group_.system->time_derivative.empty() || walls.depends_on_time()),
      transport_(d, i_group, reconstruction),
      process_sums_(tiling.bands.size() * group_.n_processes, 0.0) {}

void RightHandSide::evaluate(const Terms& terms, const FirstFactors* factors,
                             std::vector<Worker>& workers, int threads) {
    wall_budget_.reset();
    parallel_ranges(threads, tiling_.bands.size(),
                    [&](std::size_t part, std::size_t begin, std::size_t end) {
                        range(terms, factors, workers[part], begin, end);
                    });
}

/// Bands [begin, end).
void RightHandSide::range(const Terms& terms, const FirstFactors* factors, Worker& worker,
                          std::size_t begin, std::size_t end) {
    std::size_t solved = tiling_.bands[begin].z_begin;
    worker.window.begin(*terms.state, solved);
    for (std::size_t k = begin; k < end; ++k) {
        const Band& band = tiling_.bands[k];
        std::fill(worker.sums.begin(), worker.sums.end(), 0.0);
        if (factors) factors->reaction.begin_band(factors->early, worker);
        if (tiling_.together)
            worker.window.load(*terms.state, band.z_begin, band.z_end, worker.binder);
        else
            worker.window.advance(band.z_begin, worker.binder);
        const std::size_t n_pieces = tiling_.together ? 1 : d_.ny;
        for (std::size_t y = 0; y < n_pieces; ++y) {
            const Piece part{band.z_begin, band.z_end, y, (band.z_end - band.z_begin) * d_.nxp};
            piece(terms, worker, part);
            if (factors) factors->reaction.solve_early(factors->early, worker, part);
        }
        for (std::size_t p = 0; p < group_.n_processes; ++p)
            process_sums_[k * group_.n_processes + p] = sum_lanes(&worker.sums[p * lanes]);
        if (!factors) continue;
        factors->reaction.end_band(factors->early, worker, k);
        if ((band.z_end - solved) * d_.ny < rows_at_once && k + 1 < end) continue;
        factors->transport.solve_lateral(factors->lines, worker, terms.out, solved, band.z_end);
        solved = band.z_end;
    }
}

void RightHandSide::piece(const Terms& terms, Worker& worker, const Piece& piece) {
    const std::size_t at = group_.offset + piece.z_begin * d_.plane + piece.y * d_.nxp;
    const std::size_t count = piece.count;
    const bool differentiates = terms.time_factor != 0.0 && depends_on_time_;
    if (differentiates) time_derivative(terms, worker, piece);
    worker.weigh_voxels(d_, group_, piece);
    double* out = terms.out + at;
    group_.kernel->rates(bind(d_, group_, *terms.state, worker.window.plane(piece.z_begin),
                              worker.window.stride(), piece, terms.state->time(), worker),
                         out, group_.stride, worker.weights.data(), worker.sums.data());
    bool at_wall = false;
    for (std::size_t z = piece.z_begin; z < piece.z_end; ++z)
        at_wall |= walls_.touches(z);
    for (std::size_t s = 0; s < group_.n_unknowns; ++s)
        worker.has_transport[s] =
            transport_rate(worker, piece, s, at_wall, worker.transport_rates.data() + s * count);

    Assembly assembly;
    assembly.gh = terms.gh;
    assembly.n = terms.n;
    assembly.n_unknowns = group_.n_unknowns;
    assembly.stride = group_.stride;
    assembly.balance = balance_.row(i_group_, 0, piece.z_begin, piece.y);
    assembly.balance_stride = balance_.stride(i_group_);
    assembly.transport = worker.transport_rates.data();
    assembly.has_transport = worker.has_transport.data();
    for (std::size_t j = 0; j < terms.n; ++j) {
        assembly.c[j] = terms.c[j];
        assembly.v[j] = terms.increments[j] + at;
    }
    assembly.row = d_.nxp;
    assembly.used = d_.nx;
    if (differentiates) {
        assembly.derivative = worker.derivative.data();
        assembly.time_factor = terms.time_factor;
    }
    assemble(out, assembly, count);
}

/// Rate of change of an unknown by transport and walls; false if there is none.
bool RightHandSide::transport_rate(Worker& worker, const Piece& piece, std::size_t s, bool at_wall,
                                   double* rate) {
    bool any = tiling_.together ? transport_.band(worker, s, piece.z_begin, piece.z_end, rate)
                                : transport_.row(worker, s, piece.z_begin, piece.y, rate);
    if (!at_wall) return any;
    for (std::size_t k = 0; k < walls_.conditions().size(); ++k) {
        const BoundaryConditions::Condition& condition = walls_.conditions()[k];
        if (condition.unknown != s) continue;
        for (std::size_t z = piece.z_begin; z < piece.z_end; ++z) {
            if (!walls_.touches(condition, z)) continue;
            if (!any) std::fill(rate, rate + piece.count, 0.0);
            any = true;
            const StageState& state = *worker.window.state();
            walls_.evaluate(state, worker.window.plane(z), worker.window.stride(), z, piece.y,
                            state.time(), worker, worker.wall_values.data());
            wall_budget_.add_flux(z, k,
                                  walls_.add_flux(condition,
                                                  walls_.row(worker, condition, z, piece.y,
                                                             worker.window.row(z, piece.y, s),
                                                             worker.wall_values.data()),
                                                  rate + (z - piece.z_begin) * d_.nxp));
        }
    }
    return any;
}

/// d rates / d time and that of the walls' fluxes, both at the start of the step.
void RightHandSide::time_derivative(const Terms& terms, Worker& worker, const Piece& piece) const {
    const double* plane = terms.start->u() + group_.offset + piece.z_begin * d_.plane;
    std::fill(worker.derivative.begin(), worker.derivative.end(), 0.0);
    if (!group_.system->time_derivative.empty())
        group_.kernel->time_derivative(
            bind(d_, group_, *terms.start, plane, group_.stride, piece, terms.start_time, worker),
            worker.derivative.data(), piece.count);
    if (!walls_.depends_on_time()) return;
    for (std::size_t z = piece.z_begin; z < piece.z_end; ++z)
        if (walls_.touches(z))
            walls_.add_time_derivative(
                *terms.start, terms.start_time, terms.time_step, worker, z, piece.y,
                worker.derivative.data() + (z - piece.z_begin) * d_.nxp, piece.count);
}

}  // namespace neocol::solver
