#pragma once

#include <algorithm>
#include <chrono>

#include <neocol/simulation/checkpoint.hpp>

namespace neocol::simulation {

/// Wall time of a run: when it has to end, and when a checkpoint is due.
class WallClock {
public:
    using Clock = std::chrono::steady_clock;

    void start() { started_ = last_checkpoint_ = Clock::now(); }
    double seconds() const { return since(started_); }

    /// Takes the wall time of the step that began then.
    void step_began(Clock::time_point moment) {
        longest_step_ = std::max(longest_step_, since(moment));
    }
    /// A checkpoint whose writing began then is written.
    void checkpoint_began(Clock::time_point moment) {
        last_checkpoint_ = Clock::now();
        checkpoint_cost_ = since(moment);
    }

    /// True if another step and a checkpoint may not be done before the limit; never before the
    /// first step, so that a run that is stopped again and again gets somewhere.
    bool reaches(double limit) const {
        const double in_hand = longest_step_ + 2.0 * checkpoint_cost_;
        return longest_step_ > 0.0 && seconds() + in_hand >= limit;
    }

    bool checkpoint_due(const CheckpointPolicy& policy, bool after_session) const {
        constexpr double share = 20.0;  // a checkpoint costs at most a twentieth of the time
        const double interval =
            after_session ? std::min(policy.every, policy.after_sessions) : policy.every;
        if (interval == CheckpointPolicy::never) return false;
        const double least = interval > 0.0 ? std::max(interval, share * checkpoint_cost_) : 0.0;
        return since(last_checkpoint_) >= least;
    }

private:
    Clock::time_point started_, last_checkpoint_;
    double longest_step_ = 0.0, checkpoint_cost_ = 0.0;  ///< [s]

    static double since(Clock::time_point moment) {
        return std::chrono::duration<double>(Clock::now() - moment).count();
    }
};

}  // namespace neocol::simulation
