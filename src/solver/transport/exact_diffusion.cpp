#include "transport/exact_diffusion.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

#include "discretisation/parallel.hpp"
#include "transport/eigenmodes.hpp"

namespace neocol::solver {

ExactDiffusion::Basis ExactDiffusion::make_basis(const AxisStencil& stencil) {
    const std::size_t n = stencil.size();
    Eigen::MatrixXd matrix =
        Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
    const auto couple = [&](std::size_t i, std::size_t j, double conductance) {
        const auto a = static_cast<Eigen::Index>(i), b = static_cast<Eigen::Index>(j);
        matrix(a, a) += conductance / stencil.volume[i];
        matrix(b, b) += conductance / stencil.volume[j];
        const double off = conductance / std::sqrt(stencil.volume[i] * stencil.volume[j]);
        matrix(a, b) -= off;
        matrix(b, a) -= off;
    };
    for (std::size_t i = 1; i < n; ++i)
        couple(i - 1, i, stencil.conductance[i]);
    if (stencil.periodic) couple(n - 1, 0, stencil.conductance[0]);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);

    Basis basis;
    basis.n = n;
    basis.padded = padded(n);
    basis.forward.assign(n * basis.padded, 0.0);
    basis.back.assign(n * basis.padded, 0.0);
    double total = 0.0;
    for (const double volume : stencil.volume)
        total += volume;
    for (std::size_t k = 0; k < n; ++k) {
        const auto mode = static_cast<Eigen::Index>(k);
        basis.rates.push_back(k == 0 ? 0.0 : std::max(solver.eigenvalues()(mode), 0.0));
        for (std::size_t i = 0; i < n; ++i) {
            const double root = std::sqrt(stencil.volume[i]);
            // The constant mode is known; it carries the content.
            const double q = k == 0 ? root / std::sqrt(total)
                                    : solver.eigenvectors()(static_cast<Eigen::Index>(i), mode);
            basis.forward[i * basis.padded + k] = root * q;
            basis.back[k * basis.padded + i] = q / root;
        }
    }
    return basis;
}

ExactDiffusion::ExactDiffusion(const Discretisation& d)
    : d_(d), x_(make_basis(d.x)), y_(make_basis(d.y)), mode_rates_(d.plane, 0.0) {
    for (std::size_t j = 0; j < d.ny; ++j)
        for (std::size_t k = 0; k < d.nx; ++k)
            mode_rates_[j * d.nxp + k] = x_.rates[k] + y_.rates[j];
}

void ExactDiffusion::factor(const Group& group, const Transport& t, std::span<const double> damping,
                            const WallConductances& sinks, double gh, int threads,
                            Factor& out) const {
    const std::size_t nz = group.nz;
    out.scale.resize(nz);
    out.lower.assign(nz, 0.0);
    out.upper.assign(nz, 0.0);
    out.leak.resize(nz);
    out.inverse_pivots.resize(nz * d_.plane);
    std::vector<double> sum(nz), conductance(nz + 1, 0.0);
    for (std::size_t z = 0; z < nz; ++z) {
        const double w = t.weight[z] * damping[z];
        sum[z] = out.scale[z] = group.thickness[z] * w;
        out.leak[z] = group.thickness[z] * t.weight[z] * (gh * t.diffusivity[z]);
        if (z > 0) {
            const double above = t.weight[z - 1] * damping[z - 1];
            conductance[z] = gh * t.conductance[z];
            out.lower[z] = conductance[z] * w / above;
            out.upper[z - 1] = conductance[z] * above / w;
        }
    }
    sum[0] += gh * sinks.top * t.weight[0];
    sum[nz - 1] += gh * sinks.bottom * t.weight[nz - 1];
    parallel_ranges(threads, d_.plane / lanes,
                    [&](std::size_t, std::size_t begin, std::size_t end) {
                        double inner[lanes];
                        for (std::size_t b = begin; b < end; ++b)
                            find_pivots(mode_rates_.data() + b * lanes, sum.data(), out.leak.data(),
                                        conductance.data(), nz, d_.plane, lanes,
                                        out.inverse_pivots.data() + b * lanes, inner);
                    });
}

/// Takes a plane to modes or back.
void ExactDiffusion::transform(double* plane, bool forward, AlignedVector& buffer) const {
    if (d_.nx > 1) {
        multiply(plane, d_.ny, d_.nxp, (forward ? x_.forward : x_.back).data(), d_.nx, d_.nxp,
                 buffer.data());
        std::copy(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(d_.plane), plane);
    }
    if (d_.ny > 1) {
        multiply_across(plane, d_.ny, d_.nxp, (forward ? y_.forward : y_.back).data(), y_.padded,
                        buffer.data());
        std::copy(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(d_.plane), plane);
    }
}

void ExactDiffusion::solve_modes(const Factor& factor, double* field, std::size_t first,
                                 std::size_t count) const {
    sweep_modes({factor.scale.data(), factor.lower.data(), factor.upper.data()},
                factor.inverse_pivots.data() + first, field + first, factor.scale.size(), d_.plane,
                count);
}

void ExactDiffusion::solve(const std::vector<Task>& tasks, int threads) const {
    if (d_.ny == 1 && tasks.size() > 1) {  // small planes: a species at a time stays in cache
        parallel_ranges(
            threads, tasks.size(), [&](std::size_t, std::size_t begin, std::size_t end) {
                AlignedVector buffer(tasks[0].factor->scale.size() * d_.nxp);
                for (std::size_t i = begin; i < end; ++i) {
                    const std::size_t nz = tasks[i].factor->scale.size();
                    double* field = tasks[i].field;
                    multiply(field, nz, d_.nxp, x_.forward.data(), d_.nx, d_.nxp, buffer.data());
                    solve_modes(*tasks[i].factor, buffer.data(), 0, d_.plane);
                    multiply(buffer.data(), nz, d_.nxp, x_.back.data(), d_.nx, d_.nxp, field);
                }
            });
        return;
    }
    for (const Task& task : tasks) {
        const std::size_t nz = task.factor->scale.size();
        const auto planes = [&](bool forward) {
            parallel_ranges(threads, nz, [&](std::size_t, std::size_t begin, std::size_t end) {
                AlignedVector buffer(d_.plane);
                for (std::size_t z = begin; z < end; ++z)
                    transform(task.field + z * d_.plane, forward, buffer);
            });
        };
        planes(true);
        parallel_ranges(
            threads, d_.plane / lanes, [&](std::size_t, std::size_t begin, std::size_t end) {
                solve_modes(*task.factor, task.field, begin * lanes, (end - begin) * lanes);
            });
        planes(false);
    }
}

}  // namespace neocol::solver
