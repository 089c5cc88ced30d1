#pragma once

#include <vector>

#include "discretisation/discretisation.hpp"
#include "discretisation/stage_state.hpp"
#include "discretisation/tiling.hpp"
#include "discretisation/worker.hpp"

namespace neocol::solver {

/// The factors of the reaction in a stage, (I - gh J)^-1 with J at the start of the step: that of
/// the early processes before diffusion and that of the late ones after it (kernel::Part).
///
/// For the budget of the step they also integrate J_p w by process p, w = sum_i b_i y_i being what
/// the stages solved with J.
class ReactionFactors {
public:
    ReactionFactors(const Discretisation& d, const Group& group, const Tiling& tiling);

    bool any_early() const { return any_early_; }

    /// y = (I - gh J)^-1 out with J of the early processes, weighted += b y.
    struct EarlyTerms {
        const StageState* start = nullptr;
        double gh = 0.0;
        double* out = nullptr;
        double* weighted = nullptr;
        double b = 0.0;
        bool first = false, last = false;  ///< stage of the step
    };
    void begin_band(const EarlyTerms& terms, Worker& worker) const;
    void solve_early(const EarlyTerms& terms, Worker& worker, const Piece& piece) const;
    void end_band(const EarlyTerms& terms, const Worker& worker, std::size_t i_band);

    /// out = (I - gh J)^-1 out with J of the late processes.
    struct LateTerms {
        const StageState* start = nullptr;
        double gh = 0.0;
        double* out = nullptr;
        const double* const* increments = nullptr;  ///< of all stages
        const double* b = nullptr;
        bool last = false;
    };
    void solve_late(const LateTerms& terms, std::vector<Worker>& workers, int threads);

    /// Integral of J_p w over band k, after the last stage.
    double jacobian_sum(std::size_t i_band, std::size_t p) const {
        return sums_[i_band * group_.n_processes + p];
    }

private:
    const Discretisation& d_;
    const Group& group_;
    const Tiling& tiling_;
    std::vector<kernel::Part> parts_;  ///< by process
    bool any_early_ = false, any_late_ = false;
    /// By unknown: whether the rate of an early, of a late process depends on it.
    std::vector<char> early_reads_, late_reads_;
    std::vector<double> sums_;  ///< [band][process]

    void solve_late(const LateTerms& terms, Worker& worker, const Piece& piece) const;
    void book(const Worker& worker, std::size_t i_band, kernel::Part part);
};

}  // namespace neocol::solver
