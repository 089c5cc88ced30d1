#include <algorithm>
#include <numbers>

#include <fmt/format.h>

#include <neocol/core/names.hpp>

#include "compiler.hpp"
#include "vocabulary.hpp"

namespace neocol::model {

using syntax::Expression;

Typed Compiler::visit_name(const Frame& frame, const Expression& expression) {
    if (frame.bindings != nullptr)
        if (const auto bound = frame.bindings->find(expression.name);
            bound != frame.bindings->end())
            return bound->second;
    if (const auto known = built_in_name(frame, expression)) return *known;
    const Symbol* symbol = find(expression.name);
    if (symbol == nullptr) return unknown_name(frame, expression, false);
    Typed value = symbol_value(frame, expression, *symbol);
    if (symbol->broken) value.valid = false;
    return value;
}

std::optional<Typed> Compiler::built_in_name(const Frame& frame, const Expression& expression) {
    const std::string& name = expression.name;
    const Context& context = frame.context;
    const Dimension length = Dimension::base("m");
    if (name == "pi") return number(std::numbers::pi);
    if (name == "identity") {
        Typed unit = number(1.0);
        for (std::size_t i = 0; i < 6; ++i)
            unit.tensor.push_back(model_.graph.constant(i < 3 ? 1.0 : 0.0));
        return unit;
    }
    if (name == "time") {
        if (!context.time)
            return fault(frame, expression,
                         fmt::format("'time' cannot be used in {}", context.place),
                         "it is computed once, before the run");
        return make(model_.graph.input(input(Input::Kind::time, -1, "time")), Dimension::base("s"));
    }
    if (is_coordinate(name)) {
        if (!context.coordinates)
            return fault(frame, expression,
                         fmt::format("'{}' cannot be used in {}", name, context.place),
                         "it is computed once per layer, not per place");
        return make(model_.graph.input(input(Input::Kind::coordinate, -1, name)), length);
    }
    if (is_wound_name(name)) {
        if (!context.wound)
            return fault(frame, expression,
                         fmt::format("'{}' cannot be used in {}", name, context.place),
                         "it is known in [injury] only, at the moment of a session");
        return make(model_.graph.input(input(Input::Kind::wound, -1, name)),
                    name.starts_with("hole") ? length : Dimension());
    }
    if (find_built_in(name) == nullptr) return std::nullopt;
    return fault(frame, expression, fmt::format("'{}' is a function", name),
                 fmt::format("call it: {}", find_built_in(name)->usage));
}

Typed Compiler::symbol_value(const Frame& frame, const Expression& expression,
                             const Symbol& symbol) {
    const auto i = static_cast<std::size_t>(symbol.index);
    const auto typed = [&](Input::Kind kind, const Unit& unit, const std::string& name) {
        Typed value = make(model_.graph.input(input(kind, symbol.index, name)), unit.dimension);
        value.unit = unit.text;
        return value;
    };
    switch (symbol.kind) {
        case Symbol::Kind::parameter:
            return typed(Input::Kind::parameter, model_.parameters[i].unit, expression.name);
        case Symbol::Kind::derived:
            return typed(Input::Kind::derived, model_.derived[i].unit, expression.name);
        case Symbol::Kind::property:
            return typed(Input::Kind::property, model_.property_units[i], expression.name);
        case Symbol::Kind::species:
            return species_value(frame, expression, symbol.index);
        case Symbol::Kind::tensor:
            return tensor_value(frame, expression, symbol.index);
        case Symbol::Kind::switch_: {
            const std::vector<Parameter::Option>& options = model_.parameters[i].options;
            return fault(frame, expression,
                         fmt::format("'{}' is a switch, not a number", expression.name),
                         fmt::format("write is({}, {}), which is 1 or 0, or choose({}, {}: ..., "
                                     "{}: ...)",
                                     expression.name, options.front().name, expression.name,
                                     options.front().name, options.back().name));
        }
        case Symbol::Kind::function:
            break;
    }
    return call_function(frame, expression, symbol.index);
}

Typed Compiler::species_value(const Frame& frame, const Expression& expression, int index) {
    const Species& species = model_.species[static_cast<std::size_t>(index)];
    const Context& context = frame.context;
    const bool is_volume = species.location == Location::volume;
    if (!context.species)
        return fault(frame, expression,
                     fmt::format("species '{}' cannot be used in {}", species.name, context.place),
                     fmt::format("it is computed once, before the run; rest({}) is known there",
                                 species.name));
    if (context.surface_fields_only && is_volume)
        return fault(frame, expression,
                     fmt::format("species '{}' cannot be used in {}", species.name, context.place),
                     "parameters, time, coordinates and surface fields are known there");
    if (species.quasi_steady && context.location != Location::volume)
        return fault(
            frame, expression,
            fmt::format("'{}' is quasi-steady and cannot be used on a surface", species.name),
            "its walls may read surface fields, not the other way round");
    Typed value = make(no_node, species.unit.dimension);
    value.unit = species.unit.text;
    if (is_volume && context.location == Location::volume && !context.surface_fields_only &&
        species.quasi_steady != context.quasi_steady)
        value.node = model_.graph.input(input(Input::Kind::field, index, species.name));
    else if (species.location == context.location && !context.surface_fields_only)
        value.node = model_.graph.unknown(index);
    else if (is_volume)
        value.node = model_.graph.input(input(Input::Kind::adjacent, index, species.name));
    else
        value.node = model_.graph.input(input(Input::Kind::surface, index, species.name));
    return value;
}

std::vector<std::string> Compiler::known_names(const Frame& frame, bool calls) const {
    const Context& context = frame.context;
    std::vector<std::string> names;
    if (frame.function != nullptr && !calls) names = frame.function->arguments;
    for (const auto& [name, symbol] : symbols_) {
        const bool is_function = symbol.kind == Symbol::Kind::function;
        if (calls
                ? !is_function
                : symbol.kind == Symbol::Kind::switch_ || ((symbol.kind == Symbol::Kind::species ||
                                                            symbol.kind == Symbol::Kind::tensor) &&
                                                           !context.species))
            continue;
        names.push_back(name);
    }
    if (calls) {
        for (const BuiltIn& function : built_in_functions())
            names.emplace_back(function.name);
    } else {
        if (context.time) names.emplace_back("time");
        names.emplace_back("pi");
        if (context.wound)
            for (const char* name : {"wounded", "removed", "hole_radius", "hole_depth"})
                names.emplace_back(name);
    }
    return names;
}

Typed Compiler::unknown_name(const Frame& frame, const Expression& expression, bool is_call) {
    const std::vector<std::string> names = known_names(frame, is_call);
    const std::string nearest = nearest_name(expression.name, names);
    std::string help = suggest(expression.name, names);
    if (nearest.empty() && !is_call) {
        try {
            model_.units.parse(expression.name);
            help = fmt::format(
                "'{}' is a unit: a constant with a unit has to be a parameter, "
                "[parameter.NAME] value = \"... {}\"",
                expression.name, expression.name);
        } catch (const InputError&) {
            if (names.size() > 12)
                help = fmt::format("define it, such as [parameter.{}]", expression.name);
        }
    }
    const Expression at(expression.begin, expression.begin + expression.name.size());
    return fault(frame, at,
                 fmt::format("unknown {} '{}'", is_call ? "function" : "name", expression.name),
                 std::move(help));
}

}  // namespace neocol::model
