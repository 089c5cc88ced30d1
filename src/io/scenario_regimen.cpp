#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/io/device_reader.hpp>
#include <neocol/io/result_reader.hpp>

#include "scenario_keys.hpp"
#include "scenario_parts.hpp"

namespace neocol::io::detail {

namespace {

/// Reads the sizes of the shape with this name; nothing if it is another one.
template <typename Shape>
void read_shape(const TableReader& table, const std::string& name,
                std::optional<treatment::Wound>& wound) {
    if constexpr (requires { treatment::WoundShape<Shape>::name; }) {
        if (name != treatment::WoundShape<Shape>::name) return;
        Shape shape;
        bool is_whole = true;
        for (const auto& [key, member] : treatment::WoundShape<Shape>::sizes) {
            is_whole = is_whole && (table.has(key.name) || !key.is_required);
            shape.*member = table.quantity(key.name, 0.0);
        }
        if (is_whole) wound = shape;
    }
}

template <typename... Shapes>
std::optional<treatment::Wound> read_shapes(const TableReader& table, const std::string& name,
                                            const std::variant<Shapes...>*) {
    std::optional<treatment::Wound> wound;
    (read_shape<Shapes>(table, name, wound), ...);
    return wound;
}

}  // namespace

std::optional<treatment::Wound> read_wound(const TableReader& table) {
    if (!table) return std::nullopt;
    const ValueReader& values = table.values();
    const std::string name = table.choice_name("shape").value_or("");
    const std::size_t faults = values.n_faults();
    auto wound = read_shapes(table, name, static_cast<const treatment::Wound*>(nullptr));
    if (!wound || values.n_faults() > faults) return std::nullopt;
    if (const auto* slab = std::get_if<treatment::Slab>(&*wound);
        slab != nullptr && slab->from >= slab->to) {
        values.add(table.fault("to", "'to' must lie deeper than 'from'"));
        return std::nullopt;
    }
    return wound;
}

namespace {

/// What one session is made of, the course's values first, each replaced by the session's own.
struct SessionSettings {
    treatment::Device device;
    bool has_device = false;
    std::optional<double> needle_length, puncture_density, passes;
    std::optional<treatment::Wound> wound;
    std::optional<std::string> punctures_from;
    std::optional<std::vector<treatment::Channel>> positions;
    DocumentNode device_at, needle_at, density_at, passes_at, wound_at, from_at;
    bool faulty = false;  ///< something of it was reported already
};

/// Records every value of a device file that the scenario does not replace.
void record_device(const ValueReader& values, const std::string& key, const treatment::Device& d) {
    const std::string origin = "device " + d.name;
    const auto note = [&](const char* name, std::string_view text) {
        values.record(key + '.' + name, std::string(text), origin);
    };
    note("kind", name_of(d.kind));
    note("pattern", name_of(d.pattern));
    note("needle_diameter", fmt::format("{} mm", d.needle_diameter));
    if (d.depth_ratio > 0.0) {
        note("depth_ratio", fmt::format("{}", d.depth_ratio));
    } else {
        note("tip_diameter", fmt::format("{} mm", d.insertion.tip_diameter));
        note("speed", fmt::format("{} mm d-1", d.insertion.speed));
        note("grip", fmt::format("{}", d.insertion.grip));
    }
    note("hole_ratio", fmt::format("{}", d.hole_ratio));
    if (d.tip_length > 0.0) note("tip_length", fmt::format("{} mm", d.tip_length));
    note("taper_start", fmt::format("{}", d.taper_start));
    note("coring", fmt::format("{}", d.coring));
    note("needles", fmt::format("{}", d.needles));
    if (d.rows > 0) note("rows", fmt::format("{}", d.rows));
    if (d.drum_diameter > 0.0) note("drum_diameter", fmt::format("{} mm", d.drum_diameter));
    if (d.drum_width > 0.0) note("drum_width", fmt::format("{} mm", d.drum_width));
    if (d.punctures_per_pass > 0.0)
        note("punctures_per_pass", fmt::format("{} mm-2", d.punctures_per_pass));
}

/// A device by name from its file.
void find_device(ScenarioDraft& draft, const TableReader& table, SessionSettings& out) {
    const auto given = table.text("name");
    if (!given) return;
    try {
        NamedText file = draft.library.find(LibraryPart::devices, *given);
        out.device =
            draft.cache.devices
                .get(file,
                     [&](const NamedText& text) {
                         return read_device(text.text, text.path, *given, draft.values.units());
                     })
                .device;
        record_device(draft.values, table.node().key_path(), out.device);
        const auto same = [&](const NamedText& other) { return other.path == file.path; };
        if (std::none_of(draft.files.begin(), draft.files.end(), same))
            draft.files.push_back(std::move(file));
    } catch (const InputError& error) {
        add_faults_of_file(draft.values, table.at("name"), error);
    }
}

void read_device_of(ScenarioDraft& draft, const TableReader& table, SessionSettings& out) {
    if (!table) return;
    const std::size_t faults = draft.values.n_faults();
    const bool has_name = table.has("name"), has_label = table.has("label");
    if (has_name && has_label)
        draft.values.add(table.fault_at_key("label",
                                            "a device has either a name, of a file, or a label",
                                            "leave out 'label' to take the device from its file"));
    if (has_name) {
        find_device(draft, table, out);
    } else if (!out.has_device || has_label) {
        out.device = {};
        out.device.name = table.text("label", "device");
        for (const char* key : {"kind", "needle_diameter", "hole_ratio"})
            if (!table.has(key))
                table.missing(key, "name a device, such as name = \"roller_192\", or describe it");
    }
    if (!has_name && (!out.has_device || has_label)) lack_of_depth(table);
    out.device.insertion.skin_compliance = draft.scenario.skin.compliance;
    read_device_keys(table, out.device);
    out.has_device = true;
    out.device_at = table.node();
    if (table.has("needle_length")) {
        out.needle_at = table.at("needle_length");
        out.needle_length = table.quantity("needle_length");
    }
    out.faulty = out.faulty || draft.values.n_faults() > faults;
}

std::vector<treatment::Channel> read_positions(const TableReader& given) {
    std::vector<treatment::Channel> channels;
    if (!given) return channels;
    const TableReader table = given.silent();
    const std::vector<double> x = table.quantities("x"), y = table.quantities("y"),
                              radius = table.quantities("surface_radius"),
                              depth = table.quantities("depth"),
                              taper = table.quantities("taper_start");
    if (y.size() != x.size() || radius.size() != x.size() || depth.size() != x.size() ||
        taper.size() != x.size()) {
        table.values().add(table.node().fault_at_key(
            "positions need x, y, surface_radius, depth and taper_start of the same length"));
        return channels;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        channels.push_back({.x = x[i],
                            .y = y[i],
                            .surface_radius = radius[i],
                            .depth = depth[i],
                            .taper_start = taper[i]});
    }
    return channels;
}

/// The keys that [regimen] and [[session]] share: what kind of wound is made.
void read_dose(const TableReader& table, SessionSettings& out) {
    const ValueReader& v = table.values();
    const std::size_t faults = v.n_faults();
    const DocumentNode density_at = table.at("puncture_density"), passes_at = table.at("passes"),
                       wound_at = table.at("wound"), from_at = table.at("punctures_from");
    if (density_at && passes_at) {
        v.add(passes_at.fault_at_key("'passes' and 'puncture_density' exclude each other",
                                     "passes stand for a density by way of the device"));
    }
    if (density_at || passes_at || from_at) out.wound.reset();
    if (density_at) {
        out.puncture_density = table.quantity("puncture_density");
        out.passes.reset();
        out.density_at = density_at;
    }
    if (passes_at) {
        out.passes = table.quantity("passes");
        out.puncture_density.reset();
        out.passes_at = out.density_at = passes_at;
    }
    if (from_at) {
        out.punctures_from = table.text("punctures_from");
        out.from_at = from_at;
    }
    if (wound_at) {
        out.wound = read_wound(table.table("wound"));
        out.wound_at = wound_at;
    }
    out.faulty = out.faulty || v.n_faults() > faults;
}

/// Density and positions from what was given; faults where something is missing.
void complete(ScenarioDraft& draft, const DocumentNode& blame, std::size_t i_session,
              const SessionSettings& in, treatment::Session& session) {
    const ValueReader& v = draft.values;
    session.device = in.device;
    session.wound = in.wound;
    // A length that was reported already is replaced by one that raises no further faults: as short
    // as can be, and yet it pierces.
    session.needle_length = in.needle_length.value_or(in.wound ? 0.0 : 1e-3);
    if (!in.needle_length) session.device.depth_ratio = 1.0;
    session.puncture_density = in.wound ? 0.0 : in.puncture_density.value_or(0.0);
    if (in.wound || in.faulty) return;
    if (!in.has_device) {
        v.add(blame.fault_at_key("sessions need a device or a wound",
                                 "add [device] with name = \"roller_192\" and needle_length"));
        return;
    }
    if (!in.needle_length)
        v.missing(in.device_at, "needle_length", "such as needle_length = \"1.5 mm\"");
    if (in.positions) {
        session.positions = *in.positions;
    } else if (in.punctures_from) {
        const std::string path = draft.relative(*in.punctures_from);
        session.positions = read_punctures(path, i_session);
        if (!in.puncture_density && !in.passes) {
            const StoredResult result = read_result(path);
            session.puncture_density = result.sessions.at(i_session).puncture_density;
            return;
        }
    }
    if (in.passes) {
        try {
            session.puncture_density = *in.passes * treatment::punctures_per_pass(in.device);
        } catch (const InputError& error) {
            v.add_at(in.passes_at, error);
        }
    } else if (!in.puncture_density) {
        v.add(blame.fault_at_key(
            "sessions need a puncture density, passes or a wound",
            "add puncture_density = \"250 cm-2\", or passes = 10, to [regimen]"));
    }
}

void place_session(ScenarioDraft& draft, std::size_t i, const DocumentNode& at,
                   const SessionSettings& in) {
    const std::string key = fmt::format("session[{}]", i + 1);
    draft.places[key + ".at"] = at;
    draft.places[key + ".needle_length"] = in.needle_at ? in.needle_at : in.device_at;
    draft.places[key + ".puncture_density"] = in.density_at;
    draft.places[key + ".passes"] = in.passes_at;
    draft.places[key + ".wound"] = in.wound_at;
    draft.places[key + ".device"] = in.device_at;
    draft.places[key] = at;
}

void read_explicit(ScenarioDraft& draft, const TableReader& root, const SessionSettings& course) {
    const ValueReader& v = draft.values;
    const std::vector<TableReader> tables = root.tables("session");
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const TableReader& table = tables[i];
        SessionSettings in = course;
        treatment::Session session;
        session.time = table.time("at").value_or(Time());
        read_device_of(draft, table.table("device"), in);
        if (table.has("needle_length")) {
            in.needle_at = table.at("needle_length");
            in.needle_length = table.quantity("needle_length");
            in.faulty = in.faulty || !in.needle_length;
        }
        read_dose(table, in);
        if (table.has("positions")) {
            const std::size_t faults = v.n_faults();
            in.positions = read_positions(table.table("positions"));
            in.faulty = in.faulty || v.n_faults() > faults;
        }
        complete(draft, table.node(), i, in, session);
        place_session(draft, i, table.at("at"), in);
        draft.scenario.regimen.sessions.push_back(std::move(session));
    }
}

void read_series(ScenarioDraft& draft, const TableReader& regimen, const SessionSettings& course) {
    const ValueReader& v = draft.values;
    const std::int64_t n = regimen.whole("sessions").value_or(0);
    const Time first = regimen.time("start").value_or(Time());
    const auto step = regimen.time("spacing");
    if (n > 1 && !regimen.has("spacing"))
        regimen.missing("spacing", "the time between sessions, such as spacing = \"4 week\"");
    if (n > 0 && !regimen.has("start")) v.record_default("regimen.start", "0 d");
    if (n > 1 && !step) return;
    for (std::int64_t i = 0; i < n; ++i) {
        treatment::Session session;
        session.time = first + multiple(i, step.value_or(Time()));
        const auto index = static_cast<std::size_t>(i);
        const std::size_t faults = v.n_faults();
        complete(draft, regimen.node(), index, course, session);
        place_session(draft, index,
                      regimen.at(i == 0 && regimen.has("start") ? "start" : "sessions"), course);
        draft.scenario.regimen.sessions.push_back(std::move(session));
        if (v.n_faults() > faults) return;  // the others would say the same
    }
}

}  // namespace

void read_regimen(ScenarioDraft& draft, const TableReader& root) {
    const TableReader regimen = root.table("regimen");
    SessionSettings course;
    draft.places["regimen"] = root.at("regimen");
    read_device_of(draft, root.table("device"), course);
    if (root.has("regimen") && !regimen) return;
    read_dose(regimen, course);
    if (!root.has("session")) {
        read_series(draft, regimen, course);
        return;
    }
    for (const char* key : {"sessions", "spacing", "start"}) {
        if (!regimen.has(key)) continue;
        draft.values.add(regimen.fault_at_key(
            key, fmt::format("'{}' and [[session]] exclude each other", key),
            "give equal sessions by number and spacing, or list each as a [[session]]"));
    }
    read_explicit(draft, root, course);
}

}  // namespace neocol::io::detail
