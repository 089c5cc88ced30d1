#include <cmath>
#include <exception>
#include <sstream>

#include <fmt/format.h>

#include <neocol/core/clamped.hpp>
#include <neocol/core/error.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/checkpoint_file.hpp>
#include <neocol/io/tree.hpp>

namespace neocol::io {

using simulation::Checkpoint;
using tree::Group;

namespace {

/// Columns of one table are of one length, or the file is damaged.
void check_length(const Group& group, const char* name, std::size_t is, std::size_t should_be) {
    if (is == should_be) return;
    throw IoError(group.where() + '/' + name,
                  fmt::format("is damaged: {} values where {} belong", is, should_be));
}

/// A number of things. \throws IoError  not whole, or beyond all measure
std::size_t count(const Group& group, const char* name, double value) {
    constexpr double most = 1e12;
    if (!(value >= 0.0) || value > most || value != std::floor(value))
        throw IoError(group.where(), fmt::format("is damaged: {} is {}", name, value));
    return static_cast<std::size_t>(value);
}

template <typename To>
std::vector<To> converted(const std::vector<double>& values) {
    std::vector<To> list;
    list.reserve(values.size());
    for (const double value : values)
        list.push_back(clamped<To>(value));
    return list;
}

void read_state(const Group& root, Checkpoint& c) {
    const Group& group = root.group("state");
    c.state = group.dataset("state").read();
    c.stepper = group.dataset("stepper").read();
    c.wounded = group.dataset("wounded").read();
    c.surface_wounded = group.dataset("surface_wounded").read();
    c.junction_wounded = group.dataset("junction_wounded").read();
    c.edges_x = group.dataset("edges_x").read();
    c.edges_y = group.dataset("edges_y").read();
    c.edges_z = group.dataset("edges_z").read();
}

void read_course(const Group& root, Checkpoint& c) {
    const Group& group = root.group("course");
    const std::size_t n_observables = count(group, "n_observables", group.number("n_observables"));
    check_length(group, "value", group.dataset("value").read().size(),
                 n_observables * group.dataset("time").read().size());
    check_length(group, "segment", group.dataset("segment").read().size(),
                 group.dataset("time").read().size());
    c.series =
        TimeSeries::of(n_observables, group.dataset("time").read(), group.dataset("value").read(),
                       converted<int>(group.dataset("segment").read()));
    c.record_times = group.dataset("record_time").read();
    c.record_values = group.dataset("record_value").read();
    c.smallest_value = group.dataset("smallest").read();
    const std::vector<std::string> names = group.dataset("bound").read_text();
    const std::vector<double> lowest = group.dataset("lowest").read(),
                              highest = group.dataset("highest").read(),
                              satisfied = group.dataset("kept").read();
    check_length(group, "record_value", c.record_values.size(),
                 n_observables * c.record_times.size());
    check_length(group, "lowest", lowest.size(), names.size());
    check_length(group, "highest", highest.size(), names.size());
    check_length(group, "kept", satisfied.size(), names.size());
    for (std::size_t i = 0; i < names.size(); ++i)
        c.bounds.push_back({names[i], lowest[i], highest[i], satisfied[i] > 0.0});
    c.triggered = converted<int>(group.dataset("triggered").read());
}

void read_events(const Group& root, Checkpoint& c) {
    const Group& group = root.group("events");
    const std::vector<double> times = group.dataset("time").read(),
                              n_causes = group.dataset("n_causes").read(),
                              before = group.dataset("before").read(),
                              after = group.dataset("after").read();
    const std::vector<std::string> causes = group.dataset("cause").read_text();
    const std::size_t n = c.series.n_values();
    check_length(group, "n_causes", n_causes.size(), times.size());
    check_length(group, "before", before.size(), n * times.size());
    check_length(group, "after", after.size(), n * times.size());
    std::size_t all_causes = 0;
    for (const double n_of_event : n_causes)
        all_causes += count(group, "n_causes", n_of_event);
    check_length(group, "cause", causes.size(), all_causes);
    std::size_t next = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
        simulation::EventRecord event;
        event.time = times[i];
        for (double k = 0.0; k < n_causes[i]; k += 1.0)
            event.causes.push_back(causes.at(next++));
        const auto row = static_cast<std::ptrdiff_t>(i * n), width = static_cast<std::ptrdiff_t>(n);
        event.before.assign(before.begin() + row, before.begin() + row + width);
        event.after.assign(after.begin() + row, after.begin() + row + width);
        c.events.push_back(std::move(event));
    }
}

void read_sessions(const Group& root, Checkpoint& c) {
    const Group& group = root.group("sessions");
    const std::vector<std::string> devices = group.dataset("device").read_text();
    const std::vector<double> index = group.dataset("session").read(),
                              layers = group.dataset("layer_fraction").read(),
                              n_layers = group.dataset("n_layers").read(),
                              n_channels = group.dataset("n_channels").read(),
                              channels = group.dataset("channel").read();
    check_length(group, "session", index.size(), devices.size());
    check_length(group, "n_layers", n_layers.size(), devices.size());
    check_length(group, "n_channels", n_channels.size(), devices.size());
    std::size_t all_layers = 0, all_channels = 0;
    for (std::size_t i = 0; i < devices.size(); ++i) {
        all_layers += count(group, "n_layers", n_layers[i]);
        all_channels += count(group, "n_channels", n_channels[i]);
    }
    check_length(group, "layer_fraction", layers.size(), all_layers);
    check_length(group, "channel", channels.size(), 5 * all_channels);
    auto layer = layers.begin();
    auto value = channels.begin();
    for (std::size_t i = 0; i < devices.size(); ++i) {
        simulation::SessionRecord s;
        s.device = devices[i];
        s.index = count(group, "session", index[i]);
        const auto n = static_cast<std::ptrdiff_t>(n_layers.at(i));
        s.layer_fraction.assign(layer, layer + n);
        layer += n;
        for (double k = 0; k < n_channels.at(i); k += 1.0, value += 5)
            s.channels.push_back({value[0], value[1], value[2], value[3], value[4]});
        c.sessions.push_back(std::move(s));
    }
    for (const simulation::SessionNumber& number : simulation::session_numbers) {
        const std::string name(number.name);
        if (number.is_later && !group.has(name)) continue;
        const std::vector<double> values = group.dataset(name).read();
        check_length(group, name.c_str(), values.size(), devices.size());
        for (std::size_t i = 0; i < devices.size(); ++i)
            c.sessions[i].*number.member = values[i];
    }
}

void read_origin(const Group& root, StoredCheckpoint& out) {
    const Group& identity = root.group("identity");
    std::istringstream names(identity.text("names"));
    for (std::string name; std::getline(names, name);)
        out.identity.emplace_back(name, identity.text(name));
    out.interpreter = identity.number("interpreter") > 0.0;
    out.history = identity.long_text("history");
    const Group& group = root.group("scenario");
    out.scenario_text = group.long_text("text");
    out.resolved_text = group.long_text("resolved");
    out.model_name = group.text("model_name");
    out.model_text = group.long_text("model_text");
    const std::vector<std::string> keys = group.dataset("key").read_text(),
                                   values = group.dataset("value").read_text(),
                                   origins = group.dataset("origin").read_text();
    check_length(group, "value", values.size(), keys.size());
    check_length(group, "origin", origins.size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
        out.resolved.push_back({keys[i], values[i], origins[i]});
}

}  // namespace

bool is_checkpoint(const std::string& path) {
    return hdf5::kind_of_file(path) == checkpoint_kind;
}

StoredCheckpoint read_checkpoint(const std::string& path) {
    const tree::File file =
        tree::read(path, hdf5::Trust::sealed, tree::Extent::without_group_fields);
    if (file.kind != checkpoint_kind)
        throw IoError(path, fmt::format("is no checkpoint, but a {} of neocol", file.kind));
    const Group& root = file.root;
    const double version = root.number("checkpoint_version");
    if (version != checkpoint_format_version) {
        throw IoError(path, fmt::format("has checkpoint version {:g}; this neocol reads {}",
                                        version, checkpoint_format_version));
    }
    StoredCheckpoint out;
    out.path = path;
    out.title = root.text("title");
    out.until = root.number("until");
    out.n_sessions = count(root, "n_sessions", root.number("n_sessions"));
    out.bytes = static_cast<double>(file.bytes);
    Checkpoint& c = out.checkpoint;
    c.time = root.number("time");
    c.next_landing = root.number("next_landing");
    c.after_session = root.number("after_session") > 0.0;
    c.wall_seconds = root.number("wall_seconds");
    read_origin(root, out);
    read_state(root, c);
    read_course(root, c);
    read_sessions(root, c);
    read_events(root, c);
    return out;
}

StoredCheckpoint read_checkpoint_or_older(const std::string& path, std::string& warning) {
    const std::string result = result_of_checkpoint(path);
    const std::string older = older_checkpoint_path(result);
    try {
        return read_checkpoint(path);
    } catch (const IoError& newest) {
        const std::exception_ptr first = std::current_exception();
        const bool has_older =
            path == checkpoint_path(result) && files::kind_of(older) == files::Kind::regular;
        if (!has_older) throw;
        try {
            StoredCheckpoint stored = read_checkpoint(older);
            warning = fmt::format("{}\n  going on from the one before it, '{}', at day {:.6g}",
                                  newest.what(), older, stored.checkpoint.time);
            return stored;
        } catch (const IoError& second) {
            // What cannot be read at the moment may be whole.
            if (dynamic_cast<const files::CallError*>(&newest) != nullptr)
                std::rethrow_exception(first);
            if (dynamic_cast<const files::CallError*>(&second) != nullptr) throw;
            throw IoError(path, fmt::format("cannot go on:\n  {}\n  {}\n  run the scenario again, "
                                            "with --overwrite",
                                            newest.what(), second.what()));
        }
    }
}

}  // namespace neocol::io
