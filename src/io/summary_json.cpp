#include <neocol/core/json.hpp>
#include <neocol/io/summary.hpp>

#include "summary_parts.hpp"

namespace neocol::io {
namespace {

/// Name and unit in one, such as `puncture_density_per_mm2`.
std::string json_name(const simulation::SessionNumber& number) {
    std::string unit(number.unit);
    if (unit == "1") return std::string(number.name);
    if (unit == "N") unit = "n";
    const std::size_t minus = unit.find('-');
    if (minus != std::string::npos) unit = "per_" + unit.substr(0, minus) + unit.substr(minus + 1);
    return std::string(number.name) + '_' + unit;
}

Json sessions_json(const StoredResult& result) {
    return Json::list(
        result.sessions,
        [&](const StoredSession& s) {
            JsonObject layers;
            for (std::size_t i = 0; i < result.layers.size() && i < s.layer_fraction.size(); ++i)
                layers.add(result.layers[i], s.layer_fraction[i]);
            JsonObject entry;
            for (const simulation::SessionNumber& number : simulation::session_numbers)
                entry.add(json_name(number), s.*number.member);
            return entry.add("device", s.device).add("layer_fraction", layers);
        });
}

JsonObject outcomes_json(const StoredResult& result) {
    JsonObject table;
    for (const StoredOutcome& o : result.outcomes) {
        table.add(o.name, JsonObject{{"value", o.value},
                                     {"unit", o.units},
                                     {"meaning", o.long_name},
                                     {"definition", o.definition},
                                     {"censored", o.censored},
                                     {"reason", o.reason}});
    }
    return table;
}

JsonObject observables_json(const StoredResult& result) {
    JsonObject table;
    for (const StoredSeries& series : result.observables) {
        const detail::Course c = detail::course_of(result, series);
        table.add(series.name, JsonObject{{"unit", series.units},
                                          {"meaning", series.long_name},
                                          {"before", c.before},
                                          {"lowest", c.smallest},
                                          {"day_of_lowest", c.day_of_smallest},
                                          {"highest", c.largest},
                                          {"day_of_highest", c.day_of_largest},
                                          {"end", c.end}});
    }
    return table;
}

JsonObject run_json(const StoredResult& result) {
    std::string species;
    const double worst = detail::worst_residual(result, species);
    JsonObject bounds;
    for (const StoredResult::Bound& bound : result.bounds)
        bounds.add(bound.name, bound.satisfied);
    JsonObject run{{"days", result.time.empty() ? 0.0 : result.time.back()}};
    for (const RunNumber& number : run_numbers)
        run.add(number.name, result.numbers.*number.member);
    return run.add("backend", result.provenance.backend)
        .add("largest_budget_residual", worst)
        .add("largest_budget_residual_of", species)
        .add("bounds_kept", bounds);
}

}  // namespace

std::string summary_json(const StoredResult& result) {
    JsonObject summary;
    for (const RunHeadText& text : run_head_texts)
        summary.add(text.name, result.*text.member);
    return summary.add("sessions", sessions_json(result))
        .add("outcomes", outcomes_json(result))
        .add("observables", observables_json(result))
        .add("run", run_json(result))
        .str();
}

}  // namespace neocol::io
