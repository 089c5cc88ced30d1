#include <neocol/io/skin_reader.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>

#include "device_keys.hpp"

namespace neocol::io {

namespace detail {

void read_evidence(const Entry& entry, const Values& values) {
    values.silent().text(entry.get("source"));
    values.silent().choice(entry.get("evidence"), "grade of evidence", evidence_grades());
}

namespace {

void check_name(const Entry& at, const std::string& name, const char* what, const Values& values) {
    if (is_name(name)) return;
    values.add(
        at.fault_at_key(fmt::format("'{}' cannot name a {}", name, what), std::string(name_rule)));
}

}  // namespace

void read_layer_keys(const Entry& entry, const Values& values, tissue::Layer& layer) {
    if (const auto thickness = values.quantity(entry.get("thickness"), length, positive)) {
        layer.thickness = *thickness;
    }
    layer.coarse = values.flag(entry.get("coarse")).value_or(layer.coarse);
    const Entry properties = entry.get("properties");
    if (!values.table(properties)) return;
    for (const std::string& name : properties.keys()) {
        const Entry property = properties.get(name);
        check_name(property, name, "property", values);
        Unit unit = values.units().parse("1");
        if (property.is_string()) {
            // Which unit is right only the model knows: its own check compares dimensions.
            try {
                unit = values.units().parse_quantity(property.string()).unit;
            } catch (const InputError&) {
                // Read again below, where the fault is placed.
            }
        }
        if (const auto value = values.quantity(property, unit, "a property", "0.5")) {
            layer.properties[name] = *value;
        }
    }
}

std::vector<tissue::Layer> read_layers(const Entry& entry, const Values& values) {
    std::vector<tissue::Layer> layers;
    if (!values.array(entry)) return layers;
    for (const Entry& element : entry.elements()) {
        if (!values.table(element)) continue;
        tissue::Layer layer;
        const auto name = values.text(element.get("name"));
        if (!element.get("name")) values.missing(element, "name", "such as name = \"dermis\"");
        if (!element.get("thickness")) {
            values.missing(element, "thickness", "such as thickness = \"1.2 mm\"");
        }
        read_layer_keys(element, values, layer);
        read_evidence(element, values);
        layer.name = name.value_or("");
        if (name && !is_name(*name)) {
            values.add(element.get("name").fault(fmt::format("'{}' cannot name a layer", *name),
                                                 std::string(name_rule)));
        }
        const bool twice = std::any_of(layers.begin(), layers.end(),
                                       [&](const auto& other) { return other.name == layer.name; });
        if (name && twice) {
            values.add(element.get("name").fault(fmt::format("layer '{}' occurs twice", *name)));
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

namespace {

SiteFile::Condition read_condition(const Entry& entry, const std::string& name,
                                   const Values& values, const std::vector<tissue::Layer>& normal) {
    SiteFile::Condition condition{name, {}, {}, normal};
    if (!values.table(entry)) return condition;
    condition.summary = values.text(entry.get("summary")).value_or("");
    condition.source = values.text(entry.get("source")).value_or("");
    const Entry layers = entry.get("layer");
    if (!values.table(layers)) return condition;
    for (const std::string& layer : layers.keys()) {
        const Entry changes = layers.get(layer);
        const auto place = std::find_if(condition.layers.begin(), condition.layers.end(),
                                        [&](const auto& one) { return one.name == layer; });
        if (place == condition.layers.end()) {
            values.add(changes.fault_at_key(fmt::format("unknown layer '{}'", layer),
                                            suggest(layer, names_of(normal))));
            continue;
        }
        if (!values.table(changes)) continue;
        read_layer_keys(changes, values, *place);
        read_evidence(changes, values);
    }
    return condition;
}

}  // namespace
}  // namespace detail

std::vector<std::string> SiteFile::condition_names() const {
    std::vector<std::string> names{"normal"};
    for (const Condition& condition : conditions)
        names.push_back(condition.name);
    return names;
}

tissue::Skin SiteFile::in_condition(const std::string& name) const {
    tissue::Skin changed = skin;
    changed.condition = name;
    for (const Condition& condition : conditions) {
        if (condition.name == name) changed.layers = condition.layers;
    }
    return changed;
}

SiteFile read_site(std::string text, const std::string& path, const std::string& name,
                   const UnitSystem& units) {
    using namespace detail;
    const Document document = Document::parse(std::move(text), path);
    const Entry root({document.root()});
    Diagnostics faults;
    const Values values(units, faults, nullptr, name);

    SiteFile file;
    file.title = values.text(root.get("title")).value_or(name);
    file.source = values.text(root.get("source")).value_or("");
    file.skin.site = name;
    file.skin.age = values.quantity(root.get("age"), duration, positive).value_or(0.0);
    file.skin.phototype = static_cast<int>(values.whole(root.get("phototype"), 1, 6).value_or(0));
    file.skin.compliance = values.quantity(root.get("compliance"), pure, positive).value_or(1.0);
    values.silent().text(root.get("compliance_source"));
    if (!root.get("layer")) values.missing(root, "layer", "add [[layer]] with name and thickness");
    file.skin.layers = read_layers(root.get("layer"), values);
    const Entry conditions = root.get("condition");
    if (values.table(conditions)) {
        for (const std::string& condition : conditions.keys()) {
            check_name(conditions.get(condition), condition, "condition", values);
            file.conditions.push_back(
                read_condition(conditions.get(condition), condition, values, file.skin.layers));
        }
    }
    document.report_unknown(faults);
    faults.throw_if_any();
    return file;
}

}  // namespace neocol::io
