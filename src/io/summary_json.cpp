#include <neocol/core/json.hpp>
#include <neocol/io/summary.hpp>

#include "summary_parts.hpp"

namespace neocol::io {
namespace {

std::string sessions_json(const StoredResult& result) {
    return json_list(result.sessions, [&](const StoredSession& s) {
        JsonObject layers;
        for (std::size_t i = 0; i < result.layers.size() && i < s.layer_fraction.size(); ++i) {
            layers.add(result.layers[i], s.layer_fraction[i]);
        }
        return JsonObject()
            .add("time_d", s.time)
            .add("device", s.device)
            .add("needle_length_mm", s.needle_length)
            .add("channel_depth_mm", s.channel_depth)
            .add("puncture_density_per_cm2", 100.0 * s.puncture_density)
            .add("surface_fraction", s.surface_fraction)
            .add("wounded_volume_mm", s.wounded_volume)
            .add("rehit_chance", s.rehit_chance)
            .raw("layer_fraction", layers.str())
            .str();
    });
}

std::string outcomes_json(const StoredResult& result) {
    JsonObject table;
    for (const StoredOutcome& o : result.outcomes) {
        table.raw(o.name, JsonObject()
                              .add("value", o.value)
                              .add("unit", o.units)
                              .add("meaning", o.long_name)
                              .add("definition", o.definition)
                              .add("censored", o.censored)
                              .add("reason", o.reason)
                              .str());
    }
    return table.str();
}

std::string observables_json(const StoredResult& result) {
    JsonObject table;
    for (const StoredSeries& series : result.observables) {
        const detail::Course c = detail::course_of(result, series);
        table.raw(series.name, JsonObject()
                                   .add("unit", series.units)
                                   .add("meaning", series.long_name)
                                   .add("before", c.before)
                                   .add("lowest", c.smallest)
                                   .add("day_of_lowest", c.day_of_smallest)
                                   .add("highest", c.largest)
                                   .add("day_of_highest", c.day_of_largest)
                                   .add("end", c.end)
                                   .str());
    }
    return table.str();
}

std::string run_json(const StoredResult& result) {
    const StoredResult::Origin& o = result.provenance;
    std::string species;
    const double worst = detail::worst_residual(result, species);
    JsonObject bounds;
    for (const StoredResult::Bound& bound : result.bounds) {
        bounds.add(bound.name, bound.kept);
    }
    return JsonObject()
        .add("days", result.time.empty() ? 0.0 : result.time.back())
        .add("steps_accepted", o.steps_accepted)
        .add("steps_rejected", o.steps_rejected)
        .add("wall_seconds", o.wall_seconds)
        .add("threads", o.threads)
        .add("peak_memory_bytes", o.peak_memory_bytes)
        .add("backend", o.backend)
        .add("largest_budget_residual", worst)
        .add("largest_budget_residual_of", species)
        .raw("bounds_kept", bounds.str())
        .str();
}

}  // namespace

std::string summary_json(const StoredResult& result) {
    return JsonObject()
        .add("title", result.title)
        .add("question", result.question)
        .add("model", result.model)
        .add("status", result.status)
        .add("stop_reason", result.stop_reason)
        .add("scenario_hash", result.scenario_hash)
        .add("neocol_version", result.neocol_version)
        .raw("sessions", sessions_json(result))
        .raw("outcomes", outcomes_json(result))
        .raw("observables", observables_json(result))
        .raw("run", run_json(result))
        .str();
}

}  // namespace neocol::io
