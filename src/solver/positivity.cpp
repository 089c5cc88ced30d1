#include <algorithm>
#include <cmath>

#include "stepper_implementation.hpp"

namespace neocol::solver {

namespace {

/// How much shorter the next attempt is after one that is not positive.
constexpr double share_after_undershoot = 0.5;

}  // namespace

/// Calls visit(species, negligible undershoot, voxel) for the voxels of species whose smallest new
/// value is below it.
template <typename Visit>
void Stepper::Implementation::visit_suspects(const std::vector<double>& least,
                                             const Visit& visit) const {
    for (const Group& group : d.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const auto species = static_cast<std::size_t>(group.system->unknowns[s]);
            if (signed_species[species] || least[species] >= -undershoot[species]) continue;
            const std::size_t begin = group.offset + s * group.stride;
            for (std::size_t i = begin; i < begin + group.nz * d.plane; ++i)
                visit(species, undershoot[species], i);
        }
}

bool Stepper::Implementation::undershoots(const std::vector<double>& least) const {
    for (std::size_t s = 0; s < least.size(); ++s)
        if (!signed_species[s] && !(least[s] >= -undershoot[s])) return true;
    return false;
}

/// True if the positive step fell below zero by more than is negligible, or than what it makes of a
/// voxel that was below zero already (so that short enough steps are always allowed).
bool Stepper::Implementation::positive_failed() const {
    const double* low = workspace.stages[2].data();
    bool failed = false;
    visit_suspects(positive.least, [&](std::size_t, double negligible, std::size_t i) {
        failed |= !(low[i] >= std::min(-negligible, 2.0 * state.data()[i]));
    });
    return failed;
}

/// Largest shares of the high-order step, one for each set of joined species, that let no voxel
/// fall below the negligible undershoot, nor perceptibly below the positive step where that is
/// lower. By species.
std::vector<double> Stepper::Implementation::blend_shares() const {
    const double* high = workspace.next.data();
    const double* low = workspace.stages[2].data();
    std::vector<double> of_set(joined.size(), 1.0), shares(joined.size());
    visit_suspects(rosenbrock.least, [&](std::size_t species, double negligible, std::size_t i) {
        const double bound = std::min(-negligible, low[i] - 0.125 * negligible);
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

/// Mends a step that undershoots; false if it has to be shorter.
bool Stepper::Implementation::repair(double h, StepInfo& info) {
    positive.attempt(state.data(), time, h);
    if (positive_failed()) {
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
    rosenbrock.gains.blend(d, positive.gains, shares);
    info.blend = *std::min_element(shares.begin(), shares.end());
    if (error > info.error) {
        info.error = error;
        info.limiting_species = species;
    }
    return true;
}

}  // namespace neocol::solver
