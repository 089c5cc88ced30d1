#pragma once

#include <cstddef>
#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"
#include "discretisation/tiling.hpp"
#include "discretisation/worker.hpp"
#include "reaction/linear_losses.hpp"
#include "reaction/reaction_factors.hpp"
#include "reaction/rest_balance.hpp"
#include "right_hand_side/right_hand_side.hpp"
#include "transport/boundary_conditions.hpp"
#include "transport/exact_diffusion.hpp"
#include "transport/linearised_transport.hpp"
#include "transport/split_factor.hpp"
#include "transport/split_solver.hpp"
#include "transport/wall_budget.hpp"

namespace neocol::solver {

/// Arrays that steps work in, in the layout of a state.
struct Workspace {
    AlignedVector stages[n_stages];
    AlignedVector weighted;  ///< sum of b_i y_i, y_i behind the early factor of stage i
    tissue::State next;
    explicit Workspace(const Discretisation& d);
};

/// What steps of one group are made with: its right-hand side and the factors of
///
///     (I - gh J_early) (I - gh A_x/S) (I - gh A_y/S) (I - gh A_z/S) (I - gh J_late).

struct GroupWork {
    std::size_t i_group = 0;
    Tiling tiling;
    LinearLosses losses;
    BoundaryConditions walls;
    WallBudget wall_budget;
    RightHandSide rhs;
    ReactionFactors reaction;
    SplitSolver transport;
    std::vector<Worker> workers;  ///< by thread
    std::vector<SplitFactor> factors;
    std::vector<WallConductances> wall_conductances;  ///< by unknown
    std::vector<LinearisedTransport> linearised;  ///< of unknowns with taxis or a diffusivity by
                                                  ///< voxel
    std::vector<char> is_linearised;              ///< by unknown: those are its factors
    std::vector<ExactDiffusion::Factor> exact_factors;
    std::vector<std::vector<double>> damping;  ///< [unknown][plane], see build_split_factor
    std::vector<char> eligible;                ///< by unknown: an exact factor may serve it
    std::vector<char> exact;                   ///< by unknown: it does
    /// By strip: [unknown][lane] sums of squared errors and least values.
    std::vector<double> errors, least;

    GroupWork(const Discretisation& d, const RestBalance& balance, std::size_t i_group,
              Reconstruction reconstruction, int threads);
    GroupWork(const GroupWork&) = delete;  // its parts refer to each other
    GroupWork& operator=(const GroupWork&) = delete;

    /// Sets the damping for steps of gh; 0 sets it to 1.
    void set_damping(double gh);
};

}  // namespace neocol::solver
