#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/time.hpp>
#include <neocol/core/units.hpp>

#include "overrides.hpp"

namespace neocol::io::detail {
namespace {

constexpr const char* session_header = "[[session]]\n";

/// A resolved text cut into the part before the sessions, one text a session, and the rest.
struct Cut {
    std::string before, after;
    std::vector<std::string> sessions;
};

Cut cut(const std::string& text) {
    Cut parts;
    std::size_t start = text.find(session_header);
    if (start == std::string::npos) return {text, {}, {}};
    parts.before = text.substr(0, start);
    while (text.compare(start, std::string_view(session_header).size(), session_header) == 0) {
        std::size_t end = text.find("\n[", start);
        end = end == std::string::npos ? text.size() : end + 1;
        parts.sessions.push_back(text.substr(start, end - start));
        start = end;
    }
    parts.after = text.substr(start);
    return parts;
}

std::string unquoted(std::string value) {
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front())
        value = value.substr(1, value.size() - 2);
    return value;
}

/// Replaces the lines of a session that set `key`; an empty line takes them out.
void replace_line(std::string& session, const std::string& key, const std::string& line) {
    std::string out;
    for (std::size_t at = 0; at < session.size();) {
        const std::size_t end = session.find('\n', at);
        const std::string present = session.substr(at, end - at + 1);
        out += present.starts_with(key + " = ") ? line : present;
        at = end == std::string::npos ? session.size() : end + 1;
    }
    session = out;
}

Time time_in(const std::string& value, const std::string& key) {
    const std::string text = unquoted(value), example = "such as \"2 week\"";
    std::string reason = "a time is expected", help = example;
    try {
        const UnitSystem units;
        const Quantity quantity = units.parse_quantity(text);
        if (quantity.unit.dimension == units.parse("d").dimension) {
            reason.clear();
            return exact_time(text, quantity);
        }
    } catch (const InputError& error) {
        if (reason.empty()) {
            reason = error.diagnostics.front().message;
            help = error.diagnostics.front().help;
        }
    }
    throw InputError(fmt::format("--set {}={}: {}", key, value, reason), help);
}

Time time_of(const std::string& session) {
    const std::size_t line = session.find("\nat = ");
    if (line == std::string::npos)
        throw InputError("a session of the result has no time: it is not as neocol wrote it");
    const std::size_t at = line + 6;
    return time_in(session.substr(at, session.find('\n', at) - at), "session.at");
}

/// Sessions anew: `count` of them from `start`, `spacing` apart.
struct Series {
    std::optional<double> count;
    std::optional<Time> spacing, start;
    bool asked() const { return count || spacing || start; }
};

void lay_out(std::vector<std::string>& sessions, const Series& series) {
    if (sessions.empty()) {
        throw InputError("the result has no session that could be repeated",
                         "write a scenario file with [regimen] or [[session]]");
    }
    std::vector<Time> times;
    std::vector<std::string> bodies = sessions;
    for (std::string& body : bodies) {
        times.push_back(time_of(body));
        replace_line(body, "at", {});
    }
    const Time step = times.size() > 1 ? times[1] - times[0] : Time();
    bool even = true;
    for (std::size_t i = 1; i < times.size(); ++i)
        even = even && times[i] - times[i - 1] == step;
    const bool equal = std::all_of(bodies.begin(), bodies.end(),
                                   [&](const std::string& body) { return body == bodies[0]; });
    if (!equal || (!even && !series.spacing)) {
        throw InputError(fmt::format("the sessions of the result {}: they have no common "
                                     "regimen.sessions, spacing or start",
                                     equal ? "are not equally spaced" : "differ from each other"),
                         "set them one by one, such as --set session[2].at=\"5 week\"");
    }
    const auto n =
        static_cast<std::size_t>(series.count.value_or(static_cast<double>(sessions.size())));
    if (n > 1 && !series.spacing && times.size() < 2) {
        throw InputError("the result has one session: more of them need a spacing",
                         "add --set regimen.spacing=\"4 week\"");
    }
    sessions.clear();
    for (std::size_t i = 0; i < n; ++i) {
        const Time time = series.start.value_or(times[0]) +
                          multiple(static_cast<std::int64_t>(i), series.spacing.value_or(step));
        std::string session = bodies[0];
        session.insert(std::string_view(session_header).size(),
                       fmt::format("at = \"{}\"\n", time.text()));
        sessions.push_back(std::move(session));
    }
}

/// Sites and conditions bring their own layers.
void drop_layers(std::string& text) {
    const std::size_t start = text.find("\nlayers = [\n");
    if (start == std::string::npos) return;
    const std::size_t end = text.find("\n]\n", start);
    text.erase(start + 1, end + 3 - start - 1);
}

double whole(const Override& given) {
    const std::string value = unquoted(given.value);
    std::size_t used = 0;
    double number = -1.0;
    try {
        number = std::stod(value, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used != value.size() || number < 0.0 || number != std::floor(number) || number > 1e4)
        throw InputError(fmt::format("--set {}={}: a whole number is expected", given.key, value));
    return number;
}

}  // namespace

namespace {

/// The text of the parts, and what is set in it: that of each session, then the others, of which
/// the last of a key wins, being the more special.
Repeated assembled(const Cut& parts, const std::vector<Override>& of_each,
                   const std::vector<Override>& others) {
    std::string text = parts.before;
    for (const std::string& session : parts.sessions)
        text += session;
    text += parts.after;
    std::vector<Override> all;
    for (const Override& setting : of_each)
        for (std::size_t i = 0; i < parts.sessions.size(); ++i)
            all.push_back({fmt::format("session[{}].{}", i + 1, setting.key), setting.value});
    all.insert(all.end(), others.begin(), others.end());
    return {std::move(text), std::move(all)};
}

}  // namespace

Repeated repeat_with(const std::string& resolved_text, const std::vector<Override>& overrides) {
    Cut parts = cut(resolved_text);
    std::vector<Override> others, of_each;
    Series series;
    const auto replace = [&](const std::string& key, const std::string& line) {
        for (std::string& session : parts.sessions)
            replace_line(session, key, line);
    };
    for (const Override& given : overrides) {
        const std::string& key = given.key;
        if (key == "regimen.sessions") {
            series.count = whole(given);
        } else if (key == "regimen.spacing") {
            series.spacing = time_in(given.value, key);
        } else if (key == "regimen.start") {
            series.start = time_in(given.value, key);
        } else if (key == "device.name") {
            replace("device", fmt::format("device = {{ name = \"{}\" }}\n", unquoted(given.value)));
        } else if (key == "device.needle_length") {
            of_each.push_back({"needle_length", given.value});
        } else if (key.starts_with("device.")) {
            of_each.push_back(given);
        } else if (key.starts_with("regimen.")) {
            const std::string inner = key.substr(8);
            if (inner == "passes" || inner.starts_with("wound")) replace("puncture_density", {});
            if (inner.starts_with("wound.shape"))
                for (const char* line : {"device", "needle_length", "wound"})
                    replace(line, {});
            of_each.push_back({inner, given.value});
        } else {
            if (key == "skin.site" || key == "skin.condition") drop_layers(parts.before);
            others.push_back(given);
        }
    }
    if (series.asked()) lay_out(parts.sessions, series);
    return assembled(parts, of_each, others);
}

}  // namespace neocol::io::detail
