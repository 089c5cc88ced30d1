#include "run_record.hpp"

#include <limits>
#include <utility>

namespace neocol::simulation {

RunRecord::RunRecord(const Scenario& scenario, const model::Model& model)
    : model_(model), series_(model.observables.size()), schedule_(scenario.output) {
    bound_series();
}

/// Interpolated records of what cannot be negative are not.
void RunRecord::bound_series() {
    std::vector<bool> quantities;
    for (const model::Observable& observable : model_.observables)
        quantities.push_back(observable.is_non_negative);
    series_.set_non_negative(std::move(quantities));
}

void RunRecord::add(double time, const std::vector<double>& observables, bool new_segment) {
    series_.add(time, observables, new_segment);
}

void RunRecord::record(double time, std::span<const double> values) {
    history_.record_times.push_back(time);
    history_.record_values.insert(history_.record_values.end(), values.begin(), values.end());
    notify([&](Observer& o) { o.observables(time, values); });
}

bool RunRecord::emit(bool flush, const std::atomic<bool>* stop) {
    const std::size_t n = series_.size();
    std::vector<double> values(series_.n_values());
    for (double t = schedule_.next().days();
         t <= series_.time(n - 1) && (flush || series_.is_settled(series_.interval(t)));
         t = schedule_.next().days()) {
        const std::size_t i = series_.interval(t);
        for (std::size_t q = 0; q < values.size(); ++q)
            values[q] = n == 1 ? series_.value(0, q) : series_.interpolate(i, t, q);
        if (stop != nullptr && stop->load()) return false;
        record(t, values);
        schedule_.pass(t);
    }
    return true;
}

void RunRecord::record_now(double time, std::span<const double> observables) {
    emit(true);
    if (!history_.record_times.empty() && history_.record_times.back() >= time) return;
    record(time, observables);
    schedule_.pass(time);
}

void RunRecord::record_end(double time, std::span<const double> observables) {
    if (!history_.record_times.empty() && history_.record_times.back() >= time) return;
    const bool jumps = !history_.events.empty() && history_.events.back().time >= time;
    const std::vector<double> before =
        jumps ? history_.events.back().before : std::vector<double>();
    record(time, jumps ? before : observables);
}

void RunRecord::add_session(SessionRecord session) {
    notify([&](Observer& o) { o.session(session); });
    session.wounded = {};
    history_.sessions.push_back(std::move(session));
}

void RunRecord::add_jump(EventRecord jump) {
    schedule_.jump(jump.time);
    notify([&](Observer& o) { o.event(jump); });
    history_.events.push_back(std::move(jump));
}

void RunRecord::restore(const Checkpoint& past) {
    series_ = past.series;
    bound_series();
    for (const EventRecord& event : past.events)
        schedule_.jump(event.time);
    if (!past.record_times.empty()) schedule_.pass(past.record_times.back());
}

void RunRecord::repeat(const Checkpoint& past, std::span<const double> wounded) {
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
                session.wounded = wounded;
                add_session(std::move(session));
            }
            notify([&](Observer& o) { o.event(event); });
            history_.events.push_back(event);
        }
    };
    for (std::size_t i = 0; i < past.record_times.size(); ++i) {
        jumps_before(past.record_times[i]);
        record(past.record_times[i], std::span(past.record_values).subspan(i * n_values, n_values));
    }
    jumps_before(std::numeric_limits<double>::infinity());
}

}  // namespace neocol::simulation
