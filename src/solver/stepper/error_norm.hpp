#pragma once

#include <vector>

#include <neocol/model/model.hpp>
#include <neocol/solver/environment.hpp>

namespace neocol::solver {

/// The error of a step over what the tolerance allows:
///
///     e = max_s |error_s| / (tolerance max(peak_s, floor_s))
///
/// with root mean squares over the domain; peak_s is the largest deviation from rest so far,
/// floor_s a share of Species::scale.
class ErrorNorm {
public:
    ErrorNorm(const model::Model& model, const Environment& environment, double tolerance);

    /// Forgets the peaks.
    void reset();
    /// Raises the peaks to the deviations from rest of a state, by species.
    void raise(const std::vector<double>& deviations);
    /// e of errors by species; `species` is set to the one that makes it, if any is above 0.
    double worst(const std::vector<double>& errors, int& species) const;

    double floor(std::size_t species) const { return floors_[species]; }
    const std::vector<double>& peaks() const { return peaks_; }
    void set_peaks(const std::vector<double>& peaks) { peaks_ = peaks; }

private:
    double tolerance_;
    std::vector<double> floors_, peaks_;
};

}  // namespace neocol::solver
