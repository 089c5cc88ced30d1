#pragma once

namespace neocol::solver {

/// How the face value of u is reconstructed from the upwind side.
enum class Reconstruction { limited, linear };

/// Slope between the one-sided differences a and b: van Leer's harmonic mean 2ab/(a + b), 0 where
/// they differ in sign; without limiter their arithmetic mean.
/// Source: van Leer 1974, doi:10.1016/0021-9991(74)90019-9
inline double limited_slope(double a, double b, bool limited) {
    const double product = a * b;
    const double harmonic = product > 0.0 ? 2.0 * product / (product > 0.0 ? a + b : 1.0) : 0.0;
    return limited ? harmonic : 0.5 * (a + b);
}

}  // namespace neocol::solver
