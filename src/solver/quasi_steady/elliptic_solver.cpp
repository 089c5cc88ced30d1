#include "quasi_steady/elliptic_solver.hpp"

#include <algorithm>
#include <cmath>

#include "discretisation/parallel.hpp"
#include "discretisation/state_norms.hpp"

namespace neocol::solver {

namespace {

/// A field is solved when the correction that remains is below this share of its size: far below
/// the tolerance of any step, and a little above rounding.
constexpr double solved_share = 1e-11;
constexpr int most_iterations = 60;

/// Share of its scale by which a field may be below 0: what sources that undershoot within the
/// tolerance can make of it.
constexpr double perceptible = 1e-5;

/// Each Newton step reduces the error of its linear system by this much; the next one has the exact
/// residual again.
constexpr double linear_reduction = 1e-5;
constexpr int most_linear_iterations = 2000;

/// Keeps a matrix without any loss from dividing by zero: the correction is then not finite and
/// the solver says so.
constexpr double smallest_pivot = 1e-30;

}  // namespace

EllipticSolver::EllipticSolver(const Discretisation& stepped, int threads)
    : d_({stepped.model, stepped.problem.kernels, stepped.grid, stepped.fields,
          *stepped.environment},
         true),
      balance_(d_, state_at_rest(d_)),
      group_(d_.groups.front()),
      threads_(threads),
      tiling_(d_, group_),
      walls_(d_, group_),
      wall_budget_(d_, group_, walls_, tiling_),
      rhs_(d_, balance_, 0, tiling_, walls_, wall_budget_, Reconstruction::limited),
      stage_(d_),
      residual_(d_.fields.size(), 0.0),
      sinks_(group_.n_unknowns),
      matrices_(group_.n_unknowns) {
    const std::size_t n_entries = group_.kernel->n_outputs(kernel::Program::partials);
    for (int i = 0; i < threads; ++i) {
        workers_.emplace_back(d_, group_, tiling_);
        partials_.emplace_back(std::max<std::size_t>(n_entries, 1) * d_.plane, 0.0);
    }
    for (Matrix& matrix : matrices_) {
        matrix.diagonal.assign(size(), 1.0);
        matrix.pivot = matrix.multiplier = matrix.diagonal;
        matrix.lateral.assign(group_.nz, 0.0);
        matrix.above = matrix.below = matrix.lateral;
    }
    for (AlignedVector* vector : {&r_, &z_, &p_, &ap_, &x_})
        vector->assign(size(), 0.0);
    for (const int species : group_.system->unknowns)
        scales_.push_back(d_.model.species[static_cast<std::size_t>(species)].scale);
}

void EllipticSolver::reset(double* state) const {
    for (std::size_t s = 0; s < group_.n_unknowns; ++s)
        for (std::size_t z = 0; z < group_.nz; ++z)
            std::fill_n(state + field(s) + z * d_.plane, d_.plane, group_.rest[s][z]);
}

EllipticSolver::Outcome EllipticSolver::solve(double* state, double t) {
    Outcome outcome;
    for (;; ++outcome.iterations) {
        evaluate(state, t);
        build(state, t);
        bool good = true;
        for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
            load_residual(s);
            precondition(matrices_[s], r_, z_);
            const double left = correction(s);
            if (left <= solved_share * scales_[s]) continue;
            good = false;
            outcome.species =
                d_.model.species[static_cast<std::size_t>(group_.system->unknowns[s])].name;
            if (!std::isfinite(left) || outcome.iterations == most_iterations) {
                outcome.solved = false;
                return outcome;
            }
            conjugate_gradients(matrices_[s]);
            for (std::size_t z = 0; z < group_.nz; ++z)
                for (std::size_t i = 0; i < d_.plane; ++i)
                    state[field(s) + z * d_.plane + i] +=
                        group_.transport[s].weight[z] * x_[z * d_.plane + i];
        }
        if (good) return outcome;
        fill_padding(d_, state);
    }
}

NumericsError::Where EllipticSolver::below_zero(const double* state, double t) const {
    NumericsError::Where where;
    where.time = t;
    double furthest = -perceptible;
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        const auto& species =
            d_.model.species[static_cast<std::size_t>(group_.system->unknowns[s])];
        for (std::size_t k = 0; !species.is_signed && k < group_.nz * d_.plane; ++k) {
            const double value = state[field(s) + k];
            if (!(value / scales_[s] < furthest)) continue;
            furthest = value / scales_[s];
            where.species = species.name;
            where.value = value;
            where.place = d_.place(group_, k / d_.plane, k % d_.plane / d_.nxp,
                                   std::min(k % d_.nxp, d_.nx - 1));
        }
    }
    return where;
}

void EllipticSolver::evaluate(const double* state, double t) {
    stage_.set(state, nullptr, nullptr, 0, t);
    RightHandSide::Terms terms;
    terms.state = &stage_;
    terms.gh = 1.0;
    terms.out = residual_.data();
    rhs_.evaluate(terms, nullptr, workers_, threads_);
    std::fill(sinks_.begin(), sinks_.end(), WallConductances{});
    if (!walls_.conditions().empty()) walls_.bound_conductances(stage_, workers_.front(), sinks_);
}

void EllipticSolver::build(const double* state, double t) {
    for (std::size_t s = 0; s < group_.n_unknowns; ++s) {
        Matrix& matrix = matrices_[s];
        const Transport& law = group_.transport[s];
        for (std::size_t z = 0; z < group_.nz; ++z) {
            matrix.lateral[z] = law.diffuses ? law.diffusivity[z] * law.weight[z] : 0.0;
            matrix.above[z] = law.diffuses ? law.conductance[z] / group_.thickness[z] : 0.0;
            matrix.below[z] = law.diffuses ? law.conductance[z + 1] / group_.thickness[z] : 0.0;
            double* diagonal = matrix.diagonal.data() + z * d_.plane;
            for (std::size_t y = 0; y < d_.ny; ++y) {
                const double across = (d_.y.conductance[y] + d_.y.conductance[y + 1]) *
                                      d_.y.inverse_volume[y] * (d_.ny > 1 ? 1.0 : 0.0);
                for (std::size_t i = 0; i < d_.nx; ++i) {
                    const double along = d_.nx > 1
                                             ? (d_.x.conductance[i] + d_.x.conductance[i + 1]) *
                                                   d_.x.inverse_volume[i]
                                             : 0.0;
                    diagonal[y * d_.nxp + i] =
                        matrix.lateral[z] * (along + across) + matrix.above[z] + matrix.below[z];
                }
            }
        }
        add_walls(s);
    }
    parallel_ranges(threads_, group_.nz, [&](std::size_t part, std::size_t begin, std::size_t end) {
        for (std::size_t z = begin; z < end; ++z) {
            for (std::size_t y = 0; y < d_.ny; ++y) {
                const kernel::Row row =
                    d_.binder.bind(*group_.system, z, y, state, t, workers_[part].binder, nullptr);
                group_.kernel->evaluate(kernel::Program::partials, row,
                                        partials_[part].data() + y * d_.nxp, d_.plane);
            }
            for (std::size_t s = 0; s < group_.n_unknowns; ++s)
                add_loss(s, z, partials_[part].data());
        }
    });
    for (Matrix& matrix : matrices_)
        factor_lines(matrix);
}

/// Adds what the field's own processes take off per unit of it; what they add stays out.
void EllipticSolver::add_loss(std::size_t s, std::size_t z, const double* partials) {
    double* diagonal = matrices_[s].diagonal.data() + z * d_.plane;
    const double weight = group_.transport[s].weight[z];
    const auto layer = static_cast<std::size_t>(group_.layer[z]);
    const auto& entries = group_.system->process_jacobian;
    for (std::size_t i = 0; i < d_.plane; ++i) {
        double loss = 0.0;
        for (std::size_t k = 0; k < entries.size(); ++k) {
            if (static_cast<std::size_t>(entries[k].column) != s) continue;
            for (const Group::Change& change :
                 group_.changes[static_cast<std::size_t>(entries[k].row)])
                if (change.unknown == s) loss -= change.yield[layer] * partials[k * d_.plane + i];
        }
        if (loss > 0.0) diagonal[i] += weight * loss;
        // Where the field does not live there is nothing to solve for.
        if (!group_.present[s][z]) diagonal[i] = 1.0;
        if (!(diagonal[i] > smallest_pivot)) diagonal[i] = smallest_pivot;
    }
}

void EllipticSolver::add_walls(std::size_t s) {
    const WallConductances& sink = sinks_[s];
    const std::vector<double>& weight = group_.transport[s].weight;
    const tissue::Axis& x = d_.grid.x();
    const tissue::Axis& y = d_.grid.y();
    double* diagonal = matrices_[s].diagonal.data();
    const std::size_t last = group_.nz - 1;
    for (std::size_t i = 0; i < d_.plane; ++i) {
        diagonal[i] += sink.top * weight[0] / group_.thickness[0];
        diagonal[last * d_.plane + i] += sink.bottom * weight[last] / group_.thickness[last];
    }
    if (!(sink.outer > 0.0)) return;
    for (std::size_t z = 0; z < group_.nz; ++z)
        for (std::size_t j = 0; j < d_.ny; ++j) {
            double* row = diagonal + z * d_.plane + j * d_.nxp;
            const double factor = sink.outer * weight[z];
            if (d_.nx > 1 && !d_.x.periodic) {
                if (!x.radial) row[0] += factor * x.face_areas[0] / x.volumes[0];
                row[d_.nx - 1] += factor * x.face_areas[d_.nx] / x.volumes[d_.nx - 1];
            }
            if (d_.ny > 1 && !d_.y.periodic && (j == 0 || j + 1 == d_.ny))
                for (std::size_t i = 0; i < d_.nx; ++i)
                    row[i] += factor / y.volumes[j];
        }
}

void EllipticSolver::factor_lines(Matrix& m) const {
    for (std::size_t z = 0; z < group_.nz; ++z)
        for (std::size_t i = 0; i < d_.plane; ++i) {
            const std::size_t k = z * d_.plane + i;
            double pivot = m.diagonal[k];
            if (z > 0) pivot -= m.above[z] * m.multiplier[k - d_.plane];
            m.pivot[k] = 1.0 / std::max(pivot, smallest_pivot);
            m.multiplier[k] = m.below[z] * m.pivot[k];
        }
}

/// z = M^-1 r: every line along z solved exactly.
void EllipticSolver::precondition(const Matrix& m, const AlignedVector& r,
                                  AlignedVector& out) const {
    parallel_ranges(
        threads_, d_.plane / lanes,
        [&](std::size_t, std::size_t begin, std::size_t end) {
            for (std::size_t z = 0; z < group_.nz; ++z)
                for (std::size_t i = begin * lanes; i < end * lanes; ++i) {
                    const std::size_t k = z * d_.plane + i;
                    double value = r[k];
                    if (z > 0) value += m.above[z] * out[k - d_.plane];
                    out[k] = value * m.pivot[k];
                }
            for (std::size_t z = group_.nz - 1; z-- > 0;)
                for (std::size_t i = begin * lanes; i < end * lanes; ++i) {
                    const std::size_t k = z * d_.plane + i;
                    out[k] += m.multiplier[k] * out[k + d_.plane];
                }
        });
}

void EllipticSolver::multiply(const Matrix& m, const AlignedVector& p, AlignedVector& out) const {
    parallel_ranges(
        threads_, group_.nz,
        [&](std::size_t, std::size_t begin, std::size_t end) {
            for (std::size_t z = begin; z < end; ++z)
                for (std::size_t y = 0; y < d_.ny; ++y) {
                    const std::size_t row = z * d_.plane + y * d_.nxp;
                    const std::size_t before = z * d_.plane + (y > 0 ? y - 1 : d_.ny - 1) * d_.nxp;
                    const std::size_t after = z * d_.plane + (y + 1 < d_.ny ? y + 1 : 0) * d_.nxp;
                    const double dy = d_.ny > 1 ? m.lateral[z] * d_.y.inverse_volume[y] : 0.0;
                    for (std::size_t i = 0; i < d_.nx; ++i) {
                        double sum = m.diagonal[row + i] * p[row + i];
                        if (d_.nx > 1) {
                            const std::size_t left = i > 0 ? i - 1 : d_.nx - 1;
                            const std::size_t right = i + 1 < d_.nx ? i + 1 : 0;
                            sum -= m.lateral[z] * d_.x.inverse_volume[i] *
                                   (d_.x.conductance[i] * p[row + left] +
                                    d_.x.conductance[i + 1] * p[row + right]);
                        }
                        sum -= dy * (d_.y.conductance[y] * p[before + i] +
                                     d_.y.conductance[y + 1] * p[after + i]);
                        if (z > 0) sum -= m.above[z] * p[row + i - d_.plane];
                        if (z + 1 < group_.nz) sum -= m.below[z] * p[row + i + d_.plane];
                        out[row + i] = sum;
                    }
                }
        });
}

/// Sum over voxels weighted by volume, in which the matrix is symmetric.
double EllipticSolver::dot(const AlignedVector& a, const AlignedVector& b) const {
    std::vector<double> planes(group_.nz, 0.0);
    parallel_ranges(threads_, group_.nz, [&](std::size_t, std::size_t begin, std::size_t end) {
        for (std::size_t z = begin; z < end; ++z) {
            double sum[lanes] = {};
            for (std::size_t i = 0; i < d_.plane; ++i) {
                const std::size_t k = z * d_.plane + i;
                sum[i % lanes] += d_.area[i] * a[k] * b[k];
            }
            double total = 0.0;
            for (const double value : sum)
                total += value;
            planes[z] = group_.thickness[z] * total;
        }
    });
    double total = 0.0;
    for (const double value : planes)
        total += value;
    return total;
}

void EllipticSolver::load_residual(std::size_t s) {
    for (std::size_t z = 0; z < group_.nz; ++z)
        for (std::size_t i = 0; i < d_.plane; ++i)
            r_[z * d_.plane + i] = d_.area[i] > 0.0 && group_.present[s][z]
                                       ? residual_[field(s) + z * d_.plane + i]
                                       : 0.0;
}

/// Largest correction of a field that the preconditioner proposes.
double EllipticSolver::correction(std::size_t s) const {
    double largest = 0.0;
    for (std::size_t z = 0; z < group_.nz; ++z)
        for (std::size_t i = 0; i < d_.plane; ++i) {
            const double size = std::abs(group_.transport[s].weight[z] * z_[z * d_.plane + i]);
            if (!(size <= largest)) largest = size;  // not a number stays
            if (std::isnan(size)) return size;
        }
    return largest;
}

/// x_ = matrix^-1 r_, up to linear_reduction; z_ holds the preconditioned r_ already.
void EllipticSolver::conjugate_gradients(const Matrix& matrix) {
    std::fill(x_.begin(), x_.end(), 0.0);
    p_ = z_;
    double rz = dot(r_, z_);
    const double enough = linear_reduction * linear_reduction * rz;
    for (int k = 0; k < most_linear_iterations && rz > enough; ++k) {
        multiply(matrix, p_, ap_);
        const double share = rz / dot(p_, ap_);
        for (std::size_t i = 0; i < x_.size(); ++i) {
            x_[i] += share * p_[i];
            r_[i] -= share * ap_[i];
        }
        precondition(matrix, r_, z_);
        const double next = dot(r_, z_);
        for (std::size_t i = 0; i < p_.size(); ++i)
            p_[i] = z_[i] + next / rz * p_[i];
        rz = next;
    }
}

}  // namespace neocol::solver
