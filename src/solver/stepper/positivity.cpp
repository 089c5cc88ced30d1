#include "stepper/positivity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "discretisation/state_norms.hpp"
#include "reaction/coupled_species.hpp"

namespace neocol::solver {

namespace {

/// Values above minus this share of tolerance * scale count as not negative.
constexpr double negligible_undershoot = 1e-3;

/// What transport may gather below zero in one place, as a multiple of what is allowed.
constexpr double ceiling = 8.0;

/// Of sums over a step, relative.
constexpr double rounding = 1e-12;

/// A refused fall below zero that is smaller than this share of what is allowed comes from a rate
/// that takes whatever is there: no shorter step mends it, all would end at the same value.
constexpr double hopeless_fall = 1e-6;

}  // namespace

Positivity::Positivity(const Discretisation& d, double tolerance, int threads)
    : d_(d), threads_(threads), coupled_(coupled_species(d.model)) {
    for (const model::Species& species : d.model.species)
        negligible_.push_back(species.is_signed
                                  ? std::numeric_limits<double>::infinity()
                                  : negligible_undershoot * tolerance * species.scale);
    allowed_ = negligible_;
}

void Positivity::allow(const std::vector<double>& least, bool from_outside) {
    for (std::size_t s = 0; s < allowed_.size(); ++s) {
        const double now = std::max(negligible_[s], -least[s]);
        allowed_[s] = from_outside ? now : std::min(allowed_[s], now);
    }
}

/// Calls visit(species, voxel) for the voxels of species whose smallest new value is below what is
/// allowed.
template <typename Visit>
void Positivity::visit_suspects(const std::vector<double>& least, const Visit& visit) const {
    for (const Group& group : d_.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const auto species = static_cast<std::size_t>(group.system->unknowns[s]);
            if (!(least[species] < -allowed_[species])) continue;
            const std::size_t begin = group.offset + s * group.stride;
            for (std::size_t i = begin; i < begin + group.nz * d_.plane; ++i)
                visit(species, i);
        }
}

bool Positivity::undershoots(const std::vector<double>& least) const {
    for (std::size_t s = 0; s < least.size(); ++s)
        if (!(least[s] >= -allowed_[s])) return true;
    return false;
}

bool Positivity::accepts(const PositiveStep& step, const Workspace& workspace) {
    const double *low = workspace.stages[2].data(), *transported = workspace.stages[1].data();
    bool accepted = true;
    falls_at_any_step_ = false;
    visit_suspects(step.least, [&](std::size_t species, std::size_t i) {
        const double bound = std::max(transported[i], -ceiling * allowed_[species]);
        if (low[i] >= std::min(-allowed_[species], bound * (1.0 + rounding))) return;
        accepted = false;
        undershooting_species_ = static_cast<int>(species);
        falls_at_any_step_ |= transported[i] - low[i] < hopeless_fall * allowed_[species];
    });
    return accepted;
}

std::vector<double> Positivity::shares(const std::vector<double>& least,
                                       const Workspace& workspace) const {
    const double* high = workspace.next.data();
    const double* low = workspace.stages[2].data();
    std::vector<double> of_set(coupled_.size(), 1.0), shares(coupled_.size());
    visit_suspects(least, [&](std::size_t species, std::size_t i) {
        const double allowance = allowed_[species];
        // The room below what is allowed narrows as it is used, so that steps cannot creep down.
        const double room = 0.125 * std::max(allowance + negligible_[species] + low[i], 0.0);
        const double bound = std::min(-allowance, low[i] - std::min(room, negligible_[species]));
        double& share = of_set[coupled_[species]];
        if (high[i] < bound)
            share = std::max(std::min(share, (low[i] - bound) / (low[i] - high[i])), 0.0);
    });
    for (std::size_t s = 0; s < shares.size(); ++s)
        shares[s] = of_set[coupled_[s]];
    return shares;
}

std::vector<double> Positivity::blend(const std::vector<double>& shares,
                                      Workspace& workspace) const {
    double* high = workspace.next.data();
    const double* low = workspace.stages[2].data();
    double* difference = workspace.stages[3].data();
    for (std::size_t i = 0; i < workspace.next.size(); ++i)
        difference[i] = high[i] - low[i];
    for (const Group& group : d_.groups)  // `state_norms` takes deviations from rest
        for (std::size_t s = 0; d_.rest_is_fixed && s < group.n_unknowns; ++s)
            for (std::size_t z = 0; z < group.nz; ++z)
                for (std::size_t i = 0; i < d_.plane; ++i)
                    difference[group.offset + s * group.stride + z * d_.plane + i] +=
                        group.rest[s][z];
    std::vector<double> norms = state_norms(d_, difference, threads_).deviation;
    for (std::size_t s = 0; s < norms.size(); ++s)
        norms[s] *= 1.0 - shares[s];
    for (const Group& group : d_.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const double share = shares[static_cast<std::size_t>(group.system->unknowns[s])];
            if (share == 1.0) continue;
            const std::size_t begin = group.offset + s * group.stride;
            for (std::size_t i = begin; i < begin + group.nz * d_.plane; ++i)
                high[i] = low[i] + share * (high[i] - low[i]);
        }
    return norms;
}

}  // namespace neocol::solver
