#include "definition_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/text_limits.hpp>

namespace neocol::model {

void DefinitionReader::declare_derived(const std::string& name, const TableReader& table) {
    Derived derived;
    derived.name = name;
    derived.at = table.node().key_position();
    derived.meaning = table.text("meaning", "");
    symbols_.define(name, {Symbol::Kind::derived, static_cast<int>(model_.derived.size())},
                    table.node());
    if (const auto given = unit(table))
        derived.unit = *given;
    else
        symbols_.mark_broken(name);
    model_.derived.push_back(std::move(derived));
}

void DefinitionReader::declare_function(const std::string& name, const TableReader& table) {
    FunctionDefinition function;
    function.name = name;
    const DocumentNode arguments = table.at("arguments");
    values_.array(arguments);
    for (const DocumentNode& argument : arguments.elements()) {
        if (function.arguments.size() == text_limits::function_arguments) {
            too_many(argument, "arguments of a function", text_limits::function_arguments);
            break;
        }
        const std::string spelling = written(argument);
        if (!argument.is_string() || !syntax::is_identifier(spelling))
            diagnostics_.add(argument.fault(fmt::format("'{}' cannot name an argument", spelling),
                                            "write names, such as arguments = [\"a\", \"b\"]"));
        else if (std::count(function.arguments.begin(), function.arguments.end(), spelling) > 0)
            diagnostics_.add(argument.fault(fmt::format("argument '{}' is named twice", spelling)));
        else
            function.arguments.push_back(spelling);
    }
    function.source = table.at("value");
    if (function.source) {
        try {
            function.body = syntax::parse(written(function.source));
        } catch (const syntax::Fault& fault) {
            diagnostics_.add(
                function.source.fault(fault.message, fault.help, fault.offset, fault.length));
        }
    }
    model_.functions.push_back({name, function.arguments, written(function.source),
                                table.text("meaning", ""), table.node().key_position()});
    symbols_.define_function(std::move(function), table.node());
}

void DefinitionReader::read_derived() {
    const DocumentNode all = root_.at("derived");
    for (Derived& derived : model_.derived) {
        const DocumentNode value = all.get(derived.name).get("value");
        derived.value = model_.graph.constant(0.0);
        if (!value) continue;  // reported
        derived.text = written(value);
        if (symbols_.is_broken(derived.name))
            compiler_.compile(value, static_context("a derived value"));
        else
            derived.value = expression(value, static_context("a derived value"), derived.unit,
                                       fmt::format("derived value '{}'", derived.name));
    }
}

}  // namespace neocol::model
