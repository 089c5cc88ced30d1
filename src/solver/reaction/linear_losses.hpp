#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"
#include "discretisation/tiling.hpp"
#include "discretisation/worker.hpp"

namespace neocol::solver {

/// Share of their own losses that the unknowns of a linear system x' = J x may count on: 1 - theta,
/// theta being the strength of the loops that feed back to the unknown, the spectral radius of
/// |J_ij| / -J_ii over the unknowns that act on each other. 1 outside loops, 0 where gains outweigh
/// losses.
///
/// With D = diag(-J) times this share, -(J + D) keeps a non-negative spectrum, so that the product
/// (I - gh J)(1 + gh D)^-1 never weakens what it is to stabilise.
/// \param jacobian  n rows of n; unknowns without loss of their own (J_ii >= 0) take no part
std::vector<double> loss_shares(const std::vector<std::vector<double>>& jacobian);

/// Rates at which unknowns are lost whatever the others do [d-1]: the own loss -d rate/d unknown,
/// where that is positive, times its loss share among the unknowns that move; the least of all
/// planes. Only the quality of the factors depends on it.
///
/// Losses that nothing but the layer decides are those at rest. What the state decides is taken
/// from the state at the start of each step, the least of all voxels: a loss that counted on a
/// reactant which is used up since would leave diffusion without its damping there, and hold steps
/// near the time of the loss whatever the tolerance.
class LinearLosses {
public:
    LinearLosses(const Discretisation& d, const Group& group, const Tiling& tiling);

    /// By unknown.
    const std::vector<double>& values() const { return values_; }
    /// True if the state has a say.
    bool vary() const { return !varying_.empty(); }
    /// Takes what varies from a state. The same bits for any number of threads.
    void update(const StageState& state, std::vector<Worker>& workers, int threads);

private:
    const Discretisation& d_;
    const Group& group_;
    const Tiling& tiling_;
    std::vector<std::size_t> varying_;  ///< unknowns, as kernel::varying_losses
    std::vector<double> values_;
    std::vector<double> own_at_rest_;  ///< by unknown: own loss at rest, the least of all layers
    std::vector<double> strength_;     ///< by unknown: theta at rest, the largest of all layers
    std::vector<std::vector<std::size_t>> partners_;  ///< by unknown: of its loops, itself included
    std::vector<char> may_feed_back_;  ///< by unknown: part of a loop of the movers in some state

    std::vector<double> own_losses(const StageState& state, std::vector<Worker>& workers,
                                   int threads) const;
    void evaluate(const StageState& state, Worker& worker, const Piece& piece,
                  std::vector<double>& least) const;
};

}  // namespace neocol::solver
