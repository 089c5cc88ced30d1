#include <neocol/io/device_reader.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

#include "device_keys.hpp"

namespace neocol::io {

namespace detail {

const std::vector<std::string>& evidence_grades() {
    static const std::vector<std::string> grades{"measured",  "abstract", "code",   "secondary",
                                                 "unchecked", "fitted",   "design", "derived"};
    return grades;
}

namespace {

/// Tip and speed replace a ratio; a ratio beside them replaces the law.
void read_insertion(const Entry& entry, const Values& values, treatment::Device& device) {
    treatment::Insertion& insertion = device.insertion;
    const auto set = [](double& target, const std::optional<double>& value) {
        if (value) target = *value;
        return value.has_value();
    };
    bool given =
        set(insertion.tip_diameter, values.quantity(entry.get("tip_diameter"), length, positive));
    given |= set(insertion.speed, values.quantity(entry.get("speed"), velocity, positive));
    given |= set(insertion.grip, values.quantity(entry.get("grip"), pure, not_negative));
    set(insertion.skin_compliance, values.quantity(entry.get("skin_compliance"), pure, positive));
    if (given) device.depth_ratio = 0.0;
}

}  // namespace

void lack_of_depth(const Entry& entry, const Values& values) {
    if (entry.get("depth_ratio")) return;
    const bool tip = bool(entry.get("tip_diameter")), speed = bool(entry.get("speed"));
    if (tip && speed) return;
    values.missing(entry,
                   tip     ? "speed"
                   : speed ? "tip_diameter"
                           : "depth_ratio",
                   "a device says how deep it goes by depth_ratio, or by tip_diameter, speed and "
                   "grip");
}

void read_device_keys(const Entry& entry, const Values& values, treatment::Device& device) {
    using treatment::DeviceKind;
    using treatment::Pattern;
    const auto set = [](double& target, const std::optional<double>& value) {
        if (value) target = *value;
    };
    if (const auto title = values.text(entry.get("title"))) device.title = *title;
    if (const auto kind = values.choice(entry.get("kind"), "device kind",
                                        {to_string(DeviceKind::roller), to_string(DeviceKind::pen),
                                         to_string(DeviceKind::stamp)})) {
        device.kind = *treatment::find_device_kind(*kind);
    }
    if (const auto pattern =
            values.choice(entry.get("pattern"), "pattern",
                          {to_string(Pattern::square), to_string(Pattern::hexagonal),
                           to_string(Pattern::roller_passes), to_string(Pattern::random)})) {
        device.pattern = *treatment::find_pattern(*pattern);
    }
    constexpr Limits ratio{.above = 0.0, .at_most = 1.0};
    set(device.needle_diameter, values.quantity(entry.get("needle_diameter"), length, positive));
    read_insertion(entry, values, device);
    set(device.depth_ratio, values.quantity(entry.get("depth_ratio"), pure, ratio));
    set(device.hole_ratio, values.quantity(entry.get("hole_ratio"), pure, positive));
    set(device.tip_length, values.quantity(entry.get("tip_length"), length, positive));
    set(device.taper_start, values.quantity(entry.get("taper_start"), pure, share));
    set(device.coring, values.quantity(entry.get("coring"), pure, share));
    set(device.punctures_per_pass,
        values.quantity(entry.get("punctures_per_pass"), density, positive));
    set(device.drum_diameter, values.quantity(entry.get("drum_diameter"), length, positive));
    set(device.drum_width, values.quantity(entry.get("drum_width"), length, positive));
    constexpr std::int64_t most = 1'000'000;
    if (const auto n = values.whole(entry.get("needles"), 0, most)) {
        device.needles = static_cast<int>(*n);
    }
    if (const auto n = values.whole(entry.get("rows"), 0, most)) device.rows = static_cast<int>(*n);
}

}  // namespace detail

DeviceFile read_device(std::string text, const std::string& path, const std::string& name,
                       const UnitSystem& units) {
    using namespace detail;
    const Document document = Document::parse(std::move(text), path);
    const Entry root({document.root()});
    Diagnostics faults;
    const Values values(units, faults, nullptr, name);

    DeviceFile file;
    file.device.name = name;
    for (const char* key : {"title", "kind", "needle_diameter", "hole_ratio"}) {
        if (!root.get(key)) values.missing(root, key, "docs/scenario-file.md lists the keys");
    }
    lack_of_depth(root, values);
    read_device_keys(root, values, file.device);
    file.needle_lengths = values.quantities(root.get("needle_lengths"), length, positive);

    const Entry source = root.get("source"), evidence = root.get("evidence");
    if (values.table(source) && values.table(evidence)) {
        std::vector<std::string> own = root.keys();
        std::erase_if(own, [](const std::string& key) {
            return key == "source" || key == "evidence" || key == "title";
        });
        for (const Entry& table : {source, evidence}) {
            for (const std::string& key : table.keys()) {
                const Entry entry = table.get(key);
                if (std::find(own.begin(), own.end(), key) == own.end()) {
                    values.add(entry.fault_at_key(fmt::format("the device has no '{}'", key),
                                                  suggest(key, own)));
                }
            }
        }
        for (const std::string& key : own) {
            DeviceFile::Sourced sourced{
                key, values.text(source.get(key)).value_or(""),
                values.choice(evidence.get(key), "grade of evidence", evidence_grades())
                    .value_or("")};
            if (sourced.source.empty() && sourced.evidence.empty()) continue;
            file.device.source += fmt::format("{}{}: {}", file.device.source.empty() ? "" : "; ",
                                              key, sourced.source);
            file.sources.push_back(std::move(sourced));
        }
    }
    document.report_unknown(faults);
    faults.throw_if_any();
    return file;
}

}  // namespace neocol::io
