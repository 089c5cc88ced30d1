#include <algorithm>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/index.hpp>
#include <neocol/core/names.hpp>
#include <neocol/io/insertion_law.hpp>
#include <neocol/io/skin_reader.hpp>

#include "scenario_keys.hpp"
#include "scenario_parts.hpp"

namespace neocol::io::detail {

namespace {

/// Properties that the model reads must have the unit it declares.
void check_property_units(const std::vector<TableReader>& layers, const model::Model& model) {
    for (const TableReader& layer : layers) {
        const ValueReader quiet = layer.values().silent();
        const DocumentNode properties = layer.at("properties");
        for (std::size_t i = 0; i < model.properties.size(); ++i)
            quiet.quantity(properties.get(model.properties[i]), model.property_units[i]);
    }
}

void read_site_of(ScenarioDraft& draft, const TableReader& skin, tissue::Skin& out) {
    const auto name = skin.text("site");
    if (!name) return;
    const ValueReader& v = draft.values;
    try {
        NamedText file = draft.library.find(LibraryPart::sites, *name);
        const SiteFile& read = draft.cache.sites.get(file, [&](const NamedText& given) {
            return read_site(given.text, given.path, *name, v.units());
        });
        draft.files.push_back(std::move(file));
        const auto chosen =
            v.choice(skin.at("condition"), "condition", read.condition_names()).value_or("normal");
        if (!skin.has("condition")) v.record_default("skin.condition", "normal");
        out = read.in_condition(chosen);
        const std::string origin = "site " + *name;
        for (const tissue::Layer& layer : out.layers) {
            const std::string key = "skin.layer." + layer.name;
            v.record(key + ".thickness", fmt::format("{} mm", layer.thickness), origin);
            for (const auto& [property, value] : layer.properties)
                v.record(fmt::format("{}.{}", key, property), fmt::format("{}", value), origin);
        }
        v.record("skin.age", fmt::format("{} d", out.age), origin);
        v.record("skin.phototype", fmt::format("{}", out.phototype), origin);
        v.record("skin.compliance", fmt::format("{}", out.compliance), origin);
    } catch (const InputError& error) {
        add_faults_of_file(v, skin.at("site"), error);
    }
}

}  // namespace

void add_faults_of_file(const ValueReader& values, const DocumentNode& name,
                        const InputError& error) {
    if (error.diagnostics.empty() || error.diagnostics.front().at.path.empty())
        return values.add_at(name, error);
    for (const Diagnostic& fault : error.diagnostics)
        values.add(fault);
}

void read_skin(ScenarioDraft& draft, const TableReader& root, const model::Model* model) {
    draft.places["skin"] = root.at("skin");
    const TableReader skin = root.table("skin");
    tissue::Skin& out = draft.scenario.skin;
    if (skin.has("layers")) {
        // Described here: site and condition are names only, for parameters that depend on them.
        const std::vector<TableReader> layers = skin.tables("layers");
        out.layers = read_layers(layers);
        if (model != nullptr) check_property_units(layers, *model);
        out.site = skin.text("site", out.site);
        out.condition = skin.text("condition", out.condition);
    } else {
        if (skin && !skin.has("site"))
            skin.missing("site", "name a site, such as site = \"cheek\", or give layers");
        read_site_of(draft, skin, out);
    }
    out.age = skin.quantity("age", out.age);
    out.compliance = skin.quantity("compliance", out.compliance);
    if (const auto type = draft.values.whole(skin.at("phototype"), skin.has("layers") ? 0 : 1, 6))
        out.phototype = static_cast<int>(*type);
}

namespace {

/// Voxels of one size, which grow in the coarse layers of the skin.
tissue::Spacing usual_spacing(double size, const tissue::Skin& skin) {
    constexpr double largest = 5.0, growth = 1.1;
    const double fine_to = skin.coarse_from();
    if (fine_to > 0.0) return {size, largest * size, growth, fine_to};
    return {size, size, 1.0, 0.0};
}

void read_spacing(ScenarioDraft& draft, const TableReader& domain, tissue::Spacing& spacing) {
    const ValueReader& v = draft.values;
    if (!domain.has("spacing")) v.record_default("domain.spacing", "20 um");
    if (!domain.at("spacing").is_table()) {
        const auto size = domain.quantity("spacing");
        spacing = usual_spacing(size.value_or(spacing.smallest), draft.scenario.skin);
        return;
    }
    const TableReader table = domain.table("spacing");
    if (const auto size = table.quantity("smallest")) spacing.smallest = spacing.largest = *size;
    if (const auto size = table.quantity("largest", Limits{.at_least = spacing.smallest}))
        spacing.largest = *size;
    spacing.growth = table.quantity("growth", spacing.largest > spacing.smallest ? 1.1 : 1.0);
    if (!table.has("growth"))
        v.record_default("domain.spacing.growth", fmt::format("{}", spacing.growth));
    spacing.fine_to = table.quantity("fine_to", 0.0);
}

}  // namespace

void read_domain(ScenarioDraft& draft, const TableReader& root) {
    const ValueReader& v = draft.values;
    const TableReader domain = root.table("domain");
    simulation::Domain& out = draft.scenario.domain;
    if (!root.has("domain")) return;
    for (const char* key :
         {"spacing", "thickness", "width", "length", "layer", "geometry", "lateral_mix"})
        draft.places[std::string("domain.") + key] = domain.at(key);
    draft.places["domain"] = root.at("domain");
    if (!domain) return;

    out.geometry = domain.choice("geometry", out.geometry);
    read_spacing(draft, domain, out.spacing);

    constexpr double deepest = 3.0;  // [mm]
    const double skin = draft.scenario.skin.thickness();
    out.thickness = skin > 0.0 ? std::min(skin, deepest) : deepest;
    if (const auto given = domain.quantity("thickness"))
        out.thickness = *given;
    else if (!domain.has("thickness"))
        v.record_default("domain.thickness", fmt::format("{} mm", out.thickness));
    else
        out.thickness = 1e6;  // already faulty: nothing more is to be said about depths
    out.width = domain.quantity("width", 0.0);
    out.length = domain.quantity("length", 0.0);
    out.periodic = domain.choice("lateral", LateralWalls::periodic) == LateralWalls::periodic;
    if (!domain.has("lateral"))
        v.record_default("domain.lateral", std::string(name_of(LateralWalls::periodic)));
    out.lateral_mix = domain.flag("lateral_mix", true);
    if (!domain.has("lateral_mix")) v.record_default("domain.lateral_mix", "true");
    out.layer = domain.text("layer", "");
}

void read_run(ScenarioDraft& draft, const TableReader& root) {
    const ValueReader& v = draft.values;
    const TableReader run = root.table("run");
    simulation::RunOptions& r = draft.scenario.run;
    constexpr Time never = Time::of_nanoseconds(std::numeric_limits<std::int64_t>::max());
    if (!root.has("run")) r.until = never;
    if (run) {
        // A time that is missing or wrong was reported: all others are well before this one.
        r.until = run.time("until").value_or(never);
        r.tolerance = run.quantity("tolerance", r.tolerance);
        r.largest_step = run.quantity("largest_step", r.largest_step);
        if (const auto seed = run.whole("seed")) r.seed = static_cast<std::uint64_t>(*seed);
        for (const char* key : {"until", "tolerance", "largest_step", "seed"})
            draft.places[std::string("run.") + key] = run.at(key);
    }
    if (!run.has("tolerance")) v.record_default("run.tolerance", fmt::format("{}", r.tolerance));
    if (!run.has("largest_step"))
        v.record_default("run.largest_step", fmt::format("{} d", r.largest_step));
    if (!run.has("seed")) v.record_default("run.seed", fmt::format("{}", r.seed));
}

namespace {

/// Species that a list of stored fields names; a tensor stands for all its components.
std::vector<std::string> read_fields(const ValueReader& values, const DocumentNode& fields,
                                     const model::Model* model) {
    const ValueReader quiet = values.silent();
    std::vector<std::string> names;
    const auto add = [&](const DocumentNode& element, const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
        else
            values.add(element.fault(fmt::format("'{}' is in the list already", name),
                                     "a field is stored once: leave one of them out"));
    };
    for (const DocumentNode& element : fields.elements()) {
        if (model == nullptr) {
            if (const auto name = quiet.text(element)) names.push_back(*name);
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
    return names;
}

/// In order, each once.
std::vector<Time> sorted_once(std::vector<Time> times) {
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    return times;
}

}  // namespace

void read_output(ScenarioDraft& draft, const TableReader& root, const model::Model* model) {
    const ValueReader& v = draft.values;
    const TableReader output = root.table("output");
    simulation::OutputOptions& o = draft.scenario.output;
    if (root.has("output") && !output) return;
    o.every = output.time("every").value_or(o.every);
    if (!output.has("every")) v.record_default("output.every", o.every.text());
    o.dense = output.choice("times", RecordTimes::dense) == RecordTimes::dense;
    if (!output.has("times"))
        v.record_default("output.times", std::string(name_of(RecordTimes::dense)));
    o.also_at = sorted_once(output.times("also_at"));
    const DocumentNode fields = output.at("fields");
    if (fields && v.array(fields)) {
        o.fields = read_fields(v, fields, model);
        v.record(fields);
    }
    o.field_times = sorted_once(output.times("field_times"));
    o.just_after_sessions = output.flag("just_after_sessions", true);
    if (!output.has("just_after_sessions")) v.record_default("output.just_after_sessions", "true");
    draft.places["output.every"] = output.at("every");
}

namespace {

/// The option a scenario chooses for one of its model's switches.
void read_switch(ScenarioDraft& draft, const ValueReader& values, const DocumentNode& entry,
                 const model::Parameter& parameter) {
    const std::string chosen = values.text(entry).value_or("");
    const int k = parameter.find_option(chosen);
    if (k >= 0) {
        draft.scenario.parameters[parameter.name] = static_cast<double>(k);
    } else if (entry.is_string()) {
        values.add(
            entry.fault(fmt::format("switch '{}' has no option '{}'", parameter.name, chosen),
                        suggest(chosen, names_of(parameter.options))));
    }
}

/// A range is what is plausible, not what is possible: beyond it a value is used, with a warning.
void warn_beyond_range(ScenarioDraft& draft, const DocumentNode& entry,
                       const model::Parameter& parameter, double value) {
    const bool below = parameter.low && value < *parameter.low,
               above = parameter.high && value > *parameter.high;
    if (!below && !above) return;
    draft.warnings.push_back(entry.fault(
        fmt::format("'{}' is {} its declared range", parameter.name, below ? "below" : "above"),
        fmt::format("the model takes {} to {} for plausible", parameter.text_of(*parameter.low),
                    parameter.text_of(*parameter.high))));
}

/// A value, or an option of a switch, in place of the model's.
void read_parameter(ScenarioDraft& draft, const ValueReader& values, const DocumentNode& entry,
                    const model::Parameter& parameter) {
    if (parameter.is_switch()) {
        read_switch(draft, values, entry, parameter);
    } else if (const auto value = values.quantity(entry, parameter.unit)) {
        draft.scenario.parameters[parameter.name] = *value;
        warn_beyond_range(draft, entry, parameter, *value);
    }
}

}  // namespace

void read_treatment(ScenarioDraft& draft, const ValueReader& values, const DocumentNode& treatment,
                    const model::Model* model) {
    if (model == nullptr || !values.table(treatment)) return;
    std::vector<std::string> offered;
    for (const model::Parameter& parameter : model->parameters)
        if (!parameter.step.empty()) offered.push_back(parameter.name);
    for (const DocumentNode& entry : treatment.members()) {
        const std::string& name = entry.key();
        const int index = model->find_parameter(name);
        if (index >= 0 && !model->parameters[static_cast<std::size_t>(index)].step.empty()) {
            read_parameter(draft, values, entry,
                           model->parameters[static_cast<std::size_t>(index)]);
            draft.treatment.insert(name);
        } else if (offered.empty()) {
            values.add(entry.fault_at_key(
                fmt::format("model '{}' offers nothing beside the needles", model->name),
                "set its parameters in [parameters]"));
        } else {
            values.add(
                entry.fault_at_key(fmt::format("'{}' belongs to no step of a session in model '{}'",
                                               name, model->name),
                                   index >= 0 ? "set it in [parameters]" : suggest(name, offered)));
        }
    }
}

void read_parameters(ScenarioDraft& draft, const ValueReader& values,
                     const DocumentNode& parameters, const model::Model* model) {
    if (model == nullptr || !values.table(parameters)) return;  // nobody knows which are right
    const auto known = index_by_name(model->parameters);
    for (const DocumentNode& entry : parameters.members()) {
        const std::string& name = entry.key();
        const auto place = known.find(name);
        if (place == known.end()) {
            if (const LawConstant* constant = law_constant(name)) {
                const Unit unit = values.units().parse(constant->unit);
                if (const auto value = values.quantity(entry, unit))
                    draft.law[name] = number_in(unit, *value);
                continue;
            }
            values.add(entry.fault_at_key(
                fmt::format("model '{}' has no parameter '{}'", model->name, name),
                suggest(name, names_of(model->parameters))));
            continue;
        }
        if (draft.treatment.contains(name) && !entry.is_overlaid())
            values.add(entry.fault_at_key(fmt::format("'{}' is set in [treatment] too", name),
                                          "keep one of the two"));
        else
            read_parameter(draft, values, entry,
                           model->parameters[static_cast<std::size_t>(place->second)]);
    }
}

}  // namespace neocol::io::detail
