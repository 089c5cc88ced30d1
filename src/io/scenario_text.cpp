#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/index.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/io/insertion_law.hpp>
#include <neocol/tissue/grid.hpp>

#include "scenario_keys.hpp"
#include "scenario_parts.hpp"

namespace neocol::io::detail {
namespace {

std::string quantity(double value, const char* unit) {
    return fmt::format("\"{} {}\"", value, unit);
}
std::string mm(double value) {
    return quantity(value, "mm");
}
std::string days(double value) {
    return quantity(value, "d");
}
std::string exact(Time time) {
    return '"' + time.text() + '"';
}
std::string exact(const std::vector<Time>& times) {
    std::string text;
    for (const Time time : times)
        text += (text.empty() ? "" : ", ") + exact(time);
    return '[' + text + ']';
}

/// A number in the coherent unit of a dimension; plain where it has none.
std::string coherent(double value, const Unit& unit, const model::Model& model) {
    if (unit.dimension.is_one()) return fmt::format("{}", value);
    const Unit target = model.units.coherent(unit.dimension);
    return quantity(target.from_internal(value), target.text.c_str());
}

std::string list(const std::vector<double>& values, const char* unit) {
    std::string text;
    for (const double value : values)
        text += (text.empty() ? "" : ", ") + quantity(value, unit);
    return '[' + text + ']';
}

std::string skin_text(const tissue::Skin& skin, const model::Model& model) {
    std::string text = fmt::format(
        "\n[skin]\nsite = {}\ncondition = {}\nage = {}\nphototype = {}\n"
        "compliance = {}\nlayers = [\n",
        toml_string(skin.site), toml_string(skin.condition), days(skin.age), skin.phototype,
        skin.compliance);
    for (const tissue::Layer& layer : skin.layers) {
        text += fmt::format("    {{ name = {}, thickness = {}, {}properties = {{",
                            toml_string(layer.name), mm(layer.thickness),
                            layer.coarse ? "coarse = true, " : "");
        const char* comma = " ";
        for (const auto& [name, value] : layer.properties) {
            Unit unit;
            for (std::size_t i = 0; i < model.properties.size(); ++i)
                if (model.properties[i] == name) unit = model.property_units[i];
            text +=
                fmt::format("{}{} = {}", comma, toml_string(name), coherent(value, unit, model));
            comma = ", ";
        }
        text += " } },\n";
    }
    return text + "]\n";
}

/// A wound as the scenario may give it; channels are their device's.
template <typename Shape>
std::string wound_text(const Shape& wound) {
    std::string text;
    if constexpr (requires { treatment::WoundShape<Shape>::name; }) {
        text = fmt::format("shape = \"{}\"", treatment::WoundShape<Shape>::name);
        for (const auto& [key, member] : treatment::WoundShape<Shape>::sizes)
            text += fmt::format(
                ", {} = {}", key.name,
                key.quantity.unit == "1" ? fmt::format("{}", wound.*member) : mm(wound.*member));
    }
    return text;
}

std::string device_text(const treatment::Device& d) {
    std::string text = fmt::format(
        "device = {{ label = {}, title = {}, kind = \"{}\", pattern = \"{}\", needle_diameter = "
        "{}, "
        "hole_ratio = {}, taper_start = {}, coring = {}, needles = {}, rows = {}",
        toml_string(d.name), toml_string(d.title), name_of(d.kind), name_of(d.pattern),
        mm(d.needle_diameter), d.hole_ratio, d.taper_start, d.coring, d.needles, d.rows);
    if (d.depth_ratio > 0.0) {
        text += fmt::format(", depth_ratio = {}", d.depth_ratio);
    } else {
        const treatment::Insertion& i = d.insertion;
        text +=
            fmt::format(", tip_diameter = {}, speed = {}, grip = {}, skin_compliance = {}",
                        mm(i.tip_diameter), quantity(i.speed, "mm d-1"), i.grip, i.skin_compliance);
    }
    if (d.tip_length > 0.0) text += ", tip_length = " + mm(d.tip_length);
    if (d.drum_diameter > 0.0) text += ", drum_diameter = " + mm(d.drum_diameter);
    if (d.drum_width > 0.0) text += ", drum_width = " + mm(d.drum_width);
    if (d.punctures_per_pass > 0.0)
        text += ", punctures_per_pass = " + quantity(d.punctures_per_pass, "mm-2");
    return text + " }\n";
}

std::string positions_text(const std::vector<treatment::Channel>& channels) {
    std::vector<double> x, y, radius, depth, taper;
    for (const treatment::Channel& channel : channels) {
        x.push_back(channel.x);
        y.push_back(channel.y);
        radius.push_back(channel.surface_radius);
        depth.push_back(channel.depth);
        taper.push_back(channel.taper_start);
    }
    return fmt::format(
        "positions = {{ x = {}, y = {}, surface_radius = {}, depth = {}, taper_start = [{}] }}\n",
        list(x, "mm"), list(y, "mm"), list(radius, "mm"), list(depth, "mm"),
        fmt::join(taper, ", "));
}

std::string session_text(const treatment::Session& session) {
    std::string text = fmt::format("\n[[session]]\nat = {}\n", exact(session.time));
    if (session.wound) {
        return text + fmt::format("wound = {{ {} }}\n",
                                  std::visit([](const auto& wound) { return wound_text(wound); },
                                             *session.wound));
    }
    text += fmt::format("needle_length = {}\npuncture_density = {}\n", mm(session.needle_length),
                        quantity(session.puncture_density, "mm-2"));
    text += device_text(session.device);
    if (!session.positions.empty()) text += positions_text(session.positions);
    return text;
}

/// Numbers of the law of insertion that sessions follow and the model does not state.
std::string law_text(const simulation::Scenario& scenario, const model::Model& model) {
    std::string text;
    for (const treatment::Session& session : scenario.regimen.sessions) {
        if (session.wound || session.device.depth_ratio > 0.0) continue;
        for (const LawConstant& constant : law_constants) {
            if (model.find_parameter(constant.parameter) >= 0) continue;
            const double number = session.device.insertion.law.*constant.member;
            text += fmt::format("{} = {}\n", constant.parameter,
                                std::string_view(constant.unit) == "1"
                                    ? fmt::format("{}", number)
                                    : quantity(number, constant.unit));
        }
        break;
    }
    return text;
}

std::string inputs_text(const simulation::Scenario& scenario, const model::Model& model) {
    std::string text;
    for (const model::External& external : model.externals) {
        const auto given = scenario.inputs.find(external.name);
        if (given == scenario.inputs.end()) continue;
        const Course& course = given->second;
        std::vector<std::string> values;
        for (const double value : course.values)
            values.push_back(coherent(value, external.unit, model));
        if (course.times.empty()) {
            text += fmt::format("{} = {}\n", external.name, values.front());
            continue;
        }
        text += fmt::format("{} = {{ times = {}, ", external.name, list(course.times, "d"));
        if (!course.depths.empty()) text += fmt::format("depths = {}, ", list(course.depths, "mm"));
        text += fmt::format("values = [{}], outside = \"{}\" }}\n", fmt::join(values, ", "),
                            name_of(course.holds_ends ? Outside::hold : Outside::refuse));
    }
    return text.empty() ? text : "\n[inputs]\n" + text;
}

std::string initial_text(const simulation::InitialState& initial) {
    const auto names = [](const std::vector<std::string>& list) {
        std::string text;
        for (const std::string& name : list)
            text += (text.empty() ? "" : ", ") + toml_string(name);
        return '[' + text + ']';
    };
    return fmt::format(
        "\n[initial]\nfrom = {}\nat = {}\nfrom_model = {}\nleft_out = {}\ndigest = {}\n",
        toml_string(initial.file), days(initial.time), names(initial.from_model),
        names(initial.left_out), toml_string(initial.digest));
}

std::string domain_text(const simulation::Domain& d) {
    std::string text = fmt::format(
        "\n[domain]\ngeometry = \"{}\"\nspacing = {{ smallest = {}, largest = {}, growth = {}, "
        "fine_to = {} }}\nthickness = {}\nlateral = \"{}\"\nlateral_mix = {}\n",
        name_of(d.geometry), mm(d.spacing.smallest), mm(d.spacing.largest), d.spacing.growth,
        mm(d.spacing.fine_to), mm(d.thickness),
        name_of(d.periodic ? LateralWalls::periodic : LateralWalls::mirrored), d.lateral_mix);
    if (d.width > 0.0) text += fmt::format("width = {}\n", mm(d.width));
    if (d.length > 0.0) text += fmt::format("length = {}\n", mm(d.length));
    if (!d.layer.empty()) text += fmt::format("layer = {}\n", toml_string(d.layer));
    return text;
}

}  // namespace

std::string canonical_text(const simulation::Scenario& s, const model::Model& model) {
    std::string text =
        fmt::format("title = {}\nquestion = {}\nrun_time = {}\nmodel = {}\n", toml_string(s.title),
                    toml_string(s.question), toml_string(s.run_time), toml_string(s.model_name));
    if (!s.skin.layers.empty()) text += skin_text(s.skin, model);
    for (const treatment::Session& session : s.regimen.sessions)
        text += session_text(session);
    text += domain_text(s.domain);
    text += fmt::format("\n[run]\nuntil = {}\ntolerance = {}\nlargest_step = {}\nseed = {}\n",
                        exact(s.run.until), s.run.tolerance, days(s.run.largest_step), s.run.seed);
    std::string fields;
    for (const std::string& field : s.output.fields)
        fields += (fields.empty() ? "" : ", ") + toml_string(field);
    text += fmt::format(
        "\n[output]\nevery = {}\ntimes = \"{}\"\nfields = [{}]\nfield_times = {}\n"
        "just_after_sessions = {}\n",
        exact(s.output.every), name_of(s.output.dense ? RecordTimes::dense : RecordTimes::common),
        fields, exact(s.output.field_times), s.output.just_after_sessions);
    if (!s.output.also_at.empty()) text += fmt::format("also_at = {}\n", exact(s.output.also_at));
    const std::string law = law_text(s, model);
    if (!s.parameters.empty() || !law.empty()) text += "\n[parameters]\n";
    const auto known = index_by_name(model.parameters);
    for (const auto& [name, value] : s.parameters) {
        const model::Parameter& parameter =
            model.parameters[static_cast<std::size_t>(known.at(name))];
        text += fmt::format("{} = {}\n", toml_string(name),
                            parameter.is_switch() ? toml_string(parameter.text_of(value))
                                                  : coherent(value, parameter.unit, model));
    }
    text += law + inputs_text(s, model);
    return s.initial ? text + initial_text(*s.initial) : text;
}

}  // namespace neocol::io::detail
