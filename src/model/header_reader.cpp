#include "header_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/text_limits.hpp>

#include "keys.hpp"

namespace neocol::model {

void HeaderReader::read() {
    read_header();
    read_references();
    read_properties();
}

void HeaderReader::read_header() {
    const TableReader table = root_.table("model");
    model_.layers = {"tissue"};
    if (!table) {
        diagnostics_.add({{document_.path(), 0, 0, 1},
                          "no [model] table",
                          {},
                          "add [model] with name and title"});
        return;
    }
    model_.name = table.text("name", "");
    if (table.at("name").is_string() && !is_file_name(model_.name))
        diagnostics_.add(table.fault("name", fmt::format("'{}' cannot name a model", model_.name),
                                     "write a name such as \"wound_closure\""));
    model_.title = table.text("title", "");
    model_.summary = table.text("summary", "");
    model_.stationary = table.flag("stationary", true);
    model_.subtract_balance = table.choice("balance", Balance::subtract) == Balance::subtract;
    const DocumentNode list = table.at("layers");
    if (list && values_.array(list)) {
        model_.layers.clear();
        for (const DocumentNode& element : list.elements()) {
            if (model_.layers.size() == text_limits::layers) {
                too_many(element, "layers", text_limits::layers);
                break;
            }
            const std::string name = element.is_string() ? element.string() : std::string();
            if (!syntax::is_identifier(name))
                diagnostics_.add(element.fault(fmt::format("'{}' cannot name a layer", name),
                                               "write a name such as \"papillary_dermis\""));
            else if (model_.find_layer(name) >= 0)
                diagnostics_.add(element.fault(fmt::format("layer '{}' is named twice", name)));
            else
                model_.layers.push_back(name);
        }
        if (model_.layers.empty()) {
            diagnostics_.add(list.fault("'layers' must be a list of names",
                                        "write [\"epidermis\", \"dermis\"], or leave it out"));
            model_.layers = {"tissue"};
        }
    }
    read_layer_groups(table.table("layer_groups"));
    check_extended(table);
    check_included(table.at("include"));
    read_units(table.table("units"));
}

void HeaderReader::read_layer_groups(const TableReader& table) {
    for (const DocumentNode& node : table.node().members()) {
        const std::string& name = node.key();
        if (!syntax::is_identifier(name))
            diagnostics_.add(
                node.fault_at_key(fmt::format("'{}' cannot name a group of layers", name),
                                  "write a name such as \"dermis\""));
        else if (model_.find_layer(name) >= 0)
            diagnostics_.add(node.fault_at_key(
                fmt::format("'{}' is a layer, and cannot name a group of them", name)));
        else
            layer_groups_[name] = layer_list(node);
    }
}

void HeaderReader::check_extended(const TableReader& table) {
    const std::optional<std::string> name = table.text("extends");
    if (!name) return;
    extended_ = *name + ".toml";
    const std::vector<std::string>& present = document_.included();
    if (std::find(present.begin(), present.end(), extended_) == present.end())
        diagnostics_.add(
            table.fault("extends", fmt::format("the model '{}' was not read with this one", *name),
                        "a model is read with the one it extends where it is read from its file"));
}

void HeaderReader::check_included(const DocumentNode& list) {
    for (const DocumentNode& node : root_.table("model").node().members())
        if (node.is_overlaid() && (extended_.empty() || node.part() != extended_))
            diagnostics_.add(node.fault_at_key("[model] stands in an included file",
                                               "it belongs into the file that includes this one"));
    const std::vector<std::string>& present = document_.included();
    if (!values_.array(list)) return;
    for (const DocumentNode& element : list.elements())
        if (element.is_string() &&
            std::find(present.begin(), present.end(), element.string()) == present.end())
            diagnostics_.add(element.fault(
                fmt::format("'{}' is included, but was not read with the model", element.string()),
                "files of a model are read with it where it is read from its own file"));
}

void HeaderReader::read_units(const TableReader& table) {
    for (const DocumentNode& node : table.node().members()) {
        const std::string& name = node.key();
        const std::string means = table.text(name, "");
        try {
            model_.units.declare(name);
            model_.declared_units[name] = means;
        } catch (const InputError& error) {
            const Diagnostic& fault = error.diagnostics.front();
            diagnostics_.add(node.fault_at_key(fault.message, fault.help));
        }
    }
}

void HeaderReader::read_references() {
    const TableReader table = root_.table("references");
    for (const std::string& key : table.node().keys())
        model_.references[key] = table.text(key, "");
}

void HeaderReader::read_properties() {
    const TableReader table = root_.table("properties");
    for (const DocumentNode& node : table.node().members()) {
        const std::string& name = node.key();
        Unit unit;
        try {
            if (const auto given = table.text(name)) unit = model_.units.parse(*given);
        } catch (const InputError& error) {
            values_.add_at(node, error);
        }
        const auto index = static_cast<int>(model_.properties.size());
        model_.properties.push_back(name);
        model_.property_units.push_back(unit);
        symbols_.define(name, {Symbol::Kind::property, index}, node);
    }
}

}  // namespace neocol::model
