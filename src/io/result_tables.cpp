#include "result_tables.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/error.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/model/definitions.hpp>

namespace neocol::io::detail {

using hdf5::Dataset;
using hdf5::Group;
using hdf5::Type;
using hdf5::unlimited;

namespace {

/// Rows of a chunk where few are expected.
constexpr std::size_t few = 16;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void describe(const Dataset& data, const std::string& units, const std::string& long_name) {
    if (!units.empty()) data.set("units", units);
    if (!long_name.empty()) data.set("long_name", long_name);
}

template <typename Value>
void append_one(const Dataset& data, Value value) {
    data.append(std::span<const Value>(&value, 1));
}

/// Bytes of the causes of a jump at which all sessions' and events' names meet once; at least what
/// `...` takes.
std::size_t longest_cause(const model::Model& model, std::size_t n_sessions) {
    constexpr std::size_t most = 4096;
    std::size_t bytes = fmt::format("session {}", n_sessions).size() + 24;
    for (const model::Event& event : model.events)
        bytes += event.name.size() + 2;
    return std::min(bytes, most);
}

}  // namespace

Dataset create_column(const Group& group, const std::string& name, Type type, const Dataset& scale,
                      const std::string& units, const std::string& long_name, std::size_t chunk) {
    Dataset data = group.create(name, type, {.extents = {unlimited}, .chunk = {chunk}});
    data.attach_scale(0, scale);
    describe(data, units, long_name);
    return data;
}

Dataset create_growing_scale(const Group& group, const std::string& name, Type type,
                             const std::string& units, const std::string& long_name,
                             std::size_t chunk) {
    Dataset data = group.create(name, type, {.extents = {unlimited}, .chunk = {chunk}});
    data.make_scale();
    describe(data, units, long_name);
    return data;
}

Dataset create_names(const Group& group, const std::string& name,
                     const std::vector<std::string>& values, const std::string& long_name) {
    Dataset data =
        group.create_texts(name, longest(values), {.extents = {values.size()}, .chunk = {}}, true);
    data.write(values);
    describe(data, {}, long_name);
    return data;
}

std::size_t longest(const std::vector<std::string>& values) {
    std::size_t bytes = 1;
    for (const std::string& value : values)
        bytes = std::max(bytes, value.size());
    return bytes;
}

ObservableTable::ObservableTable(const Group& root, const model::Model& model)
    : time_(create_growing_scale(root, "time", Type::float64, "d", "time")) {
    time_.set("axis", "T");
    for (const model::Observable& observable : model.observables) {
        Dataset data = create_column(root, observable.name, Type::float64, time_,
                                     stored_units(observable.unit.text), observable.meaning);
        data.set("reduce", std::string(name_of(observable.reduce)));
        data.set("region", model::region_text(observable.region, model));
        columns_.push_back({observable.unit, std::move(data), {}});
    }
}

void ObservableTable::append(double time, std::span<const double> values) {
    if (values.size() != columns_.size()) {
        throw std::logic_error(
            fmt::format("{} values for {} observables", values.size(), columns_.size()));
    }
    held_times_.push_back(time);
    for (std::size_t i = 0; i < values.size(); ++i)
        columns_[i].held.push_back(columns_[i].unit.from_internal(values[i]));
}

void ObservableTable::write() {
    if (held_times_.empty()) return;
    const std::size_t rows = held_times_.size();
    time_.append(held_times_, rows);
    for (Column& column : columns_) {
        column.data.append(column.held, rows);
        column.held.clear();
    }
    held_times_.clear();
}

EventTable::EventTable(const Group& root, const model::Model& model, std::size_t n_sessions)
    : cause_bytes_(longest_cause(model, n_sessions)) {
    const Group events = root.create_group("events");
    event_ =
        create_growing_scale(events, "event", Type::int32, {}, "jump of the state, from 1", few);
    time_ = create_column(events, "time", Type::float64, event_, "d", "time of the jump", few);
    cause_ = events.create_texts("cause", cause_bytes_,
                                 {.extents = {unlimited}, .chunk = {few}, .deflate = 1});
    cause_.attach_scale(0, event_);
    describe(cause_, {}, "what changed the state, in the order applied");
    for (const model::Observable& observable : model.observables) {
        const std::string units = stored_units(observable.unit.text);
        columns_.push_back({observable.unit,
                            create_column(events, observable.name + "_before", Type::float64,
                                          event_, units, observable.meaning + ", just before", few),
                            create_column(events, observable.name + "_after", Type::float64, event_,
                                          units, observable.meaning + ", just after", few)});
    }
}

void EventTable::append(const simulation::EventRecord& record) {
    append_one(event_, ++n_events_);
    append_one(time_, record.time);
    std::string causes = fmt::format("{}", fmt::join(record.causes, ", "));
    if (causes.size() > cause_bytes_) causes.replace(cause_bytes_ - 3, std::string::npos, "...");
    append_one(cause_, causes);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        append_one(columns_[i].before, columns_[i].unit.from_internal(record.before.at(i)));
        append_one(columns_[i].after, columns_[i].unit.from_internal(record.after.at(i)));
    }
}

SessionTable::SessionTable(const Group& root, const model::Model& model,
                           const std::vector<std::string>& devices)
    : n_layers_(model.layers.size()) {
    const Group sessions = root.create_group("sessions");
    session_ = create_growing_scale(sessions, "session", Type::int32, {}, "session, from 1", few);
    for (const simulation::SessionNumber& number : simulation::session_numbers)
        numbers_.push_back(create_column(sessions, std::string(number.name), Type::float64,
                                         session_, std::string(number.unit),
                                         std::string(number.long_name), few));
    device_ =
        sessions.create_texts("device", longest(devices), {.extents = {unlimited}, .chunk = {few}});
    device_.attach_scale(0, session_);
    describe(device_, {}, "device");
    const Dataset layer = create_names(sessions, "layer", model.layers, "layer of the skin");
    layer_fraction_ =
        sessions.create("layer_fraction", Type::float64,
                        {.extents = {unlimited, n_layers_}, .chunk = {few, n_layers_}});
    layer_fraction_.attach_scale(0, session_);
    layer_fraction_.attach_scale(1, layer);
    describe(layer_fraction_, "1", "share of each layer's volume inside the wound");

    const Group punctures = root.create_group("punctures");
    puncture_ = create_growing_scale(punctures, "puncture", Type::int32, {}, "puncture, from 1");
    of_session_ = create_column(punctures, "session", Type::int32, puncture_, {},
                                "session of the puncture, from 1");
    const auto length = [&](const char* name, const char* long_name) {
        return create_column(punctures, name, Type::float64, puncture_, "mm", long_name);
    };
    x_ = length("x", "position along x");
    y_ = length("y", "position along y");
    radius_ = length("surface_radius", "radius of the hole at the surface");
    depth_ = length("depth", "depth of the channel");
    taper_ = create_column(punctures, "taper_start", Type::float64, puncture_, "1",
                           "share of the depth at which the channel begins to narrow");
}

void SessionTable::append(const simulation::SessionRecord& record) {
    const auto number = static_cast<std::int32_t>(record.index + 1);
    append_one(session_, number);
    for (std::size_t i = 0; i < numbers_.size(); ++i)
        append_one(numbers_[i], record.*simulation::session_numbers[i].member);
    append_one(device_, record.device);
    std::vector<double> fractions = record.layer_fraction;
    fractions.resize(n_layers_, nan);
    layer_fraction_.append(fractions);

    const std::size_t n = record.channels.size();
    if (n == 0) return;
    std::vector<std::int32_t> ids, sessions(n, number);
    std::vector<double> x, y, radius, depth, taper;
    for (const treatment::Channel& channel : record.channels) {
        ids.push_back(++n_punctures_);
        x.push_back(channel.x);
        y.push_back(channel.y);
        radius.push_back(channel.surface_radius);
        depth.push_back(channel.depth);
        taper.push_back(channel.taper_start);
    }
    puncture_.append(ids, n);
    of_session_.append(sessions, n);
    x_.append(x, n);
    y_.append(y, n);
    radius_.append(radius, n);
    depth_.append(depth, n);
    taper_.append(taper, n);
}

namespace {

/// A file that is empty, whatever was there.
files::AppendFile begin_anew(const std::string& path) {
    files::remove(path);
    return files::AppendFile(path);
}

}  // namespace

LiveTable::LiveTable(const std::string& path, const model::Model& model) : file_(begin_anew(path)) {
    std::string header = "time [d]";
    for (const model::Observable& observable : model.observables) {
        header += fmt::format(",{} [{}]", observable.name, stored_units(observable.unit.text));
        units_.push_back(observable.unit);
    }
    file_.append(header + '\n');
}

void LiveTable::append(double time, std::span<const double> values) {
    std::string line = fmt::format("{}", time);
    for (std::size_t i = 0; i < values.size(); ++i)
        line += fmt::format(",{}", units_[i].from_internal(values[i]));
    file_.append(line + '\n');
}

void LiveTable::close(bool stays) {
    if (stays) file_.sync();
    file_.close();
}

}  // namespace neocol::io::detail
