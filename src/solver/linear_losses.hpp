#pragma once

#include <vector>

#include "discretisation.hpp"

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

/// Rate at which an unknown is lost at rest whatever the others do, by unknown [d-1]: its own loss
/// -d rate/d unknown, where that is positive, times its loss share among the unknowns that move;
/// the least of all planes. Only the quality of the factors depends on it.
std::vector<double> linear_losses(const Discretisation& d, const Group& group);

}  // namespace neocol::solver
