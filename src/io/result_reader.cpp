#include <neocol/io/result_reader.hpp>

#include <initializer_list>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/clamped.hpp>
#include <neocol/core/error.hpp>
#include <neocol/io/hdf5_file.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/io/tree.hpp>

namespace neocol::io {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string text_or(const tree::Node& object, const std::string& name) {
    return object.has_attribute(name) ? object.text(name) : std::string();
}
double number_or_nan(const tree::Node& object, const std::string& name) {
    return object.has_attribute(name) ? object.number(name) : nan;
}

/// Reads a result and checks that it is one.
tree::File open_result(const std::string& path, hdf5::Trust trust) {
    tree::File file = tree::read(path, trust, tree::Extent::without_fields);
    const tree::Group& root = file.root;
    if (!root.has_attribute("format_version") || !root.has_attribute("neocol_version"))
        throw IoError(path, "is HDF5, but no result of neocol");
    const double version = root.number("format_version");
    if (version > result_format_version) {
        throw IoError(
            path, fmt::format("has format version {:g}; this neocol ({}) reads up to {}", version,
                              root.text("neocol_version"), result_format_version));
    }
    return file;
}

/// Columns of one table are of one length, or the file is damaged.
void check_lengths(const tree::Group& group, std::size_t n,
                   std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const tree::Dataset& data = group.dataset(name);
        const std::size_t length = data.is_text() ? data.read_text().size() : data.read().size();
        if (length != n) {
            throw IoError(data.where(),
                          fmt::format("is damaged: {} values where {} belong", length, n));
        }
    }
}

double one_number(const tree::Dataset& data) {
    if (data.read().size() != 1) throw IoError(data.where(), "is not one number");
    return data.read().front();
}

/// Before format 3 a record right after a session stood at the same time as the one before it.
void split_records(const tree::Group& root, StoredResult& out) {
    std::vector<double> flags = root.dataset("after_session").read(), times;
    flags.resize(out.time.size(), 0.0);
    for (std::size_t i = 0; i < flags.size(); ++i)
        if (flags[i] != 0.0)
            out.events.push_back({out.time[i], "session"});
        else
            times.push_back(out.time[i]);
    for (StoredSeries& series : out.observables) {
        std::vector<double> between_sessions;
        for (std::size_t i = 0; i < flags.size(); ++i) {
            if (flags[i] == 0.0) {
                between_sessions.push_back(series.values[i]);
                continue;
            }
            series.before.push_back(i > 0 ? series.values[i - 1] : nan);
            series.after.push_back(series.values[i]);
        }
        series.values = std::move(between_sessions);
    }
    out.time = std::move(times);
}

void read_observables(const tree::Group& root, StoredResult& out) {
    out.time = root.dataset("time").read();
    for (const std::string& name : root.dataset_names()) {
        const tree::Dataset& data = root.dataset(name);
        if (!data.has_attribute("reduce")) continue;
        out.observables.push_back({name,
                                   text_or(data, "units"),
                                   text_or(data, "long_name"),
                                   text_or(data, "reduce"),
                                   text_or(data, "region"),
                                   data.read(),
                                   {},
                                   {}});
        // A run that was killed between two datasets leaves them of unequal length.
        out.observables.back().values.resize(out.time.size(), nan);
    }
    if (root.has("after_session")) split_records(root, out);
}

void read_events(const tree::Group& root, StoredResult& out) {
    if (!root.has("events")) return;
    const tree::Group& group = root.group("events");
    const std::vector<double> times = group.dataset("time").read();
    std::vector<std::string> causes = group.dataset("cause").read_text();
    causes.resize(times.size());
    for (std::size_t i = 0; i < times.size(); ++i)
        out.events.push_back({times[i], causes[i]});
    for (StoredSeries& series : out.observables) {
        series.before = group.dataset(series.name + "_before").read();
        series.after = group.dataset(series.name + "_after").read();
        series.before.resize(times.size(), nan);
        series.after.resize(times.size(), nan);
    }
}

void read_outcomes(const tree::Group& root, StoredResult& out) {
    if (!root.has("outcomes")) return;
    const tree::Group& group = root.group("outcomes");
    for (const std::string& name : group.dataset_names()) {
        const tree::Dataset& data = group.dataset(name);
        out.outcomes.push_back({name, text_or(data, "units"), text_or(data, "long_name"),
                                text_or(data, "definition"), one_number(data),
                                data.number("censored") != 0.0, text_or(data, "reason")});
    }
}

void read_sessions(const tree::Group& root, StoredResult& out) {
    if (!root.has("sessions")) return;
    const tree::Group& group = root.group("sessions");
    out.layers = group.dataset("layer").read_text();
    const std::size_t n = group.dataset("session").extents().at(0);
    const auto column = [&](const std::string& name) {
        std::vector<double> values = group.dataset(name).read();
        values.resize(n, nan);
        return values;
    };
    std::vector<std::string> device = group.dataset("device").read_text();
    device.resize(n);
    std::vector<double> fractions = group.dataset("layer_fraction").read();
    const std::size_t n_layers = out.layers.size();
    fractions.resize(n * n_layers, nan);
    out.sessions.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto first = fractions.begin() + static_cast<std::ptrdiff_t>(i * n_layers);
        out.sessions[i].device = device[i];
        out.sessions[i].layer_fraction.assign(first, first + static_cast<std::ptrdiff_t>(n_layers));
    }
    for (const simulation::SessionNumber& number : simulation::session_numbers) {
        if (number.is_later && !group.has(std::string(number.name))) continue;
        const std::vector<double> values = column(std::string(number.name));
        for (std::size_t i = 0; i < n; ++i)
            out.sessions[i].*number.member = values[i];
    }
}

void read_end(const tree::Group& root, StoredResult& out) {
    if (root.has("budget") && root.group("budget").has("residual")) {
        const tree::Group& budget = root.group("budget");
        out.species = budget.dataset("species").read_text();
        out.budget_residual = budget.dataset("residual").read();
        check_lengths(budget, out.species.size(), {"residual"});
    }
    if (!root.has("bounds") || !root.group("bounds").has("kept")) return;
    const tree::Group& bounds = root.group("bounds");
    const auto names = bounds.dataset("bound").read_text(),
               units = bounds.dataset("unit").read_text();
    check_lengths(bounds, names.size(), {"unit", "lowest", "highest", "kept"});
    const auto lowest = bounds.dataset("lowest").read(), highest = bounds.dataset("highest").read(),
               satisfied = bounds.dataset("kept").read();
    for (std::size_t i = 0; i < names.size(); ++i)
        out.bounds.push_back({names[i], units[i], lowest[i], highest[i], satisfied[i] != 0.0});
}

void read_provenance(const tree::Group& root, StoredResult& out) {
    const tree::Group& group = root.group("provenance");
    for (const RunOriginText& text : run_origin_texts) {
        const std::string name(text.name);
        if (group.has_attribute(name) || group.has(name))
            out.provenance.*text.member = group.long_text(name);
    }
    if (group.has_attribute("seed"))
        out.provenance.seed = clamped<std::int64_t>(group.number("seed"));
    for (const RunNumber& number : run_numbers)
        out.numbers.*number.member = number_or_nan(group, std::string(number.name));
    const auto keys = group.dataset("key").read_text(), values = group.dataset("value").read_text(),
               origins = group.dataset("origin").read_text();
    check_lengths(group, keys.size(), {"value", "origin"});
    for (std::size_t i = 0; i < keys.size(); ++i)
        out.resolved.push_back({keys[i], values[i], origins[i]});
}

void read_fields(const tree::Group& root, StoredResult& out) {
    const tree::Group& fields = root.group("fields");
    out.geometry = text_or(fields, "geometry");
    out.field_times = fields.dataset("field_time").read();
    if (root.has("fields_after"))
        out.field_times_after = root.group("fields_after").dataset("field_time").read();
    for (const std::string& name : fields.dataset_names())
        if (fields.dataset(name).has_attribute("location")) out.fields.push_back(name);
}

}  // namespace

const StoredSeries* StoredResult::find(const std::string& name) const {
    for (const StoredSeries& series : observables)
        if (series.name == name) return &series;
    return nullptr;
}

StoredResult read_result(const std::string& path, hdf5::Trust trust) {
    const tree::File file = open_result(path, trust);
    const tree::Group& root = file.root;
    StoredResult out;
    out.path = path;
    out.is_sealed = file.is_sealed;
    for (const RunHeadText& text : run_head_texts)
        out.*text.member = root.text(std::string(text.name));
    // Of a file that is read as it is, a part that is damaged leaves the others.
    const auto part = [&](const auto& read) {
        try {
            read(root, out);
        } catch (const IoError& error) {
            if (trust != hdf5::Trust::any) throw;
            out.damage.emplace_back(error.what());
        }
    };
    part(read_observables);
    part(read_events);
    part(read_outcomes);
    part(read_sessions);
    part(read_end);
    part(read_provenance);
    part(read_fields);
    return out;
}

std::vector<treatment::Channel> read_punctures(const std::string& path, std::size_t i_session) {
    const tree::File file = open_result(path, hdf5::Trust::sealed);
    const std::size_t n = file.root.group("sessions").dataset("session").extents().at(0);
    if (i_session >= n) {
        throw IoError(path,
                      fmt::format("has {} sessions, and punctures of session {} were asked for", n,
                                  i_session + 1));
    }
    const tree::Group& group = file.root.group("punctures");
    check_lengths(group, group.dataset("taper_start").read().size(),
                  {"session", "x", "y", "surface_radius", "depth"});
    const auto session = group.dataset("session").read(), x = group.dataset("x").read(),
               y = group.dataset("y").read(), radius = group.dataset("surface_radius").read(),
               depth = group.dataset("depth").read(), taper = group.dataset("taper_start").read();
    std::vector<treatment::Channel> channels;
    for (std::size_t i = 0; i < taper.size(); ++i) {
        if (session[i] != static_cast<double>(i_session + 1)) continue;
        channels.push_back({.x = x[i],
                            .y = y[i],
                            .surface_radius = radius[i],
                            .depth = depth[i],
                            .taper_start = taper[i]});
    }
    return channels;
}

std::size_t count_sessions(const std::string& path) {
    return open_result(path, hdf5::Trust::sealed)
        .root.group("sessions")
        .dataset("session")
        .extents()
        .at(0);
}

}  // namespace neocol::io
