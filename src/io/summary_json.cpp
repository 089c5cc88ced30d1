#include <cmath>

#include <fmt/format.h>

#include <neocol/io/summary.hpp>

#include "summary_parts.hpp"

namespace neocol::io {
namespace {

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<int>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

/// Builds `{...}` or `[...]` from parts.
class Json {
public:
    explicit Json(char open) : text_(1, open), close_(open == '{' ? '}' : ']') {}
    Json& add(const std::string& value) {
        if (text_.size() > 1) text_ += ", ";
        text_ += value;
        return *this;
    }
    Json& member(const std::string& key, const std::string& value) {
        return add(quoted(key) + ": " + value);
    }
    Json& member(const std::string& key, double value) { return member(key, number(value)); }
    std::string str() const { return text_ + close_; }

private:
    std::string text_;
    char close_;
};

std::string sessions_json(const StoredResult& result) {
    Json list('[');
    for (const StoredSession& s : result.sessions) {
        Json layers('{');
        for (std::size_t i = 0; i < result.layers.size() && i < s.layer_fraction.size(); ++i) {
            layers.member(result.layers[i], s.layer_fraction[i]);
        }
        list.add(Json('{')
                     .member("time_d", s.time)
                     .member("device", quoted(s.device))
                     .member("needle_length_mm", s.needle_length)
                     .member("channel_depth_mm", s.channel_depth)
                     .member("puncture_density_per_cm2", 100.0 * s.puncture_density)
                     .member("surface_fraction", s.surface_fraction)
                     .member("wounded_volume_mm", s.wounded_volume)
                     .member("rehit_chance", s.rehit_chance)
                     .member("layer_fraction", layers.str())
                     .str());
    }
    return list.str();
}

std::string outcomes_json(const StoredResult& result) {
    Json table('{');
    for (const StoredOutcome& o : result.outcomes) {
        table.member(o.name, Json('{')
                                 .member("value", number(o.value))
                                 .member("unit", quoted(o.units))
                                 .member("meaning", quoted(o.long_name))
                                 .member("definition", quoted(o.definition))
                                 .member("censored", o.censored ? "true" : "false")
                                 .member("reason", quoted(o.reason))
                                 .str());
    }
    return table.str();
}

std::string observables_json(const StoredResult& result) {
    Json table('{');
    for (const StoredSeries& series : result.observables) {
        const detail::Course c = detail::course_of(result, series);
        table.member(series.name, Json('{')
                                      .member("unit", quoted(series.units))
                                      .member("meaning", quoted(series.long_name))
                                      .member("before", c.before)
                                      .member("lowest", c.smallest)
                                      .member("day_of_lowest", c.day_of_smallest)
                                      .member("highest", c.largest)
                                      .member("day_of_highest", c.day_of_largest)
                                      .member("end", c.end)
                                      .str());
    }
    return table.str();
}

std::string run_json(const StoredResult& result) {
    const StoredResult::Origin& o = result.provenance;
    std::string species;
    const double worst = detail::worst_residual(result, species);
    Json bounds('{');
    for (const StoredResult::Bound& bound : result.bounds) {
        bounds.member(bound.name, bound.kept ? "true" : "false");
    }
    return Json('{')
        .member("days", result.time.empty() ? 0.0 : result.time.back())
        .member("steps_accepted", o.steps_accepted)
        .member("steps_rejected", o.steps_rejected)
        .member("wall_seconds", o.wall_seconds)
        .member("threads", o.threads)
        .member("peak_memory_bytes", o.peak_memory_bytes)
        .member("backend", quoted(o.backend))
        .member("largest_budget_residual", worst)
        .member("largest_budget_residual_of", quoted(species))
        .member("bounds_kept", bounds.str())
        .str();
}

}  // namespace

std::string summary_json(const StoredResult& result) {
    return Json('{')
        .member("title", quoted(result.title))
        .member("question", quoted(result.question))
        .member("model", quoted(result.model))
        .member("status", quoted(result.status))
        .member("stop_reason", quoted(result.stop_reason))
        .member("scenario_hash", quoted(result.scenario_hash))
        .member("neocol_version", quoted(result.neocol_version))
        .member("sessions", sessions_json(result))
        .member("outcomes", outcomes_json(result))
        .member("observables", observables_json(result))
        .member("run", run_json(result))
        .str();
}

}  // namespace neocol::io
