#include <algorithm>
#include <cmath>

#include "stepper_implementation.hpp"

namespace neocol::solver {

namespace {

/// How much shorter the next attempt is after one that is not positive.
constexpr double share_after_undershoot = 0.5;

/// What transport may gather below zero in one place, as a multiple of what is allowed.
constexpr double ceiling = 8.0;

/// Local order of the positive step, and so of a blend's error.
constexpr int low_order = 2;

/// Of sums over a step, relative.
constexpr double rounding = 1e-12;

/// A refused fall below zero that is smaller than this share of what is allowed comes from a rate
/// that takes whatever is there: no shorter step mends it, all would end at the same value.
constexpr double hopeless_fall = 1e-6;

}  // namespace

/// Calls visit(species, voxel) for the voxels of species whose smallest new value is below what is
/// allowed.
template <typename Visit>
void Stepper::Implementation::visit_suspects(const std::vector<double>& least,
                                             const Visit& visit) const {
    for (const Group& group : d.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const auto species = static_cast<std::size_t>(group.system->unknowns[s]);
            if (!(least[species] < -allowed[species])) continue;
            const std::size_t begin = group.offset + s * group.stride;
            for (std::size_t i = begin; i < begin + group.nz * d.plane; ++i)
                visit(species, i);
        }
}

bool Stepper::Implementation::undershoots(const std::vector<double>& least) const {
    for (std::size_t s = 0; s < least.size(); ++s)
        if (!(least[s] >= -allowed[s])) return true;
    return false;
}

/// True if the reaction of the positive step makes a voxel fall further below zero than is allowed.
///
/// What transport makes of a voxel below zero is not held against it: its matrices have no negative
/// entries, so it brings in nothing but what was below zero before.
bool Stepper::Implementation::positive_failed() {
    const double *low = workspace.stages[2].data(), *moved = workspace.stages[1].data();
    bool failed = false;
    falls_at_any_step = false;
    visit_suspects(positive->least, [&](std::size_t species, std::size_t i) {
        const double bound = std::max(moved[i], -ceiling * allowed[species]);
        if (low[i] >= std::min(-allowed[species], bound * (1.0 + rounding))) return;
        failed = true;
        undershooting_species = static_cast<int>(species);
        falls_at_any_step |= moved[i] - low[i] < hopeless_fall * allowed[species];
    });
    return failed;
}

/// Largest shares of the high-order step, one for each set of joined species, that let no voxel
/// fall below what is allowed, nor perceptibly below the positive step where that is lower. By
/// species.
std::vector<double> Stepper::Implementation::blend_shares() const {
    const double* high = workspace.next.data();
    const double* low = workspace.stages[2].data();
    std::vector<double> of_set(joined.size(), 1.0), shares(joined.size());
    visit_suspects(rosenbrock->least, [&](std::size_t species, std::size_t i) {
        const double allowance = allowed[species];
        // The room below what is allowed narrows as it is used, so that steps cannot creep down.
        const double room = 0.125 * std::max(allowance + undershoot[species] + low[i], 0.0);
        const double bound = std::min(-allowance, low[i] - std::min(room, undershoot[species]));
        double& share = of_set[joined[species]];
        if (high[i] < bound)
            share = std::max(std::min(share, (low[i] - bound) / (low[i] - high[i])), 0.0);
    });
    for (std::size_t s = 0; s < shares.size(); ++s)
        shares[s] = of_set[joined[s]];
    return shares;
}

/// next = low + share (next - low), by species; returns the error this makes.
double Stepper::Implementation::blend(const std::vector<double>& shares, int& species) {
    double* high = workspace.next.data();
    const double* low = workspace.stages[2].data();
    double* difference = workspace.stages[3].data();
    for (std::size_t i = 0; i < workspace.next.size(); ++i)
        difference[i] = high[i] - low[i];
    for (const Group& group : d.groups)  // `measure` takes deviations from rest
        for (std::size_t s = 0; d.rest_is_fixed && s < group.n_unknowns; ++s)
            for (std::size_t z = 0; z < group.nz; ++z)
                for (std::size_t i = 0; i < d.plane; ++i)
                    difference[group.offset + s * group.stride + z * d.plane + i] +=
                        group.rest[s][z];
    std::vector<double> norms = measure(d, difference, options.threads).norm;
    for (std::size_t s = 0; s < norms.size(); ++s)
        norms[s] *= 1.0 - shares[s];
    for (const Group& group : d.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const double share = shares[static_cast<std::size_t>(group.system->unknowns[s])];
            if (share == 1.0) continue;
            const std::size_t begin = group.offset + s * group.stride;
            for (std::size_t i = begin; i < begin + group.nz * d.plane; ++i)
                high[i] = low[i] + share * (high[i] - low[i]);
        }
    return worst(norms, species);
}

/// Mends a step that undershoots; false if it has to be shorter. Fails where no step is short
/// enough.
bool Stepper::Implementation::repair(double h, StepInfo& info) {
    positive->attempt(state.data(), time, h);
    if (positive_failed()) {
        if (falls_at_any_step) fail(h, info);
        control.shrink(h, share_after_undershoot, StepInfo::Limit::positivity);
        return false;
    }
    const std::vector<double> shares = blend_shares();
    int species = -1;
    const double error = blend(shares, species);
    if (!(error <= 1.0)) {
        control.shrink(h, std::clamp(0.9 / std::sqrt(error), 0.2, 0.8),
                       StepInfo::Limit::positivity);
        return false;
    }
    rosenbrock->gains.blend(d, positive->gains, shares);
    info.blend = *std::min_element(shares.begin(), shares.end());
    if (error > info.error) {
        info.error = error;
        info.limiting_species = species;
        error_order = low_order;
    }
    return true;
}

}  // namespace neocol::solver
