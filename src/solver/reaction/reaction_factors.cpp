#include "reaction/reaction_factors.hpp"

#include <algorithm>

#include "discretisation/parallel.hpp"
#include "discretisation/vector_loops.hpp"

namespace neocol::solver {

namespace {

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

ReactionFactors::ReactionFactors(const Discretisation& d, const Group& group, const Tiling& tiling)
    : d_(d),
      group_(group),
      tiling_(tiling),
      parts_(kernel::parts_of_processes(d.model, *group.system)),
      any_early_(std::find(parts_.begin(), parts_.end(), kernel::Part::early) != parts_.end()),
      any_late_(std::find(parts_.begin(), parts_.end(), kernel::Part::late) != parts_.end()),
      early_reads_(read_by(group, parts_, kernel::Part::early)),
      late_reads_(read_by(group, parts_, kernel::Part::late)),
      sums_(tiling.bands.size() * group.n_processes, 0.0) {}

void ReactionFactors::begin_band(const EarlyTerms& terms, Worker& worker) const {
    if (terms.last) std::fill(worker.jacobian_sums.begin(), worker.jacobian_sums.end(), 0.0);
}

void ReactionFactors::solve_early(const EarlyTerms& terms, Worker& worker,
                                  const Piece& piece) const {
    if (!any_early_) return;
    const std::size_t plane = group_.offset + piece.z_begin * d_.plane;
    const kernel::Row start = bind(d_, group_, *terms.start, terms.start->u() + plane,
                                   group_.stride, piece, terms.start->time(), worker);
    double* out = terms.out + plane + piece.y * d_.nxp;
    double* weighted = terms.weighted + plane + piece.y * d_.nxp;
    group_.kernel->solve(start, terms.gh, out, group_.stride, kernel::Part::early);
    for (std::size_t s = 0; s < group_.n_unknowns; ++s)
        if (early_reads_[s])
            accumulate(weighted + s * group_.stride, out + s * group_.stride, terms.b, terms.first,
                       piece.count);
    if (terms.last)
        group_.kernel->process_jacobian_times(start, weighted, group_.stride, worker.weights.data(),
                                              worker.jacobian_sums.data(), kernel::Part::early);
}

void ReactionFactors::end_band(const EarlyTerms& terms, const Worker& worker, std::size_t i_band) {
    if (terms.last) book(worker, i_band, kernel::Part::early);
}

/// Takes the worker's sums of the processes of one part.
void ReactionFactors::book(const Worker& worker, std::size_t i_band, kernel::Part part) {
    for (std::size_t p = 0; p < group_.n_processes; ++p)
        if (parts_[p] == part)
            sums_[i_band * group_.n_processes + p] = sum_lanes(&worker.jacobian_sums[p * lanes]);
}

void ReactionFactors::solve_late(const LateTerms& terms, std::vector<Worker>& workers,
                                 int threads) {
    if (!any_late_) return;
    parallel_ranges(
        threads, tiling_.bands.size(), [&](std::size_t part, std::size_t begin, std::size_t end) {
            Worker& worker = workers[part];
            for (std::size_t k = begin; k < end; ++k) {
                const Band& band = tiling_.bands[k];
                std::fill(worker.jacobian_sums.begin(), worker.jacobian_sums.end(), 0.0);
                const std::size_t n_pieces = tiling_.together ? 1 : d_.ny;
                for (std::size_t y = 0; y < n_pieces; ++y)
                    solve_late(terms, worker,
                               {band.z_begin, band.z_end, y, (band.z_end - band.z_begin) * d_.nxp});
                if (terms.last) book(worker, k, kernel::Part::late);
            }
        });
}

void ReactionFactors::solve_late(const LateTerms& terms, Worker& worker, const Piece& piece) const {
    const std::size_t plane = group_.offset + piece.z_begin * d_.plane;
    const std::size_t at = plane + piece.y * d_.nxp;
    const kernel::Row start = bind(d_, group_, *terms.start, terms.start->u() + plane,
                                   group_.stride, piece, terms.start->time(), worker);
    group_.kernel->solve(start, terms.gh, terms.out + at, group_.stride, kernel::Part::late);
    if (!terms.last) return;
    double* weighted = worker.transport_rates.data();
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        if (!late_reads_[s]) continue;
        const double* v[n_stages];
        for (std::size_t j = 0; j < n_stages; ++j)
            v[j] = terms.increments[j] + at + s * group_.stride;
        weighted_sum(weighted + s * piece.count, terms.b, v, piece.count);
    }
    worker.weigh_voxels(d_, group_, piece);
    group_.kernel->process_jacobian_times(start, weighted, piece.count, worker.weights.data(),
                                          worker.jacobian_sums.data(), kernel::Part::late);
}

}  // namespace neocol::solver
