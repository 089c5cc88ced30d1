#include "stepper/tableau.hpp"

namespace neocol::solver {

namespace {

using Matrix = std::array<std::array<double, n_stages>, n_stages>;

/// Inverse of a lower triangular matrix.
Matrix inverse_lower(const Matrix& lower) {
    Matrix inverse{};
    for (std::size_t i = 0; i < n_stages; ++i) {
        inverse[i][i] = 1.0 / lower[i][i];
        for (std::size_t j = 0; j < i; ++j) {
            double sum = 0.0;
            for (std::size_t k = j; k < i; ++k)
                sum += lower[i][k] * inverse[k][j];
            inverse[i][j] = -sum / lower[i][i];
        }
    }
    return inverse;
}

}  // namespace

RosenbrockTableau ros34pw2() {
    constexpr double g = 4.3586652150845900e-01;
    const Matrix alpha = {{{0.0, 0.0, 0.0, 0.0},
                           {8.7173304301691801e-01, 0.0, 0.0, 0.0},
                           {8.4457060015369423e-01, -1.1299064236484185e-01, 0.0, 0.0},
                           {0.0, 0.0, 1.0, 0.0}}};
    const Matrix gamma = {
        {{g, 0.0, 0.0, 0.0},
         {-8.7173304301691801e-01, g, 0.0, 0.0},
         {-9.0338057013044082e-01, 5.4180672388095326e-02, g, 0.0},
         {2.4212380706095346e-01, -1.2232505839045147e+00, 5.4526025533510214e-01, g}}};
    const std::array<double, n_stages> embedded = {3.7810903145819369e-01, -9.6042292212423178e-02,
                                                   0.5, 2.1793326075422950e-01};

    RosenbrockTableau tableau;
    tableau.gamma = g;
    tableau.b = {2.4212380706095346e-01, -1.2232505839045147e+00, 1.5452602553351020e+00, g};
    const Matrix inverse = inverse_lower(gamma);
    for (std::size_t i = 0; i < n_stages; ++i) {
        for (std::size_t j = 0; j < n_stages; ++j) {
            tableau.alpha[i] += alpha[i][j];
            tableau.gamma_sum[i] += gamma[i][j];
            for (std::size_t k = j; k < n_stages; ++k)
                tableau.a[i][j] += alpha[i][k] * inverse[k][j];
            tableau.gamma_c[i][j] = i == j ? 0.0 : -g * inverse[i][j];
            tableau.m[j] += tableau.b[i] * inverse[i][j];
            tableau.e[j] += (tableau.b[i] - embedded[i]) * inverse[i][j];
        }
    }
    return tableau;
}

}  // namespace neocol::solver
