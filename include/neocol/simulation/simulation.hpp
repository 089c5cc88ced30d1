#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include <neocol/kernel/compiled_model.hpp>
#include <neocol/simulation/checkpoint.hpp>
#include <neocol/simulation/observer.hpp>
#include <neocol/simulation/scenario.hpp>

namespace neocol::simulation {

/// Moment after `time` [d] at which steps land next: a session, event, field record or the end.
double next_landing(const Scenario& scenario, const model::Model& model, double time);

/// Executes a scenario.
class Simulation {
public:
    /// Scenario and model outlive it. \param threads  of OpenMP; results do not depend on them
    Simulation(const Scenario& scenario, const kernel::CompiledModel& model, int threads = 1);
    ~Simulation();

    /// Runs to the end or until `stop` turns true (the step is finished, then the run ends as
    /// interrupted). Observers are called in order.
    RunSummary run(std::span<Observer* const> observers, const std::atomic<bool>* stop = nullptr) {
        RunControl control;
        control.stop = stop;
        return run(observers, control);
    }

    /// The same with checkpoints, a limit of wall time, and a past to go on from.
    /// \throws Error  `control.past` is of another model or grid
    RunSummary run(std::span<Observer* const> observers, const RunControl& control);

    const tissue::Grid& grid() const;
    const tissue::State& state() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::simulation
