#pragma once

#include <neocol/solver/stepper.hpp>

namespace neocol::solver {

/// Chooses step sizes: Gustafsson's predictive controller with rules for landing.
///
/// The next size is h (1/error)^(1/order), less where the error coefficient has been growing.
/// Source: Gustafsson 1994, doi:10.1145/198429.198437
///
/// A step that was shortened to land never makes the next one shorter; no choice looks further than
/// the limit it is given, so that a run that is resumed or forked takes the same steps.
class StepControl {
public:
    /// State between steps, as stored in a checkpoint.
    struct Memory {
        double next_size = 0.0;   ///< size of the next step [d]; 0: not known
        double last_error = 1.0;  ///< of the last accepted step
        double last_size = 0.0;   ///< likewise; 0: there is none
        StepInfo::Limit reason = StepInfo::Limit::growth;  ///< what limited `next_size`
    };
    struct Choice {
        double size = 0.0;
        bool lands = false;
        StepInfo::Limit reason = StepInfo::Limit::error;
    };

    StepControl(double largest, int order) : largest_(largest), order_(order) {}

    Memory memory;

    void reset() { memory = {}; }
    bool has_size() const { return memory.next_size > 0.0; }
    /// Sets the first step after a restart.
    void begin(double size);
    /// Size of the next attempt with `remaining` [d] to the limit.
    Choice choose(double remaining);
    /// An attempt of `size` failed its error test.
    void reject(double size, double error);
    /// An attempt of `size` was unusable; the next is `share` of it.
    void shrink(double size, double share, StepInfo::Limit reason);
    /// An attempt stands, with an error of that order in its size (0: the method's).
    void accept(const Choice& choice, double error, int order = 0);

private:
    double largest_;
    int order_;
    bool after_rejection_ = false;
    bool shortened_ = false;
};

}  // namespace neocol::solver
