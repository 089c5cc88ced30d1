#pragma once

#include <memory>
#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"
#include "quasi_steady/elliptic_solver.hpp"

namespace neocol::solver {

/// Algebraic variables: what follows from the stepped fields at every moment, 0 = g(u, q). They are
/// integrals over the domain and quasi-steady fields, which are solved for and not stepped.
///
/// Rates see them as they are at the state the rates are evaluated at: they are solved for at the
/// start of every stage, so that the stepped fields obey u' = F(u, q(u)). Its Jacobian leaves out
/// dF/dq dq/du; a Rosenbrock-W method keeps its order with any Jacobian, and budgets close because
/// the same Jacobian solves the stages and books the processes.
class AlgebraicVariables {
public:
    /// nullptr if the model has none. `d` outlives them.
    static std::unique_ptr<AlgebraicVariables> make(const Discretisation& d, int threads);
    ~AlgebraicVariables();

    /// Takes the present values of parameters from the discretisation.
    void update_parameters();
    /// Puts quasi-steady fields of a whole state at their rest values, the guess to begin with.
    void reset(double* state) const;
    /// Copies them from one state to another.
    void copy(const double* from, double* to) const;
    /// Solves for those of a state at time t [d], from the guess that stands there. A guess
    /// that solves the equations already keeps its bits, so rest does.
    /// \throws NumericsError  the equations have no solution within reach
    void solve(double* state, double t);
    /// A whole state u + sum_j a_j v_j at time t with its algebraic variables, the guess taken from
    /// the state `guess`; not a number where there is no solution. Valid until the next call.
    const double* at_stage(const double* u, const double* const* increments, const double* a,
                           std::size_t n, double t, const double* guess);

private:
    AlgebraicVariables(const Discretisation& d, int threads);

    /// One part of the state that integrals run over, a row of voxels at a time.
    struct Rows {
        const Group* group = nullptr;
        std::vector<std::size_t> integrals;  ///< indices into Model::integrals, by output
    };

    const Discretisation& d_;
    int threads_;
    std::vector<Rows> rows_;
    std::vector<RowBinder::Scratch> scratch_;  ///< by thread
    std::vector<AlignedVector> values_;        ///< by thread: [output][x]
    AlignedVector stage_;
    std::unique_ptr<EllipticSolver> solver_;

    EllipticSolver::Outcome iterate(double* state, double t);
    void integrate(double* state, double t);
};

}  // namespace neocol::solver
