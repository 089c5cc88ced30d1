#include "words.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace neocol::model {

namespace {

const Observable& observable_of(const Model& model, int index) {
    return model.observables[static_cast<std::size_t>(index)];
}

}  // namespace

bool is_at_a_moment(Measure measure) {
    return measure == Measure::value || measure == Measure::change ||
           measure == Measure::relative_change;
}

bool has_threshold(Measure measure) {
    return measure == Measure::time_above || measure == Measure::first_above ||
           measure == Measure::first_below;
}

std::string to_string(const Moment& moment) {
    const std::string origin(name_of(moment.origin));
    if (moment.offset == Time()) return origin;
    return fmt::format("{:.6g} d {} {}", std::abs(moment.offset.days()),
                       moment.offset < Time() ? "before" : "after", origin);
}

std::string place_of(const Model& model, Location location, const std::vector<bool>& layers) {
    if (location == Location::surface) return "skin surface";
    if (location == Location::junction) return "dermal-epidermal junction";
    std::vector<std::string> names;
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i]) names.push_back(model.layers[i]);
    if (names.empty() && !layers.empty()) return "no layer";
    if (names.size() == layers.size()) return "all layers";
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string region_of(const Model& model, const Observable& observable) {
    const Region& region = observable.region;
    std::string text(name_of(observable.reduce));
    if (observable.location != Location::volume)
        text += ", " + place_of(model, observable.location, {});
    if (!region.layers.empty()) text += ", " + place_of(model, observable.location, region.layers);
    if (region.from && region.to)
        text += fmt::format(", {:.6g} to {:.6g} mm deep", *region.from, *region.to);
    if (region.wounded) text += ", where wounded";
    return text;
}

std::string measure_of(const Model& model, const Outcome& outcome) {
    const Observable& of = observable_of(model, outcome.observable);
    std::string measure(name_of(outcome.measure));
    std::replace(measure.begin(), measure.end(), '_', ' ');
    std::string text = fmt::format("{} of {}", measure, of.name);
    if (has_threshold(outcome.measure))
        text += outcome.threshold_relative
                    ? fmt::format(" ({:.6g} times the baseline)", outcome.threshold)
                    : fmt::format(" ({})", format_quantity(outcome.threshold, of.unit, 6));
    if (is_at_a_moment(outcome.measure)) return text + ", " + to_string(outcome.at_moment);
    return text + fmt::format(", from {} to {}", to_string(outcome.from), to_string(outcome.until));
}

std::string event_time(const Model& model, const Event& event) {
    const auto of = [&](const EventTime& time) {
        return time.parameter < 0 ? fmt::format("{:.6g} d", time.time.days())
                                  : model.parameters[static_cast<std::size_t>(time.parameter)].name;
    };
    if (event.after_session) return of(*event.after_session) + " after each session";
    if (event.when) return "when " + event.when->text;
    std::string text = "at ";
    for (const EventTime& time : event.times)
        text += (text.size() > 3 ? ", " : "") + of(time);
    if (event.every) text += ", then every " + of(*event.every);
    if (event.until) text += ", until " + of(*event.until);
    return text;
}

}  // namespace neocol::model
