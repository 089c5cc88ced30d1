#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "stepper/positive_step.hpp"
#include "stepper/rosenbrock.hpp"

namespace neocol::solver {

/// Keeps species that may not be negative from falling below zero: a step of high order that
/// undershoots is blended with the positive step,
///
///     u = u_low + theta (u_high - u_low),
///
/// with the largest theta in [0, 1] that leaves no voxel below what is allowed, one for each set of
/// coupled species so that budgets still close.
class Positivity {
public:
    Positivity(const Discretisation& d, double tolerance, int threads);

    /// Takes what is allowed from the least values of a state, by species. A state that is below 0
    /// already may stay where it is but fall no further, and as it rises so does what is allowed;
    /// only a state that was set `from_outside` may be lower than the one before.
    void allow(const std::vector<double>& least, bool from_outside);

    /// True if a least value is below what is allowed.
    bool undershoots(const std::vector<double>& least) const;

    /// False if the reaction of the positive step makes a voxel fall further below zero than is
    /// allowed.
    ///
    /// What transport makes of a voxel below zero is not held against it: its matrices have no
    /// negative entries, so it brings in nothing but what was below zero before.
    bool accepts(const PositiveStep& step, const Workspace& workspace);
    /// Of the last call of `accepts`: the fall is the same for any step size, so none mends it.
    bool falls_at_any_step() const { return falls_at_any_step_; }
    /// The species that `accepts` refused last, -1: none.
    int undershooting_species() const { return undershooting_species_; }

    /// The largest theta by species that lets no voxel fall below what is allowed, nor perceptibly
    /// below the positive step where that is lower. \param least  of the step of high order
    std::vector<double> shares(const std::vector<double>& least, const Workspace& workspace) const;

    /// Workspace::next = u_low + theta (u_high - u_low). \returns the root mean square of what this
    /// moves, by species
    std::vector<double> blend(const std::vector<double>& shares, Workspace& workspace) const;

    /// How far below 0 each species may be, infinite where it is signed.
    const std::vector<double>& allowed() const { return allowed_; }
    void set_allowed(const std::vector<double>& allowed) { allowed_ = allowed; }

private:
    const Discretisation& d_;
    int threads_;
    std::vector<double> negligible_;    ///< by species: what counts as not negative
    std::vector<double> allowed_;       ///< likewise, or as far below 0 as the state at hand is
    std::vector<std::size_t> coupled_;  ///< set of every species, see coupled_species
    int undershooting_species_ = -1;
    bool falls_at_any_step_ = false;

    template <typename Visit>
    void visit_suspects(const std::vector<double>& least, const Visit& visit) const;
};

}  // namespace neocol::solver
