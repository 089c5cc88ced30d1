#include <neocol/io/skin_reader.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>

#include "device_keys.hpp"

namespace neocol::io {

namespace detail {

namespace {

void check_name(const DocumentNode& at, const std::string& name, const char* what,
                const ValueReader& values) {
    if (is_name(name)) return;
    values.add(
        at.fault_at_key(fmt::format("'{}' cannot name a {}", name, what), std::string(name_rule)));
}

}  // namespace

void read_layer_keys(const TableReader& table, tissue::Layer& layer) {
    if (const auto thickness = table.quantity("thickness")) layer.thickness = *thickness;
    layer.coarse = table.flag("coarse", layer.coarse);
    const TableReader silent = table.silent();
    silent.text("source");
    silent.choice_name("evidence");
    const TableReader properties = table.table("properties");
    for (const DocumentNode& property : properties.node().members()) {
        const std::string& name = property.key();
        check_name(property, name, "property", table.values());
        // Which unit is right only the model knows: its own check compares dimensions.
        if (const auto value = properties.quantity(name)) layer.properties[name] = *value;
    }
}

std::vector<tissue::Layer> read_layers(const std::vector<TableReader>& tables) {
    std::vector<tissue::Layer> layers;
    for (const TableReader& table : tables) {
        tissue::Layer layer;
        const auto name = table.text("name");
        read_layer_keys(table, layer);
        layer.name = name.value_or("");
        if (name && !is_name(*name))
            table.values().add(table.fault("name", fmt::format("'{}' cannot name a layer", *name),
                                           std::string(name_rule)));
        const bool twice = std::any_of(layers.begin(), layers.end(),
                                       [&](const auto& other) { return other.name == layer.name; });
        if (name && twice)
            table.values().add(table.fault("name", fmt::format("layer '{}' occurs twice", *name)));
        layers.push_back(std::move(layer));
    }
    return layers;
}

namespace {

constexpr Key layer_change_key =
    keys::table("", layer_change_table, "what the condition changes in this layer");
constexpr Table layer_changes_table{.meaning = "layers that differ, by name",
                                    .others = &layer_change_key};
constexpr auto condition_keys = std::to_array<Key>({
    keys::text("summary", "the condition in a line"),
    keys::text("source", "where its numbers come from"),
    keys::table("layer", layer_changes_table, "layers that differ, by name"),
});
constexpr Table condition_table{.meaning = "a condition of the skin", .keys = condition_keys};
constexpr Key condition_key = keys::table("", condition_table, "a condition of the skin");
constexpr Table conditions_table{.meaning = "conditions by name", .others = &condition_key};
constexpr auto site_keys = std::to_array<Key>({
    keys::text("title", "what the site is, in a line"),
    keys::text("source", "where the numbers come from"),
    keys::quantity("age", quantities::duration, limits::positive, "of the person"),
    keys::whole("phototype", 1, 6, "Fitzpatrick's phototype"),
    keys::quantity("compliance", quantities::pure, limits::positive,
                   "how far the skin gives way before it is pierced, 1 for relaxed skin"),
    keys::text("compliance_source", "where compliance comes from"),
    keys::tables("layer", layer_table, "layers from the surface down").required(),
    keys::table("condition", conditions_table, "how the skin differs in a condition, by name"),
});

SiteFile::Condition read_condition(const TableReader& table, const std::string& name,
                                   const std::vector<tissue::Layer>& normal) {
    SiteFile::Condition condition{name, table.text("summary", ""), table.text("source", ""),
                                  normal};
    for (const auto& [layer, changes] : table.named("layer")) {
        const auto place = std::find_if(
            condition.layers.begin(), condition.layers.end(),
            [&wanted = layer](const auto& candidate) { return candidate.name == wanted; });
        if (place == condition.layers.end()) {
            table.values().add(changes.node().fault_at_key(fmt::format("unknown layer '{}'", layer),
                                                           suggest(layer, names_of(normal))));
            continue;
        }
        read_layer_keys(changes, *place);
    }
    return condition;
}

}  // namespace
}  // namespace detail

constinit const Table site_table{.meaning = "The skin of a body site and its conditions",
                                 .keys = detail::site_keys};

std::vector<std::string> SiteFile::condition_names() const {
    std::vector<std::string> names{"normal"};
    for (const Condition& condition : conditions)
        names.push_back(condition.name);
    return names;
}

tissue::Skin SiteFile::in_condition(const std::string& name) const {
    tissue::Skin changed = skin;
    changed.condition = name;
    for (const Condition& condition : conditions)
        if (condition.name == name) changed.layers = condition.layers;
    return changed;
}

SiteFile read_site(std::string text, const std::string& path, const std::string& name,
                   const UnitSystem& units) {
    using namespace detail;
    const Document document = Document::parse(std::move(text), path);
    Diagnostics faults;
    const TableReader root(document.root(), site_table, ValueReader(units, faults));
    SiteFile file;
    file.title = root.text("title", name);
    file.source = root.text("source", "");
    file.skin.site = name;
    file.skin.age = root.quantity("age", 0.0);
    file.skin.phototype = static_cast<int>(root.whole("phototype").value_or(0));
    file.skin.compliance = root.quantity("compliance", 1.0);
    root.text("compliance_source");
    file.skin.layers = read_layers(root.tables("layer"));
    for (const auto& [condition, table] : root.named("condition")) {
        check_name(table.node(), condition, "condition", root.values());
        file.conditions.push_back(read_condition(table, condition, file.skin.layers));
    }
    check_keys(document.root(), site_table, faults);
    faults.throw_if_any();
    return file;
}

}  // namespace neocol::io
