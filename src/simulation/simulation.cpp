#include <neocol/simulation/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "implementation.hpp"
#include "judge.hpp"

namespace neocol::simulation {
namespace {

solver::StepperOptions stepper_options(const Scenario& scenario, int threads) {
    solver::StepperOptions options;
    options.tolerance = scenario.run.tolerance;
    options.largest_step = scenario.run.largest_step;
    options.threads = threads;
    return options;
}

/// Whether a checkpoint was taken after what falls on a moment.
bool is_done(const Checkpoint& past, double time) {
    return time < past.time || (time == past.time && past.next_landing > past.time);
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
      series(model.observables.size()),
      schedule(scenario.output.every, scenario.output.dense) {
    bound_series();
}

/// Interpolated records of what cannot be negative are not.
void Simulation::Implementation::bound_series() {
    std::vector<bool> quantities;
    for (const model::Observable& observable : model.observables)
        quantities.push_back(observable.is_non_negative);
    series.set_non_negative(std::move(quantities));
}

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
    emit_records(true, false);
}

void Simulation::Implementation::begin_summary() {
    summary.smallest_value.assign(model.species.size(), std::numeric_limits<double>::infinity());
    for (const model::Bound& bound : model.bounds) {
        summary.bounds.push_back({bound.name, std::numeric_limits<double>::infinity(),
                                  -std::numeric_limits<double>::infinity(), true});
    }
    clock.until = scenario.run.until;
}

void Simulation::Implementation::record(double time, std::span<const double> values) {
    told.record_times.push_back(time);
    told.record_values.insert(told.record_values.end(), values.begin(), values.end());
    tell([&](Observer& o) { o.observables(time, values); });
}

void Simulation::Implementation::look() {
    reducer.observe(stepper.state(), stepper.time(), observed);
}

/// Takes the observables of the present state into the series.
void Simulation::Implementation::observe(bool new_segment) {
    look();
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

/// Hands out the scheduled records whose interpolant is settled, or, to flush, all that have been
/// reached: a jump or the end comes next. There may be a million of a step: where it may be stopped
/// and the run is asked to, it ends early, and then `is_held_up`.
void Simulation::Implementation::emit_records(bool flush, bool may_stop) {
    is_held_up = false;
    const std::size_t n = series.size();
    std::vector<double> values(model.observables.size());
    for (double t = schedule.next().days();
         t <= series.time(n - 1) && (flush || series.is_settled(series.interval(t)));
         t = schedule.next().days()) {
        const std::size_t i = series.interval(t);
        for (std::size_t q = 0; q < values.size(); ++q) {
            values[q] = n == 1 ? series.value(0, q) : series.interpolate(i, t, q);
        }
        if (may_stop && is_asked_to_stop()) {
            is_held_up = true;
            return;
        }
        record(t, values);
        schedule.pass(t);
    }
}

/// Records the present moment, unless a scheduled record has it.
void Simulation::Implementation::record_now() {
    emit_records(true, false);
    if (told.record_times.empty() || told.record_times.back() < stepper.time()) {
        record(stepper.time(), observed.observables);
        schedule.pass(stepper.time());
    }
}

void Simulation::Implementation::advance(double until) {
    emit_records(false, true);  // what a run that was stopped did not come to
    while (stepper.time() < until && !stopped()) {
        const Clock::time_point before = Clock::now();
        const solver::StepInfo info = stepper.step(until);
        if (info.stopped) return;
        observe(false);
        emit_records(false, true);
        tell([&](Observer& o) { o.step(info); });
        if (stepper.time() < until) {  // else land() does it, with all that falls on the moment
            fire_conditions();
            end_jump();
        }
        longest_step = std::max(longest_step, seconds_since(before));
        if (stepper.time() < until && due(false)) {
            keep(until, false);
        }
    }
}

/// The state is about to be changed: whatever causes a jump at one moment is one jump.
void Simulation::Implementation::begin_jump(std::string cause) {
    if (jump.causes.empty()) {
        // The record of the end is that of before its jump, and comes before it.
        if (scenario.output.dense || !(stepper.time() < clock.until)) {
            record_now();
        } else {
            emit_records(true, false);
        }
        jump.time = stepper.time();
        jump.before = observed.observables;
    }
    jump.causes.push_back(std::move(cause));
}

/// Everything of the moment has been done.
void Simulation::Implementation::end_jump() {
    if (jump.causes.empty()) return;
    observe(true);
    schedule.jump(jump.time);
    jump.after = observed.observables;
    tell([&](Observer& o) { o.event(jump); });
    told.events.push_back(std::move(jump));
    jump = {};
}

void Simulation::Implementation::carry_out(int i_session) {
    const auto i = static_cast<std::size_t>(i_session);
    begin_jump(fmt::format("session {}", i + 1));
    if (i > 0 && scenario.domain.geometry == tissue::Geometry::single_channel &&
        scenario.domain.lateral_mix) {
        mix_laterally(model, grid, fields, stepper.state());
    }
    SessionRecord session = wounding.carry_out(scenario, i, stepper.state(), stepper.time());
    session.wounded = wounding.wounded();
    reducer.set_wounded(wounding.wounded(), wounding.surface_wounded(),
                        wounding.junction_wounded());
    stepper.restart(stepper.time());
    clock.sessions.push_back(scenario.regimen.sessions[i].time);
    tell([&](Observer& o) { o.session(session); });
    told.sessions.push_back(std::move(session));
    told.sessions.back().wounded = {};
    look();
}

void Simulation::Implementation::fire(std::size_t i_event) {
    begin_jump(model.events[i_event].name);
    apply_event(model, kernels, grid, fields, stepper.binder(), i_event, stepper.time(),
                stepper.state());
    set_parameters(model.events[i_event]);
    stepper.restart(stepper.time());
    look();
}

/// Sets the parameters that an event changes, all from the values before it.
void Simulation::Implementation::set_parameters(const model::Event& event) {
    if (event.parameters.empty()) return;
    const solver::Environment before = environment;
    for (std::size_t layer = 0; layer < before.by_layer.size(); ++layer)
        for (const model::ParameterRule& rule : event.parameters)
            for (std::size_t k = 0; k < model.inputs.size(); ++k)
                if (model.inputs[k].kind == model::Input::Kind::parameter &&
                    model.inputs[k].index == rule.parameter)
                    environment.by_layer[layer][k] =
                        model.graph.evaluate(rule.value, {}, before.by_layer[layer]);
    stepper.set_parameters(environment);
}

double Simulation::Implementation::value_of(const model::ConditionSide& side) const {
    if (side.observable >= 0)
        return side.factor * observed.observables[static_cast<std::size_t>(side.observable)];
    if (side.parameter < 0) return side.factor;
    const model::Parameter& parameter = model.parameters[static_cast<std::size_t>(side.parameter)];
    const auto found = scenario.parameters.find(parameter.name);
    return side.factor * (found == scenario.parameters.end() ? parameter.value : found->second);
}

/// Fires what waits for a condition that holds now, each once; what one changes may make another
/// hold.
void Simulation::Implementation::fire_conditions() {
    for (std::size_t k = 0; k < model.events.size(); ++k) {
        const auto& when = model.events[k].when;
        const int id = static_cast<int>(k);
        if (!when || triggered.contains(id)) {
            continue;
        }
        const double left = value_of(when->left), right = value_of(when->right);
        if (when->above ? left > right : left < right) {
            triggered.insert(id);
            fire(k);
            k = static_cast<std::size_t>(-1);  // those before it look again
        }
    }
}

/// Order of one moment: records and fields as they are before it; conditions that hold already;
/// dated events; the session; events that follow it at once; conditions that hold now.
void Simulation::Implementation::land(const Landing& landing) {
    if (landing.fields) {
        tell([&](Observer& o) { o.fields(stepper.time(), stepper.state()); });
    }
    fire_conditions();
    for (const std::size_t event : landing.events) {
        fire(event);
    }
    if (landing.session >= 0) {
        carry_out(landing.session);
    }
    for (const std::size_t event : landing.after_session) {
        fire(event);
    }
    if (!jump.causes.empty()) {
        fire_conditions();
        if (landing.fields && scenario.output.just_after_sessions) {
            tell([&](Observer& o) { o.fields_after(stepper.time(), stepper.state()); });
        }
    }
    end_jump();
}

void Simulation::Implementation::finish() {
    const double t = stepper.time();
    if (!is_held_up) emit_records(true, false);
    if (told.record_times.empty() || told.record_times.back() < t) {
        record(t, told.events.empty() || told.events.back().time < t ? observed.observables
                                                                     : told.events.back().before);
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
    self.stepper.stop_when(control.stop);
    if (control.past != nullptr) {
        self.restore(*control.past);
    } else {
        self.begin();
    }
    const std::vector<Landing> landings = make_landings(self.scenario, self.model);
    for (std::size_t i = 0; i < landings.size(); ++i) {
        const Landing& landing = landings[i];
        if (control.past != nullptr && is_done(*control.past, landing.time)) continue;
        self.advance(landing.time);
        const bool jumps = landing.session >= 0 || !landing.events.empty();
        if (self.stepper.time() == landing.time && (jumps || i + 1 == landings.size()))
            self.emit_records(true, true);
        if (self.stepper.time() < landing.time || self.is_held_up) {
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
