#pragma once

#include <array>

#include "discretisation/stage_state.hpp"

namespace neocol::solver {

/// A Rosenbrock-W method in transformed form: with U_i = sum_j gamma_ij k_j,
///
///     (I - gamma h A) U_i = gamma h F(t + alpha_i h, u + sum_j a_ij U_j)
///                           + gamma sum_j c_ij U_j + gamma gamma_i h^2 dF/dt
///     u_new = u + sum_i m_i U_i,   error = sum_i e_i U_i
///
/// so that no product with A is ever needed.
struct RosenbrockTableau {
    double gamma = 0.0;
    std::array<std::array<double, n_stages>, n_stages> a{};
    std::array<std::array<double, n_stages>, n_stages> gamma_c{};  ///< gamma c_ij
    std::array<double, n_stages> m{}, e{};
    std::array<double, n_stages> b{};          ///< weights of k_i, needed by budgets
    std::array<double, n_stages> alpha{};      ///< time of a stage, in steps
    std::array<double, n_stages> gamma_sum{};  ///< gamma_i, factor of h^2 dF/dt
    int order = 3;
};

/// ROS34PW2: order 3 with embedded order 2, stiffly accurate, order conditions hold for any A.
/// Source: Rang & Angermann 2005, doi:10.1007/s10543-005-0035-y
RosenbrockTableau ros34pw2();

}  // namespace neocol::solver
