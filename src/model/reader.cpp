#include "reader.hpp"
#include "keys.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/model/parse.hpp>

namespace neocol::model {

constinit const Table model_table{.meaning = "A model: species, processes and what is read off",
                                  .keys = detail::model_keys};

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

}  // namespace

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string written(const DocumentNode& node) {
    if (node.is_string()) return node.string();
    return node.is_number() ? fmt::format("{}", node.number()) : std::string();
}

Reader::Reader(const Document& document, Model& model, Diagnostics& diagnostics,
               Functions functions)
    : document_(document),
      model_(model),
      diagnostics_(diagnostics),
      functions_(functions),
      values_(model.units, diagnostics),
      root_(document.root(), model_table, values_),
      compiler_(model, diagnostics) {}

void Reader::read() {
    read_header();
    read_references();
    read_properties();
    for (const auto& [name, table] : section("parameter"))
        read_parameter(name, table);
    for (const auto& [name, table] : section("switch"))
        read_switch(name, table);
    for (const auto& [name, table] : section("derived"))
        declare_derived(name, table);
    for (const auto& [name, table] : section("species"))
        declare_species(name, table, false);
    for (const auto& [name, table] : section("surface"))
        declare_species(name, table, true);
    for (const auto& [name, table] : section("function"))
        declare_function(name, table);
    if (model_.species.empty())
        diagnostics_.add({{document_.path(), 0, 0, 1},
                          "the model has no species",
                          {},
                          "add [species.NAME] with unit and meaning"});

    read_derived();
    read_species();
    for (const auto& [name, table] : section("process"))
        read_process(name, table);
    for (const auto& [name, table] : section("transport"))
        read_transport(name, table);
    for (const auto& [name, table] : section("boundary"))
        read_boundary(name, table);
    read_initial();
    read_injury();
    for (const auto& [name, table] : section("observable"))
        read_observable(name, table);
    for (const auto& [name, table] : section("event"))
        read_event(name, table);
    for (const auto& [name, table] : section("outcome"))
        read_outcome(name, table);
    for (const auto& [name, table] : section("bound"))
        read_bound(name, table);
    if (functions_ == Functions::all) compiler_.check_unused_functions();
    check_keys(document_.root(), model_table, diagnostics_);
}

Reader::Entries Reader::section(const std::string& name) {
    Entries entries = root_.named(name);
    for (const auto& [key, table] : entries)
        check_stored_name(name, key, table.node());
    return entries;
}

void Reader::check_stored_name(const std::string& section, const std::string& name,
                               const DocumentNode& entry) {
    // Names that expressions use are checked where they are defined.
    const bool is_output = section == "observable" || section == "outcome" || section == "bound";
    const bool is_plain = is_output || section == "process" || section == "event";
    const bool is_field = section == "species" || section == "surface";
    if (is_plain && !is_name(name)) {
        diagnostics_.add(
            entry.fault_at_key(fmt::format("'{}' cannot be a name", name), std::string(name_rule)));
        return;
    }
    const bool taken = (section == "observable" && is_one_of(name, names_in_result)) ||
                       (is_output && is_one_of(name, names_in_tables)) ||
                       (is_field && is_one_of(name, names_in_fields));
    if (taken) {
        diagnostics_.add(entry.fault_at_key(
            fmt::format("'{}' cannot name {} {}", name,
                        section == "observable" || section == "outcome" ? "an" : "a",
                        section == "surface" ? "surface field" : section),
            "results use this name themselves; choose another name"));
    }
}

std::string Reader::source(const TableReader& table) {
    const std::string given = table.text("source", "");
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

std::optional<Unit> Reader::unit(const TableReader& table) {
    const auto given = table.text("unit");
    if (!given) return std::nullopt;
    try {
        return model_.units.parse(*given);
    } catch (const InputError& error) {
        values_.add_at(table.at("unit"), error);
        return std::nullopt;
    }
}

int Reader::layer(const DocumentNode& table, const std::string& name) {
    const int index = model_.find_layer(name);
    if (index < 0)
        diagnostics_.add(table.get(name).fault_at_key(fmt::format("unknown layer '{}'", name),
                                                      suggest(name, model_.layers)));
    return index;
}

std::vector<bool> Reader::layer_list(const DocumentNode& node) {
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

void Reader::too_many(const DocumentNode& node, const std::string& what, std::size_t most) {
    if (too_many_.insert(what).second)
        diagnostics_.add(node.fault_at_key(fmt::format("more than {} {}", most, what),
                                           "a limit of neocol: docs/reliability.md lists them"));
}

std::vector<std::string> Reader::species_names() const {
    return names_of(model_.species);
}

int Reader::species(const DocumentNode& at, const std::string& name, bool at_key) {
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
                  : suggest(name, species_names());
    diagnostics_.add(at_key ? at.fault_at_key(message, help) : at.fault(message, help));
    return -1;
}

NodeId Reader::expression(const DocumentNode& node, const Context& context, const Unit& due,
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

Location Reader::location(const TableReader& table) {
    return table.choice("at", Location::volume);
}

}  // namespace neocol::model
