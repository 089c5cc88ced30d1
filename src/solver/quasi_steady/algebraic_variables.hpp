#pragma once

#include <memory>
#include <vector>

#include <neocol/core/aligned.hpp>

#include "discretisation/discretisation.hpp"
#include "quasi_steady/elliptic_solver.hpp"

namespace neocol::solver {

/// What rates read of the whole state at once and what follows from it at every moment: integrals,
/// and quasi-steady fields, which are solved and not stepped.
///
/// Rates see them as they are at the state the rates are evaluated at: they are made anew at the
/// start of every stage, so that the stepped fields obey an ordinary differential equation of which
/// the Jacobian lacks the closures' part. A Rosenbrock-W method keeps its order with any Jacobian,
/// and budgets close because the same Jacobian solves the stages and books the processes.
class Closures {
public:
    /// nullptr if the model has neither. Arguments outlive the closures.
    static std::unique_ptr<Closures> make(const Discretisation& d, int threads);
    ~Closures();

    /// Puts quasi-steady fields of a whole state at their rest values, the guess to begin with.
    void reset(double* state) const;
    /// Copies what stands for the closures from one state to another.
    void copy(const double* from, double* to) const;
    /// Solves for the closures of a state at time t [d], from the guess that stands there. A guess
    /// that solves the equations already keeps its bits, so rest does.
    /// \throws NumericsError  the equations have no solution within reach
    void solve(double* state, double t);
    /// A whole state u + sum_j a_j v_j at time t with its closures, the guess taken from the state
    /// `guess`; not a number where there is no solution. Valid until the next call.
    const double* at_stage(const double* u, const double* const* increments, const double* a,
                           std::size_t n, double t, const double* guess);

private:
    Closures(const Discretisation& d, int threads);

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
    std::unique_ptr<Elliptic> elliptic_;

    Elliptic::Outcome settle(double* state, double t);
    void integrate(double* state, double t);
};

}  // namespace neocol::solver
