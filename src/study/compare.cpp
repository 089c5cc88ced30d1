#include <neocol/study/compare.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/json.hpp>
#include <neocol/core/names.hpp>
#include <neocol/io/summary.hpp>

namespace neocol::study {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double last_session(const io::StoredResult& result) {
    return result.sessions.empty() ? result.time.front() : result.sessions.back().time;
}

/// Days after the last session that a result reaches.
double reach(const io::StoredResult& result) {
    return result.time.back() - last_session(result);
}

/// Linear in time between records; at a session the value before it.
double value_at(const io::StoredResult& result, const io::StoredSeries& series, double t) {
    const auto next = std::lower_bound(result.time.begin(), result.time.end(), t);
    const auto i = static_cast<std::size_t>(next - result.time.begin());
    if (i == result.time.size()) return series.values.back();
    if (i == 0 || result.time[i] == t) return series.values[i];
    const double w = (t - result.time[i - 1]) / (result.time[i] - result.time[i - 1]);
    return (1.0 - w) * series.values[i - 1] + w * series.values[i];
}

std::vector<double> usual_days(const std::vector<io::StoredResult>& results) {
    double end = std::numeric_limits<double>::infinity();
    for (const io::StoredResult& result : results)
        end = std::min(end, reach(result));
    std::vector<double> days;
    for (const double day : {0.0, 28.0, 90.0, 180.0})
        if (day < end) days.push_back(day);
    days.push_back(end);
    return days;
}

void check(const std::vector<io::StoredResult>& results, const std::vector<double>& days) {
    if (results.size() < 2) throw InputError("a comparison needs two results or more");
    for (const io::StoredResult& result : results) {
        if (result.model != results.front().model) {
            throw InputError(
                fmt::format("'{}' is of model '{}', but '{}' of model '{}'", result.path,
                            result.model, results.front().path, results.front().model),
                "compare results of one model");
        }
        for (const double day : days) {
            if (day > reach(result) * (1.0 + 1e-9)) {
                throw InputError(
                    fmt::format("'{}' ends {:g} days after its last session, before day {:g}",
                                result.path, reach(result), day),
                    "choose an earlier day or run longer (--set run.until=...)");
            }
        }
    }
}

std::vector<std::string> chosen_names(const io::StoredResult& first,
                                      const std::vector<std::string>& asked) {
    std::vector<std::string> known;
    for (const io::StoredSeries& series : first.observables)
        known.push_back(series.name);
    for (const std::string& name : asked)
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw InputError("unknown observable '" + name + "'", suggest(name, known));
    return asked.empty() ? known : asked;
}

/// `value`, and in brackets its difference from the first.
std::string cell(const ComparisonRow& row, std::size_t i) {
    const double value = row.values[i], first = row.values[0];
    if (std::isnan(value)) return row.notes[i].empty() ? "-" : "censored";
    if (i == 0 || std::isnan(first)) return fmt::format("{:.4g}", value);
    return fmt::format("{:.4g} ({:+.3g})", value, value - first);
}

void print_rows(std::string& out, const std::vector<ComparisonRow>& rows, std::size_t n,
                bool with_day) {
    std::size_t width = 12;
    for (const ComparisonRow& row : rows)
        width = std::max(width, row.name.size() + row.unit.size() + 3);
    std::string before;
    for (const ComparisonRow& row : rows) {
        const std::string label =
            row.name == before ? "" : fmt::format("{} [{}]", row.name, row.unit);
        before = row.name;
        out += fmt::format("{:<{}}", label, width);
        if (with_day) out += fmt::format("{:>8.0f}", row.day);
        for (std::size_t i = 0; i < n; ++i)
            out += fmt::format("{:>24}", cell(row, i));
        out += "\n";
    }
}

JsonObject json_row(const ComparisonRow& row, bool with_day) {
    JsonObject entry;
    entry.add("name", row.name).add("long_name", row.long_name).add("unit", row.unit);
    if (with_day) entry.add("day", row.day);
    return entry.add("values", row.values);
}

}  // namespace

Comparison compare(const std::vector<io::StoredResult>& results, std::vector<double> days,
                   const std::vector<std::string>& observables) {
    check(results, days);
    Comparison comparison;
    comparison.days = days.empty() ? usual_days(results) : std::move(days);
    for (const io::StoredResult& result : results) {
        comparison.files.push_back(std::filesystem::path(result.path).filename().string());
        comparison.titles.push_back(result.title);
        comparison.statuses.push_back(result.status);
        comparison.reasons.push_back(result.stop_reason);
        comparison.regimens.push_back(io::regimen_text(result));
        comparison.hashes.push_back(result.scenario_hash);
        comparison.sessions.push_back(static_cast<double>(result.sessions.size()));
        double volume = 0.0;
        for (const io::StoredSession& session : result.sessions)
            volume += session.wounded_volume;
        comparison.wounded_volume.push_back(volume);
    }
    for (const std::string& name : chosen_names(results.front(), observables)) {
        for (const double day : comparison.days) {
            ComparisonRow row{name, {}, {}, day, {}, {}};
            for (const io::StoredResult& result : results) {
                const io::StoredSeries* series = result.find(name);
                if (series == nullptr) {
                    row.values.push_back(not_a_number);
                } else {
                    row.long_name = series->long_name;
                    row.unit = series->units;
                    row.values.push_back(value_at(result, *series, last_session(result) + day));
                }
                row.notes.emplace_back();
            }
            comparison.observables.push_back(std::move(row));
        }
    }
    for (const io::StoredOutcome& outcome : results.front().outcomes) {
        ComparisonRow row{outcome.name, outcome.long_name, outcome.units, 0.0, {}, {}};
        for (const io::StoredResult& result : results) {
            const auto found =
                std::find_if(result.outcomes.begin(), result.outcomes.end(),
                             [&](const io::StoredOutcome& o) { return o.name == outcome.name; });
            const bool known = found != result.outcomes.end();
            row.values.push_back(known ? found->value : not_a_number);
            row.notes.push_back(known && found->censored ? found->reason : "");
        }
        comparison.outcomes.push_back(std::move(row));
    }
    return comparison;
}

std::string to_text(const Comparison& c) {
    std::string out;
    const std::size_t n = c.titles.size();
    for (std::size_t i = 0; i < n; ++i) {
        out += fmt::format("{}  {}: {}\n   {}\n", static_cast<char>('A' + static_cast<int>(i % 26)),
                           c.files[i], c.titles[i], c.regimens[i]);
        if (c.statuses[i] != name_of(simulation::RunStatus::complete))
            out += fmt::format("   {}: {}\n", c.statuses[i], c.reasons[i]);
    }
    out += "\nOutcomes (difference from A)\n";
    print_rows(out, c.outcomes, n, false);
    out += "\nObservables by day after the last session (difference from A)\n";
    print_rows(out, c.observables, n, true);
    out += "\nPredictions of a model; no trial has compared such regimens directly.\n";
    return out;
}

std::string to_json(const Comparison& c) {
    const auto outcome = [](const ComparisonRow& row) { return json_row(row, false); };
    const auto observable = [](const ComparisonRow& row) { return json_row(row, true); };
    return JsonObject{{"files", c.files},
                      {"titles", c.titles},
                      {"statuses", c.statuses},
                      {"reasons", c.reasons},
                      {"regimens", c.regimens},
                      {"hashes", c.hashes},
                      {"sessions", c.sessions},
                      {"wounded_volume_mm", c.wounded_volume},
                      {"days_after_last_session", c.days},
                      {"outcomes", Json::list(c.outcomes, outcome)},
                      {"observables", Json::list(c.observables, observable)}}
        .str();
}

}  // namespace neocol::study
