#include <neocol/simulation/simulation.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/parameters.hpp>

#include "integrator.hpp"
#include "judge.hpp"
#include "observables.hpp"
#include "outcomes.hpp"
#include "run_record.hpp"
#include "schedule.hpp"
#include "wall_clock.hpp"
#include "wounding.hpp"

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

struct Simulation::Implementation {
    Implementation(const Scenario& scenario_, const kernel::CompiledModel& compiled, int threads_);

    const Scenario& scenario;
    const model::Model& model;
    int threads;
    solver::Environment environment;
    tissue::Grid grid;
    tissue::FieldTable fields;
    solver::Problem problem;
    Integrator stepper;
    Wounding wounding;
    ObservableReducer reducer;

    RunControl control;
    WallClock wall_clock;
    bool limit_reached = false;
    bool is_held_up = false;  ///< records are due, and the run was asked to stop

    std::vector<double> knots;  ///< of the courses of inputs [d], ascending
    RunRecord records;
    EventRecord jump;  ///< of this moment; no causes: none
    Observed observed;
    RunSummary summary;
    RunTimes times;
    std::set<int> triggered;  ///< condition events that have fired

    void begin();
    void take_over(const InitialState& initial);
    double next_knot() const;
    void begin_summary();
    void restore(const Checkpoint& past);
    void reduce();
    void observe(bool new_segment);
    void emit_records(bool flush, bool may_stop);
    void begin_jump(std::string cause);
    void end_jump();
    bool has_to_end();
    void write_checkpoint(double next_landing, bool after_session);
    void check_finite() const;
    void advance(double until);
    void land(const Landing& landing);
    void carry_out(int i_session);
    void fire(std::size_t i_event);
    void set_parameters(const model::Event& event);
    void fire_conditions();
    double value_of(const model::ConditionSide& side) const;
    void finish();
};

Simulation::Implementation::Implementation(const Scenario& scenario_,
                                           const kernel::CompiledModel& compiled, int threads_)
    : scenario(scenario_),
      model(compiled.model()),
      threads(threads_),
      environment(make_environment(model, scenario.skin, scenario.parameters, scenario.inputs)),
      grid(make_grid(scenario, model)),
      fields(model, grid),
      problem{model, compiled.kernels(), grid, fields, environment},
      stepper(problem, stepper_options(scenario, threads)),
      wounding(problem, stepper.binder()),
      reducer(problem, stepper.binder(), threads),
      records(scenario, model) {
    for (const auto& [name, course] : scenario.inputs) {
        const std::vector<double> of_course = course.knots();
        knots.insert(knots.end(), of_course.begin(), of_course.end());
    }
    std::sort(knots.begin(), knots.end());
}

/// Fields of another run, in place of what the model begins with.
void Simulation::Implementation::take_over(const InitialState& initial) {
    if (!initial.missing.empty())
        throw InputError(fmt::format("the fields that the run begins with cannot be read: '{}': {}",
                                     initial.file, initial.missing),
                         "say where they stand: --set initial.from=RESULT.h5");
    for (const tissue::Field& field : fields.fields()) {
        const auto given = initial.fields.find(field.name);
        if (given == initial.fields.end()) continue;
        const double* from = given->second.data();
        double* to = stepper.state().field(field);
        for (std::size_t row = 0; row < field.nz * grid.ny(); ++row) {
            double* target = to + row * grid.nx_padded();
            std::copy_n(from + row * grid.nx(), grid.nx(), target);
            std::fill_n(target + grid.nx(), grid.nx_padded() - grid.nx(), target[0]);
        }
    }
}

void Simulation::Implementation::begin() {
    set_initial_state(problem, stepper.binder(), stepper.state());
    if (scenario.initial) take_over(*scenario.initial);
    stepper.start(0.0);
    if (!scenario.regimen.sessions.empty()) {
        wounding.prepare(scenario, 0);
        reducer.set_wounded(wounding.wounded(), wounding.surface_wounded(),
                            wounding.junction_wounded());
    }
    begin_summary();
    const RunContext context{scenario, model, grid, fields};
    records.notify([&](Observer& o) { o.begin(context); });
    observe(false);
    emit_records(true, false);
}

void Simulation::Implementation::begin_summary() {
    summary.smallest_value.assign(model.species.size(), std::numeric_limits<double>::infinity());
    for (const model::Bound& bound : model.bounds) {
        summary.bounds.push_back({bound.name, std::numeric_limits<double>::infinity(),
                                  -std::numeric_limits<double>::infinity(), true});
    }
    times.until = scenario.run.until;
}

/// Observables, bounds and smallest values of the present state.
void Simulation::Implementation::reduce() {
    reducer.observe(stepper.state(), stepper.time(), observed);
}

/// Takes the observables of the present state into the series.
void Simulation::Implementation::observe(bool new_segment) {
    reduce();
    records.add(stepper.time(), observed.observables, new_segment);
    for (std::size_t s = 0; s < observed.smallest.size(); ++s)
        summary.smallest_value[s] = std::min(summary.smallest_value[s], observed.smallest[s]);
    for (std::size_t k = 0; k < observed.lowest.size(); ++k) {
        BoundReport& report = summary.bounds[k];
        const model::Bound& bound = model.bounds[k];
        report.lowest = std::min(report.lowest, observed.lowest[k]);
        report.highest = std::max(report.highest, observed.highest[k]);
        report.satisfied = report.satisfied &&
                           !(bound.at_least && observed.lowest[k] < *bound.at_least) &&
                           !(bound.at_most && observed.highest[k] > *bound.at_most);
    }
}

/// Hands out scheduled records; where the run may be stopped and is asked to, they end early, and
/// then `is_held_up`.
void Simulation::Implementation::emit_records(bool flush, bool may_stop) {
    is_held_up = !records.emit(flush, may_stop ? control.stop : nullptr);
}

/// True if the run has to end here.
bool Simulation::Implementation::has_to_end() {
    if (control.stop != nullptr && control.stop->load()) return true;
    limit_reached = wall_clock.reaches(control.max_wall_seconds);
    return limit_reached;
}

/// \throws NumericsError  naming the first species that is not finite
void Simulation::Implementation::check_finite() const {
    for (std::size_t s = 0; s < fields.fields().size(); ++s) {
        const tissue::Field& field = fields.fields()[s];
        const double* values = stepper.state().field(field);
        const std::size_t n = field.nz * grid.ny() * grid.nx_padded();
        const double* broken =
            std::find_if(values, values + n, [](double v) { return !std::isfinite(v); });
        if (broken != values + n) {
            throw NumericsError(
                fmt::format("state not finite at t = {:.6g} d: {} = {}; neither a checkpoint nor a "
                            "result is made of it: a smaller run.tolerance may get past it",
                            stepper.time(), field.name, *broken),
                {stepper.time(), field.name, {}, *broken});
        }
    }
}

/// Hands a checkpoint to the observers.
void Simulation::Implementation::write_checkpoint(double next_landing, bool after_session) {
    const WallClock::Clock::time_point before = WallClock::Clock::now();
    check_finite();
    Checkpoint c;
    static_cast<RunHistory&>(c) = records.history();
    c.time = stepper.time();
    c.next_landing = next_landing;
    c.after_session = after_session;
    c.state.assign(stepper.state().data(), stepper.state().data() + stepper.state().size());
    c.stepper = stepper.save();
    const auto copy = [](std::span<const double> values) {
        return std::vector<double>(values.begin(), values.end());
    };
    c.wounded = copy(wounding.wounded());
    c.surface_wounded = copy(wounding.surface_wounded());
    c.junction_wounded = copy(wounding.junction_wounded());
    c.series = records.series();
    c.smallest_value = summary.smallest_value;
    c.bounds = summary.bounds;
    c.triggered.assign(triggered.begin(), triggered.end());
    c.wall_seconds = summary.wall_seconds + wall_clock.seconds();
    c.edges_x = grid.x().edges;
    c.edges_y = grid.y().edges;
    c.edges_z = grid.z().edges;
    records.notify([&](Observer& o) { o.checkpoint(c); });
    wall_clock.checkpoint_began(before);
}

/// Goes on from a checkpoint. \throws Error  of another model or grid
void Simulation::Implementation::restore(const Checkpoint& past) {
    const bool fits = past.state.size() == stepper.state().size() &&
                      past.edges_x == grid.x().edges && past.edges_y == grid.y().edges &&
                      past.edges_z == grid.z().edges &&
                      past.series.n_values() == model.observables.size() &&
                      past.smallest_value.size() == model.species.size() &&
                      past.bounds.size() == model.bounds.size();
    if (!fits) throw Error("the checkpoint is of another model or grid");
    // start() sets what does not change during a run; the rest is replaced.
    set_initial_state(problem, stepper.binder(), stepper.state());
    stepper.start(0.0);
    for (const EventRecord& past_jump : past.events)
        for (const std::string& cause : past_jump.causes)
            for (const model::Event& event : model.events)
                if (event.name == cause) set_parameters(event);
    std::copy(past.state.begin(), past.state.end(), stepper.state().data());
    stepper.load(past.stepper);
    wounding.restore(past.wounded, past.surface_wounded, past.junction_wounded);
    if (!past.wounded.empty()) {
        reducer.set_wounded(wounding.wounded(), wounding.surface_wounded(),
                            wounding.junction_wounded());
    }
    records.restore(past);
    const TimeSeries& series = records.series();
    const std::size_t n_values = series.n_values(), last = series.size() - 1;
    observed.observables.clear();
    for (std::size_t q = 0; q < n_values; ++q)
        observed.observables.push_back(series.value(last, q));
    begin_summary();
    summary.smallest_value = past.smallest_value;
    summary.bounds = past.bounds;
    summary.wall_seconds = past.wall_seconds;
    triggered = {past.triggered.begin(), past.triggered.end()};
    for (const SessionRecord& session : past.sessions)
        times.sessions.push_back(scenario.regimen.sessions.at(session.index).time);
    const RunContext context{scenario, model, grid, fields, &past};
    records.notify([&](Observer& o) { o.begin(context); });
    records.repeat(past, wounding.wounded());
}

/// The next moment at which the course of an input bends: steps end there.
double Simulation::Implementation::next_knot() const {
    const auto next = std::upper_bound(knots.begin(), knots.end(), stepper.time());
    return next == knots.end() ? std::numeric_limits<double>::infinity() : *next;
}

void Simulation::Implementation::advance(double until) {
    emit_records(false, true);  // those that a stopped run did not come to
    while (stepper.time() < until && !has_to_end()) {
        const WallClock::Clock::time_point before = WallClock::Clock::now();
        const solver::StepInfo info = stepper.step(std::min(until, next_knot()));
        if (info.stopped) return;
        observe(false);
        emit_records(false, true);
        records.notify([&](Observer& o) { o.step(info); });
        if (stepper.time() < until) {  // else land() does it, with all that falls on the moment
            fire_conditions();
            end_jump();
        }
        wall_clock.step_began(before);
        if (stepper.time() < until && wall_clock.checkpoint_due(control.checkpoints, false))
            write_checkpoint(until, false);
    }
}

/// The state is about to be changed: whatever causes a jump at one moment is one jump.
void Simulation::Implementation::begin_jump(std::string cause) {
    if (jump.causes.empty()) {
        // The record of the end is that of before its jump, and comes before it.
        if (scenario.output.dense || !(stepper.time() < times.until)) {
            is_held_up = false;
            records.record_now(stepper.time(), observed.observables);
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
    jump.after = observed.observables;
    records.add_jump(std::move(jump));
    jump = {};
}

void Simulation::Implementation::carry_out(int i_session) {
    const auto i = static_cast<std::size_t>(i_session);
    begin_jump(fmt::format("session {}", i + 1));
    if (i > 0 && scenario.domain.geometry == tissue::Geometry::single_channel &&
        scenario.domain.lateral_mix)
        mix_laterally(problem, stepper.state());
    SessionRecord session = wounding.carry_out(scenario, i, stepper.state(), stepper.time());
    session.wounded = wounding.wounded();
    reducer.set_wounded(wounding.wounded(), wounding.surface_wounded(),
                        wounding.junction_wounded());
    stepper.restart(stepper.time());
    times.sessions.push_back(scenario.regimen.sessions[i].time);
    records.add_session(std::move(session));
    reduce();
}

void Simulation::Implementation::fire(std::size_t i_event) {
    begin_jump(model.events[i_event].name);
    apply_event(problem, stepper.binder(), i_event, stepper.time(), stepper.state());
    set_parameters(model.events[i_event]);
    stepper.restart(stepper.time());
    reduce();
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
    const auto own = scenario.parameters.find(parameter.name);
    return side.factor * (own == scenario.parameters.end() ? parameter.value : own->second);
}

/// Fires what waits for a condition that holds now, each once; what one changes may make another
/// hold.
void Simulation::Implementation::fire_conditions() {
    for (std::size_t k = 0; k < model.events.size(); ++k) {
        const auto& when = model.events[k].when;
        const int id = static_cast<int>(k);
        if (!when || triggered.contains(id)) continue;
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
    if (landing.fields)
        records.notify([&](Observer& o) { o.fields(stepper.time(), stepper.state()); });
    fire_conditions();
    for (const std::size_t event : landing.events)
        fire(event);
    if (landing.session >= 0) carry_out(landing.session);
    for (const std::size_t event : landing.after_session)
        fire(event);
    if (!jump.causes.empty()) {
        fire_conditions();
        if (landing.fields && scenario.output.just_after_sessions)
            records.notify([&](Observer& o) { o.fields_after(stepper.time(), stepper.state()); });
    }
    end_jump();
}

void Simulation::Implementation::finish() {
    const double t = stepper.time();
    if (!is_held_up) emit_records(true, false);
    records.record_end(t, observed.observables);
    times.reached = t;
    summary.time = t;
    summary.outcomes = evaluate_outcomes(model, records.series(), times);
    summary.budget = stepper.budget();
    summary.steps = stepper.statistics();
    summary.wall_seconds += wall_clock.seconds();
    summary.backend = problem.kernels.front()->backend();
    summary.threads = threads;
    if (summary.status == RunStatus::complete) {
        check_finite();
        const Judgement judgement = judge(model, summary, records.series(), scenario.run.tolerance);
        summary.status = judgement.status;
        summary.stop_reason = judgement.reason;
    }
    records.notify([&](Observer& o) { o.end(summary); });
}

double next_landing(const Scenario& scenario, const model::Model& model, double time) {
    for (const Landing& landing : make_landings(scenario, model))
        if (landing.time > time) return landing.time;
    return scenario.run.until;
}

Simulation::Simulation(const Scenario& scenario, const kernel::CompiledModel& model, int threads)
    : implementation_(std::make_unique<Implementation>(scenario, model, threads)) {}

Simulation::~Simulation() = default;

RunSummary Simulation::run(std::span<Observer* const> observers, const RunControl& control) {
    Implementation& self = *implementation_;
    self.records.set_observers(observers);
    self.control = control;
    self.wall_clock.start();
    self.stepper.stop_when(control.stop);
    if (control.past != nullptr)
        self.restore(*control.past);
    else
        self.begin();
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
            if (control.checkpoints.when_stopped) self.write_checkpoint(landing.time, false);
            break;
        }
        self.land(landing);
        if (i + 1 < landings.size() &&
            self.wall_clock.checkpoint_due(control.checkpoints, landing.session >= 0))
            self.write_checkpoint(landings[i + 1].time, landing.session >= 0);
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
