#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/io/device_reader.hpp>
#include <neocol/io/result_reader.hpp>

#include "device_keys.hpp"
#include "scenario_parts.hpp"

namespace neocol::io::detail {

std::optional<treatment::Wound> read_wound(const Entry& entry, const Values& values) {
    if (!entry || !values.table(entry)) return std::nullopt;
    const std::size_t faults = values.n_faults();
    const Entry shape = entry.get("shape");
    const std::vector<std::string> shapes{"excision", "punch", "core", "incision", "region"};
    if (!shape) {
        values.missing(entry, "shape", fmt::format("one of {}", fmt::join(shapes, ", ")));
    }
    const std::string name = values.choice(shape, "wound shape", shapes).value_or("");
    const auto size = [&](const char* key) {
        if (!entry.get(key)) {
            values.missing(entry, key, fmt::format("a {} needs its {}", name, key));
        }
        return values.quantity(entry.get(key), length, positive).value_or(0.0);
    };
    const auto place = [&](const char* key) {
        return values.quantity(entry.get(key), length, not_negative).value_or(0.0);
    };
    treatment::Wound wound;
    if (name == "excision") {
        wound = treatment::Excision{.radius = size("radius"), .depth = size("depth")};
    } else if (name == "punch") {
        wound = treatment::Punch{.diameter = size("diameter"), .depth = size("depth")};
    } else if (name == "core") {
        wound = treatment::Core{
            .x = place("x"), .y = place("y"), .diameter = size("diameter"), .depth = size("depth")};
    } else if (name == "incision") {
        wound =
            treatment::Incision{.x = place("x"), .width = size("width"), .depth = size("depth")};
    } else if (name == "region") {
        const double from = place("from"), to = size("to");
        if (!entry.get("fraction")) values.missing(entry, "fraction", "a share from 0 to 1");
        const double fraction = values.quantity(entry.get("fraction"), pure, share).value_or(0.0);
        if (values.n_faults() == faults && from >= to) {
            values.add(entry.get("to").fault("'to' must lie deeper than 'from'"));
        }
        wound = treatment::Slab{.fraction = fraction, .from = from, .to = to};
    }
    if (values.n_faults() > faults) return std::nullopt;
    return wound;
}

namespace {

/// What one session is made of, the course's values first, each replaced by the session's own.
struct Ingredients {
    treatment::Device device;
    bool has_device = false;
    std::optional<double> needle_length, puncture_density, passes;
    std::optional<treatment::Wound> wound;
    std::optional<std::string> punctures_from;
    std::optional<std::vector<treatment::Channel>> positions;
    Entry device_at, needle_at, density_at, passes_at, wound_at, from_at;
    bool faulty = false;  ///< something of it was reported already
};

/// Notes every value of a device file that the scenario does not replace.
void note_device(const Values& values, const std::string& key, const treatment::Device& d) {
    const std::string origin = "device " + d.name;
    const auto note = [&](const char* name, const std::string& text) {
        values.note(key + '.' + name, text, origin);
    };
    note("kind", treatment::to_string(d.kind));
    note("pattern", treatment::to_string(d.pattern));
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
    if (d.punctures_per_pass > 0.0) {
        note("punctures_per_pass", fmt::format("{} mm-2", d.punctures_per_pass));
    }
}

/// A device by name from its file.
void find_device(Pass& pass, const Entry& name, const std::string& key, Ingredients& out) {
    const auto given = pass.values.text(name);
    if (!given) return;
    try {
        NamedText file = pass.library.find(Shelf::devices, *given);
        out.device =
            pass.kept.devices
                .get(file,
                     [&](const NamedText& found) {
                         return read_device(found.text, found.path, *given, pass.values.units());
                     })
                .device;
        note_device(pass.values, key, out.device);
        const auto same = [&](const NamedText& other) { return other.path == file.path; };
        if (std::none_of(pass.files.begin(), pass.files.end(), same)) {
            pass.files.push_back(std::move(file));
        }
    } catch (const InputError& error) {
        const Diagnostic first = first_fault(error);
        if (first.at.path.empty()) {
            pass.values.add(name.fault(first.message, first.help));
        } else {
            for (const Diagnostic& fault : error.diagnostics)
                pass.values.add(fault);
        }
    }
}

void read_device_of(Pass& pass, const Entry& entry, Ingredients& out) {
    if (!entry || !pass.values.table(entry)) return;
    const std::size_t faults = pass.values.n_faults();
    const Entry name = entry.get("name"), label = entry.get("label");
    if (name && label) {
        pass.values.add(label.fault_at_key("a device has either a name, of a file, or a label",
                                           "leave out 'label' to take the device from its file"));
    }
    if (name) {
        find_device(pass, name, entry.key_path(), out);
    } else if (!out.has_device || label) {
        out.device = {};
        out.device.name = pass.values.text(label).value_or("device");
        for (const char* key : {"kind", "needle_diameter", "hole_ratio"}) {
            if (!entry.get(key)) {
                pass.values.missing(entry, key,
                                    "name a device, such as name = \"roller_192\", or describe it");
            }
        }
    }
    if (!name && (!out.has_device || label)) lack_of_depth(entry, pass.values);
    out.device.insertion.skin_compliance = pass.scenario.skin.compliance;
    read_device_keys(entry, pass.values, out.device);
    out.has_device = true;
    out.device_at = entry;
    if (entry.get("needle_length")) {
        out.needle_at = entry.get("needle_length");
        out.needle_length = pass.values.quantity(out.needle_at, length, positive);
    }
    out.faulty = out.faulty || pass.values.n_faults() > faults;
}

std::vector<treatment::Channel> read_positions(const Entry& entry, const Values& values) {
    std::vector<treatment::Channel> channels;
    if (!entry || !values.table(entry)) return channels;
    const Values quiet = values.silent();
    const auto column = [&](const char* key) {
        return quiet.quantities(entry.get(key), length, not_negative);
    };
    const std::vector<double> x = column("x"), y = column("y"), radius = column("surface_radius"),
                              depth = column("depth");
    std::vector<double> taper;
    if (values.array(entry.get("taper_start"))) {
        taper = quiet.quantities(entry.get("taper_start"), pure, share);
    }
    if (y.size() != x.size() || radius.size() != x.size() || depth.size() != x.size() ||
        taper.size() != x.size()) {
        values.add(
            entry.fault_at_key("positions need x, y, surface_radius, depth and taper_start "
                               "of the same length"));
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
void read_dose(Pass& pass, const Entry& entry, Ingredients& out) {
    const Values& v = pass.values;
    const std::size_t faults = v.n_faults();
    const Entry density_at = entry.get("puncture_density"), passes_at = entry.get("passes"),
                wound_at = entry.get("wound"), from_at = entry.get("punctures_from");
    if (density_at && passes_at) {
        v.add(passes_at.fault_at_key("'passes' and 'puncture_density' exclude each other",
                                     "passes stand for a density by way of the device"));
    }
    if (density_at || passes_at || from_at) out.wound.reset();
    if (density_at) {
        out.puncture_density = v.quantity(density_at, density, not_negative);
        out.passes.reset();
        out.density_at = density_at;
    }
    if (passes_at) {
        out.passes = v.quantity(passes_at, pure, not_negative);
        out.puncture_density.reset();
        out.passes_at = out.density_at = passes_at;
    }
    if (from_at) {
        out.punctures_from = v.text(from_at);
        out.from_at = from_at;
    }
    if (wound_at) {
        out.wound = read_wound(wound_at, v);
        out.wound_at = wound_at;
    }
    out.faulty = out.faulty || v.n_faults() > faults;
}

/// Density and positions from what was given; faults where something is missing.
void complete(Pass& pass, const Entry& blame, std::size_t i_session, const Ingredients& in,
              treatment::Session& session) {
    const Values& v = pass.values;
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
    if (!in.needle_length) {
        v.missing(in.device_at, "needle_length", "such as needle_length = \"1.5 mm\"");
    }
    if (in.positions) {
        session.positions = *in.positions;
    } else if (in.punctures_from) {
        const std::string path = pass.relative(*in.punctures_from);
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
            const Diagnostic cause = first_fault(error);
            v.add(in.passes_at.fault(cause.message, cause.help));
        }
    } else if (!in.puncture_density) {
        v.add(blame.fault_at_key(
            "sessions need a puncture density, passes or a wound",
            "add puncture_density = \"250 cm-2\", or passes = 10, to [regimen]"));
    }
}

void place_session(Pass& pass, std::size_t i, const Entry& at, const Ingredients& in) {
    const std::string key = fmt::format("session[{}]", i + 1);
    pass.places[key + ".at"] = at;
    pass.places[key + ".needle_length"] = in.needle_at ? in.needle_at : in.device_at;
    pass.places[key + ".puncture_density"] = in.density_at;
    pass.places[key + ".passes"] = in.passes_at;
    pass.places[key + ".wound"] = in.wound_at;
    pass.places[key + ".device"] = in.device_at;
    pass.places[key] = at;
}

void read_explicit(Pass& pass, const Entry& list, const Ingredients& course) {
    const Values& v = pass.values;
    const std::vector<Entry> elements = list.elements();
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const Entry& entry = elements[i];
        if (!v.table(entry)) continue;
        Ingredients in = course;
        treatment::Session session;
        const Entry at = entry.get("at");
        if (!at) v.missing(entry, "at", "such as at = \"4 week\"");
        session.time = v.time(at, not_negative).value_or(Time());
        read_device_of(pass, entry.get("device"), in);
        if (entry.get("needle_length")) {
            in.needle_at = entry.get("needle_length");
            in.needle_length = v.quantity(in.needle_at, length, positive);
            in.faulty = in.faulty || !in.needle_length;
        }
        read_dose(pass, entry, in);
        if (entry.get("positions")) {
            const std::size_t faults = v.n_faults();
            in.positions = read_positions(entry.get("positions"), v);
            in.faulty = in.faulty || v.n_faults() > faults;
        }
        complete(pass, entry, i, in, session);
        place_session(pass, i, at, in);
        pass.scenario.regimen.sessions.push_back(std::move(session));
    }
}

void read_series(Pass& pass, const Entry& regimen, const Ingredients& course) {
    const Values& v = pass.values;
    const Entry sessions = regimen.get("sessions"), spacing = regimen.get("spacing"),
                start = regimen.get("start");
    constexpr std::int64_t most = 10'000;
    const std::int64_t n = v.whole(sessions, 0, most).value_or(0);
    const Time first = v.time(start, not_negative).value_or(Time());
    const auto step = v.time(spacing, positive);
    if (n > 1 && !spacing) {
        v.missing(regimen, "spacing", "the time between sessions, such as spacing = \"4 week\"");
    }
    if (n > 0 && !start) v.note_default("regimen.start", "0 d");
    if (n > 1 && !step) return;
    for (std::int64_t i = 0; i < n; ++i) {
        treatment::Session session;
        session.time = first + multiple(i, step.value_or(Time()));
        const auto index = static_cast<std::size_t>(i);
        const std::size_t faults = v.n_faults();
        complete(pass, regimen, index, course, session);
        place_session(pass, index, i == 0 && start ? start : sessions, course);
        pass.scenario.regimen.sessions.push_back(std::move(session));
        if (v.n_faults() > faults) return;  // the others would say the same
    }
}

}  // namespace

void read_regimen(Pass& pass, const Entry& root) {
    const Entry regimen = root.get("regimen"), list = root.get("session");
    Ingredients course;
    pass.places["regimen"] = regimen;
    read_device_of(pass, root.get("device"), course);
    if (!pass.values.table(regimen) || !pass.values.array(list)) return;
    read_dose(pass, regimen, course);
    if (!list) {
        read_series(pass, regimen, course);
        return;
    }
    for (const char* key : {"sessions", "spacing", "start"}) {
        const Entry entry = regimen.get(key);
        if (!entry) continue;
        pass.values.add(entry.fault_at_key(
            fmt::format("'{}' and [[session]] exclude each other", key),
            "give equal sessions by number and spacing, or list each as a [[session]]"));
    }
    read_explicit(pass, list, course);
}

}  // namespace neocol::io::detail
