#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <neocol/model/model.hpp>
#include <neocol/simulation/run_status.hpp>
#include <neocol/simulation/scenario.hpp>
#include <neocol/simulation/session.hpp>
#include <neocol/solver/stepper.hpp>
#include <neocol/tissue/grid.hpp>
#include <neocol/tissue/state.hpp>
#include <neocol/treatment/wound.hpp>

namespace neocol::simulation {

struct Checkpoint;

/// What stays the same during a run; all references outlive the run.
struct RunContext {
    const Scenario& scenario;
    const model::Model& model;
    const tissue::Grid& grid;
    const tissue::FieldTable& fields;
    /// Where the run goes on; null: it begins. Observables and sessions of the past come again
    /// right after begin(), field records do not.
    const Checkpoint* past = nullptr;
};

/// A session as it was carried out.
struct SessionRecord : SessionNumbers {
    std::size_t index = 0;
    std::string device;
    std::vector<double> layer_fraction;        ///< wounded volume per layer of the grid
    std::vector<treatment::Channel> channels;  ///< positions in a patch; one in single_channel
    /// Largest fraction ever wounded, this session included, in grid layout; valid during the call.
    std::span<const double> wounded;
};

/// An instant at which the state jumped, by sessions and events.
struct EventRecord {
    double time = 0.0;                ///< [d]
    std::vector<std::string> causes;  ///< in the order applied: `session 1`, the events' names
    /// Observables just before and just after, by Model::observables, internal units.
    std::vector<double> before, after;
};

struct OutcomeValue {
    double value = 0.0;     ///< internal units of the outcome
    bool censored = false;  ///< the run ended too early, or the event never came
    std::string reason;     ///< of censoring
};

struct BoundReport {
    std::string name;
    double lowest = 0.0, highest = 0.0;  ///< internal units, over the run
    bool satisfied = true;
};

/// How a run went.
struct RunSummary {
    RunStatus status = RunStatus::complete;
    std::string stop_reason;
    double time = 0.0;                   ///< reached [d]
    std::vector<OutcomeValue> outcomes;  ///< by Model::outcomes
    std::vector<BoundReport> bounds;
    solver::Budget budget;
    solver::StepStatistics steps;
    std::vector<double> smallest_value;  ///< per species, over the run: how far below zero it went
    double wall_seconds = 0.0;           ///< integrating
    std::string backend;
    int threads = 1;
};

/// Watches a run; `io` writes files with it, `cli` draws progress. Calls come in order of time.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void begin(const RunContext&) {}
    /// Observables at time t [d], internal units, by Model::observables; t rises from call to call,
    /// and at a jump the values are those before it.
    virtual void observables(double, std::span<const double>) {}
    virtual void fields(double, const tissue::State&) {}
    /// Fields just after a jump at this time.
    virtual void fields_after(double, const tissue::State&) {}
    virtual void session(const SessionRecord&) {}
    /// Called once everything of its instant has been done.
    virtual void event(const EventRecord&) {}
    virtual void step(const solver::StepInfo&) {}
    /// Everything the run needs to go on from here; valid during the call.
    virtual void checkpoint(const Checkpoint&) {}
    virtual void end(const RunSummary&) {}
};

}  // namespace neocol::simulation
