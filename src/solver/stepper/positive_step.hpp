#pragma once

#include <deque>
#include <vector>

#include "stepper/rosenbrock.hpp"

namespace neocol::solver {

/// A positive step of first order: implicit Euler along each axis in turn, whose matrices are
/// M-matrices, then a linearly implicit Euler step of the reaction,
///
///     v = (I - h A_z)^-1 (I - h A_y)^-1 (I - h A_x)^-1 u,   u_low = v + (I - h J(v))^-1 h R(v).
///
/// The reaction sees species that may not be negative as 0 where they are: what is below 0 neither
/// grows nor works on others, and where the model's losses vanish with their reactants nothing
/// falls further.
///
/// It is what a high-order step is blended with where it undershoots.
class PositiveStep {
public:
    PositiveStep(const Discretisation& d, const RestBalance& balance, Workspace& workspace,
                 std::deque<GroupWork>& work, int threads);

    /// Steps from u at t by h; the new state is left in Workspace::stages[2], what transport alone
    /// makes of u in stages[1]. Uses the wall
    /// conductances and the linearised transport of Rosenbrock::prepare. Overwrites the other
    /// stages.
    void attempt(const double* u, double t, double h);

    std::vector<double> least;  ///< smallest new value, by species
    StepBudget step_budget;
    AlgebraicVariables* algebraic = nullptr;  ///< as Rosenbrock's

private:
    const Discretisation& d_;
    const RestBalance& balance_;
    Workspace& workspace_;
    std::deque<GroupWork>& work_;
    int threads_;
    StageState state_;
    /// By group and tile of the reaction: [unknown][lane] least values, [layer][process][lane] sums
    /// of rates.
    std::vector<std::vector<double>> smallest_, rates_;

    void evaluate(GroupWork& work, double h);
    void evaluate_row(GroupWork& work, Worker& worker, std::size_t i_z, std::size_t i_y, double h);
    void diffuse(GroupWork& work, const double* u);
    void clip_negative(const GroupWork& work);
    void react(GroupWork& work, double h);
    void react_tile(GroupWork& work, Worker& worker, std::size_t i_tile, double h);
    void book_walls(const GroupWork& work, double h);
    void book_reaction(const GroupWork& work);
};

}  // namespace neocol::solver
