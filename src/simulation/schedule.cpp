#include "schedule.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace neocol::simulation {
namespace {

constexpr std::int64_t minute = 60'000'000'000;  // [ns]

/// After a jump [min]: each about twice the one before.
constexpr std::array<std::int64_t, 14> dense_minutes{1,   2,   4,   8,   15,   30,   60,
                                                     120, 240, 480, 960, 1920, 3840, 7680};

/// Times of a dated event up to the end of the run.
std::vector<Time> times_of(const model::Event& event, const Scenario& scenario,
                           const model::Model& model) {
    std::vector<Time> times;
    for (const model::EventTime& time : event.times)
        times.push_back(resolved_time(time, scenario, model));
    if (!event.every || times.empty()) return times;
    const Time every = resolved_time(*event.every, scenario, model), first = times.front();
    const Time last =
        event.until ? std::min(resolved_time(*event.until, scenario, model), scenario.run.until)
                    : scenario.run.until;
    for (std::int64_t k = 1; every > Time() && first + multiple(k, every) <= last; ++k)
        times.push_back(first + multiple(k, every));
    return times;
}

}  // namespace

Time resolved_time(const model::EventTime& time, const Scenario& scenario,
                   const model::Model& model) {
    if (time.parameter < 0) return time.time;
    const model::Parameter& parameter =
        model.parameters.at(static_cast<std::size_t>(time.parameter));
    const auto own = scenario.parameters.find(parameter.name);
    return own == scenario.parameters.end() ? parameter.value : own->second;
}

bool happens(const model::Event& event, const Scenario& scenario, const model::Model& model) {
    return std::all_of(
        event.switches.begin(), event.switches.end(),
        [&](const model::SwitchOptions& holds) {
            const auto& parameter = model.parameters.at(static_cast<std::size_t>(holds.parameter));
            const auto own = scenario.parameters.find(parameter.name);
            const double value = own == scenario.parameters.end() ? parameter.value : own->second;
            return static_cast<bool>(holds.options.at(static_cast<std::size_t>(value)));
        });
}

std::vector<Landing> make_landings(const Scenario& scenario, const model::Model& model) {
    std::map<double, Landing> by_time;  // times are distinguished as doubles
    const auto at = [&](Time t) -> Landing& {
        Landing& landing = by_time[t.days()];
        landing.time = t.days();
        return landing;
    };
    const Time end = scenario.run.until;
    const auto& sessions = scenario.regimen.sessions;
    for (std::size_t i = 0; i < sessions.size(); ++i)
        if (sessions[i].time <= end) at(sessions[i].time).session = static_cast<int>(i);
    for (const Time t : scenario.output.field_times)
        if (t <= end) at(t).fields = !scenario.output.fields.empty();
    for (std::size_t k = 0; k < model.events.size(); ++k) {
        const model::Event& event = model.events[k];
        if (!happens(event, scenario, model)) continue;
        for (const Time t : times_of(event, scenario, model))
            if (t <= end) at(t).events.push_back(k);
        if (event.before_session) {
            const Time lead = resolved_time(*event.before_session, scenario, model);
            for (const treatment::Session& session : sessions)
                if (session.time <= end) at(session.time - lead).events.push_back(k);
        }
        if (!event.after_session) continue;
        const Time delay = resolved_time(*event.after_session, scenario, model);
        for (const treatment::Session& session : sessions) {
            const Time t = session.time + delay;
            if (t <= end) {
                Landing& landing = at(t);
                (delay == Time() ? landing.after_session : landing.events).push_back(k);
            }
        }
    }
    at(Time());  // where conditions may hold already
    at(end);
    const auto by_name = [&](std::vector<std::size_t>& events) {
        std::sort(events.begin(), events.end(), [&](std::size_t a, std::size_t b) {
            return model.events[a].name < model.events[b].name;
        });
        events.erase(std::unique(events.begin(), events.end()), events.end());
    };
    std::vector<Landing> landings;
    for (auto& [time, landing] : by_time) {
        by_name(landing.events);
        by_name(landing.after_session);
        landings.push_back(std::move(landing));
    }
    return landings;
}

Time RecordSchedule::next() const {
    return others_.empty() ? regular() : std::min(regular(), *others_.begin());
}

void RecordSchedule::pass(double time) {
    while (regular().days() <= time)
        ++n_passed_;
    while (!others_.empty() && others_.begin()->days() <= time)
        others_.erase(others_.begin());
}

void RecordSchedule::jump(double time) {
    if (!dense_) return;
    for (const std::int64_t minutes : dense_minutes) {
        const Time delay = Time::of_nanoseconds(minutes * minute);
        if (delay >= every_) break;
        others_.insert(Time(time) + delay);
    }
}

}  // namespace neocol::simulation
