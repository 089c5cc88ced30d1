#include "words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace neocol::model {

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

std::string event_time(const Model& model, const Event& event) {
    const auto of = [&](const EventTime& time) {
        return time.parameter < 0 ? fmt::format("{:.6g} d", time.time.days())
                                  : model.parameters[static_cast<std::size_t>(time.parameter)].name;
    };
    if (event.when) return "when " + event.when->text;
    const std::string where = event.when_text.empty() ? "" : ", where " + event.when_text;
    if (event.before_session) return of(*event.before_session) + " before each session" + where;
    if (event.after_session) return of(*event.after_session) + " after each session" + where;
    std::string text = "at ";
    for (const EventTime& time : event.times)
        text += (text.size() > 3 ? ", " : "") + of(time);
    if (event.every) text += ", then every " + of(*event.every);
    if (event.until) text += ", until " + of(*event.until);
    return text + where;
}

}  // namespace neocol::model
