#include "section_reader.hpp"

#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/names.hpp>

namespace neocol::model {

namespace {

/// True for `dale1996` or `cooper2015a`: what the keys of [references] look like.
bool looks_like_reference(const std::string& word) {
    std::size_t i = 0;
    while (i < word.size() && std::islower(static_cast<unsigned char>(word[i])))
        ++i;
    std::size_t digits = 0;
    while (i + digits < word.size() && std::isdigit(static_cast<unsigned char>(word[i + digits])))
        ++digits;
    const std::size_t rest = word.size() - i - digits;
    return i >= 2 && digits == 4 && rest <= 1;
}

Diagnostic unknown_switch(const Model& model, const std::string& name, const DocumentNode& node) {
    std::vector<std::string> switches;
    for (const Parameter& parameter : model.parameters)
        if (parameter.is_switch()) switches.push_back(parameter.name);
    return node.fault_at_key(fmt::format("unknown switch '{}'", name),
                             switches.empty()
                                 ? "the model has none; add [switch.NAME] with its options"
                                 : suggest(name, switches));
}

}  // namespace

Dimension per_day() {
    return Dimension::base("s").power(-1.0);
}

Dimension speed() {
    return Dimension::base("m") * per_day();
}

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string written(const DocumentNode& node) {
    if (node.is_string()) return node.string();
    return node.is_number() ? fmt::format("{}", node.number()) : std::string();
}

std::string SectionReader::source(const TableReader& table) {
    std::string given = table.text("source", "");
    const std::string word = given.substr(0, given.find_first_of(" ,:;("));
    if (!looks_like_reference(word) || model_.references.contains(word)) return given;
    std::vector<std::string> known;
    for (const auto& [key, citation] : model_.references)
        known.push_back(key);
    const std::string help = suggest(word, known);
    diagnostics_.add(table.at("source").fault(
        fmt::format("unknown reference '{}'", word),
        help.empty() ? fmt::format("add {} = \"...\" to [references]", word) : help, 0,
        word.size()));
    return given;
}

std::optional<Unit> SectionReader::unit(const TableReader& table) {
    const auto given = table.text("unit");
    if (!given) return std::nullopt;
    try {
        return model_.units.parse(*given);
    } catch (const InputError& error) {
        values_.add_at(table.at("unit"), error);
        return std::nullopt;
    }
}

int SectionReader::layer(const DocumentNode& table, const std::string& name) {
    const int index = model_.find_layer(name);
    if (index < 0)
        diagnostics_.add(table.get(name).fault_at_key(fmt::format("unknown layer '{}'", name),
                                                      suggest(name, model_.layers)));
    return index;
}

std::vector<bool> SectionReader::layer_list(const DocumentNode& node) {
    std::vector<bool> present(model_.layers.size(), true);
    if (!node || (node.is_string() && node.string() == "all layers")) return present;
    if (!node.is_array()) {
        diagnostics_.add(node.fault(
            fmt::format("'{}' must be a list of layers", node.key_path()),
            fmt::format("write [\"{}\"], or \"all layers\"", fmt::join(model_.layers, "\", \""))));
        return present;
    }
    present.assign(model_.layers.size(), false);
    for (const DocumentNode& element : node.elements()) {
        const std::string name = element.is_string() ? element.string() : std::string();
        const int index = model_.find_layer(name);
        if (index >= 0) {
            present[static_cast<std::size_t>(index)] = true;
        } else if (const auto group = layer_groups_.find(name); group != layer_groups_.end()) {
            for (std::size_t i = 0; i < present.size(); ++i)
                if (group->second[i]) present[i] = true;
        } else {
            std::vector<std::string> known = model_.layers;
            for (const auto& [group_name, layers] : layer_groups_)
                known.push_back(group_name);
            diagnostics_.add(
                element.fault(fmt::format("unknown layer '{}'", name), suggest(name, known)));
        }
    }
    if (node.elements().empty())
        diagnostics_.add(node.fault(fmt::format("'{}' names no layer", node.key_path())));
    return present;
}

void SectionReader::too_many(const DocumentNode& node, const std::string& what, std::size_t most) {
    if (limits_passed_.insert(what).second)
        diagnostics_.add(node.fault_at_key(fmt::format("more than {} {}", most, what),
                                           "a limit of neocol: docs/reliability.md lists them"));
}

int SectionReader::species(const DocumentNode& at, const std::string& name, bool at_key) {
    const int index = model_.find_species(name);
    if (index >= 0) return index;
    const bool is_tensor = model_.find_tensor(name) >= 0;
    const std::string message = is_tensor
                                    ? fmt::format("a species is due, and '{}' is a tensor", name)
                                    : fmt::format("unknown species '{}'", name);
    const std::string help =
        is_tensor ? fmt::format(
                        "tensors do not move and have no walls; its components are species: "
                        "{}_xx, ...",
                        name)
                  : suggest(name, names_of(model_.species));
    diagnostics_.add(at_key ? at.fault_at_key(message, help) : at.fault(message, help));
    return -1;
}

NodeId SectionReader::expression(const DocumentNode& node, const Context& context, const Unit& due,
                                 const std::string& subject) {
    const Typed value = compiler_.compile(node, context);
    if (!value.valid || value.any_unit || value.dimension == due.dimension) return value.node;
    Typed shown;
    shown.unit = due.text;
    shown.dimension = due.dimension;
    if (node.is_number())
        diagnostics_.add(node.fault(
            fmt::format("bare number where a unit is due: {} is in {}", subject, due.text),
            fmt::format("write \"{} {}\"", node.number(), due.text)));
    else
        diagnostics_.add(node.fault(
            fmt::format("{} is in {}, but {} is due", subject,
                        value.dimension.is_one() ? "no unit" : value.unit,
                        due.dimension.is_one() ? "a dimensionless number" : due.text),
            due.dimension.is_one() || value.dimension.is_one() ? std::string()
                                                               : compiler_.base_units(value, shown),
            0, node.string().size()));
    return value.node;
}

Location SectionReader::location(const TableReader& table) {
    return table.choice("at", Location::volume);
}

std::vector<NodeId> SectionReader::tensor_expression(const DocumentNode& node,
                                                     const Context& context, const Unit& due,
                                                     const std::string& subject) {
    std::vector<NodeId> zero(tensor_components.size(), model_.graph.constant(0.0));
    const Typed value = compiler_.compile_any(node, context);
    if (!value.valid || value.any_unit) return value.tensor.empty() ? zero : value.tensor;
    if (value.tensor.empty()) {
        diagnostics_.add(
            node.fault(fmt::format("{} must be a tensor, and this is a number", subject),
                       "a number times identity is an isotropic tensor, times along(z) one along "
                       "z"));
        return zero;
    }
    if (value.dimension != due.dimension)
        diagnostics_.add(
            node.fault(fmt::format("{} is in {}, but {} is due", subject,
                                   value.dimension.is_one() ? "no unit" : value.unit,
                                   due.dimension.is_one() ? "a dimensionless tensor" : due.text),
                       {}, 0, written(node).size()));
    return value.tensor;
}

std::vector<SwitchOptions> SectionReader::switch_options(const DocumentNode& table,
                                                         std::string& text) {
    std::vector<SwitchOptions> all;
    for (const std::string& name : table.keys()) {
        const DocumentNode node = table.get(name);
        const int index = model_.find_parameter(name);
        if (index < 0 || !model_.parameters[static_cast<std::size_t>(index)].is_switch()) {
            diagnostics_.add(unknown_switch(model_, name, node));
            continue;
        }
        const Parameter& chosen = model_.parameters[static_cast<std::size_t>(index)];
        SwitchOptions holds{index, std::vector<bool>(chosen.options.size(), false)};
        std::vector<DocumentNode> given = node.elements();
        if (!node.is_array()) given.push_back(node);
        std::vector<std::string> shown;
        for (const DocumentNode& element : given) {
            const std::string option = element.is_string() ? element.string() : std::string();
            const int k = chosen.find_option(option);
            shown.push_back(option);
            if (k >= 0)
                holds.options[static_cast<std::size_t>(k)] = true;
            else
                diagnostics_.add(
                    element.fault(fmt::format("switch '{}' has no option '{}'", name, option),
                                  suggest(option, names_of(chosen.options))));
        }
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, fmt::join(shown, " or "));
        all.push_back(std::move(holds));
    }
    return all;
}

}  // namespace neocol::model
