#include "stepper/error_norm.hpp"

#include <algorithm>

namespace neocol::solver {

namespace {

/// Floors as a share of Species::scale: more where there is rest, as scale is then the size of a
/// stock.
constexpr double floor_without_rest = 1e-3, floor_with_rest = 1e-2;

/// Local error of a step over the tolerance. With 1 the error delivered by runs is at most 3 times
/// the tolerance (tests/verification/test_delivered_error.cpp, docs/numerics.md), which is what a
/// tolerance promises.
constexpr double local_error = 1.0;

}  // namespace

ErrorNorm::ErrorNorm(const model::Model& model, const Environment& environment, double tolerance)
    : tolerance_(tolerance), peaks_(model.species.size(), 0.0) {
    const std::vector<std::vector<double>> rest = rest_values(model, environment);
    for (std::size_t s = 0; s < model.species.size(); ++s) {
        const bool rests = std::any_of(rest.begin(), rest.end(),
                                       [s](const std::vector<double>& of) { return of[s] > 0.0; });
        floors_.push_back((rests ? floor_with_rest : floor_without_rest) * model.species[s].scale);
    }
}

void ErrorNorm::reset() {
    std::fill(peaks_.begin(), peaks_.end(), 0.0);
}

void ErrorNorm::raise(const std::vector<double>& deviations) {
    for (std::size_t s = 0; s < peaks_.size(); ++s)
        peaks_[s] = std::max(peaks_[s], deviations[s]);
}

double ErrorNorm::worst(const std::vector<double>& errors, int& species) const {
    double largest = 0.0;
    for (std::size_t s = 0; s < errors.size(); ++s) {
        const double ratio =
            errors[s] / (local_error * tolerance_ * std::max(peaks_[s], floors_[s]));
        if (ratio > largest) {
            largest = ratio;
            species = static_cast<int>(s);
        }
    }
    return largest;
}

}  // namespace neocol::solver
