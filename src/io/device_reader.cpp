#include <neocol/io/device_reader.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

#include "device_keys.hpp"

namespace neocol::io {

namespace detail {

namespace {

void set(double& target, const std::optional<double>& value) {
    if (value) target = *value;
}

/// Tip and speed replace a ratio; a ratio beside them replaces the law.
void read_insertion(const TableReader& table, treatment::Device& device) {
    treatment::Insertion& insertion = device.insertion;
    const auto tip = table.quantity("tip_diameter"), speed = table.quantity("speed"),
               grip = table.quantity("grip");
    set(insertion.tip_diameter, tip);
    set(insertion.speed, speed);
    set(insertion.grip, grip);
    set(insertion.skin_compliance, table.quantity("skin_compliance"));
    if (tip || speed || grip) device.depth_ratio = 0.0;
}

}  // namespace

void lack_of_depth(const TableReader& table) {
    if (table.has("depth_ratio")) return;
    const bool tip = table.has("tip_diameter"), speed = table.has("speed");
    if (tip && speed) return;
    table.missing(tip     ? "speed"
                  : speed ? "tip_diameter"
                          : "depth_ratio",
                  "a device says how deep it goes by depth_ratio, or by tip_diameter, speed and "
                  "grip");
}

void read_device_keys(const TableReader& table, treatment::Device& device) {
    device.title = table.text("title", device.title);
    device.kind = table.choice("kind", device.kind);
    device.pattern = table.choice("pattern", device.pattern);
    set(device.needle_diameter, table.quantity("needle_diameter"));
    read_insertion(table, device);
    set(device.depth_ratio, table.quantity("depth_ratio"));
    set(device.hole_ratio, table.quantity("hole_ratio"));
    set(device.tip_length, table.quantity("tip_length"));
    set(device.taper_start, table.quantity("taper_start"));
    set(device.coring, table.quantity("coring"));
    set(device.punctures_per_pass, table.quantity("punctures_per_pass"));
    set(device.drum_diameter, table.quantity("drum_diameter"));
    set(device.drum_width, table.quantity("drum_width"));
    if (const auto n = table.whole("needles")) device.needles = static_cast<int>(*n);
    if (const auto n = table.whole("rows")) device.rows = static_cast<int>(*n);
}

namespace {

constexpr Key needle_length_key =
    keys::quantity("", quantities::length, limits::positive, "a length that is sold");
constexpr Key source_key = keys::text("", "where the value comes from");
constexpr Key evidence_key =
    keys::choice<Evidence>("", "grade of evidence", "how well the value is known");
constexpr Table source_table{.meaning = "sources by key", .others = &source_key};
constexpr Table evidence_table{.meaning = "grades of evidence by key", .others = &evidence_key};

/// Title, kind, diameter and ratio are required of files; `[device]` may name one instead.
constexpr auto file_keys = [] {
    std::array<Key, device_keys.size() + 3> all{};
    std::size_t n = 0;
    for (Key key : device_keys) {
        key.is_required = key.name == "title" || key.name == "kind" ||
                          key.name == "needle_diameter" || key.name == "hole_ratio";
        all[n++] = key;
    }
    all[n++] = keys::list("needle_lengths", needle_length_key, "lengths that are sold");
    all[n++] = keys::table("source", source_table, "where the values come from, by key");
    all[n++] = keys::table("evidence", evidence_table, "how well the values are known, by key");
    return all;
}();

/// Sources and grades of keys that the file has.
void read_sources(const TableReader& root, DeviceFile& file) {
    const TableReader source = root.table("source"), evidence = root.table("evidence");
    std::vector<std::string> own = root.node().keys();
    std::erase_if(own, [](const std::string& key) {
        return key == "source" || key == "evidence" || key == "title";
    });
    for (const TableReader& table : {source, evidence})
        for (const DocumentNode& member : table.node().members())
            if (std::find(own.begin(), own.end(), member.key()) == own.end())
                root.values().add(
                    member.fault_at_key(fmt::format("the device has no '{}'", member.key()),
                                        suggest(member.key(), own)));
    for (const std::string& key : own) {
        DeviceFile::Sourced sourced{key, source.text(key, ""),
                                    evidence.choice_name(key).value_or("")};
        if (sourced.source.empty() && sourced.evidence.empty()) continue;
        file.device.source +=
            fmt::format("{}{}: {}", file.device.source.empty() ? "" : "; ", key, sourced.source);
        file.sources.push_back(std::move(sourced));
    }
}

}  // namespace

}  // namespace detail

constinit const Table device_table{.meaning = "A needling device", .keys = detail::file_keys};

DeviceFile read_device(std::string text, const std::string& path, const std::string& name,
                       const UnitSystem& units) {
    using namespace detail;
    const Document document = Document::parse(std::move(text), path);
    Diagnostics faults;
    const TableReader root(document.root(), device_table, ValueReader(units, faults));
    DeviceFile file;
    file.device.name = name;
    lack_of_depth(root);
    read_device_keys(root, file.device);
    file.needle_lengths = root.quantities("needle_lengths");
    read_sources(root, file);
    check_keys(document.root(), device_table, faults);
    faults.throw_if_any();
    return file;
}

}  // namespace neocol::io
