#include <neocol/simulation/validate.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <variant>

#include <fmt/format.h>

#include <neocol/core/index.hpp>
#include <neocol/core/names.hpp>
#include <neocol/simulation/domain.hpp>

#include "schedule.hpp"

namespace neocol::simulation {
namespace {

using tissue::Geometry;

std::string mm(double length) {
    return length < 1.0 ? fmt::format("{:.4g} um", 1e3 * length) : fmt::format("{:.4g} mm", length);
}

double wound_depth(const treatment::Session& session) {
    if (!session.wound) return treatment::channel_depth(session.device, session.needle_length);
    return std::visit(
        [](const auto& wound) {
            if constexpr (requires { wound.depth; }) {
                return wound.depth;
            } else if constexpr (requires { wound.to; }) {
                return wound.to;
            } else {
                double deepest = 0.0;
                for (const treatment::Channel& channel : wound.channels)
                    deepest = std::max(deepest, channel.depth);
                return deepest;
            }
        },
        *session.wound);
}

void check_sessions(const Scenario& s, std::vector<Fault>& faults) {
    const auto& sessions = s.regimen.sessions;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        const std::string key = fmt::format("session[{}]", i + 1);  // as in Document
        const treatment::Session& session = sessions[i];
        if (session.time < 0.0) {
            faults.push_back({key + ".at",
                              fmt::format("session {} begins before the start of the "
                                          "run, on day {:g}",
                                          i + 1, session.time.days()),
                              "use a time of 0 day or later"});
        }
        if (i > 0 && session.time.days() <= sessions[i - 1].time.days()) {
            faults.push_back(
                {key + ".at",
                 fmt::format("session {} (day {:g}) is not after session {} (day {:g})", i + 1,
                             session.time.days(), i, sessions[i - 1].time.days()),
                 "list sessions in order of time, each later than the one before"});
        }
        if (session.time >= s.run.until && s.run.until > 0.0) {
            faults.push_back({key + ".at",
                              fmt::format("session {} (day {:g}) is not before the end of the run "
                                          "(day {:g})",
                                          i + 1, session.time.days(), s.run.until.days()),
                              "extend run.until or take fewer sessions"});
        }
        if (!session.wound && session.puncture_density < 0.0) {
            faults.push_back({key + ".puncture_density",
                              fmt::format("the puncture density {:g} cm-2 is negative",
                                          100.0 * session.puncture_density),
                              "use 0 cm-2 or more"});
        }
        const double depth = wound_depth(session);
        if (s.domain.geometry != Geometry::well_mixed && depth > s.domain.thickness) {
            faults.push_back({session.wound ? key + ".wound" : key + ".needle_length",
                              fmt::format("the wound reaches {} deep, but the domain ends at {}",
                                          mm(depth), mm(s.domain.thickness)),
                              fmt::format("set domain.thickness to {} or more",
                                          mm(std::ceil(10.0 * depth + 1.0) / 10.0))});
        }
        if (s.domain.geometry == Geometry::single_channel && i > 0 && !session.wound &&
            !sessions[0].wound && session.puncture_density != sessions[0].puncture_density) {
            faults.push_back(
                {key + ".puncture_density",
                 "'single_channel' follows one territory, so every session needs the same density",
                 "use geometry = \"patch\" for a course whose density changes"});
        }
    }
}

/// One channel stands in one territory: its area and the density are one number.
void check_territory(const Scenario& s, std::vector<Fault>& faults) {
    if (s.domain.geometry != Geometry::single_channel || !(s.domain.width > 0.0)) return;
    constexpr double agreement = 0.01;
    const double held = 1.0 / (std::numbers::pi * s.domain.width * s.domain.width);
    const auto& sessions = s.regimen.sessions;
    const bool other_wounds =
        std::any_of(sessions.begin(), sessions.end(),
                    [](const treatment::Session& session) { return session.wound.has_value(); });
    for (const treatment::Session& session : sessions) {
        const double asked = session.puncture_density;
        if (session.wound || !(asked > 0.0) || std::abs(held - asked) <= agreement * asked)
            continue;
        faults.push_back(
            {"domain.width",
             fmt::format("a territory of radius {} around one channel is a density of {:.3g} cm-2, "
                         "but the sessions make {:.3g} cm-2",
                         mm(s.domain.width), 100.0 * held, 100.0 * asked),
             other_wounds
                 ? std::string("take geometry = \"section\", which spreads channels beside a wound "
                               "over the plane, or \"patch\"")
                 : fmt::format("leave domain.width out: {} follows from the density",
                               mm(1.0 / std::sqrt(std::numbers::pi * asked)))});
        return;
    }
}

/// What a wound leaves has a place in its territory; averaging between sessions would take it.
void check_mixing(const Scenario& s, std::vector<Fault>& faults) {
    if (s.domain.geometry != Geometry::single_channel || !s.domain.lateral_mix) return;
    const auto& sessions = s.regimen.sessions;
    for (std::size_t i = 0; i + 1 < sessions.size(); ++i) {
        if (!sessions[i].wound || !treatment::has_place(*sessions[i].wound)) continue;
        faults.push_back(
            {"domain.lateral_mix",
             fmt::format("before session {} 'single_channel' averages its territory, and would "
                         "spread the wound of session {} over all of it",
                         i + 2, i + 1),
             "set domain.lateral_mix = false, which keeps all wounds about one axis, or take "
             "geometry = \"section\" or \"patch\""});
        return;
    }
}

void check_domain(const Scenario& s, const model::Model& model, std::vector<Fault>& faults) {
    const Domain& d = s.domain;
    if (!(d.spacing.smallest > 0.0) || d.spacing.largest < d.spacing.smallest ||
        d.spacing.growth < 1.0) {
        faults.push_back({"domain.spacing",
                          "the spacing must be positive, largest at least smallest "
                          "and growth at least 1",
                          {}});
    }
    if (!(d.thickness > 0.0))
        faults.push_back({"domain.thickness", "the thickness must be above 0 mm", {}});
    if (d.geometry == Geometry::well_mixed) {
        if (s.skin.layers.size() > 1 && d.layer.empty()) {
            faults.push_back({"domain.layer",
                              "'well_mixed' stands for one layer, and this skin has several",
                              "name it: layer = \"" + model.layers.back() + "\""});
        } else if (!d.layer.empty() && model.find_layer(d.layer) < 0) {
            faults.push_back({"domain.layer", fmt::format("unknown layer '{}'", d.layer),
                              suggest(d.layer, model.layers)});
        }
    }
}

/// A patch has no plane of symmetry: every component of a tensor may differ from 0 there.
void check_tensors(const Scenario& s, const model::Model& model, std::vector<Fault>& faults) {
    for (const model::Tensor& tensor : model.tensors) {
        if (s.domain.geometry == Geometry::patch && !tensor.is_full()) {
            faults.push_back(
                {"domain.geometry",
                 fmt::format("tensor '{}' is symmetric about the x-z plane, and a patch is not",
                             tensor.name),
                 "give it components = \"full\" in the model, or take another geometry"});
        }
    }
}

void check_skin(const Scenario& s, const model::Model& model, std::vector<Fault>& faults) {
    if (s.skin.layers.empty() && model.layers.size() > 1) {
        faults.push_back({"skin", fmt::format("model '{}' needs a skin with layers", model.name),
                          "add [skin] with site = \"cheek\", or skin.layers"});
    }
    for (const tissue::Layer& layer : s.skin.layers) {
        if (model.find_layer(layer.name) < 0) {
            faults.push_back({"skin",
                              fmt::format("the skin has a layer '{}' that model '{}' does "
                                          "not know",
                                          layer.name, model.name),
                              suggest(layer.name, model.layers)});
        }
        for (const std::string& property : model.properties) {
            if (!property.starts_with("thickness(") && !layer.properties.contains(property)) {
                faults.push_back({"skin",
                                  fmt::format("layer '{}' has no property '{}', which "
                                              "model '{}' reads",
                                              layer.name, property, model.name),
                                  {}});
            }
        }
    }
}

/// A fault if a parameter with listed values is given another.
void check_admitted(const model::Parameter& parameter, double value, std::vector<Fault>& faults) {
    if (parameter.admits(value)) return;
    std::string listed;
    for (const double allowed : parameter.allowed)
        listed += (listed.empty() ? "" : ", ") + parameter.text_of(allowed);
    faults.push_back({"parameters." + parameter.name,
                      fmt::format("'{}' cannot be {}", parameter.name, parameter.text_of(value)),
                      "its options are " + listed});
}

void check_names(const Scenario& s, const model::Model& model, std::vector<Fault>& faults) {
    const std::vector<std::string> species = names_of(model.species);
    const std::vector<std::string> parameters = names_of(model.parameters);
    for (std::size_t i = 0; i < s.output.fields.size(); ++i) {
        const std::string& name = s.output.fields[i];
        if (model.find_species(name) < 0) {
            faults.push_back({fmt::format("output.fields[{}]", i + 1),
                              fmt::format("unknown species '{}'", name), suggest(name, species)});
        }
    }
    const auto known = index_by_name(model.parameters);
    for (const auto& [name, value] : s.parameters) {
        const auto entry = known.find(name);
        if (entry != known.end()) {
            check_admitted(model.parameters[static_cast<std::size_t>(entry->second)], value,
                           faults);
        } else {
            faults.push_back({"parameters." + name, fmt::format("unknown parameter '{}'", name),
                              suggest(name, parameters)});
        }
    }
}

void check_times(const Scenario& s, std::vector<Fault>& faults) {
    if (!(s.run.until > 0.0)) faults.push_back({"run.until", "the run must end after 0 day", {}});
    if (!(s.run.tolerance > 0.0 && s.run.tolerance < 1.0)) {
        faults.push_back({"run.tolerance",
                          fmt::format("the tolerance {:g} is not between 0 and 1", s.run.tolerance),
                          "1e-4 suits most runs, 1e-3 sweeps"});
    }
    if (!(s.output.every > 0.0))
        faults.push_back({"output.every", "the interval of records must be above 0 day", {}});
    for (const Time t : s.output.field_times) {
        // Times after the end are left out: a run may be cut short by --set run.until.
        if (t < Time()) {
            faults.push_back({"output.field_times",
                              fmt::format("day {:g} is before the start of the run", t.days()),
                              {}});
        }
    }
}

/// An event before each session: no session may come too early for it.
void check_lead(const Scenario& s, const model::Model& model, const model::Event& event,
                std::vector<Fault>& faults) {
    const Time lead = resolved_time(*event.before_session, s, model);
    if (lead <= Time()) {
        faults.push_back({"model",
                          fmt::format("event '{}' does not come before its session: its lead is {}",
                                      event.name, lead.text()),
                          "use a time above 0 day"});
        return;
    }
    for (const treatment::Session& session : s.regimen.sessions) {
        if (session.time >= lead) continue;
        faults.push_back(
            {"regimen.sessions",
             fmt::format("event '{}' comes {} before each session, and a session is at day {:g}: "
                         "that is before the run",
                         event.name, lead.text(), session.time.days()),
             fmt::format("let the course begin later, such as regimen.start = \"{}\"",
                         lead.text())});
        return;
    }
}

/// Times of events that hang on parameters: the scenario may set these.
void check_events(const Scenario& s, const model::Model& model, std::vector<Fault>& faults) {
    const auto check = [&](const model::Event& event, const model::EventTime& time,
                           const std::string& what, bool above_zero) {
        const Time value = resolved_time(time, s, model);
        if (value > Time() || (value == Time() && !above_zero)) return;
        const std::string name =
            time.parameter < 0 ? std::string()
                               : model.parameters[static_cast<std::size_t>(time.parameter)].name;
        faults.push_back({name.empty() ? "model" : "parameters." + name,
                          fmt::format("event '{}' {}, {:g} d", event.name, what, value.days()),
                          above_zero ? "use a time above 0 day" : "use a time of 0 day or later"});
    };
    constexpr std::int64_t most = 100'000;
    for (const model::Event& event : model.events) {
        if (!happens(event, s, model)) continue;
        if (event.before_session) check_lead(s, model, event, faults);
        for (const model::EventTime& time : event.times)
            check(event, time, "falls before the start of the run", false);
        if (event.after_session)
            check(event, *event.after_session, "comes before its session", false);
        if (!event.every) continue;
        check(event, *event.every, "repeats without a span between", true);
        const Time every = resolved_time(*event.every, s, model);
        if (every > Time() && s.run.until.nanoseconds() / every.nanoseconds() > most) {
            faults.push_back({event.every->parameter < 0 ? "run.until" : "parameters",
                              fmt::format("event '{}' repeats every {}: more than {} times",
                                          event.name, every.text(), most),
                              "let it repeat more rarely, or the run end earlier"});
        }
    }
}

/// Courses of inputs: over the whole run, and not below 0 where nothing can be.
void check_inputs(const Scenario& s, const model::Model& model, std::vector<Fault>& faults) {
    for (const auto& input : s.inputs) {
        const std::string& name = input.first;  // a binding cannot be captured before clang 16
        const Course& course = input.second;
        const std::string key = "inputs." + name;
        const auto known =
            std::find_if(model.externals.begin(), model.externals.end(),
                         [&](const model::External& external) { return external.name == name; });
        if (known == model.externals.end()) {
            faults.push_back({key, fmt::format("unknown input '{}'", name),
                              suggest(name, names_of(model.externals))});
            continue;
        }
        const double lowest = *std::min_element(course.values.begin(), course.values.end());
        if (lowest < 0.0 && !known->is_signed)
            faults.push_back({key,
                              fmt::format("input '{}' falls to {}, below 0", name,
                                          format_quantity(lowest, known->unit)),
                              "if it may be so, declare it signed = true in the model"});
        if (course.times.empty() || course.holds_ends) continue;
        constexpr double rounding = 1e-12;
        const double until = s.run.until.days();
        if (course.times.front() > 0.0 || course.times.back() < until * (1.0 - rounding))
            faults.push_back(
                {key,
                 fmt::format("input '{}' is known from day {:g} to {:g}, and the run goes from day "
                             "0 to {:g}",
                             name, course.times.front(), course.times.back(), until),
                 "give more of its course, end the run earlier, or let the ends hold: outside = "
                 "\"hold\""});
    }
}

}  // namespace

std::vector<Fault> validate(const Scenario& scenario, const model::Model& model) {
    std::vector<Fault> faults;
    check_skin(scenario, model, faults);
    check_domain(scenario, model, faults);
    check_tensors(scenario, model, faults);
    check_sessions(scenario, faults);
    check_territory(scenario, faults);
    check_mixing(scenario, faults);
    check_times(scenario, faults);
    check_events(scenario, model, faults);
    check_names(scenario, model, faults);
    check_inputs(scenario, model, faults);
    return faults;
}

}  // namespace neocol::simulation
