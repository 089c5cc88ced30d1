#pragma once

#include <chrono>
#include <limits>
#include <set>
#include <vector>

#include <neocol/simulation/observables.hpp>
#include <neocol/simulation/outcomes.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/simulation/time_series.hpp>
#include <neocol/simulation/wounding.hpp>

#include "integrator.hpp"

namespace neocol::simulation {

using Clock = std::chrono::steady_clock;

/// Everything that may fall on one moment at which steps land.
struct Landing {
    double time = 0.0;
    int session = -1;
    std::vector<int> events;
    bool fields = false;
};

struct Simulation::Implementation {
    Implementation(const Scenario& scenario_, const model::Model& model_,
                   const std::vector<const kernel::Kernel*>& kernels_, int threads_);

    const Scenario& scenario;
    const model::Model& model;
    std::vector<const kernel::Kernel*> kernels;
    int threads;
    solver::Environment environment;
    tissue::Grid grid;
    tissue::FieldTable fields;
    Integrator stepper;
    Wounding wounding;
    ObservableReducer reducer;

    // How it is run.
    std::span<Observer* const> observers;
    RunControl control;
    Clock::time_point started, last_kept;
    double longest_step = 0.0, last_cost = 0.0;  ///< of a step and of a checkpoint [s]
    bool limit_reached = false;

    // The run's record.
    Checkpoint told;  ///< its record_* and sessions: what observers were told
    TimeSeries series;
    Observed observed;
    RunSummary summary;
    RunClock clock;
    std::size_t next_record = 0;
    std::set<int> triggered;  ///< condition events that have fired

    template <typename F>
    void tell(F&& f) {
        for (Observer* observer : observers) {
            f(*observer);
        }
    }
    void begin();
    void begin_summary();
    /// Goes on from a checkpoint. \throws Error  of another model or grid
    void restore(const Checkpoint& past);
    void repeat_records(const Checkpoint& past);
    void record(double time, std::span<const double> values, bool after_session);
    void observe(bool new_segment);
    void emit_records(bool flush);
    void emit_jump(bool after_session);
    bool stopped();
    bool due(bool after_session) const;
    /// Hands a checkpoint to the observers.
    void keep(double next_landing, bool after_session);
    void check_finite() const;
    void advance(double until);
    void land(const Landing& landing);
    void carry_out(int i_session);
    void fire(std::size_t i_event);
    void fire_conditions();
    void finish();
    double seconds_since(Clock::time_point moment) const {
        return std::chrono::duration<double>(Clock::now() - moment).count();
    }
    double record_time(std::size_t i) const {
        return static_cast<double>(i) * scenario.output.every;
    }
};

}  // namespace neocol::simulation
