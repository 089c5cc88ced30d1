#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <vector>

#include <neocol/core/time_series.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::simulation {

/// What a run has handed to its observers: observables by record (values by Model::observables,
/// internal units), sessions (SessionRecord::wounded empty), and jumps.
struct RunHistory {
    std::vector<double> record_times, record_values;
    std::vector<SessionRecord> sessions;
    std::vector<EventRecord> events;
};

/// Everything a run needs to go on from a moment between two steps, and every record it has handed
/// out so far. A run that goes on from it does what the unbroken run does, to the last bit.
struct Checkpoint : RunHistory {
    double time = 0.0;  ///< [d]
    /// Moment at which the next session, event or field record is due [d]; steps before it were
    /// chosen with it in view. Where it is `time`, what falls on that moment is still to come.
    double next_landing = 0.0;
    bool after_session = false;  ///< taken right after a session
    std::vector<double> state;   ///< as tissue::State, padding included
    std::vector<double> stepper;
    std::vector<double> wounded, surface_wounded, junction_wounded;  ///< as Wounding has them
    TimeSeries series{0};
    std::vector<double> smallest_value;
    std::vector<BoundReport> bounds;
    std::vector<int> triggered;  ///< events that wait for a condition and have fired
    double wall_seconds = 0.0;   ///< spent integrating so far
    std::vector<double> edges_x, edges_y, edges_z;  ///< of the grid [mm]
};

/// When a run hands out checkpoints (Observer::checkpoint). A checkpoint never changes a step. The
/// default is never.
struct CheckpointPolicy {
    static constexpr double never = std::numeric_limits<double>::infinity();
    /// Wall time between two [s]; 0: after every step. Unless it is 0, a checkpoint waits until
    /// twenty times what the last one took have passed.
    double every = never;
    /// Right after a session, if this much wall time has passed since the last one [s]; 0: always.
    double after_sessions = never;
    bool when_stopped = false;  ///< when the run is asked to stop or reaches its wall-time limit

    /// What `neocol run` does by default.
    static constexpr CheckpointPolicy usual() { return {600.0, 60.0, true}; }
};

/// How a run is steered from outside.
struct RunControl {
    /// Once true, the step is finished and the run ends as interrupted.
    const std::atomic<bool>* stop = nullptr;
    /// Likewise when this much wall time has passed since the run began [s]; the longest step so
    /// far and twice the last checkpoint's time are kept in hand.
    double max_wall_seconds = std::numeric_limits<double>::infinity();
    CheckpointPolicy checkpoints;
    /// Where to go on; null: from the start. Must be of this scenario, or of one with the same
    /// past.
    const Checkpoint* past = nullptr;
};

}  // namespace neocol::simulation
