#pragma once

#include <chrono>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <neocol/core/time_series.hpp>
#include <neocol/simulation/simulation.hpp>

#include "integrator.hpp"
#include "observables.hpp"
#include "outcomes.hpp"
#include "schedule.hpp"
#include "wounding.hpp"

namespace neocol::simulation {

using Clock = std::chrono::steady_clock;

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
    bool is_held_up = false;  ///< records are due, and the run was asked to stop

    // The run's record.
    Checkpoint told;  ///< its record_*, sessions and events: what observers were told
    TimeSeries series;
    RecordSchedule schedule;
    EventRecord jump;  ///< of this moment; no causes: none
    Observed observed;
    RunSummary summary;
    RunClock clock;
    std::set<int> triggered;  ///< condition events that have fired

    template <typename F>
    void tell(F&& f) {
        for (Observer* observer : observers) {
            f(*observer);
        }
    }
    void begin();
    void begin_summary();
    void bound_series();
    /// Goes on from a checkpoint. \throws Error  of another model or grid
    void restore(const Checkpoint& past);
    void repeat_records(const Checkpoint& past);
    void record(double time, std::span<const double> values);
    void look();
    void observe(bool new_segment);
    void emit_records(bool flush, bool may_stop);
    void record_now();
    void begin_jump(std::string cause);
    void end_jump();
    bool stopped();
    bool is_asked_to_stop() const { return control.stop != nullptr && control.stop->load(); }
    bool due(bool after_session) const;
    /// Hands a checkpoint to the observers.
    void keep(double next_landing, bool after_session);
    void check_finite() const;
    void advance(double until);
    void land(const Landing& landing);
    void carry_out(int i_session);
    void fire(std::size_t i_event);
    void set_parameters(const model::Event& event);
    void fire_conditions();
    double value_of(const model::ConditionSide& side) const;
    void finish();
    double seconds_since(Clock::time_point moment) const {
        return std::chrono::duration<double>(Clock::now() - moment).count();
    }
};

}  // namespace neocol::simulation
