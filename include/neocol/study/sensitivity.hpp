#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <neocol/study/design_points.hpp>

namespace neocol::study {

/// An estimate with the ends of its bootstrap interval.
struct Estimated {
    double value = 0.0, low = 0.0, high = 0.0;
};

/// How intervals are drawn: the central `level` of the estimates from resampled data.
struct Bootstrap {
    std::size_t resamples = 1000;
    double level = 0.9;
    std::uint64_t seed = 1;
};

/// What moving one input across its whole range does to an output, in the output's unit.
struct MorrisEffect {
    double mu = 0.0;          ///< mean elementary effect: direction
    Estimated mu_star;        ///< mean size of the elementary effects: importance
    double sigma = 0.0;       ///< their standard deviation: curvature and interactions
    std::size_t effects = 0;  ///< how many elementary effects there were
};

/// Elementary effects of every dimension, dy / dx over the unit range.
///
/// \param y  one output a point of the design; NaN where a case failed: effects that would need it
///           are left out
/// mu_star: Campolongo et al. 2007, doi:10.1016/j.envsoft.2006.10.004
std::vector<MorrisEffect> morris_effects(const MorrisDesign& design, std::span<const double> y,
                                         const Bootstrap& bootstrap = {});

/// Sums up elementary effects of one input, however they were come by; NaN of none.
MorrisEffect morris_effect(std::vector<double> effects, const Bootstrap& bootstrap = {});

/// Shares of an output's variance that go with one input.
struct SobolIndex {
    Estimated first;  ///< by the input alone
    Estimated total;  ///< by the input alone and in company
};

struct SobolIndices {
    std::vector<SobolIndex> inputs;
    double mean = 0.0, variance = 0.0;  ///< of the output
    std::size_t rows = 0;               ///< rows without a failed case, which the estimates rest on
};

/// Sobol' indices from the outputs at saltelli_points(n, dimensions).
///
/// first: E[f_B (f_ABi - f_A)] / V (Saltelli et al. 2010), f about its mean; total:
/// E[(f_A - f_ABi)^2] / (2 V) (Jansen 1999). The bootstrap resamples rows. An output that does not
/// vary has indices NaN.
///
/// \param y  n (dimensions + 2) outputs; a row with a NaN anywhere is left out
SobolIndices sobol_indices(std::size_t n, std::size_t dimensions, std::span<const double> y,
                           const Bootstrap& bootstrap = {});

/// Quantile of values by linear interpolation between order statistics; NaN if there are none.
/// Values that are NaN are left out.
double sample_quantile(std::vector<double> values, double u);

}  // namespace neocol::study
