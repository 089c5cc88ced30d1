#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include <neocol/kernel/kernel.hpp>
#include <neocol/simulation/checkpoint.hpp>
#include <neocol/simulation/observer.hpp>
#include <neocol/simulation/scenario.hpp>

namespace neocol::simulation {

/// Values of a model's inputs for a skin with overrides: parameters by layer, site, condition,
/// phototype and age, then derived and rest values.
/// \throws InputError  a value is not finite where it is used, or a bound of a parameter is broken
solver::Environment make_environment(const model::Model& model, const tissue::Skin& skin,
                                     const std::map<std::string, double>& overrides);

/// The grid a scenario asks for.
/// \throws InputError  too few cells, wounds deeper than the domain
tissue::Grid make_grid(const Scenario& scenario, const model::Model& model);

/// What a run will need, before it starts.
struct Estimate {
    std::size_t voxels = 0;
    std::size_t unknowns = 0;
    double bytes = 0.0;    ///< peak of the integrator
    double steps = 0.0;    ///< of the integrator, by experience
    double seconds = 0.0;  ///< of integration, one thread; from measured cost per unknown and step
    double records = 0.0;  ///< of the observables
    double record_bytes = 0.0, field_bytes = 0.0;  ///< of the result, before compression
};
Estimate estimate(const Scenario& scenario, const model::Model& model, const tissue::Grid& grid);

/// Moment after `time` [d] at which steps land next: a session, event, field record or the end.
double next_landing(const Scenario& scenario, const model::Model& model, double time);

/// Executes a scenario.
class Simulation {
public:
    /// \param kernels  one per Model::systems; all arguments outlive the simulation
    Simulation(const Scenario& scenario, const model::Model& model,
               const std::vector<const kernel::Kernel*>& kernels, int threads);
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
