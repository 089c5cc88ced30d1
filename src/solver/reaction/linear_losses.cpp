#include "reaction/linear_losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include <Eigen/Dense>

#include "discretisation/parallel.hpp"

namespace neocol::solver {

namespace {

using Matrix = std::vector<std::vector<double>>;

/// reaches[i][j]: i acts on j, or on something that reaches j.
std::vector<std::vector<bool>> reachability(const Matrix& couplings) {
    const std::size_t n = couplings.size();
    std::vector<std::vector<bool>> reaches(n, std::vector<bool>(n, false));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            reaches[j][i] = couplings[i][j] > 0.0;
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; reaches[i][k] && j < n; ++j)
                if (reaches[k][j]) reaches[i][j] = true;
    return reaches;
}

double spectral_radius(const Matrix& couplings, const std::vector<std::size_t>& members) {
    const auto n = static_cast<Eigen::Index>(members.size());
    Eigen::MatrixXd block(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j)
            block(i, j) = couplings[members[static_cast<std::size_t>(i)]]
                                   [members[static_cast<std::size_t>(j)]];
    return block.eigenvalues().cwiseAbs().maxCoeff();
}

/// Unknowns that act on each other, and how strongly.
struct Loop {
    std::vector<std::size_t> members;
    double strength = 0.0;
};

std::vector<Loop> loops(const Matrix& jacobian) {
    const std::size_t n = jacobian.size();
    Matrix couplings(n, std::vector<double>(n, 0.0));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            if (i != j && jacobian[i][i] < 0.0 && jacobian[j][j] < 0.0)
                couplings[i][j] = std::abs(jacobian[i][j]) / -jacobian[i][i];
    const std::vector<std::vector<bool>> reaches = reachability(couplings);
    std::vector<Loop> list;
    std::vector<bool> done(n, false);
    for (std::size_t i = 0; i < n; ++i) {
        if (done[i] || !reaches[i][i]) continue;
        Loop loop;
        for (std::size_t j = 0; j < n; ++j)
            if (reaches[i][j] && reaches[j][i]) loop.members.push_back(j);
        loop.strength = spectral_radius(couplings, loop.members);
        for (const std::size_t j : loop.members)
            done[j] = true;
        list.push_back(std::move(loop));
    }
    return list;
}

}  // namespace

std::vector<double> loss_shares(const Matrix& jacobian) {
    std::vector<double> shares(jacobian.size(), 1.0);
    for (const Loop& loop : loops(jacobian))
        for (const std::size_t j : loop.members)
            shares[j] = std::max(0.0, 1.0 - loop.strength);
    return shares;
}

namespace {

/// In place of 0 at rest: at 0 itself rates that begin there have no slope.
constexpr double next_to_zero = 1e-12;

std::vector<model::NodeId> entries_of_jacobian(const model::System& system) {
    std::vector<model::NodeId> nodes;
    for (const model::Entry& entry : system.jacobian)
        nodes.push_back(entry.value);
    return nodes;
}

/// d rate/d unknown at rest on a plane; infinite entries as 0.
Matrix jacobian_at_rest(const Discretisation& d, const Group& group, std::size_t z,
                        std::span<const model::NodeId> entries) {
    std::vector<double> values(d.model.species.size(), 0.0);
    for (std::size_t s = 0; s < group.n_unknowns; ++s)
        values[static_cast<std::size_t>(group.system->unknowns[s])] =
            group.rest[s][z] == 0.0 ? next_to_zero : group.rest[s][z];
    const std::vector<double>& inputs =
        d.environment->by_layer[static_cast<std::size_t>(group.layer[z])];
    Matrix jacobian(group.n_unknowns, std::vector<double>(group.n_unknowns, 0.0));
    const std::vector<double> slopes = d.model.graph.evaluate(entries, values, inputs);
    for (std::size_t k = 0; k < slopes.size(); ++k) {
        const model::Entry& entry = group.system->jacobian[k];
        if (std::isfinite(slopes[k]))
            jacobian[static_cast<std::size_t>(entry.row)][static_cast<std::size_t>(entry.column)] +=
                slopes[k];
    }
    return jacobian;
}

}  // namespace

LinearLosses::LinearLosses(const Discretisation& d, const Group& group, const Tiling& tiling)
    : d_(d),
      group_(group),
      tiling_(tiling),
      varying_(kernel::varying_losses(d.model, *group.system)),
      values_(group.n_unknowns, std::numeric_limits<double>::infinity()),
      own_at_rest_(values_),
      strength_(group.n_unknowns, 0.0),
      partners_(group.n_unknowns),
      may_feed_back_(group.n_unknowns, 0) {
    const std::vector<model::NodeId> entries = entries_of_jacobian(*group.system);
    for (std::size_t z = 0; z < group.nz; ++z) {
        if (z > 0 && group.layer[z] == group.layer[z - 1]) continue;
        const Matrix jacobian = jacobian_at_rest(d, group, z, entries);
        Matrix of_movers = jacobian;
        for (std::size_t i = 0; i < group.n_unknowns; ++i)
            for (std::size_t j = 0; j < group.n_unknowns; ++j)
                if (!group.transport[i].diffuses || !group.transport[j].diffuses)
                    of_movers[i][j] = 0.0;
        std::vector<double> shares(group.n_unknowns, 1.0);
        for (const Loop& loop : loops(of_movers))
            for (const std::size_t s : loop.members) {
                shares[s] = std::max(0.0, 1.0 - loop.strength);
                strength_[s] = std::max(strength_[s], loop.strength);
                partners_[s].insert(partners_[s].end(), loop.members.begin(), loop.members.end());
            }
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const double own = std::max(-jacobian[s][s], 0.0);
            values_[s] = std::min(values_[s], own * shares[s]);
            own_at_rest_[s] = std::min(own_at_rest_[s], own);
        }
    }
    Matrix pattern(group.n_unknowns, std::vector<double>(group.n_unknowns, 0.0));
    for (const model::Entry& entry : group.system->jacobian) {
        const auto i = static_cast<std::size_t>(entry.row);
        const auto j = static_cast<std::size_t>(entry.column);
        if (i != j && group.transport[i].diffuses && group.transport[j].diffuses)
            pattern[i][j] = 1.0;
    }
    const std::vector<std::vector<bool>> reaches = reachability(pattern);
    for (std::size_t s = 0; s < group.n_unknowns; ++s)
        may_feed_back_[s] = reaches[s][s] ? 1 : 0;
}

/// Lowers `least` (by entry of varying_) to the own losses on a piece.
void LinearLosses::evaluate(const StageState& state, Worker& worker, const Piece& piece,
                            std::vector<double>& least) const {
    const std::size_t plane = group_.offset + piece.z_begin * d_.plane;
    // Where a species is 0, or below, rates that begin there have no slope.
    double* near = worker.transport_rates.data();
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        const double* u = state.u() + plane + piece.y * d_.nxp + s * group_.stride;
        const auto species = static_cast<std::size_t>(group_.system->unknowns[s]);
        const bool is_signed = d_.model.species[species].is_signed;
        for (std::size_t i = 0; i < piece.count; ++i)
            near[s * piece.count + i] =
                u[i] > next_to_zero || (is_signed && u[i] < 0.0) ? u[i] : next_to_zero;
    }
    RowBinder::Strip strip = state.strip(group_, piece.z_begin, state.u() + plane, group_.stride,
                                         piece.y * d_.nxp, piece.count / lanes);
    strip.unknowns = near;
    strip.stride = piece.count;
    double* slopes = worker.derivative.data();
    group_.kernel->evaluate(kernel::Program::losses,
                            d_.binder.bind(*group_.system, strip, state.time(), worker.binder),
                            slopes, piece.count);
    for (std::size_t k = 0; k < varying_.size(); ++k) {
        double low[lanes];
        std::fill(low, low + lanes, least[k]);
        for (std::size_t i = 0; i < piece.count; ++i) {
            const double loss = std::isfinite(slopes[k * piece.count + i])
                                    ? std::max(-slopes[k * piece.count + i], 0.0)
                                    : 0.0;
            low[i % lanes] = std::min(low[i % lanes], loss);
        }
        least[k] = *std::min_element(low, low + lanes);
    }
}

/// Least own losses of all voxels, by entry of varying_.
std::vector<double> LinearLosses::own_losses(const StageState& state, std::vector<Worker>& workers,
                                             int threads) const {
    const std::size_t n_bands = tiling_.bands.size();
    std::vector<std::vector<double>> of_band(
        n_bands, std::vector<double>(varying_.size(), std::numeric_limits<double>::infinity()));
    parallel_ranges(threads, n_bands, [&](std::size_t part, std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) {
            const Band& band = tiling_.bands[k];
            const std::size_t n_pieces = tiling_.together ? 1 : d_.ny;
            for (std::size_t y = 0; y < n_pieces; ++y)
                evaluate(state, workers[part],
                         {band.z_begin, band.z_end, y, (band.z_end - band.z_begin) * d_.nxp},
                         of_band[k]);
        }
    });
    std::vector<double> least(varying_.size(), std::numeric_limits<double>::infinity());
    for (const std::vector<double>& band : of_band)
        for (std::size_t k = 0; k < least.size(); ++k)
            least[k] = std::min(least[k], band[k]);
    return least;
}

void LinearLosses::update(const StageState& state, std::vector<Worker>& workers, int threads) {
    const std::vector<double> least = own_losses(state, workers, threads);
    std::vector<double> own = own_at_rest_;
    std::vector<char> touched(group_.n_unknowns, 0);
    for (std::size_t k = 0; k < varying_.size(); ++k) {
        const std::size_t s = varying_[k];
        own[s] = least[k];
        touched[s] = 1;
        for (const std::size_t partner : partners_[s])
            touched[partner] = 1;
    }
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        if (!touched[s]) continue;
        double theta = strength_[s];
        if (theta > 0.0) {
            // Gains over a loss that has become less are stronger by as much.
            double weakened = 1.0;
            for (const std::size_t partner : partners_[s])
                weakened = own[partner] > 0.0
                               ? std::max(weakened, own_at_rest_[partner] / own[partner])
                               : std::numeric_limits<double>::infinity();
            theta *= weakened;
            own[s] = std::min(own[s], own_at_rest_[s]);
        } else if (may_feed_back_[s] && own_at_rest_[s] == 0.0) {
            theta = 1.0;  // what loops there are is not known from rest
        }
        values_[s] = own[s] * std::max(0.0, 1.0 - theta);
    }
}

}  // namespace neocol::solver
