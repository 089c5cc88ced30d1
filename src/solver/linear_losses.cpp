#include "linear_losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include <Eigen/Dense>

namespace neocol::solver {

namespace {

using Matrix = std::vector<std::vector<double>>;

/// reaches[i][j]: i acts on j, or on something that reaches j.
std::vector<std::vector<bool>> closure(const Matrix& gains) {
    const std::size_t n = gains.size();
    std::vector<std::vector<bool>> reaches(n, std::vector<bool>(n, false));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            reaches[j][i] = gains[i][j] > 0.0;
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; reaches[i][k] && j < n; ++j)
                if (reaches[k][j]) reaches[i][j] = true;
    return reaches;
}

double spectral_radius(const Matrix& gains, const std::vector<std::size_t>& members) {
    const auto n = static_cast<Eigen::Index>(members.size());
    Eigen::MatrixXd block(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j)
            block(i, j) =
                gains[members[static_cast<std::size_t>(i)]][members[static_cast<std::size_t>(j)]];
    return block.eigenvalues().cwiseAbs().maxCoeff();
}

}  // namespace

std::vector<double> loss_shares(const Matrix& jacobian) {
    const std::size_t n = jacobian.size();
    Matrix gains(n, std::vector<double>(n, 0.0));
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            if (i != j && jacobian[i][i] < 0.0 && jacobian[j][j] < 0.0)
                gains[i][j] = std::abs(jacobian[i][j]) / -jacobian[i][i];
    const std::vector<std::vector<bool>> reaches = closure(gains);
    std::vector<double> shares(n, 1.0);
    std::vector<bool> done(n, false);
    for (std::size_t i = 0; i < n; ++i) {
        if (done[i] || !reaches[i][i]) continue;
        std::vector<std::size_t> members;
        for (std::size_t j = 0; j < n; ++j)
            if (reaches[i][j] && reaches[j][i]) members.push_back(j);
        const double share = std::max(0.0, 1.0 - spectral_radius(gains, members));
        for (const std::size_t j : members) {
            shares[j] = share;
            done[j] = true;
        }
    }
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
    std::vector<double> values(d.model->species.size(), 0.0);
    for (std::size_t s = 0; s < group.n_unknowns; ++s)
        values[static_cast<std::size_t>(group.system->unknowns[s])] =
            group.rest[s][z] == 0.0 ? next_to_zero : group.rest[s][z];
    const std::vector<double>& inputs =
        d.environment->by_layer[static_cast<std::size_t>(group.layer[z])];
    Matrix jacobian(group.n_unknowns, std::vector<double>(group.n_unknowns, 0.0));
    const std::vector<double> slopes = d.model->graph.evaluate(entries, values, inputs);
    for (std::size_t k = 0; k < slopes.size(); ++k) {
        const model::Entry& entry = group.system->jacobian[k];
        if (std::isfinite(slopes[k]))
            jacobian[static_cast<std::size_t>(entry.row)][static_cast<std::size_t>(entry.column)] +=
                slopes[k];
    }
    return jacobian;
}

}  // namespace

std::vector<double> linear_losses(const Discretisation& d, const Group& group) {
    std::vector<double> losses(group.n_unknowns, std::numeric_limits<double>::infinity());
    const std::vector<model::NodeId> entries = entries_of_jacobian(*group.system);
    for (std::size_t z = 0; z < group.nz; ++z) {
        if (z > 0 && group.layer[z] == group.layer[z - 1]) continue;
        const Matrix jacobian = jacobian_at_rest(d, group, z, entries);
        Matrix of_movers = jacobian;
        for (std::size_t i = 0; i < group.n_unknowns; ++i)
            for (std::size_t j = 0; j < group.n_unknowns; ++j)
                if (!group.transport[i].moves || !group.transport[j].moves) of_movers[i][j] = 0.0;
        const std::vector<double> shares = loss_shares(of_movers);
        for (std::size_t s = 0; s < group.n_unknowns; ++s)
            losses[s] = std::min(losses[s], std::max(-jacobian[s][s], 0.0) * shares[s]);
    }
    return losses;
}

}  // namespace neocol::solver
