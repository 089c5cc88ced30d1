#include "switch_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

namespace neocol::model {

namespace {

constexpr const char* options_example = "write options = [\"fast\", \"slow\"]";

}  // namespace

void SwitchReader::read(const std::string& name, const TableReader& table) {
    Parameter chosen;
    chosen.name = name;
    chosen.at = table.node().key_position();
    chosen.meaning = table.text("meaning", "");
    chosen.source = source(table);
    chosen.step = table.text("step", "");
    chosen.evidence = "design";
    chosen.options = read_options(table);
    for (std::size_t k = 0; k < chosen.options.size(); ++k)
        chosen.allowed.push_back(static_cast<double>(k));
    const DocumentNode value = table.at("value");
    if (value && !chosen.options.empty()) {
        const std::string given = table.text("value", "");
        const int k = chosen.find_option(given);
        if (k >= 0)
            chosen.value = static_cast<double>(k);
        else if (value.is_string())
            diagnostics_.add(value.fault(fmt::format("switch '{}' has no option '{}'", name, given),
                                         suggest(given, names_of(chosen.options))));
    }
    if (chosen.options.empty()) chosen.options.push_back({"none", {}});  // a fault was reported
    symbols_.define(name, {Symbol::Kind::switch_, static_cast<int>(model_.parameters.size())},
                    table.node());
    model_.parameters.push_back(std::move(chosen));
}

std::vector<Parameter::Option> SwitchReader::read_options(const TableReader& table) {
    std::vector<Parameter::Option> options;
    const DocumentNode given = table.at("options");
    const auto add = [&](const DocumentNode& node, const std::string& name, std::string meaning) {
        if (options.size() >= text_limits::switch_options)
            too_many(node, "options of a switch", text_limits::switch_options);
        else if (!syntax::is_identifier(name))
            diagnostics_.add(node.fault(fmt::format("'{}' cannot name an option", name),
                                        "a name has letters, digits and underscores and starts "
                                        "with a letter"));
        else if (std::any_of(options.begin(), options.end(),
                             [&](const Parameter::Option& option) { return option.name == name; }))
            diagnostics_.add(node.fault(fmt::format("option '{}' is named twice", name)));
        else
            options.push_back({name, std::move(meaning)});
    };
    if (!given) return options;  // reported
    if (given.is_table())
        for (const DocumentNode& member : given.members())
            add(member, member.key(), values_.text(member).value_or(""));
    else if (values_.array(given))
        for (const DocumentNode& element : given.elements())
            add(element, element.is_string() ? element.string() : std::string(), {});
    if (options.size() < 2)
        diagnostics_.add(given.fault("a switch needs two options or more", options_example));
    return options;
}

}  // namespace neocol::model
