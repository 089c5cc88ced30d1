#include "quasi_steady/algebraic_variables.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "discretisation/failure_messages.hpp"
#include "discretisation/parallel.hpp"
#include "discretisation/vector_loops.hpp"

namespace neocol::solver {

namespace {

/// Rounds of integrals and fields in turn; the weaker the coupling, the fewer.
constexpr int most_rounds = 60;

}  // namespace

std::unique_ptr<AlgebraicVariables> AlgebraicVariables::make(const Discretisation& d, int threads) {
    if (d.fields.algebraic_size() == 0) return nullptr;
    return std::unique_ptr<AlgebraicVariables>(new AlgebraicVariables(d, threads));
}

AlgebraicVariables::AlgebraicVariables(const Discretisation& d, int threads)
    : d_(d), threads_(threads), stage_(d.fields.size(), 0.0) {
    std::size_t most = 0;
    for (const Group& group : d.groups) {
        Rows rows;
        rows.group = &group;
        for (std::size_t k = 0; k < d.model.integrals.size(); ++k)
            if (d.model.integrals[k].location == group.system->location)
                rows.integrals.push_back(k);
        most = std::max(most, rows.integrals.size());
        if (!rows.integrals.empty()) rows_.push_back(std::move(rows));
    }
    for (int i = 0; i < threads; ++i) {
        scratch_.push_back(d.binder.make_scratch());
        values_.emplace_back(most * d.nxp, 0.0);
    }
    const bool any_field =
        std::any_of(d.model.species.begin(), d.model.species.end(),
                    [](const model::Species& species) { return species.quasi_steady; });
    if (any_field) solver_ = std::make_unique<EllipticSolver>(d, threads);
}

AlgebraicVariables::~AlgebraicVariables() = default;

void AlgebraicVariables::update_parameters() {
    if (solver_) solver_ = std::make_unique<EllipticSolver>(d_, threads_);
}

void AlgebraicVariables::reset(double* state) const {
    if (solver_) solver_->reset(state);
}

void AlgebraicVariables::copy(const double* from, double* to) const {
    const std::size_t begin = d_.fields.algebraic_offset();
    std::copy_n(from + begin, d_.fields.algebraic_size(), to + begin);
}

/// Integrals and fields of a state until both agree: fields may read integrals over fields.
EllipticSolver::Outcome AlgebraicVariables::iterate(double* state, double t) {
    integrate(state, t);
    EllipticSolver::Outcome outcome;
    if (!solver_) return outcome;
    for (int round = 0; round < most_rounds; ++round) {
        outcome = solver_->solve(state, t);
        if (!outcome.solved || outcome.iterations == 0) return outcome;
        integrate(state, t);
        if (d_.model.integrals.empty()) return outcome;
    }
    outcome.solved = false;
    return outcome;
}

void AlgebraicVariables::solve(double* state, double t) {
    const EllipticSolver::Outcome outcome = iterate(state, t);
    if (outcome.solved) {
        if (!solver_) return;
        const NumericsError::Where below = solver_->below_zero(state, t);
        if (below.species.empty()) return;
        throw NumericsError(below_zero_message(d_.model, below), below);
    }
    NumericsError::Where where;
    where.time = t;
    where.species = outcome.species;
    throw NumericsError(fmt::format("quasi-steady {} has no solution within reach at t = {:.6g} d: "
                                    "it needs a loss, or a wall that lets it out",
                                    outcome.species, t),
                        where);
}

const double* AlgebraicVariables::at_stage(const double* u, const double* const* increments,
                                           const double* a, std::size_t n, double t,
                                           const double* guess) {
    combine(stage_.data(), u, stage_.size(), a, increments, n);
    copy(guess, stage_.data());
    if (!iterate(stage_.data(), t).solved) {
        // The step is thrown away and tried again, shorter.
        const std::size_t begin = d_.fields.algebraic_offset();
        std::fill_n(stage_.begin() + static_cast<std::ptrdiff_t>(begin), d_.fields.algebraic_size(),
                    std::numeric_limits<double>::quiet_NaN());
    }
    return stage_.data();
}

/// Sums by row, then over rows in order: the same bits for any number of threads.
void AlgebraicVariables::integrate(double* state, double t) {
    for (const Rows& rows : rows_) {
        const Group& group = *rows.group;
        const std::size_t n = rows.integrals.size(), n_rows = group.nz * d_.ny;
        std::vector<double> sums(n * n_rows, 0.0);
        parallel_ranges(
            threads_, n_rows, [&](std::size_t part, std::size_t begin, std::size_t end) {
                double* values = values_[part].data();
                for (std::size_t r = begin; r < end; ++r) {
                    const std::size_t z = r / d_.ny, y = r % d_.ny;
                    const kernel::Row row =
                        d_.binder.bind(*group.system, z, y, state, t, scratch_[part], nullptr);
                    group.kernel->evaluate(kernel::Program::integrals, row, values, d_.nxp);
                    for (std::size_t k = 0; k < n; ++k) {
                        double sum[lanes] = {};
                        add_product(sum, d_.area.data() + y * d_.nxp, values + k * d_.nxp, d_.nxp);
                        sums[k * n_rows + r] = group.thickness[z] * sum_lanes(sum);
                    }
                }
            });
        for (std::size_t k = 0; k < n; ++k) {
            const model::Integral& integral = d_.model.integrals[rows.integrals[k]];
            double total = 0.0, size = 0.0;
            for (std::size_t z = 0; z < group.nz; ++z) {
                if (!integral.layers[static_cast<std::size_t>(group.layer[z])]) continue;
                for (std::size_t y = 0; y < d_.ny; ++y)
                    total += sums[k * n_rows + z * d_.ny + y];
                size += group.thickness[z] * d_.total_area;
            }
            if (integral.is_mean) total = size > 0.0 ? total / size : 0.0;
            std::fill_n(state + d_.fields.integral_offset(rows.integrals[k]), lanes, total);
        }
    }
}

}  // namespace neocol::solver
