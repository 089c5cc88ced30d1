#include <neocol/simulation/checkpoint.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "implementation.hpp"

namespace neocol::simulation {

/// True if the run has to end here.
bool Simulation::Implementation::stopped() {
    if (is_asked_to_stop()) return true;
    // One step at least, so that a run that is stopped again and again gets somewhere.
    const double in_hand = longest_step + 2.0 * last_cost;
    limit_reached =
        longest_step > 0.0 && seconds_since(started) + in_hand >= control.max_wall_seconds;
    return limit_reached;
}

bool Simulation::Implementation::due(bool after_session) const {
    const CheckpointPolicy& policy = control.checkpoints;
    const double interval =
        after_session ? std::min(policy.every, policy.after_sessions) : policy.every;
    if (interval == CheckpointPolicy::never) {
        return false;
    }
    constexpr double share = 20.0;  // a checkpoint costs at most a twentieth of the time
    const double least = interval > 0.0 ? std::max(interval, share * last_cost) : 0.0;
    return seconds_since(last_kept) >= least;
}

/// \throws NumericsError  naming the first species that is not finite
void Simulation::Implementation::check_finite() const {
    for (std::size_t s = 0; s < fields.fields().size(); ++s) {
        const tissue::Field& field = fields.fields()[s];
        const double* values = stepper.state().field(field);
        const std::size_t n = field.nz * grid.ny() * grid.nx_padded();
        const double* found =
            std::find_if(values, values + n, [](double v) { return !std::isfinite(v); });
        if (found != values + n) {
            throw NumericsError(
                fmt::format("state not finite at t = {:.6g} d: {} = {}; neither a checkpoint nor a "
                            "result is made of it: a smaller run.tolerance may get past it",
                            stepper.time(), field.name, *found),
                {stepper.time(), field.name, {}, *found});
        }
    }
}

void Simulation::Implementation::keep(double next_landing, bool after_session) {
    const Clock::time_point before = Clock::now();
    check_finite();
    Checkpoint c = told;
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
    c.series = series;
    c.smallest_value = summary.smallest_value;
    c.bounds = summary.bounds;
    c.triggered.assign(triggered.begin(), triggered.end());
    c.wall_seconds = summary.wall_seconds + seconds_since(started);
    c.edges_x = grid.x().edges;
    c.edges_y = grid.y().edges;
    c.edges_z = grid.z().edges;
    tell([&](Observer& o) { o.checkpoint(c); });
    last_kept = Clock::now();
    last_cost = seconds_since(before);
}

void Simulation::Implementation::restore(const Checkpoint& past) {
    const bool fits = past.state.size() == stepper.state().size() &&
                      past.edges_x == grid.x().edges && past.edges_y == grid.y().edges &&
                      past.edges_z == grid.z().edges &&
                      past.series.n_values() == model.observables.size() &&
                      past.smallest_value.size() == model.species.size() &&
                      past.bounds.size() == model.bounds.size();
    if (!fits) {
        throw Error("the checkpoint is of another model or grid");
    }
    // start() sets what does not change during a run; the rest is replaced.
    set_initial_state(model, kernels, grid, fields, environment, stepper.binder(), stepper.state());
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
    series = past.series;
    bound_series();
    const std::size_t n_values = series.n_values(), last = series.size() - 1;
    observed.observables.clear();
    for (std::size_t q = 0; q < n_values; ++q) {
        observed.observables.push_back(series.value(last, q));
    }
    begin_summary();
    summary.smallest_value = past.smallest_value;
    summary.bounds = past.bounds;
    summary.wall_seconds = past.wall_seconds;
    triggered = {past.triggered.begin(), past.triggered.end()};
    for (const SessionRecord& session : past.sessions) {
        clock.sessions.push_back(scenario.regimen.sessions.at(session.index).time);
    }
    for (const EventRecord& event : past.events) {
        schedule.jump(event.time);
    }
    if (!past.record_times.empty()) {
        schedule.pass(past.record_times.back());
    }
    const RunContext context{scenario, model, grid, fields, &past};
    tell([&](Observer& o) { o.begin(context); });
    repeat_records(past);
}

/// Tells observers of the past in the order in which it happened: at one moment the record, then
/// the session, then the jump.
void Simulation::Implementation::repeat_records(const Checkpoint& past) {
    const std::size_t n_values = past.series.n_values();
    std::size_t next_session = 0, next_event = 0;
    const auto jumps_before = [&](double time) {
        for (; next_event < past.events.size() && past.events[next_event].time < time;
             ++next_event) {
            const EventRecord& event = past.events[next_event];
            for (; next_session < past.sessions.size() &&
                   past.sessions[next_session].time <= event.time;
                 ++next_session) {
                SessionRecord session = past.sessions[next_session];
                session.wounded = wounding.wounded();
                tell([&](Observer& o) { o.session(session); });
                told.sessions.push_back(past.sessions[next_session]);
            }
            tell([&](Observer& o) { o.event(event); });
            told.events.push_back(event);
        }
    };
    for (std::size_t i = 0; i < past.record_times.size(); ++i) {
        jumps_before(past.record_times[i]);
        record(past.record_times[i], std::span(past.record_values).subspan(i * n_values, n_values));
    }
    jumps_before(std::numeric_limits<double>::infinity());
}

}  // namespace neocol::simulation
