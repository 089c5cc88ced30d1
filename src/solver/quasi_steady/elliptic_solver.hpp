#pragma once

#include <string>
#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"
#include "discretisation/tiling.hpp"
#include "discretisation/worker.hpp"
#include "reaction/rest_balance.hpp"
#include "right_hand_side/right_hand_side.hpp"
#include "transport/boundary_conditions.hpp"
#include "transport/wall_budget.hpp"

namespace neocol::solver {

/// The quasi-steady fields of a model: 0 = div(D grad q) + rates(u, q), with its walls, on the same
/// finite volumes as the stepped fields.
///
/// Newton's method with the exact residual; its linear systems, symmetric in u/weight, are solved
/// by conjugate gradients with lines along z as preconditioner (in a column that is the exact
/// inverse). Gains that grow with q and couplings between quasi-steady fields are left out of
/// the matrix, not of the residual. Sums run in a fixed order, so bits do not depend on threads.
class EllipticSolver {
public:
    /// With the present values of parameters of the stepped fields' discretisation.
    EllipticSolver(const Discretisation& stepped, int threads);

    /// Rest values, the guess to begin with.
    void reset(double* state) const;

    struct Outcome {
        bool solved = true;
        int iterations = 0;
        std::string species;  ///< the one that is worst
    };
    /// Solves within a whole state, from the guess that stands there.
    Outcome solve(double* state, double t);
    /// The field that is furthest below 0 for its scale where it may not be, if perceptibly.
    /// \returns its species (empty: none is), place and value
    NumericsError::Where below_zero(const double* state, double t) const;

private:
    /// Matrix of one field, per volume and in p = q/weight: diagonal and its line factors.
    struct Matrix {
        AlignedVector diagonal;            ///< [plane]
        AlignedVector pivot, multiplier;   ///< of the lines along z
        std::vector<double> lateral;       ///< D * weight by plane
        std::vector<double> above, below;  ///< couplings along z by plane, per volume
    };

    Discretisation d_;
    RestBalance balance_;
    const Group& group_;
    int threads_;
    Tiling tiling_;
    BoundaryConditions walls_;
    WallBudget wall_budget_;
    RightHandSide rhs_;
    std::vector<Worker> workers_;
    StageState stage_;
    AlignedVector residual_;
    std::vector<AlignedVector> partials_;  ///< by thread: [entry][plane]
    std::vector<WallConductances> sinks_;
    std::vector<Matrix> matrices_;
    AlignedVector r_, z_, p_, ap_, x_;  ///< of conjugate gradients, [voxel]
    std::vector<double> scales_;        ///< of the unknowns

    std::size_t size() const { return group_.nz * d_.plane; }
    std::size_t field(std::size_t s) const { return group_.offset + s * group_.stride; }
    void evaluate(const double* state, double t);
    void build(const double* state, double t);
    void add_loss(std::size_t s, std::size_t z, const double* partials);
    void add_walls(std::size_t s);
    void factor_lines(Matrix& matrix) const;
    void precondition(const Matrix& matrix, const AlignedVector& r, AlignedVector& z) const;
    void multiply(const Matrix& matrix, const AlignedVector& p, AlignedVector& out) const;
    double dot(const AlignedVector& a, const AlignedVector& b) const;
    void load_residual(std::size_t s);
    double correction(std::size_t s) const;
    void conjugate_gradients(const Matrix& matrix);
};

}  // namespace neocol::solver
