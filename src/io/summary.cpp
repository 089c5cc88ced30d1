#include <neocol/io/summary.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "summary_parts.hpp"

namespace neocol::io {

namespace detail {

Course course_of(const StoredResult& result, const StoredSeries& series) {
    Course course;
    const double first = result.sessions.empty() ? 0.0 : result.sessions.front().time;
    bool has_before = false;
    const auto consider = [&](double time, double value) {
        if (value > course.largest) {
            course.largest = value;
            course.day_of_largest = time - first;
        }
        if (value < course.smallest) {
            course.smallest = value;
            course.day_of_smallest = time - first;
        }
        course.end = value;
    };
    std::size_t next_event = 0;
    const auto jumps_before = [&](double time) {
        for (; next_event < series.after.size() && result.events[next_event].time < time;
             ++next_event)
            if (has_before && std::isfinite(series.after[next_event]))
                consider(result.events[next_event].time, series.after[next_event]);
    };
    for (std::size_t i = 0; i < series.values.size(); ++i) {
        const double value = series.values[i];
        if (!std::isfinite(value)) continue;
        jumps_before(result.time[i]);
        if (result.time[i] <= first || !has_before) {
            course.before = course.largest = course.smallest = value;
            course.day_of_largest = course.day_of_smallest = 0.0;
            has_before = true;
        }
        consider(result.time[i], value);
    }
    jumps_before(std::numeric_limits<double>::infinity());
    return course;
}

double worst_residual(const StoredResult& result, std::string& species) {
    double worst = 0.0;
    for (std::size_t i = 0; i < result.budget_residual.size(); ++i) {
        const double size = std::abs(result.budget_residual[i]);
        if (species.empty() || size > worst || !std::isfinite(size)) {
            worst = size;
            species = i < result.species.size() ? result.species[i] : "";
        }
    }
    return worst;
}

}  // namespace detail

namespace {

using detail::Course;

/// A number a person reads: four significant digits. Beside a size, what no usual tolerance can
/// tell from nothing is 0.
std::string number(double value, double beside = 0.0) {
    constexpr double share_to_tell = 1e-5;
    if (std::abs(value) < share_to_tell * std::abs(beside)) value = 0.0;
    return fmt::format("{:.4g}", value);
}

std::string percent(double value) {
    return fmt::format("{:.3g} %", 100.0 * value);
}

std::string with_unit(double value, const std::string& unit) {
    return unit == "1" ? number(value) : number(value) + ' ' + unit;
}

/// Sessions that did the same, as one line: their days and what each did.
struct Group {
    std::vector<double> days;
    const StoredSession* first = nullptr;
    double highest_rehit = 0.0;
};

/// The same to a person: sizes within a per cent.
bool alike(const StoredSession& a, const StoredSession& b) {
    const auto near = [](double x, double y) {
        return std::abs(x - y) <= 0.01 * std::max(std::abs(x), std::abs(y));
    };
    return a.device == b.device && near(a.needle_length, b.needle_length) &&
           near(a.channel_depth, b.channel_depth) && near(a.puncture_density, b.puncture_density) &&
           near(a.surface_fraction, b.surface_fraction);
}

std::vector<Group> groups_of(const std::vector<StoredSession>& sessions) {
    std::vector<Group> groups;
    for (const StoredSession& session : sessions) {
        if (groups.empty() || !alike(*groups.back().first, session))
            groups.push_back({{}, &session, 0.0});
        groups.back().days.push_back(session.time);
        groups.back().highest_rehit = std::max(groups.back().highest_rehit, session.rehit_chance);
    }
    return groups;
}

/// Such as "day 0, 28: roller_192".
std::string days_and_device(const Group& group) {
    return fmt::format("day {:g}: {}", fmt::join(group.days, ", "), group.first->device);
}

std::string session_text(const Group& group, const std::vector<std::string>& layers) {
    const StoredSession& s = *group.first;
    std::string text = "  " + days_and_device(group);
    if (s.needle_length > 0.0) text += fmt::format(", needles {} mm", number(s.needle_length));
    if (std::isfinite(s.insertion_force))
        text += fmt::format(", {} N each to pierce the skin", number(s.insertion_force));
    text += '\n';
    if (s.puncture_density > 0.0)
        text += fmt::format("    {} punctures per cm2, ", number(100.0 * s.puncture_density));
    else
        text += "    ";
    text += fmt::format("{} mm deep, {} of the surface open\n", number(s.channel_depth),
                        percent(s.surface_fraction));
    text += fmt::format("    wounded: {} mm3 per cm2 of skin", number(100.0 * s.wounded_volume));
    for (std::size_t i = 0; i < layers.size() && i < s.layer_fraction.size(); ++i)
        if (s.layer_fraction[i] > 0.0)
            text += fmt::format("; {} of {}", percent(s.layer_fraction[i]), layers[i]);
    if (group.highest_rehit > 0.0) {
        text += fmt::format("\n    chance that a puncture hits an earlier one: up to {}",
                            percent(group.highest_rehit));
    }
    return text + '\n';
}

std::string device_part(const StoredResult& result) {
    std::string text = "What the device did\n";
    if (result.sessions.empty()) return text + "  nothing: no session\n";
    for (const Group& group : groups_of(result.sessions))
        text += session_text(group, result.layers);
    return text;
}

std::string skin_part(const StoredResult& result) {
    std::string text = "What the skin did\n";
    std::size_t width = 0;
    for (const StoredSeries& series : result.observables)
        width = std::max(width, series.name.size() + series.units.size() + 3);
    if (!result.observables.empty()) {
        text += fmt::format("  {:<{}}  {:>10}  {:>10}  {:>7}  {:>10}  {:>7}  {:>10}\n",
                            "days from the first session", width, "before", "lowest", "on day",
                            "highest", "on day", "at the end");
    }
    for (const StoredSeries& series : result.observables) {
        const Course c = detail::course_of(result, series);
        const double size = std::max(std::abs(c.largest), std::abs(c.smallest));
        text +=
            fmt::format("  {:<{}}  {:>10}  {:>10}  {:>7}  {:>10}  {:>7}  {:>10}\n",
                        fmt::format("{} [{}]", series.name, series.units), width,
                        number(c.before, size), number(c.smallest, size), number(c.day_of_smallest),
                        number(c.largest, size), number(c.day_of_largest), number(c.end, size));
    }
    for (const StoredOutcome& outcome : result.outcomes) {
        text += fmt::format("  {}: {} ({})\n", outcome.name,
                            outcome.censored ? "not known, " + outcome.reason
                                             : with_unit(outcome.value, outcome.units),
                            outcome.long_name);
    }
    return text;
}

std::string run_part(const StoredResult& result) {
    const RunNumbers& n = result.numbers;
    std::string text = "How the run went\n  " + result.status;
    if (!result.time.empty()) text += fmt::format(", {:g} days", result.time.back());
    if (!result.stop_reason.empty()) text += ": " + result.stop_reason;
    text += '\n';
    if (std::isfinite(n.steps_accepted) && n.steps_accepted > 0.0) {
        text += fmt::format(
            "  {:.0f} steps ({:.0f} rejected) in {:.3g} s on {:.0f} thread{}, {:.3g} MB, {}\n",
            n.steps_accepted, n.steps_rejected, n.wall_seconds, n.threads,
            n.threads == 1.0 ? "" : "s", n.peak_memory_bytes / 1e6, result.provenance.backend);
    }
    std::string species;
    const double worst = detail::worst_residual(result, species);
    if (!species.empty())
        text += fmt::format("  largest budget residual: {:.2g} of turnover ({})\n", worst, species);
    std::string broken;
    for (const StoredResult::Bound& bound : result.bounds) {
        if (!bound.satisfied) {
            broken += fmt::format("  physical bound '{}' was broken: {} to {} {}\n", bound.name,
                                  number(bound.lowest), number(bound.highest), bound.unit);
        }
    }
    if (!result.bounds.empty() && broken.empty())
        text += fmt::format("  all {} physical bounds were kept\n", result.bounds.size());
    return text + broken + fmt::format("  run {}\n", result.scenario_hash);
}

}  // namespace

std::string regimen_text(const StoredResult& result) {
    if (result.sessions.empty()) return "no session";
    std::string text;
    double volume = 0.0;
    for (const StoredSession& session : result.sessions)
        volume += session.wounded_volume;
    for (const Group& group : groups_of(result.sessions)) {
        text += fmt::format("{}, {} mm deep", days_and_device(group),
                            number(group.first->channel_depth));
        if (group.first->puncture_density > 0.0)
            text += fmt::format(", {} per cm2", number(100.0 * group.first->puncture_density));
        text += "; ";
    }
    return text + fmt::format("{} mm3 per cm2 wounded in all", number(100.0 * volume));
}

std::string summary_text(const StoredResult& result) {
    return fmt::format("{}\n\n{}\n{}\n{}", result.title, device_part(result), skin_part(result),
                       run_part(result));
}

}  // namespace neocol::io
