#include <neocol/simulation/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include <neocol/simulation/judge.hpp>

#include "implementation.hpp"

namespace neocol::simulation {
namespace {

/// Landings of a run in order of time; the end of the run is the last.
std::vector<Landing> make_landings(const Scenario& scenario, const model::Model& model) {
    std::map<double, Landing> by_time;
    const auto at = [&](double t) -> Landing& {
        Landing& landing = by_time[t];
        landing.time = t;
        return landing;
    };
    const auto& sessions = scenario.regimen.sessions;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        at(sessions[i].time).session = static_cast<int>(i);
    }
    for (const double t : scenario.output.field_times) {
        if (t <= scenario.run.until) {
            at(t).fields = !scenario.output.fields.empty();
        }
    }
    for (std::size_t k = 0; k < model.events.size(); ++k) {
        const model::Event& event = model.events[k];
        std::vector<double> times = event.times;
        if (event.after_session) {
            for (const treatment::Session& session : sessions) {
                times.push_back(session.time + *event.after_session);
            }
        }
        for (const double t : times) {
            if (t <= scenario.run.until) {
                at(t).events.push_back(static_cast<int>(k));
            }
        }
    }
    at(scenario.run.until);
    std::vector<Landing> landings;
    for (auto& [time, landing] : by_time) {
        if (time <= scenario.run.until) {
            landings.push_back(std::move(landing));
        }
    }
    return landings;
}

solver::StepperOptions stepper_options(const Scenario& scenario, int threads) {
    solver::StepperOptions options;
    options.tolerance = scenario.run.tolerance;
    options.largest_step = scenario.run.largest_step;
    options.threads = threads;
    return options;
}

}  // namespace

Simulation::Implementation::Implementation(const Scenario& scenario_, const model::Model& model_,
                                           const std::vector<const kernel::Kernel*>& kernels_,
                                           int threads_)
    : scenario(scenario_),
      model(model_),
      kernels(kernels_),
      threads(threads_),
      environment(make_environment(model, scenario.skin, scenario.parameters)),
      grid(make_grid(scenario, model)),
      fields(model, grid),
      stepper(model, kernels, grid, fields, environment, stepper_options(scenario, threads)),
      wounding(model, kernels, grid, fields, stepper.binder()),
      reducer(model, kernels, grid, fields, stepper.binder(), threads),
      series(model.observables.size()) {}

void Simulation::Implementation::begin() {
    set_initial_state(model, kernels, grid, fields, environment, stepper.binder(), stepper.state());
    stepper.start(0.0);
    if (!scenario.regimen.sessions.empty()) {
        wounding.prepare(scenario, 0);
        reducer.set_wounded(wounding.wounded(), wounding.surface_wounded(),
                            wounding.junction_wounded());
    }
    begin_summary();
    const RunContext context{scenario, model, grid, fields};
    tell([&](Observer& o) { o.begin(context); });
    observe(false);
    emit_records(true);
}

void Simulation::Implementation::begin_summary() {
    summary.smallest_value.assign(model.species.size(), std::numeric_limits<double>::infinity());
    for (const model::Bound& bound : model.bounds) {
        summary.bounds.push_back({bound.name, std::numeric_limits<double>::infinity(),
                                  -std::numeric_limits<double>::infinity(), true});
    }
    clock.until = scenario.run.until;
}

void Simulation::Implementation::record(double time, std::span<const double> values,
                                        bool after_session) {
    told.record_times.push_back(time);
    told.record_values.insert(told.record_values.end(), values.begin(), values.end());
    told.record_after_session.push_back(after_session);
    tell([&](Observer& o) { o.observables(time, values, after_session); });
}

/// Takes the observables of the present state into the series.
void Simulation::Implementation::observe(bool new_segment) {
    reducer.observe(stepper.state(), stepper.time(), observed);
    series.add(stepper.time(), observed.observables, new_segment);
    for (std::size_t s = 0; s < observed.smallest.size(); ++s) {
        summary.smallest_value[s] = std::min(summary.smallest_value[s], observed.smallest[s]);
    }
    for (std::size_t k = 0; k < observed.lowest.size(); ++k) {
        BoundReport& report = summary.bounds[k];
        const model::Bound& bound = model.bounds[k];
        report.lowest = std::min(report.lowest, observed.lowest[k]);
        report.highest = std::max(report.highest, observed.highest[k]);
        report.kept = report.kept && !(bound.at_least && observed.lowest[k] < *bound.at_least) &&
                      !(bound.at_most && observed.highest[k] > *bound.at_most);
    }
}

/// Hands out the scheduled records whose interval has a point on its far side, or, to flush, all
/// that have been reached.
void Simulation::Implementation::emit_records(bool flush) {
    const std::size_t n = series.size();
    const double known = flush ? series.time(n - 1) : (n > 1 ? series.time(n - 2) : -1.0);
    std::vector<double> values(model.observables.size());
    for (; record_time(next_record) <= known; ++next_record) {
        const double t = record_time(next_record);
        const std::size_t i = series.interval(t);
        for (std::size_t q = 0; q < values.size(); ++q) {
            values[q] = n == 1 ? series.value(0, q) : series.interpolate(i, t, q);
        }
        record(t, values, false);
    }
}

/// Records around a jump: the moment before (if no scheduled record has it) and after it.
void Simulation::Implementation::emit_jump(bool after_session) {
    const double t = stepper.time();
    if (!after_session) {
        emit_records(true);
        const bool recorded = next_record > 0 && record_time(next_record - 1) == t;
        if (!recorded) {
            record(t, observed.observables, false);
        }
    } else if (scenario.output.just_after_sessions) {
        record(t, observed.observables, true);
    }
}

void Simulation::Implementation::advance(double until) {
    while (stepper.time() < until && !stopped()) {
        const Clock::time_point before = Clock::now();
        const solver::StepInfo info = stepper.step(until);
        observe(false);
        emit_records(false);
        tell([&](Observer& o) { o.step(info); });
        fire_conditions();
        longest_step = std::max(longest_step, seconds_since(before));
        if (stepper.time() < until && due(false)) {
            keep(until, false);
        }
    }
}

void Simulation::Implementation::carry_out(int i_session) {
    const auto i = static_cast<std::size_t>(i_session);
    emit_jump(false);
    if (i > 0 && scenario.domain.geometry == tissue::Geometry::single_channel &&
        scenario.domain.lateral_mix) {
        mix_laterally(model, grid, fields, stepper.state());
    }
    SessionRecord session = wounding.carry_out(scenario, i, stepper.state(), stepper.time());
    session.wounded = wounding.wounded();
    reducer.set_wounded(wounding.wounded(), wounding.surface_wounded(),
                        wounding.junction_wounded());
    stepper.restart(stepper.time());
    clock.sessions.push_back(stepper.time());
    tell([&](Observer& o) { o.session(session); });
    told.sessions.push_back(std::move(session));
    told.sessions.back().wounded = {};
    observe(true);
    emit_jump(true);
}

void Simulation::Implementation::fire(std::size_t i_event) {
    emit_jump(false);
    apply_event(model, kernels, grid, fields, stepper.binder(), i_event, stepper.time(),
                stepper.state());
    stepper.restart(stepper.time());
    observe(true);
}

void Simulation::Implementation::fire_conditions() {
    for (std::size_t k = 0; k < model.events.size(); ++k) {
        const model::Event& event = model.events[k];
        const int id = static_cast<int>(k);
        if (event.when_observable.empty() || triggered.contains(id)) {
            continue;
        }
        const auto q = static_cast<std::size_t>(model.find_observable(event.when_observable));
        const double value = observed.observables[q];
        if (event.when_above ? value > event.threshold : value < event.threshold) {
            triggered.insert(id);
            fire(k);
        }
    }
}

void Simulation::Implementation::land(const Landing& landing) {
    for (const int event : landing.events) {
        fire(static_cast<std::size_t>(event));
    }
    if (landing.fields) {
        tell([&](Observer& o) { o.fields(stepper.time(), stepper.state()); });
    }
    if (landing.session >= 0) {
        carry_out(landing.session);
        if (landing.fields && scenario.output.just_after_sessions) {
            tell([&](Observer& o) { o.fields(stepper.time(), stepper.state()); });
        }
    }
}

void Simulation::Implementation::finish() {
    emit_records(true);
    const double t = stepper.time();
    if (next_record == 0 || record_time(next_record - 1) < t) {
        record(t, observed.observables, false);
    }
    clock.reached = t;
    summary.time = t;
    summary.outcomes = evaluate_outcomes(model, series, clock);
    summary.budget = stepper.budget();
    summary.steps = stepper.statistics();
    summary.wall_seconds += seconds_since(started);
    summary.backend = kernels.front()->backend();
    summary.threads = threads;
    if (summary.status == RunStatus::complete) {
        check_finite();
        const Judgement judgement = judge(model, summary, series, scenario.run.tolerance);
        summary.status = judgement.status;
        summary.stop_reason = judgement.reason;
    }
    tell([&](Observer& o) { o.end(summary); });
}

double next_landing(const Scenario& scenario, const model::Model& model, double time) {
    for (const Landing& landing : make_landings(scenario, model)) {
        if (landing.time > time) {
            return landing.time;
        }
    }
    return scenario.run.until;
}

Simulation::Simulation(const Scenario& scenario, const model::Model& model,
                       const std::vector<const kernel::Kernel*>& kernels, int threads)
    : implementation_(std::make_unique<Implementation>(scenario, model, kernels, threads)) {}

Simulation::~Simulation() = default;

RunSummary Simulation::run(std::span<Observer* const> observers, const RunControl& control) {
    Implementation& self = *implementation_;
    self.observers = observers;
    self.control = control;
    self.started = self.last_kept = Clock::now();
    if (control.past != nullptr) {
        self.restore(*control.past);
    } else {
        self.begin();
    }
    const std::vector<Landing> landings = make_landings(self.scenario, self.model);
    for (std::size_t i = 0; i < landings.size(); ++i) {
        const Landing& landing = landings[i];
        if (control.past != nullptr && landing.time <= control.past->time) {
            continue;
        }
        self.advance(landing.time);
        if (self.stepper.time() < landing.time) {
            self.summary.status = RunStatus::interrupted;
            self.summary.stop_reason =
                self.limit_reached ? "the limit of wall time was reached" : "asked to stop";
            if (control.checkpoints.when_stopped) {
                self.keep(landing.time, false);
            }
            break;
        }
        self.land(landing);
        if (i + 1 < landings.size() && self.due(landing.session >= 0)) {
            self.keep(landings[i + 1].time, landing.session >= 0);
        }
    }
    self.finish();
    return self.summary;
}

const tissue::Grid& Simulation::grid() const {
    return implementation_->grid;
}
const tissue::State& Simulation::state() const {
    return implementation_->stepper.state();
}

}  // namespace neocol::simulation
