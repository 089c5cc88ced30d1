#include <neocol/io/definitions.hpp>

#include <vector>

#include <fmt/format.h>

namespace neocol::io {
namespace {

const char* words(model::Measure measure) {
    switch (measure) {
        case model::Measure::value:
            return "value";
        case model::Measure::change:
            return "change";
        case model::Measure::relative_change:
            return "relative change";
        case model::Measure::peak:
            return "largest value";
        case model::Measure::time_of_peak:
            return "time of the largest value";
        case model::Measure::trough:
            return "smallest value";
        case model::Measure::time_of_trough:
            return "time of the smallest value";
        case model::Measure::integral:
            return "integral over time";
        case model::Measure::time_above:
            return "length of time above the threshold";
        case model::Measure::first_above:
            return "first time above the threshold";
        case model::Measure::first_below:
            return "first time below the threshold";
    }
    return "";
}

std::string moment_text(const model::Moment& moment) {
    using Origin = model::Moment::Origin;
    const std::string after = moment.offset == Time()
                                  ? std::string()
                                  : fmt::format("{:g} d after ", moment.offset.days());
    switch (moment.origin) {
        case Origin::start:
            return fmt::format("day {:g}", moment.offset.days());
        case Origin::first_session:
            return after + "the first session";
        case Origin::last_session:
            return after + "the last session";
        case Origin::end:
            return after + "the end";
    }
    return {};
}

}  // namespace

std::string region_text(const model::Region& region, const model::Model& model) {
    std::vector<std::string> parts;
    std::string layers;
    for (std::size_t i = 0; i < region.layers.size() && i < model.layers.size(); ++i) {
        if (region.layers[i]) layers += (layers.empty() ? "" : ", ") + model.layers[i];
    }
    if (!layers.empty()) parts.push_back(layers);
    if (region.from || region.to) {
        parts.push_back(
            region.to ? fmt::format("depth {:g} to {:g} mm", region.from.value_or(0.0), *region.to)
                      : fmt::format("deeper than {:g} mm", *region.from));
    }
    if (region.wounded) parts.push_back("weighted by the largest fraction ever wounded");
    return parts.empty() ? "all" : fmt::format("{}", fmt::join(parts, "; "));
}

std::string definition_text(const model::Outcome& outcome, const model::Model& model) {
    using model::Measure;
    const model::Observable& of = model.observables[static_cast<std::size_t>(outcome.observable)];
    std::string text = fmt::format("{} of {}", words(outcome.measure), of.name);
    switch (outcome.measure) {
        case Measure::value:
            return text + ", " + moment_text(outcome.at_moment);
        case Measure::change:
        case Measure::relative_change:
            return text + ", " + moment_text(outcome.at_moment) +
                   ", against just before the first session";
        default:
            break;
    }
    if (outcome.measure == Measure::time_above || outcome.measure == Measure::first_above ||
        outcome.measure == Measure::first_below) {
        text += outcome.threshold_relative
                    ? fmt::format(" of {:g} times the baseline", outcome.threshold)
                    : fmt::format(" of {}", format_quantity(outcome.threshold, of.unit));
    }
    return text +
           fmt::format(", from {} to {}", moment_text(outcome.from), moment_text(outcome.until));
}

}  // namespace neocol::io
