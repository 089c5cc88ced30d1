#include <neocol/io/checkpoint_writer.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/version.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/hdf5_file.hpp>

namespace neocol::io {

using hdf5::Group;
using hdf5::Type;
using simulation::Checkpoint;

std::string checkpoint_path(const std::string& result_path) {
    return result_path + ".checkpoint";
}
std::string older_checkpoint_path(const std::string& result_path) {
    return result_path + ".checkpoint.old";
}
std::string session_checkpoint_path(const std::string& result_path, std::size_t i_session) {
    return fmt::format("{}.session-{}.checkpoint", result_path, i_session + 1);
}
std::string result_of_checkpoint(const std::string& checkpoint_path) {
    std::string path = checkpoint_path;
    if (path.ends_with(".old")) path.resize(path.size() - 4);
    constexpr std::string_view ending = ".checkpoint";
    if (!path.ends_with(ending)) return {};
    path.resize(path.size() - ending.size());
    const std::size_t suffix = path.rfind(".session-");
    if (suffix != std::string::npos && suffix + 9 < path.size() &&
        path.find_first_not_of("0123456789", suffix + 9) == std::string::npos)
        path.resize(suffix);
    return path;
}

namespace {

void numbers(const Group& group, const std::string& name, const std::vector<double>& values) {
    group.create(name, Type::float64, {.extents = {values.size()}, .chunk = {}}).write(values);
}

template <typename Items, typename Take>
std::vector<double> taken(const Items& items, Take take) {
    std::vector<double> values;
    for (const auto& item : items)
        values.push_back(static_cast<double>(take(item)));
    return values;
}

void texts(const Group& group, const std::string& name, const std::vector<std::string>& values) {
    std::size_t width = 1;
    for (const std::string& value : values)
        width = std::max(width, value.size());
    group.create_texts(name, width, {.extents = {values.size()}, .chunk = {}}).write(values);
}

void write_state(const Group& root, const Checkpoint& c) {
    const Group group = root.create_group("state");
    numbers(group, "state", c.state);
    numbers(group, "stepper", c.stepper);
    numbers(group, "wounded", c.wounded);
    numbers(group, "surface_wounded", c.surface_wounded);
    numbers(group, "junction_wounded", c.junction_wounded);
    numbers(group, "edges_x", c.edges_x);
    numbers(group, "edges_y", c.edges_y);
    numbers(group, "edges_z", c.edges_z);
}

void write_course(const Group& root, const Checkpoint& c) {
    const Group group = root.create_group("course");
    group.set("n_observables", static_cast<std::int64_t>(c.series.n_values()));
    numbers(group, "time", c.series.times());
    numbers(group, "value", c.series.values());
    numbers(group, "segment", taken(c.series.segments(), [](int i) { return i; }));
    numbers(group, "record_time", c.record_times);
    numbers(group, "record_value", c.record_values);
    numbers(group, "smallest", c.smallest_value);
    using simulation::BoundReport;
    texts(group, "bound", names_of(c.bounds));
    numbers(group, "lowest",
            taken(
                c.bounds, [](const BoundReport& b) { return b.lowest; }));
    numbers(group, "highest",
            taken(
                c.bounds, [](const BoundReport& b) { return b.highest; }));
    numbers(group, "kept",
            taken(
                c.bounds, [](const BoundReport& b) { return b.satisfied ? 1 : 0; }));
    numbers(group, "triggered", taken(c.triggered, [](int i) { return i; }));
}

void write_events(const Group& root, const Checkpoint& c) {
    const Group group = root.create_group("events");
    std::vector<std::string> causes;
    std::vector<double> n_causes, before, after;
    for (const simulation::EventRecord& event : c.events) {
        causes.insert(causes.end(), event.causes.begin(), event.causes.end());
        n_causes.push_back(static_cast<double>(event.causes.size()));
        before.insert(before.end(), event.before.begin(), event.before.end());
        after.insert(after.end(), event.after.begin(), event.after.end());
    }
    numbers(group, "time", taken(c.events, [](const auto& event) { return event.time; }));
    texts(group, "cause", causes);
    numbers(group, "n_causes", n_causes);
    numbers(group, "before", before);
    numbers(group, "after", after);
}

void write_sessions(const Group& root, const Checkpoint& c) {
    const Group group = root.create_group("sessions");
    std::vector<std::string> devices;
    std::vector<double> index, layers, n_layers, n_channels, channels;
    for (const simulation::SessionRecord& s : c.sessions) {
        devices.push_back(s.device);
        index.push_back(static_cast<double>(s.index));
        n_layers.push_back(static_cast<double>(s.layer_fraction.size()));
        layers.insert(layers.end(), s.layer_fraction.begin(), s.layer_fraction.end());
        n_channels.push_back(static_cast<double>(s.channels.size()));
        for (const treatment::Channel& channel : s.channels)
            for (const double value :
                 {channel.x, channel.y, channel.surface_radius, channel.depth, channel.taper_start})
                channels.push_back(value);
    }
    texts(group, "device", devices);
    numbers(group, "session", index);
    for (const simulation::SessionNumber& number : simulation::session_numbers)
        numbers(group, std::string(number.name),
                taken(c.sessions, [&](const auto& s) { return s.*number.member; }));
    numbers(group, "layer_fraction", layers);
    numbers(group, "n_layers", n_layers);
    numbers(group, "n_channels", n_channels);
    numbers(group, "channel", channels);
}

void write_origin(const Group& root, const simulation::Scenario& scenario,
                  const model::Model& model, const CheckpointWriter::Options& options) {
    const Group identity = root.create_group("identity");
    for (const auto& [name, value] : options.identity)
        identity.set(name, value);
    identity.set("names", [&] {
        std::string all;
        for (const auto& entry : options.identity)
            all += entry.first + '\n';
        return all;
    }());
    identity.set("interpreter", std::int64_t{options.interpreter});
    identity.set_long("history", options.history);
    const Group group = root.create_group("scenario");
    group.set_long("text", scenario.text);
    group.set_long("resolved", scenario.resolved_text);
    group.set("model_name", scenario.model_name);
    group.set_long("model_text", model.text);
    std::vector<std::string> keys, values, origins;
    for (const ReadValue& read_value : scenario.resolved) {
        keys.push_back(read_value.key);
        values.push_back(read_value.value);
        origins.push_back(read_value.origin);
    }
    texts(group, "key", keys);
    texts(group, "value", values);
    texts(group, "origin", origins);
}

void write_file(const std::string& path, const Checkpoint& c, const simulation::Scenario& scenario,
                const model::Model& model, const CheckpointWriter::Options& options,
                const ResultWriter* result) {
    hdf5::File file = hdf5::File::create(path, checkpoint_kind);
    {
        const Group root = file.root();
        root.set("kind", "neocol checkpoint");
        root.set("checkpoint_version", std::int64_t{checkpoint_format_version});
        root.set("neocol_version", version());
        root.set("title", scenario.title);
        root.set("time", c.time);
        root.set("next_landing", c.next_landing);
        root.set("after_session", std::int64_t{c.after_session});
        root.set("until", scenario.run.until.days());
        root.set("n_sessions", static_cast<std::int64_t>(scenario.regimen.sessions.size()));
        root.set("wall_seconds", c.wall_seconds);
        write_origin(root, scenario, model, options);
        write_state(root, c);
        write_course(root, c);
        write_sessions(root, c);
        write_events(root, c);
        if (result != nullptr) result->save_fields(root);
    }
    file.close();
}

/// Gives a file a second name, replacing what has it; copies where links are not to be had.
void also_as(const std::string& path, const std::string& name) {
    const std::string temporary = name + ".part";
    files::remove(temporary);
    if (::link(path.c_str(), temporary.c_str()) != 0) return files::copy(path, name);
    try {
        files::rename(temporary, name);
        files::remove(temporary);  // it stands still where both were names of one file
    } catch (const IoError&) {
        ::unlink(temporary.c_str());
        throw;
    }
}

}  // namespace

CheckpointWriter::CheckpointWriter(Options options, const ResultWriter* result)
    : options_(std::move(options)), result_(result) {}

void CheckpointWriter::begin(const simulation::RunContext& context) {
    scenario_ = &context.scenario;
    model_ = &context.model;
    // What is left of another run of this name, which the result's writer has replaced.
    if (context.past == nullptr) remove_checkpoints(options_.result_path);
}

void CheckpointWriter::checkpoint(const Checkpoint& c) {
    const std::string newest = checkpoint_path(options_.result_path);
    const std::string temporary = newest + ".part";
    try {
        write_file(temporary, c, *scenario_, *model_, options_, result_);
    } catch (const Error&) {
        ::unlink(temporary.c_str());
        throw;
    }
    if (files::kind_of(newest) == files::Kind::regular)
        also_as(newest, older_checkpoint_path(options_.result_path));
    // First the one to keep: where it fails, the run goes on from before it and writes it again.
    if (c.after_session && options_.keep_sessions && !c.sessions.empty())
        also_as(temporary, session_checkpoint_path(options_.result_path, c.sessions.back().index));
    files::rename(temporary, newest);
    last_path_ = newest;
}

void CheckpointWriter::end(const simulation::RunSummary& summary) {
    if (!has_ended(summary.status)) return;
    remove_checkpoints(options_.result_path);
}

void remove_checkpoints(const std::string& result_path) {
    for (const std::string& path :
         {checkpoint_path(result_path), older_checkpoint_path(result_path)}) {
        files::remove(path);
        files::remove(path + ".part");
    }
}

RunIdentity make_identity(const simulation::Scenario& scenario, const model::Model& model,
                          const std::string& isa, const std::string& machine) {
    return {{"model", fmt::format("{} {}", scenario.model_name, model.hash)},
            {"scenario", scenario.hash},
            {"version", fmt::format("neocol {} ({})", version(), git_revision())},
            {"build", fmt::format("{} {}", compiler(), compiler_flags())},
            {"instruction set", isa},
            {"instruction set of the machine", machine}};
}

}  // namespace neocol::io
