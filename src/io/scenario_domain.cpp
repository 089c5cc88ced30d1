#include <algorithm>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/index.hpp>
#include <neocol/core/names.hpp>
#include <neocol/io/skin_reader.hpp>

#include "device_keys.hpp"
#include "scenario_parts.hpp"

namespace neocol::io::detail {

std::string Pass::relative(const std::string& path) const {
    const std::filesystem::path given(path);
    return given.is_absolute() || folder.empty() ? path
                                                 : (std::filesystem::path(folder) / given).string();
}

namespace {

/// Properties that the model reads must have the unit it declares.
void check_property_units(Pass& pass, const Entry& layers, const model::Model& model) {
    for (const Entry& layer : layers.elements()) {
        const Entry properties = layer.get("properties");
        for (std::size_t i = 0; i < model.properties.size(); ++i) {
            pass.values.silent().quantity(
                properties.get(model.properties[i]), model.property_units[i],
                fmt::format("a property in {}", model.property_units[i].text),
                "1 " + model.property_units[i].text);
        }
    }
}

void read_site_of(Pass& pass, const Entry& skin, tissue::Skin& out) {
    const Entry site = skin.get("site"), condition = skin.get("condition");
    const auto name = pass.values.text(site);
    if (!name) return;
    try {
        NamedText file = pass.library.find(Shelf::skin, *name);
        const SiteFile& read = pass.kept.sites.get(file, [&](const NamedText& given) {
            return read_site(given.text, given.path, *name, pass.values.units());
        });
        pass.files.push_back(std::move(file));
        const auto chosen =
            pass.values.choice(condition, "condition", read.condition_names()).value_or("normal");
        if (!condition) pass.values.note_default("skin.condition", "normal");
        out = read.in_condition(chosen);
        const std::string origin = "site " + *name;
        for (const tissue::Layer& layer : out.layers) {
            const std::string key = "skin.layer." + layer.name;
            pass.values.note(key + ".thickness", fmt::format("{} mm", layer.thickness), origin);
            for (const auto& [property, value] : layer.properties) {
                pass.values.note(key + '.' + property, fmt::format("{}", value), origin);
            }
        }
        pass.values.note("skin.age", fmt::format("{} d", out.age), origin);
        pass.values.note("skin.phototype", fmt::format("{}", out.phototype), origin);
        pass.values.note("skin.compliance", fmt::format("{}", out.compliance), origin);
    } catch (const InputError& error) {
        const Diagnostic first = first_fault(error);
        if (!first.at.path.empty()) {
            for (const Diagnostic& fault : error.diagnostics)
                pass.values.add(fault);
        } else {
            pass.values.add(site.fault(first.message, first.help));
        }
    }
}

}  // namespace

void read_skin(Pass& pass, const Entry& root, const model::Model* model) {
    const Entry skin = root.get("skin");
    tissue::Skin& out = pass.scenario.skin;
    const Entry layers = skin.get("layers");
    pass.places["skin"] = skin;
    if (!pass.values.table(skin)) return;
    if (layers) {
        // Described here: site and condition are names only, for parameters that depend on them.
        out.layers = read_layers(layers, pass.values);
        if (model != nullptr) check_property_units(pass, layers, *model);
        out.site = pass.values.text(skin.get("site")).value_or(out.site);
        out.condition = pass.values.text(skin.get("condition")).value_or(out.condition);
    } else {
        if (skin && !skin.get("site")) {
            pass.values.missing(skin, "site",
                                "name a site, such as site = \"cheek\", or give layers");
        }
        read_site_of(pass, skin, out);
    }
    if (const auto age = pass.values.quantity(skin.get("age"), duration, not_negative)) {
        out.age = *age;
    }
    if (const auto give = pass.values.quantity(skin.get("compliance"), pure, positive)) {
        out.compliance = *give;
    }
    if (const auto type = pass.values.whole(skin.get("phototype"), layers ? 0 : 1, 6)) {
        out.phototype = static_cast<int>(*type);
    }
}

namespace {

/// Voxels of one size, which grow in the coarse layers of the skin.
tissue::Spacing usual_spacing(double size, const tissue::Skin& skin) {
    constexpr double largest = 5.0, growth = 1.1;
    const double fine_to = skin.coarse_from();
    if (fine_to > 0.0) return {size, largest * size, growth, fine_to};
    return {size, size, 1.0, 0.0};
}

void read_spacing(Pass& pass, const Entry& entry, tissue::Spacing& spacing) {
    const Values& v = pass.values;
    if (!entry) v.note_default("domain.spacing", "20 um");
    if (!entry.is_table()) {
        const auto size = v.quantity(entry, length, positive);
        spacing = usual_spacing(size.value_or(spacing.smallest), pass.scenario.skin);
        return;
    }
    const Entry smallest = entry.get("smallest"), largest = entry.get("largest");
    if (!smallest) v.missing(entry, "smallest", "such as smallest = \"10 um\"");
    if (const auto size = v.quantity(smallest, length, positive)) {
        spacing.smallest = spacing.largest = *size;
    }
    if (const auto size = v.quantity(largest, length, Limits{.at_least = spacing.smallest})) {
        spacing.largest = *size;
    }
    const auto growth =
        v.quantity(entry.get("growth"), pure, Limits{.at_least = 1.0, .at_most = 2.0});
    spacing.growth = growth.value_or(spacing.largest > spacing.smallest ? 1.1 : 1.0);
    if (!entry.get("growth")) {
        v.note_default("domain.spacing.growth", fmt::format("{}", spacing.growth));
    }
    spacing.fine_to = v.quantity(entry.get("fine_to"), length, not_negative).value_or(0.0);
}

}  // namespace

void read_domain(Pass& pass, const Entry& root) {
    using tissue::Geometry;
    const Values& v = pass.values;
    const Entry domain = root.get("domain");
    simulation::Domain& out = pass.scenario.domain;
    if (!domain) {
        v.missing(root, "domain", "add [domain] with a geometry");
        return;
    }
    for (const char* key :
         {"spacing", "thickness", "width", "length", "layer", "geometry", "lateral_mix"}) {
        pass.places[std::string("domain.") + key] = domain.get(key);
    }
    pass.places["domain"] = domain;
    if (!v.table(domain)) return;

    constexpr Geometry geometries[] = {Geometry::well_mixed, Geometry::column, Geometry::section,
                                       Geometry::single_channel, Geometry::patch};
    std::vector<std::string> names;
    for (const Geometry one : geometries)
        names.emplace_back(tissue::to_string(one));
    const Entry geometry = domain.get("geometry");
    if (!geometry) v.missing(domain, "geometry", fmt::format("one of {}", fmt::join(names, ", ")));
    if (const auto name = v.choice(geometry, "geometry", names)) {
        const auto place = std::find(names.begin(), names.end(), *name);
        out.geometry = geometries[place - names.begin()];
    }
    read_spacing(pass, domain.get("spacing"), out.spacing);

    constexpr double deepest = 3.0;  // [mm]
    const double skin = pass.scenario.skin.thickness();
    out.thickness = skin > 0.0 ? std::min(skin, deepest) : deepest;
    const Entry thickness = domain.get("thickness");
    if (const auto given = v.quantity(thickness, length, positive)) {
        out.thickness = *given;
    } else if (!thickness) {
        v.note_default("domain.thickness", fmt::format("{} mm", out.thickness));
    } else {
        out.thickness = 1e6;  // already faulty: nothing more is to be said about depths
    }
    out.width = v.quantity(domain.get("width"), length, positive).value_or(0.0);
    out.length = v.quantity(domain.get("length"), length, positive).value_or(0.0);
    const Entry lateral = domain.get("lateral"), mix = domain.get("lateral_mix");
    out.periodic =
        v.choice(lateral, "lateral boundary", {"periodic", "mirrored"}).value_or("periodic") ==
        "periodic";
    if (!lateral) v.note_default("domain.lateral", "periodic");
    out.lateral_mix = v.flag(mix).value_or(true);
    if (!mix) v.note_default("domain.lateral_mix", "true");
    out.layer = v.text(domain.get("layer")).value_or("");
}

void read_run(Pass& pass, const Entry& root) {
    const Values& v = pass.values;
    const Entry run = root.get("run");
    simulation::RunOptions& r = pass.scenario.run;
    constexpr Time never = Time::of_nanoseconds(std::numeric_limits<std::int64_t>::max());
    if (!run) {
        v.missing(root, "run", "add [run] with until = \"12 week\"");
        r.until = never;
    }
    if (run && v.table(run)) {
        const Entry until = run.get("until");
        if (!until) v.missing(run, "until", "such as until = \"52 week\"");
        // A time that is missing or wrong was reported: all others are well before this one.
        r.until = v.time(until, positive).value_or(never);
        constexpr Limits tolerances{.above = 0.0, .at_most = 0.1};
        r.tolerance = v.quantity(run.get("tolerance"), pure, tolerances).value_or(r.tolerance);
        r.largest_step =
            v.quantity(run.get("largest_step"), duration, positive).value_or(r.largest_step);
        const auto seed = v.whole(run.get("seed"), 0, std::numeric_limits<std::int64_t>::max());
        if (seed) r.seed = static_cast<std::uint64_t>(*seed);
        for (const char* key : {"until", "tolerance", "largest_step", "seed"}) {
            pass.places[std::string("run.") + key] = run.get(key);
        }
    }
    if (!run.get("tolerance")) v.note_default("run.tolerance", fmt::format("{}", r.tolerance));
    if (!run.get("largest_step")) {
        v.note_default("run.largest_step", fmt::format("{} d", r.largest_step));
    }
    if (!run.get("seed")) v.note_default("run.seed", fmt::format("{}", r.seed));
}

namespace {

/// Species that a list of stored fields names; a tensor stands for all its components.
std::vector<std::string> read_fields(const Values& values, const Entry& fields,
                                     const model::Model* model) {
    const Values quiet = values.silent();
    std::vector<std::string> found;
    const auto add = [&](const Entry& element, const std::string& name) {
        if (std::find(found.begin(), found.end(), name) == found.end()) {
            found.push_back(name);
        } else {
            values.add(element.fault(fmt::format("'{}' is in the list already", name),
                                     "a field is stored once: leave one of them out"));
        }
    };
    for (const Entry& element : fields.elements()) {
        if (model == nullptr) {
            if (const auto name = quiet.text(element)) found.push_back(*name);
            continue;
        }
        std::vector<std::string> known = names_of(model->species);
        for (const model::Tensor& tensor : model->tensors)
            known.push_back(tensor.name);
        const auto name = quiet.choice(element, "species", known);
        const int tensor = name ? model->find_tensor(*name) : -1;
        if (tensor < 0) {
            if (name) add(element, *name);
            continue;
        }
        for (const int k : model->tensors[static_cast<std::size_t>(tensor)].components)
            if (k >= 0) add(element, model->species[static_cast<std::size_t>(k)].name);
    }
    return found;
}

}  // namespace

void read_output(Pass& pass, const Entry& root, const model::Model* model) {
    const Values& v = pass.values;
    const Entry output = root.get("output");
    simulation::OutputOptions& o = pass.scenario.output;
    if (!v.table(output)) return;
    o.every = v.time(output.get("every"), positive).value_or(o.every);
    if (!output.get("every")) v.note_default("output.every", o.every.text());
    const Entry spread = output.get("times");
    o.dense = v.choice(spread, "choice of times", {"dense", "common"}).value_or("dense") == "dense";
    if (!spread) v.note_default("output.times", "dense");
    const Entry fields = output.get("fields");
    if (v.array(fields)) {
        o.fields = read_fields(v, fields, model);
        if (fields)
            v.note("output.fields", fields.text(),
                   fields.overridden() ? override_path : "scenario");
    }
    const Entry times = output.get("field_times");
    o.field_times = v.times(times, not_negative);
    std::sort(o.field_times.begin(), o.field_times.end());
    o.field_times.erase(std::unique(o.field_times.begin(), o.field_times.end()),
                        o.field_times.end());
    const Entry after = output.get("just_after_sessions");
    o.just_after_sessions = v.flag(after).value_or(true);
    if (!after) v.note_default("output.just_after_sessions", "true");
    pass.places["output.every"] = output.get("every");
}

namespace {

/// The option a scenario chooses for one of its model's switches.
void read_switch(Pass& pass, const Entry& entry, const model::Parameter& parameter) {
    const std::string chosen = pass.values.text(entry).value_or("");
    const int k = parameter.find_option(chosen);
    if (k >= 0) {
        pass.scenario.parameters[parameter.name] = static_cast<double>(k);
    } else if (entry.is_string()) {
        pass.values.add(
            entry.fault(fmt::format("switch '{}' has no option '{}'", parameter.name, chosen),
                        suggest(chosen, names_of(parameter.options))));
    }
}

/// A range is what is plausible, not what is possible: beyond it a value is used, with a warning.
void warn_beyond_range(Pass& pass, const Entry& entry, const model::Parameter& parameter,
                       double value) {
    const bool below = parameter.low && value < *parameter.low,
               above = parameter.high && value > *parameter.high;
    if (!below && !above) return;
    pass.warnings.push_back(entry.fault(
        fmt::format("'{}' is {} its declared range", parameter.name, below ? "below" : "above"),
        fmt::format("the model takes {} to {} for plausible", parameter.text_of(*parameter.low),
                    parameter.text_of(*parameter.high))));
}

}  // namespace

void read_parameters(Pass& pass, const Entry& root, const model::Model* model) {
    const Entry parameters = root.get("parameters");
    if (!pass.values.table(parameters)) return;
    if (model == nullptr) {  // nobody knows which are right
        for (const std::string& name : parameters.keys())
            parameters.get(name);
        return;
    }
    const auto known = index_by_name(model->parameters);
    for (const std::string& name : parameters.keys()) {
        const Entry entry = parameters.get(name);
        const auto found = known.find(name);
        if (found == known.end()) {
            pass.values.add(entry.fault_at_key(
                fmt::format("model '{}' has no parameter '{}'", model->name, name),
                suggest(name, names_of(model->parameters))));
            continue;
        }
        const model::Parameter& parameter =
            model->parameters[static_cast<std::size_t>(found->second)];
        if (parameter.is_switch()) {
            read_switch(pass, entry, parameter);
            continue;
        }
        const std::string example = parameter.unit.dimension.is_one() && parameter.unit.scale == 1.0
                                        ? fmt::format("{:g}", parameter.value)
                                        : format_quantity(parameter.value, parameter.unit);
        if (const auto value = pass.values.quantity(
                entry, parameter.unit, fmt::format("in {}", parameter.unit.text), example)) {
            pass.scenario.parameters[name] = *value;
            warn_beyond_range(pass, entry, parameter, *value);
        }
    }
}

}  // namespace neocol::io::detail
