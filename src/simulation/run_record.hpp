#pragma once

#include <atomic>
#include <span>
#include <vector>

#include <neocol/core/time_series.hpp>
#include <neocol/simulation/checkpoint.hpp>
#include <neocol/simulation/observer.hpp>

#include "schedule.hpp"

namespace neocol::simulation {

/// What a run hands to its observers: observables on a schedule, interpolated between steps,
/// sessions and jumps. It remembers all of it for checkpoints.
class RunRecord {
public:
    RunRecord(const Scenario& scenario, const model::Model& model);

    void set_observers(std::span<Observer* const> observers) { observers_ = observers; }
    /// Calls f for every observer, in order.
    template <typename F>
    void notify(F&& f) const {
        for (Observer* observer : observers_)
            f(*observer);
    }

    /// Observables after every step.
    const TimeSeries& series() const { return series_; }
    /// What observers were handed so far.
    const RunHistory& history() const { return history_; }

    /// Adds the observables at `time` [d] to the series; a new segment begins at a jump.
    void add(double time, const std::vector<double>& observables, bool new_segment);

    /// Hands out the scheduled records whose interpolant is settled, or, to flush, all that have
    /// been reached: a jump or the end comes next. \param stop  where it is set the records end
    /// early, as a step may have a million of them; may be null \returns false if they did
    bool emit(bool flush, const std::atomic<bool>* stop = nullptr);
    /// Flushes, and records the present moment unless a scheduled record has it.
    void record_now(double time, std::span<const double> observables);
    /// Records the end of the run unless a record has it; where a jump ends it, the values before.
    void record_end(double time, std::span<const double> observables);

    void add_session(SessionRecord session);
    void add_jump(EventRecord jump);

    /// Takes series and schedule from a checkpoint.
    void restore(const Checkpoint& past);
    /// Hands the past of a checkpoint to the observers in the order in which it happened: at one
    /// moment the record, then the session, then the jump. \param wounded  of the sessions
    void repeat(const Checkpoint& past, std::span<const double> wounded);

private:
    const model::Model& model_;
    std::span<Observer* const> observers_;
    RunHistory history_;
    TimeSeries series_;
    RecordSchedule schedule_;

    void bound_series();
    void record(double time, std::span<const double> values);
};

}  // namespace neocol::simulation
