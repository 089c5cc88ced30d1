#include "right_hand_side.hpp"

#include <algorithm>

#include "method.hpp"
#include "parallel.hpp"
#include "rows.hpp"

namespace neocol::solver {

namespace {

/// Rows that the solver along x gathers before it starts.
constexpr std::size_t rows_at_once = 2 * lanes;

/// Half width of the difference quotient of wall values in time, in steps.
constexpr double quotient_width = 1e-2;

/// By unknown: 1 if the rate of a process of a part depends on it.
std::vector<char> read_by(const Group& group, const std::vector<kernel::Part>& parts,
                          kernel::Part part) {
    std::vector<char> reads(group.n_unknowns, 0);
    for (const model::Entry& entry : group.system->process_jacobian)
        if (parts[static_cast<std::size_t>(entry.row)] == part)
            reads[static_cast<std::size_t>(entry.column)] = 1;
    return reads;
}

}  // namespace

RightHandSide::RightHandSide(const Discretisation& d, const Balance& balance, std::size_t i_group,
                             const Tiling& tiling, Reconstruction reconstruction)
    : d_(d),
      balance_(balance),
      i_group_(i_group),
      group_(d.groups[i_group]),
      tiling_(tiling),
      walls_(d, group_),
      depends_on_time_(!group_.system->time_derivative.empty() || walls_.depends_on_time()),
      parts_(kernel::parts_of_processes(*d.model, *group_.system)),
      any_early_(std::find(parts_.begin(), parts_.end(), kernel::Part::early) != parts_.end()),
      any_late_(std::find(parts_.begin(), parts_.end(), kernel::Part::late) != parts_.end()),
      early_reads_(read_by(group_, parts_, kernel::Part::early)),
      late_reads_(read_by(group_, parts_, kernel::Part::late)),
      movement_(d, i_group, reconstruction),
      process_sums_(tiling.bands.size() * group_.n_processes, 0.0),
      linearised_sums_(process_sums_.size(), 0.0),
      wall_flux_(group_.nz * walls_.conditions().size(), 0.0),
      wall_after_(group_.nz * walls_.conditions().size(), 0.0) {}

void RightHandSide::evaluate(const Terms& terms, const std::vector<SplitFactor>* factors,
                             std::vector<Worker>& workers, int threads) {
    std::fill(wall_flux_.begin(), wall_flux_.end(), 0.0);
    std::fill(wall_after_.begin(), wall_after_.end(), 0.0);
    parallel_ranges(threads, tiling_.bands.size(),
                    [&](std::size_t part, std::size_t begin, std::size_t end) {
                        range(terms, factors, workers[part], begin, end);
                    });
}

/// Bands [begin, end).
void RightHandSide::range(const Terms& terms, const std::vector<SplitFactor>* factors,
                          Worker& worker, std::size_t begin, std::size_t end) {
    std::size_t solved = tiling_.bands[begin].z_begin;
    worker.window.begin(*terms.state, solved);
    for (std::size_t k = begin; k < end; ++k) {
        const Band& band = tiling_.bands[k];
        std::fill(worker.sums.begin(), worker.sums.end(), 0.0);
        if (terms.last) std::fill(worker.linearised.begin(), worker.linearised.end(), 0.0);
        if (tiling_.together)
            worker.window.load(*terms.state, band.z_begin, band.z_end, worker.binder);
        else
            worker.window.advance(band.z_begin, worker.binder);
        const std::size_t n_pieces = tiling_.together ? 1 : d_.ny;
        for (std::size_t y = 0; y < n_pieces; ++y) {
            const Piece part{band.z_begin, band.z_end, y, (band.z_end - band.z_begin) * d_.nxp};
            piece(terms, worker, part);
            if (factors && any_early_) react(terms, worker, part);
        }
        for (std::size_t p = 0; p < group_.n_processes; ++p)
            process_sums_[k * group_.n_processes + p] = sum_lanes(&worker.sums[p * lanes]);
        if (terms.last) book_linearised(worker, k, kernel::Part::early);
        if (!factors) continue;
        if ((band.z_end - solved) * d_.ny < rows_at_once && k + 1 < end) continue;
        solve_lateral(*factors, worker, terms.out, solved, band.z_end);
        solved = band.z_end;
    }
}

/// A piece of a state whose planes start at `plane`, for the kernel.
kernel::Row RightHandSide::bind(const StageState& state, const double* plane, std::size_t stride,
                                const Piece& piece, double time, Worker& worker) const {
    return d_.binder.bind(
        *group_.system,
        state.strip(group_, piece.z_begin, plane, stride, piece.y * d_.nxp, piece.count / lanes),
        time, worker.binder);
}

void RightHandSide::piece(const Terms& terms, Worker& worker, const Piece& piece) {
    const std::size_t at = group_.offset + piece.z_begin * d_.plane + piece.y * d_.nxp;
    const std::size_t count = piece.count;
    const bool differentiates = terms.time_factor != 0.0 && depends_on_time_;
    if (differentiates) time_derivative(terms, worker, piece);
    measure_voxels(worker, piece);
    double* out = terms.out + at;
    group_.kernel->rates(bind(*terms.state, worker.window.plane(piece.z_begin),
                              worker.window.stride(), piece, terms.state->time(), worker),
                         out, group_.stride, worker.weights.data(), worker.sums.data());
    bool at_wall = false;
    for (std::size_t z = piece.z_begin; z < piece.z_end; ++z)
        at_wall |= walls_.touches(z);
    for (std::size_t s = 0; s < group_.n_unknowns; ++s)
        worker.moves[s] = move(worker, piece, s, at_wall, worker.movements.data() + s * count);

    Assembly assembly;
    assembly.gh = terms.gh;
    assembly.n = terms.n;
    assembly.n_unknowns = group_.n_unknowns;
    assembly.stride = group_.stride;
    assembly.balance = balance_.row(i_group_, 0, piece.z_begin, piece.y);
    assembly.balance_stride = balance_.stride(i_group_);
    assembly.moved = worker.movements.data();
    assembly.moves = worker.moves.data();
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
bool RightHandSide::move(Worker& worker, const Piece& piece, std::size_t s, bool at_wall,
                         double* moved) {
    bool moves = tiling_.together ? movement_.band(worker, s, piece.z_begin, piece.z_end, moved)
                                  : movement_.row(worker, s, piece.z_begin, piece.y, moved);
    if (!at_wall) return moves;
    const std::size_t n_walls = walls_.conditions().size();
    for (std::size_t k = 0; k < n_walls; ++k) {
        const Walls::Condition& condition = walls_.conditions()[k];
        if (condition.unknown != s) continue;
        for (std::size_t z = piece.z_begin; z < piece.z_end; ++z) {
            if (!walls_.touches(condition, z)) continue;
            if (!moves) std::fill(moved, moved + piece.count, 0.0);
            moves = true;
            const Piece row{z, z + 1, piece.y, d_.nxp};
            const double* plane = worker.window.plane(z);
            evaluate_walls(bind(*worker.window.state(), plane, worker.window.stride(), row,
                                worker.window.state()->time(), worker),
                           worker.wall_values.data());
            wall_flux_[z * n_walls + k] += walls_.add_flux(
                condition,
                wall_row(worker, condition, z, piece.y, worker.window.row(z, piece.y, s),
                         worker.wall_values.data()),
                moved + (z - piece.z_begin) * d_.nxp);
        }
    }
    return moves;
}

/// Volumes of the voxels of a piece, into Worker::weights.
void RightHandSide::measure_voxels(Worker& worker, const Piece& piece) const {
    for (std::size_t z = piece.z_begin; z < piece.z_end; ++z)
        for (std::size_t i = 0; i < d_.nxp; ++i)
            worker.weights[(z - piece.z_begin) * d_.nxp + i] =
                d_.area[piece.y * d_.nxp + i] * group_.thickness[z];
}

/// Takes the worker's sums of linearised rates of the processes of one part.
void RightHandSide::book_linearised(const Worker& worker, std::size_t i_band, kernel::Part part) {
    for (std::size_t p = 0; p < group_.n_processes; ++p)
        if (parts_[p] == part)
            linearised_sums_[i_band * group_.n_processes + p] =
                sum_lanes(&worker.linearised[p * lanes]);
}

void RightHandSide::react_late(const LateTerms& terms, std::vector<Worker>& workers, int threads) {
    if (!any_late_) return;
    parallel_ranges(
        threads, tiling_.bands.size(), [&](std::size_t part, std::size_t begin, std::size_t end) {
            Worker& worker = workers[part];
            for (std::size_t k = begin; k < end; ++k) {
                const Band& band = tiling_.bands[k];
                std::fill(worker.linearised.begin(), worker.linearised.end(), 0.0);
                const std::size_t n_pieces = tiling_.together ? 1 : d_.ny;
                for (std::size_t y = 0; y < n_pieces; ++y)
                    react_late(terms, worker,
                               {band.z_begin, band.z_end, y, (band.z_end - band.z_begin) * d_.nxp});
                if (terms.last) book_linearised(worker, k, kernel::Part::late);
            }
        });
}

void RightHandSide::react_late(const LateTerms& terms, Worker& worker, const Piece& piece) const {
    const std::size_t plane = group_.offset + piece.z_begin * d_.plane;
    const std::size_t at = plane + piece.y * d_.nxp;
    const kernel::Row start = bind(*terms.start, terms.start->u() + plane, group_.stride, piece,
                                   terms.start->time(), worker);
    group_.kernel->solve(start, terms.gh, terms.out + at, group_.stride, kernel::Part::late);
    if (!terms.last) return;
    double* weighted = worker.movements.data();
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        if (!late_reads_[s]) continue;
        const double* v[n_stages];
        for (std::size_t j = 0; j < n_stages; ++j)
            v[j] = terms.increments[j] + at + s * group_.stride;
        weigh(weighted + s * piece.count, terms.b, v, piece.count);
    }
    measure_voxels(worker, piece);
    group_.kernel->process_jacobian_times(start, weighted, piece.count, worker.weights.data(),
                                          worker.linearised.data(), kernel::Part::late);
}

/// The factor of early processes on a piece of `out`, and what of it the budget needs.
void RightHandSide::react(const Terms& terms, Worker& worker, const Piece& piece) const {
    const std::size_t plane = group_.offset + piece.z_begin * d_.plane;
    const kernel::Row start = bind(*terms.start, terms.start->u() + plane, group_.stride, piece,
                                   terms.start->time(), worker);
    double* out = terms.out + plane + piece.y * d_.nxp;
    double* weighted = terms.weighted + plane + piece.y * d_.nxp;
    group_.kernel->solve(start, terms.gh, out, group_.stride, kernel::Part::early);
    for (std::size_t s = 0; s < group_.n_unknowns; ++s)
        if (early_reads_[s])
            accumulate(weighted + s * group_.stride, out + s * group_.stride, terms.b, terms.first,
                       piece.count);
    if (terms.last)
        group_.kernel->process_jacobian_times(start, weighted, group_.stride, worker.weights.data(),
                                              worker.linearised.data(), kernel::Part::early);
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
void RightHandSide::time_derivative(const Terms& terms, Worker& worker, const Piece& piece) const {
    const double* plane = terms.start->u() + group_.offset + piece.z_begin * d_.plane;
    std::fill(worker.derivative.begin(), worker.derivative.end(), 0.0);
    if (!group_.system->time_derivative.empty())
        group_.kernel->time_derivative(
            bind(*terms.start, plane, group_.stride, piece, terms.start_time, worker),
            worker.derivative.data(), piece.count);
    if (!walls_.depends_on_time()) return;
    for (std::size_t z = piece.z_begin; z < piece.z_end; ++z)
        if (walls_.touches(z))
            differentiate_walls(terms, worker, z, piece.y,
                                worker.derivative.data() + (z - piece.z_begin) * d_.nxp,
                                piece.count);
}

/// Of one row; unknowns of `derivative` lie `stride` apart.
void RightHandSide::differentiate_walls(const Terms& terms, Worker& worker, std::size_t i_z,
                                        std::size_t i_y, double* derivative,
                                        std::size_t stride) const {
    const double* plane = terms.start->u() + group_.offset + i_z * d_.plane;
    const Piece row{i_z, i_z + 1, i_y, d_.nxp};
    const double width = quotient_width * terms.time_step;
    double* early = worker.wall_values.data();
    double* late = early + walls_.n_outputs() * d_.nxp;
    const auto evaluate = [&](double time, double* values) {
        evaluate_walls(bind(*terms.start, plane, group_.stride, row, time, worker), values);
    };
    evaluate(terms.start_time - width, early);
    evaluate(terms.start_time + width, late);
    for (const Walls::Condition& condition : walls_.conditions()) {
        if (!walls_.touches(condition, i_z)) continue;
        const double* u = plane + i_y * d_.nxp + condition.unknown * group_.stride;
        double* target = derivative + condition.unknown * stride;
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
    const auto rows = [&](Worker& worker, const Band& band) {
        for (std::size_t z = band.z_begin; z < band.z_end; ++z)
            for (std::size_t y = 0; y < d_.ny; ++y)
                for (std::size_t s = 0; s < group_.n_unknowns; ++s)
                    if (!frozen[s].empty())
                        movement_.freeze(worker, s, z, y, state.time(), frozen[s]);
    };
    parallel_ranges(threads, tiling_.bands.size(),
                    [&](std::size_t part, std::size_t begin, std::size_t end) {
                        Worker& worker = workers[part];
                        worker.window.begin(state, tiling_.bands[begin].z_begin);
                        for (std::size_t k = begin; k < end; ++k) {
                            const Band& band = tiling_.bands[k];
                            if (tiling_.together)
                                worker.window.load(state, band.z_begin, band.z_end, worker.binder);
                            else
                                worker.window.advance(band.z_begin, worker.binder);
                            rows(worker, band);
                        }
                    });
}

}  // namespace neocol::solver
