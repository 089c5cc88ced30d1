#include <neocol/model/definitions.hpp>

#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace neocol::model {
namespace {

std::string moment_text(const Moment& moment) {
    if (moment.origin == Moment::Origin::start)
        return fmt::format("day {:g}", moment.offset.days());
    std::string origin = fmt::format("the {}", name_of(moment.origin));
    if (moment.offset == Time()) return origin;
    return fmt::format("{:g} d {} {}", std::abs(moment.offset.days()),
                       moment.offset < Time() ? "before" : "after", origin);
}

}  // namespace

std::string region_text(const Region& region, const Model& model) {
    std::vector<std::string> parts;
    std::string layers;
    for (std::size_t i = 0; i < region.layers.size() && i < model.layers.size(); ++i)
        if (region.layers[i]) layers += (layers.empty() ? "" : ", ") + model.layers[i];
    if (!layers.empty()) parts.push_back(layers);
    if (region.from || region.to) {
        parts.push_back(
            region.to ? fmt::format("depth {:g} to {:g} mm", region.from.value_or(0.0), *region.to)
                      : fmt::format("deeper than {:g} mm", *region.from));
    }
    if (region.wounded) parts.push_back("weighted by the largest fraction ever wounded");
    return parts.empty() ? "all" : fmt::format("{}", fmt::join(parts, "; "));
}

std::string definition_text(const Outcome& outcome, const Model& model) {
    const Observable& of = model.observables[static_cast<std::size_t>(outcome.observable)];
    const MeasureKind& kind = kind_of(outcome.measure);
    std::string text = fmt::format("{} of {}", kind.of, of.name);
    if (is_at_a_moment(kind.looks)) {
        text += ", " + moment_text(outcome.at_moment);
        if (kind.looks == Looks::against_baseline)
            text += ", against just before the first session";
        return text;
    }
    if (kind.looks == Looks::for_threshold) {
        text += outcome.threshold_relative
                    ? fmt::format(" of {:g} times the baseline", outcome.threshold)
                    : fmt::format(" of {}", format_quantity(outcome.threshold, of.unit));
    }
    return text +
           fmt::format(", from {} to {}", moment_text(outcome.from), moment_text(outcome.until));
}

Unit content_unit(const Species& species, const Model& model) {
    const Dimension length = Dimension::base("m");
    return model.units.coherent(species.unit.dimension *
                                length.power(species.location == Location::volume ? 3 : 2));
}

}  // namespace neocol::model
