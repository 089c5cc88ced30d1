#include "compiler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

#include "tensors.hpp"
#include "vocabulary.hpp"

namespace neocol::model {

using syntax::Expression;
using Kind = Expression::Kind;

namespace {

bool is_within_powers(const Dimension& dimension) {
    return std::all_of(
        dimension.exponents().begin(), dimension.exponents().end(),
        [](const auto& power) { return std::abs(power.second) <= 60 * text_limits::unit_power; });
}

std::string count_text(std::size_t n) {
    if (n == 0) return "no argument";
    return n == 1 ? "1 argument" : fmt::format("{} arguments", n);
}

}  // namespace

int Compiler::input(Input::Kind kind, int index, const std::string& name) {
    const auto [place, is_new] =
        inputs_.try_emplace({kind, index, name}, static_cast<int>(model_.inputs.size()));
    if (is_new) model_.inputs.push_back({kind, index, name});
    return place->second;
}

std::string Compiler::unit_text(const Dimension& dimension) const {
    return model_.units.coherent(dimension).text;
}

Typed Compiler::compile(const DocumentNode& source, const Context& context) {
    Typed value = compile_any(source, context);
    if (value.tensor.empty()) return value;
    diagnostics_.add(
        source.fault(fmt::format("a number is due, and '{}' is a tensor", source.string()),
                     "take trace(), component(..., zz), contract() or anisotropy() of it", 0,
                     source.string().size()));
    value.tensor.clear();
    value.valid = false;
    return value;
}

Typed Compiler::compile_any(const DocumentNode& source, const Context& context) {
    Typed invalid;
    invalid.node = model_.graph.constant(0.0);
    invalid.valid = false;
    if (source.is_number()) return number(source.number());
    if (!source.is_string()) {
        diagnostics_.add(source.fault(fmt::format("'{}' needs an expression", source.key_path()),
                                      "write a string, such as \"k*fibroblast\""));
        return invalid;
    }
    try {
        const Expression expression = syntax::parse(source.string());
        user_ = source.key_path();
        return visit({source, context}, expression);
    } catch (const syntax::Fault& fault) {
        diagnostics_.add(source.fault(fault.message, fault.help, fault.offset, fault.length));
        return invalid;
    }
}

void Compiler::check_unused_functions() {
    user_.clear();
    for (std::size_t i = 0; i < symbols_.functions().size(); ++i) {
        FunctionDefinition& function = symbols_.functions()[i];
        if (function.used || !function.body) continue;
        Context context = injury_context(Location::volume);
        context.place = "a function";
        Bindings bindings;
        for (const std::string& argument : function.arguments) {
            Typed unknown = number(1.0);
            unknown.valid = false;
            bindings[argument] = unknown;
        }
        call_stack_.push_back(static_cast<int>(i));
        visit({function.source, context, &bindings, &function}, *function.body);
        call_stack_.pop_back();
    }
}

Typed Compiler::fault(const Frame& frame, const Expression& at, std::string message,
                      std::string help) {
    if (frame.function != nullptr && !user_.empty()) {
        if (!help.empty()) help += "; ";
        help += fmt::format("function '{}' is used in {}", frame.function->name, user_);
    }
    diagnostics_.add(
        frame.source.fault(std::move(message), std::move(help), at.begin, at.end - at.begin));
    return invalid_value();
}

std::string Compiler::text_of(const Frame& frame, const Expression& expression) const {
    return frame.source.string().substr(expression.begin, expression.end - expression.begin);
}

std::string Compiler::describe(const Frame& frame, const Expression& expression,
                               const Typed& typed) const {
    std::string text = text_of(frame, expression);
    constexpr std::size_t longest = 40;
    if (text.size() > longest) text = text.substr(0, longest - 3) + "...";
    return typed.dimension.is_one() ? fmt::format("'{}' is dimensionless", text)
                                    : fmt::format("'{}' is in {}", text, typed.unit);
}

Typed Compiler::make(NodeId node, Dimension dimension) const {
    Typed typed;
    typed.node = node;
    typed.unit = unit_text(dimension);
    typed.dimension = std::move(dimension);
    return typed;
}

Typed Compiler::number(double value) const {
    Typed typed = make(model_.graph.constant(value), {});
    typed.any_unit = value == 0.0;
    return typed;
}

Typed Compiler::invalid_value() const {
    Typed typed = number(0.0);
    typed.valid = false;
    return typed;
}

/// Functions are put in where they are used: a few lines can stand for an expression without end.
Typed Compiler::visit(const Frame& frame, const Expression& expression) {
    if (is_too_much_) return invalid_value();
    const bool is_deep = depth_ >= text_limits::expansion_nesting;
    if (is_deep || ++n_parts_ > text_limits::expansion_parts) {
        is_too_much_ = true;
        return fault(
            frame, expression,
            is_deep ? fmt::format("with its functions put in, an expression is nested more than {} "
                                  "deep",
                                  text_limits::expansion_nesting)
                    : fmt::format("with functions put in, the model's expressions have more than "
                                  "{} parts",
                                  text_limits::expansion_parts),
            "make parts of it derived values, or functions without arguments");
    }
    ++depth_;
    Typed value = visit_part(frame, expression);
    --depth_;
    return value;
}

Typed Compiler::visit_part(const Frame& frame, const Expression& expression) {
    switch (expression.kind) {
        case Kind::number:
            return number(expression.number);
        case Kind::quantity:
            return visit_quantity(frame, expression);
        case Kind::name:
            return visit_name(frame, expression);
        case Kind::call:
            return visit_call(frame, expression);
        case Kind::negate: {
            Typed value = visit(frame, expression.arguments[0]);
            value.node = model_.graph.negate(value.node);
            for (NodeId& component : value.tensor)
                component = model_.graph.negate(component);
            return value;
        }
        case Kind::add:
        case Kind::subtract:
        case Kind::multiply:
        case Kind::divide:
            return visit_chain(frame, expression);
        case Kind::power:
            return visit_power(frame, expression);
    }
    throw std::logic_error("unhandled kind of expression");
}

Typed Compiler::visit_quantity(const Frame& frame, const Expression& expression) {
    try {
        const Unit unit = model_.units.parse(expression.name);
        Typed typed =
            make(model_.graph.constant(unit.to_internal(expression.number)), unit.dimension);
        typed.unit = unit.text;
        return typed;
    } catch (const InputError& error) {
        if (symbols_.find(expression.name) != nullptr)
            return fault(
                frame, expression,
                fmt::format("'{}' after the number {}", expression.name, expression.number),
                "write '*' to multiply");
        return fault(frame, expression, error.diagnostics.front().message,
                     error.diagnostics.front().help);
    }
}

std::string Compiler::base_units(const Typed& a, const Typed& b) const {
    const std::string left = unit_text(a.dimension), right = unit_text(b.dimension);
    if (left == a.unit && right == b.unit) return {};
    return fmt::format("in base units {} against {}", left, right);
}

bool Compiler::same_dimension(const Frame& frame, const Expression& left, const Typed& a,
                              const Expression& right, const Typed& b, std::string_view verb) {
    if (!a.valid || !b.valid || a.any_unit || b.any_unit || a.dimension == b.dimension) return true;
    std::string help;
    const bool left_number = left.kind == Kind::number, right_number = right.kind == Kind::number;
    if (left_number || right_number)
        help = fmt::format("a number is dimensionless: make it a parameter with the unit {}",
                           left_number ? b.unit : a.unit);
    else
        help = base_units(a, b);
    fault(frame, right,
          fmt::format("cannot {} different units: {}, {}", verb, describe(frame, left, a),
                      describe(frame, right, b)),
          std::move(help));
    return false;
}

bool Compiler::dimensionless(const Frame& frame, const Expression& expression, const Typed& value,
                             const std::string& what) {
    if (!value.valid || value.dimension.is_one()) return true;
    fault(frame, expression,
          fmt::format("{} must be dimensionless: {}", what, describe(frame, expression, value)),
          fmt::format("divide it by a quantity in {}", value.unit));
    return false;
}

/// Sums and products from left to right.
Typed Compiler::visit_chain(const Frame& frame, const Expression& expression) {
    const std::vector<const Expression*> chain = syntax::left_chain(expression);
    Typed value = visit(frame, chain.back()->arguments[0]);
    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
        const Expression& operation = **link;
        const Typed right = visit(frame, operation.arguments[1]);
        const bool is_sum = operation.kind == Kind::add || operation.kind == Kind::subtract;
        value = is_sum ? visit_sum(frame, operation, value, right)
                       : visit_product(frame, operation, value, right);
    }
    return value;
}

Typed Compiler::visit_sum(const Frame& frame, const Expression& expression, const Typed& a,
                          const Typed& b) {
    const Expression& left = expression.arguments[0];
    const Expression& right = expression.arguments[1];
    const bool is_add = expression.kind == Kind::add;
    const bool agree = same_dimension(frame, left, a, right, b, is_add ? "add" : "subtract");
    Typed result = a.any_unit || !a.valid ? b : a;
    if (!a.tensor.empty() || !b.tensor.empty()) {
        const bool fit = is_tensor(frame, left, a, "beside a tensor") &&
                         is_tensor(frame, right, b, "beside a tensor");
        result.tensor = componentwise(model_.graph, a.tensor, b.tensor, [&](NodeId x, NodeId y) {
            return is_add ? model_.graph.add(x, y) : model_.graph.subtract(x, y);
        });
        result.valid = fit && agree && a.valid && b.valid;
        result.any_unit = a.any_unit && b.any_unit;
        return result;
    }
    result.node = is_add ? model_.graph.add(a.node, b.node) : model_.graph.subtract(a.node, b.node);
    result.any_unit = a.any_unit && b.any_unit;
    result.valid = agree && a.valid && b.valid;
    return result;
}

Typed Compiler::visit_product(const Frame& frame, const Expression& expression, const Typed& a,
                              const Typed& b) {
    const bool is_product = expression.kind == Kind::multiply;
    if (!is_product && b.valid && model_.graph.is_constant(b.node, 0.0))
        return fault(frame, expression.arguments[1], "division by 0");
    const auto dimension = product_dimension(frame, expression, a, b);
    if (!dimension) return invalid_value();
    Typed result = is_product ? make(model_.graph.multiply(a.node, b.node), *dimension)
                              : make(model_.graph.divide(a.node, b.node), *dimension);
    if (b.dimension.is_one()) result.unit = a.unit;
    if (a.dimension.is_one() && is_product) result.unit = b.unit;
    result.valid = a.valid && b.valid;
    if (a.tensor.empty() && b.tensor.empty()) return result;
    if (!b.tensor.empty() && (!is_product || !a.tensor.empty()))
        return fault(frame, expression,
                     is_product ? "the product of two tensors is no symmetric tensor"
                                : "division by a tensor",
                     is_product ? "write contract(A, B) for the sum of the products of components"
                                : "divide by a number, such as trace()");
    const Typed& factor = a.tensor.empty() ? a : b;
    for (const NodeId component : a.tensor.empty() ? b.tensor : a.tensor)
        result.tensor.push_back(is_product ? model_.graph.multiply(factor.node, component)
                                           : model_.graph.divide(component, factor.node));
    return result;
}

/// Dimension of a product or quotient; nothing after a fault, where a power has no end.
std::optional<Dimension> Compiler::product_dimension(const Frame& frame,
                                                     const Expression& expression, const Typed& a,
                                                     const Typed& b) {
    Dimension dimension =
        expression.kind == Kind::divide ? a.dimension / b.dimension : a.dimension * b.dimension;
    if (is_within_powers(dimension)) return dimension;
    fault(frame, expression, fmt::format("a unit with a power beyond {}", text_limits::unit_power),
          "no quantity has such a unit");
    return std::nullopt;
}

/// x to the power n in its dimension; nothing after a fault, where no unit has the power.
std::optional<Dimension> Compiler::power_dimension(const Frame& frame, const Expression& at,
                                                   const Expression& base, const Typed& x,
                                                   double n) {
    try {
        Dimension dimension = x.dimension.power(n);
        if (is_within_powers(dimension)) return dimension;
    } catch (const std::logic_error&) {
    }
    fault(frame, at, fmt::format("no unit has the power {}: {}", n, describe(frame, base, x)),
          "divide the base by a quantity of its unit");
    return std::nullopt;
}

Typed Compiler::visit_power(const Frame& frame, const Expression& expression) {
    const Expression& base = expression.arguments[0];
    const Expression& exponent = expression.arguments[1];
    const Typed x = visit(frame, base);
    const Typed n = visit(frame, exponent);
    if (!is_number(frame, base, x, "the base of a power") ||
        !is_number(frame, exponent, n, "an exponent"))
        return invalid_value();
    const bool fits = dimensionless(frame, exponent, n, "an exponent");
    Typed result = make(model_.graph.power(x.node, n.node), {});
    result.valid = fits && x.valid && n.valid;
    if (!result.valid || x.dimension.is_one()) return result;
    const Node& literal = model_.graph[n.node];
    if (literal.operation != Operation::constant)
        return fault(frame, exponent,
                     fmt::format("the exponent must be a number, as {}", describe(frame, base, x)),
                     "divide the base by a quantity of its unit, or write the number");
    const auto dimension = power_dimension(frame, exponent, base, x, literal.value);
    if (!dimension) return invalid_value();
    result.dimension = *dimension;
    result.unit = unit_text(result.dimension);
    return result;
}

// Names

Typed Compiler::visit_name(const Frame& frame, const Expression& expression) {
    if (frame.bindings != nullptr)
        if (const auto bound = frame.bindings->find(expression.name);
            bound != frame.bindings->end())
            return bound->second;
    if (const auto known = built_in_name(frame, expression)) return *known;
    const Symbol* symbol = symbols_.find(expression.name);
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
        case Symbol::Kind::external:
            if (!frame.context.time)
                return fault(frame, expression,
                             fmt::format("input '{}' cannot be used in {}", expression.name,
                                         frame.context.place),
                             "it changes in time, and this is computed once, before the run");
            return typed(Input::Kind::external, model_.externals[i].unit, expression.name);
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
    for (const auto& [name, symbol] : symbols_.symbols()) {
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

// Calls

bool Compiler::check_count(const Frame& frame, const Expression& expression, std::size_t due,
                           std::string_view usage) {
    if (expression.arguments.size() == due) return true;
    fault(frame, expression,
          fmt::format("'{}' takes {}, found {}", expression.name, count_text(due),
                      expression.arguments.size()),
          fmt::format("write {}", usage));
    return false;
}

bool Compiler::check_labels(const Frame& frame, const Expression& expression) {
    for (const Expression& argument : expression.arguments) {
        if (argument.label.empty()) continue;
        const Expression at(argument.begin, argument.begin + argument.label.size());
        fault(frame, at, fmt::format("'{}' has no argument '{}:'", expression.name, argument.label),
              "only choose(switch, option: value, ...) takes labels");
        return false;
    }
    return true;
}

Typed Compiler::visit_call(const Frame& frame, const Expression& expression) {
    const BuiltIn* function = find_built_in(expression.name);
    if (function == nullptr) {
        const Symbol* symbol = symbols_.find(expression.name);
        if (symbol == nullptr) return unknown_name(frame, expression, true);
        if (symbol->kind == Symbol::Kind::function)
            return call_function(frame, expression, symbol->index);
        return fault(
            frame, expression,
            fmt::format("'{}' is a {}, not a function", expression.name, name_of(symbol->kind)),
            "write '*' to multiply");
    }
    if (function->n_arguments != any_number &&
        !check_count(frame, expression, function->n_arguments, function->usage))
        return invalid_value();
    if (expression.name == "choose") return call_choose(frame, expression);
    if (!check_labels(frame, expression)) return invalid_value();
    if (function->is_integral) return call_integral(frame, expression);
    if (expression.name == "is") return call_is(frame, expression);
    if (expression.name == "rest") return call_rest(frame, expression);
    if (expression.name == "thickness") return call_thickness(frame, expression);
    if (function->of_tensors) return call_tensor(frame, expression);
    std::vector<Typed> values;
    for (const Expression& argument : expression.arguments) {
        values.push_back(visit(frame, argument));
        if (!is_number(frame, argument, values.back(),
                       fmt::format("an argument of {}()", expression.name)))
            return invalid_value();
    }
    return values.size() == 1 ? call_elementary(frame, expression, values[0])
                              : call_several(frame, expression, values);
}

Typed Compiler::call_rest(const Frame& frame, const Expression& expression) {
    const Expression& argument = expression.arguments[0];
    const Symbol* symbol =
        argument.kind == Expression::Kind::name ? symbols_.find(argument.name) : nullptr;
    if (symbol != nullptr && symbol->kind == Symbol::Kind::tensor) {
        const Tensor& tensor = model_.tensors[static_cast<std::size_t>(symbol->index)];
        Typed value = make(model_.graph.constant(0.0), tensor.unit.dimension);
        value.unit = tensor.unit.text;
        value.valid = !symbol->broken;
        for (const int k : tensor.components)
            value.tensor.push_back(k < 0 ? model_.graph.constant(0.0)
                                         : model_.graph.input(input(
                                               Input::Kind::rest, k,
                                               model_.species[static_cast<std::size_t>(k)].name)));
        return value;
    }
    if (symbol == nullptr || symbol->kind != Symbol::Kind::species) {
        return fault(frame, argument,
                     fmt::format("rest() needs a species, found '{}'", text_of(frame, argument)),
                     suggest(text_of(frame, argument), names_of(model_.species)));
    }
    const Species& species = model_.species[static_cast<std::size_t>(symbol->index)];
    if (!symbol->has_rest)
        return fault(frame, argument, fmt::format("species '{}' has no rest value", species.name),
                     "its definition says rest = \"none\"");
    Typed value = make(model_.graph.input(input(Input::Kind::rest, symbol->index, species.name)),
                       species.unit.dimension);
    value.unit = species.unit.text;
    value.valid = !symbol->broken;
    return value;
}

Typed Compiler::call_thickness(const Frame& frame, const Expression& expression) {
    const Expression& argument = expression.arguments[0];
    if (argument.kind != Expression::Kind::name || model_.find_layer(argument.name) < 0)
        return fault(frame, argument,
                     fmt::format("thickness() needs a layer, found '{}'", text_of(frame, argument)),
                     suggest(text_of(frame, argument), model_.layers));
    const std::string name = fmt::format("thickness({})", argument.name);
    auto place = std::find(model_.properties.begin(), model_.properties.end(), name);
    const auto index = static_cast<int>(place - model_.properties.begin());
    if (place == model_.properties.end()) {
        model_.properties.push_back(name);
        model_.property_units.push_back(model_.units.parse("mm"));
    }
    return make(model_.graph.input(input(Input::Kind::property, index, name)),
                Dimension::base("m"));
}

Typed Compiler::call_function(const Frame& frame, const Expression& expression, int index) {
    FunctionDefinition& function = symbols_.function(index);
    function.used = true;
    Typed result = number(0.0);
    result.valid = false;
    const std::string usage =
        function.arguments.empty()
            ? function.name
            : fmt::format("{}({})", function.name, fmt::join(function.arguments, ", "));
    if (!check_count(frame, expression, function.arguments.size(), usage)) return result;
    if (!check_labels(frame, expression)) return result;

    Bindings bindings;
    for (std::size_t i = 0; i < function.arguments.size(); ++i)
        bindings[function.arguments[i]] = visit(frame, expression.arguments[i]);
    if (!function.body) return result;
    if (const auto again = std::find(call_stack_.begin(), call_stack_.end(), index);
        again != call_stack_.end()) {
        std::string circle;
        for (auto i = again; i != call_stack_.end(); ++i)
            circle += symbols_.function(*i).name + " -> ";
        return fault(
            frame, expression,
            fmt::format("function '{}' needs itself: {}{}", function.name, circle, function.name),
            "functions are put in where they are used, so they cannot recur");
    }
    const FunctionKey key{index, frame.context.key()};
    if (function.arguments.empty())
        if (const auto known = compiled_functions_.find(key); known != compiled_functions_.end())
            return known->second;
    call_stack_.push_back(index);
    result = visit({function.source, frame.context, &bindings, &function}, *function.body);
    call_stack_.pop_back();
    if (function.arguments.empty()) compiled_functions_.emplace(key, result);
    return result;
}

Typed Compiler::call_elementary(const Frame& frame, const Expression& expression, const Typed& a) {
    const Expression& argument = expression.arguments[0];
    const Operation operation = find_word<Operation>(expression.name).value();
    if (operation == Operation::absolute) {
        Typed result = a;
        result.node = model_.graph.make(operation, a.node);
        return result;
    }
    if (operation != Operation::square_root) {
        Typed result = make(model_.graph.make(operation, a.node), {});
        result.valid =
            dimensionless(frame, argument, a, fmt::format("the argument of {}", expression.name)) &&
            a.valid;
        return result;
    }
    const auto dimension = power_dimension(frame, expression, argument, a, 0.5);
    if (!dimension) return invalid_value();
    Typed result = make(model_.graph.make(operation, a.node), *dimension);
    result.valid = a.valid;
    return result;
}

Typed Compiler::call_several(const Frame& frame, const Expression& expression,
                             const std::vector<Typed>& values) {
    const auto& arguments = expression.arguments;
    Graph& graph = model_.graph;
    const Typed &a = values[0], &b = values[1];
    const std::string& name = expression.name;
    bool agree =
        same_dimension(frame, arguments[0], a, arguments[1], b, "compare by " + name + "()");
    Typed result = a.any_unit || !a.valid ? b : a;
    result.any_unit = a.any_unit && b.any_unit;
    if (const auto operation = find_word<Operation>(name)) {  // min or max
        result.node = graph.make(*operation, a.node, b.node);
    } else if (name == "fraction") {
        result = make(graph.fraction(a.node, b.node), {});
    } else if (name == "ramp") {
        if (b.valid && graph.is_constant(b.node, 0.0))
            return fault(frame, arguments[1], "ramp() up to 0",
                         "ramp(x, K) rises from 0 at x = 0 to 1 at x = K: K has to be above 0");
        result = make(graph.ramp(a.node, b.node), {});
    } else if (name == "hill") {
        agree = dimensionless(frame, arguments[2], values[2], "an exponent") && agree;
        if (b.valid && graph.is_constant(b.node, 0.0))
            return fault(frame, arguments[1], "half-saturation 0 in hill()",
                         "hill(x, K, n) is x^n/(K^n + x^n): K has to be above 0");
        result = make(graph.hill(a.node, b.node, values[2].node), {});
    } else {
        const std::size_t edge = a.any_unit ? 1 : 0;
        agree = same_dimension(frame, arguments[edge], values[edge], arguments[2], values[2],
                               "compare by " + name + "()") &&
                agree;
        if (a.node == b.node && a.valid && b.valid)
            return fault(frame, expression, "smoothstep() between equal edges",
                         "smoothstep(a, b, x) is 0 below a and 1 above b");
        result = make(graph.smoothstep(a.node, b.node, values[2].node), {});
    }
    result.valid = agree && std::all_of(values.begin(), values.end(),
                                        [](const Typed& value) { return value.valid; });
    return result;
}

// Calls on switches

NodeId Compiler::is_at(int parameter, const std::vector<bool>& options) {
    Graph& graph = model_.graph;
    const Parameter& of = model_.parameters[static_cast<std::size_t>(parameter)];
    const NodeId position = graph.input(input(Input::Kind::parameter, parameter, of.name));
    // Half way between two positions the answer changes; the last option needs no comparison.
    NodeId result = graph.constant(options.back() ? 1.0 : 0.0);
    for (std::size_t k = options.size() - 1; k-- > 0;)
        result = graph.make(Operation::select_less, position,
                            graph.constant(static_cast<double>(k) + 0.5),
                            graph.constant(options[k] ? 1.0 : 0.0), result);
    return result;
}

/// The switch an argument names, -1 after a fault.
int Compiler::switch_of(const Frame& frame, const Expression& expression) {
    const Symbol* symbol =
        expression.kind == Expression::Kind::name ? symbols_.find(expression.name) : nullptr;
    if (symbol != nullptr && symbol->kind == Symbol::Kind::switch_) return symbol->index;
    std::vector<std::string> switches;
    for (const Parameter& parameter : model_.parameters)
        if (parameter.is_switch()) switches.push_back(parameter.name);
    fault(frame, expression,
          symbol != nullptr
              ? fmt::format("'{}' is a {}, not a switch", expression.name, name_of(symbol->kind))
              : fmt::format("unknown switch '{}'", text_of(frame, expression)),
          switches.empty() ? "the model has none; add [switch.NAME] with its options"
                           : suggest(text_of(frame, expression), switches));
    return -1;
}

/// Position of an option named at `at`, nothing after a fault.
std::optional<std::size_t> Compiler::option_of(const Frame& frame, int parameter,
                                               const Expression& at, const std::string& name) {
    const Parameter& of = model_.parameters[static_cast<std::size_t>(parameter)];
    if (const int k = of.find_option(name); k >= 0) return static_cast<std::size_t>(k);
    const Expression place(at.begin, at.begin + std::max<std::size_t>(name.size(), 1));
    fault(frame, place, fmt::format("switch '{}' has no option '{}'", of.name, name),
          suggest(name, names_of(of.options)));
    return std::nullopt;
}

Typed Compiler::call_is(const Frame& frame, const Expression& expression) {
    const int parameter = switch_of(frame, expression.arguments[0]);
    if (parameter < 0) return invalid_value();
    const Expression& option = expression.arguments[1];
    const auto k = option_of(frame, parameter, option, text_of(frame, option));
    if (!k) return invalid_value();
    std::vector<bool> options(model_.parameters[static_cast<std::size_t>(parameter)].options.size(),
                              false);
    options[*k] = true;
    return make(is_at(parameter, options), {});
}

Typed Compiler::call_choose(const Frame& frame, const Expression& expression) {
    if (expression.arguments.empty())
        return fault(frame, expression, "'choose' needs a switch and a value for every option",
                     fmt::format("write {}", find_built_in("choose")->usage));
    const int parameter = switch_of(frame, expression.arguments[0]);
    // The values are compiled even if the switch is unknown, so that their faults are found too.
    std::vector<Typed> given;
    for (std::size_t i = 1; i < expression.arguments.size(); ++i)
        given.push_back(visit(frame, expression.arguments[i]));
    if (parameter < 0) return invalid_value();
    const Parameter& of = model_.parameters[static_cast<std::size_t>(parameter)];
    std::vector<const Typed*> by_option(of.options.size(), nullptr);
    for (std::size_t i = 1; i < expression.arguments.size(); ++i) {
        const Expression& argument = expression.arguments[i];
        if (argument.label.empty())
            return fault(frame, argument, "a value of choose() says no option",
                         fmt::format("write 'option: value'; options of '{}': {}", of.name,
                                     fmt::join(names_of(of.options), ", ")));
        const auto k = option_of(frame, parameter, argument, argument.label);
        if (!k) return invalid_value();
        if (by_option[*k] != nullptr)
            return fault(frame, argument,
                         fmt::format("option '{}' is given twice", argument.label));
        by_option[*k] = &given[i - 1];
    }
    for (std::size_t k = 0; k < by_option.size(); ++k)
        if (by_option[k] == nullptr)
            return fault(frame, expression,
                         fmt::format("choose() says nothing of option '{}' of '{}'",
                                     of.options[k].name, of.name),
                         fmt::format("add '{}: ...'", of.options[k].name));
    Typed result = given.front();
    const Expression* shown = &expression.arguments[1];
    for (std::size_t i = 1; i < given.size(); ++i) {
        result.valid = same_dimension(frame, *shown, result, expression.arguments[i + 1], given[i],
                                      "choose between") &&
                       result.valid && given[i].valid;
        if (!result.any_unit || given[i].any_unit) continue;
        const bool valid = result.valid;
        result = given[i];
        result.valid = valid;
        shown = &expression.arguments[i + 1];
    }
    const bool any_tensor = std::any_of(
        given.begin(), given.end(), [](const Typed& argument) { return !argument.tensor.empty(); });
    for (std::size_t i = 0; any_tensor && i < given.size(); ++i)
        if (!is_tensor(frame, expression.arguments[i + 1], given[i], "beside a tensor"))
            return invalid_value();
    const NodeId position = model_.graph.input(input(Input::Kind::parameter, parameter, of.name));
    Typed chosen = *by_option.back();
    for (std::size_t k = by_option.size() - 1; k-- > 0;) {
        const auto select = [&](NodeId here, NodeId further) {
            return model_.graph.make(Operation::select_less, position,
                                     model_.graph.constant(static_cast<double>(k) + 0.5), here,
                                     further);
        };
        const NodeId node = select(by_option[k]->node, chosen.node);
        if (any_tensor)
            chosen.tensor =
                componentwise(model_.graph, by_option[k]->tensor, chosen.tensor, select);
        chosen.node = node;
    }
    result.node = chosen.node;
    result.tensor = chosen.tensor;
    return result;
}

// Integrals

/// integral(e, layers...), mean(e, layers...), surface_integral(e), junction_integral(e).
Typed Compiler::call_integral(const Frame& frame, const Expression& expression) {
    const Context& context = frame.context;
    const std::string& name = expression.name;
    if (!context.species || context.integral)
        return fault(frame, expression,
                     fmt::format("'{}' cannot be used in {}", name, context.place),
                     context.integral ? "there is no integral under an integral"
                                      : "it is computed once, before the run");
    if (expression.arguments.empty())
        return fault(frame, expression, fmt::format("'{}' needs an expression", name),
                     fmt::format("write {}", find_built_in(name)->usage));
    Integral integral;
    integral.is_mean = name == "mean";
    if (name == "surface_integral") integral.location = Location::surface;
    if (name == "junction_integral") integral.location = Location::junction;
    const bool in_volume = integral.location == Location::volume;
    integral.layers.assign(model_.layers.size(), expression.arguments.size() == 1 || !in_volume);
    if (!in_volume && !check_count(frame, expression, 1, find_built_in(name)->usage))
        return invalid_value();
    for (std::size_t i = 1; i < expression.arguments.size(); ++i) {
        const std::string layer = text_of(frame, expression.arguments[i]);
        const int index = model_.find_layer(layer);
        if (index < 0)
            return fault(frame, expression.arguments[i], fmt::format("unknown layer '{}'", layer),
                         suggest(layer, model_.layers));
        integral.layers[static_cast<std::size_t>(index)] = true;
    }
    Context inside = rate_context("an integral", integral.location);
    inside.integral = true;
    const bool same_place = context.location == integral.location && !context.quasi_steady;
    const Expression& argument = expression.arguments[0];
    const Typed value = visit(
        {frame.source, inside, same_place ? frame.bindings : nullptr, frame.function}, argument);
    if (!is_number(frame, argument, value, "what is integrated") || !value.valid)
        return invalid_value();
    integral.value = value.node;
    integral.text = text_of(frame, expression);
    auto found =
        std::find_if(model_.integrals.begin(), model_.integrals.end(), [&](const Integral& other) {
            return other.value == integral.value && other.location == integral.location &&
                   other.is_mean == integral.is_mean && other.layers == integral.layers;
        });
    const auto index = static_cast<int>(found - model_.integrals.begin());
    if (found == model_.integrals.end() && model_.integrals.size() == text_limits::integrals)
        return fault(frame, expression,
                     fmt::format("more than {} integrals", text_limits::integrals),
                     "a limit of neocol: docs/reliability.md lists them");
    if (found == model_.integrals.end()) model_.integrals.push_back(integral);
    const Dimension length = Dimension::base("m");
    Dimension dimension = value.dimension;
    if (!integral.is_mean) dimension = dimension * length.power(in_volume ? 3.0 : 2.0);
    return make(model_.graph.input(input(Input::Kind::integral, index,
                                         model_.integrals[static_cast<std::size_t>(index)].text)),
                dimension);
}

// Tensors

bool Compiler::is_number(const Frame& frame, const Expression& expression, const Typed& value,
                         const std::string& what) {
    if (value.tensor.empty()) return true;
    fault(frame, expression,
          fmt::format("{} must be a number: '{}' is a tensor", what, text_of(frame, expression)),
          "take trace(), component(..., zz), contract() or anisotropy() of it");
    return false;
}

bool Compiler::is_tensor(const Frame& frame, const Expression& expression, const Typed& value,
                         const std::string& what) {
    if (!value.tensor.empty() || value.any_unit || !value.valid) return true;
    fault(frame, expression,
          fmt::format("a tensor is due {}, and '{}' is a number", what, text_of(frame, expression)),
          "a number times identity is an isotropic tensor, times along(z) one along z");
    return false;
}

Typed Compiler::tensor_value(const Frame& frame, const Expression& expression, int index) {
    const Tensor& tensor = model_.tensors[static_cast<std::size_t>(index)];
    const Context& context = frame.context;
    if (!context.species || context.surface_fields_only)
        return fault(frame, expression,
                     fmt::format("tensor '{}' cannot be used in {}", tensor.name, context.place),
                     context.species
                         ? "parameters, time, coordinates and surface fields are known there"
                         : fmt::format("it is computed once, before the run; rest({}) is known "
                                       "there",
                                       tensor.name));
    Typed value = make(model_.graph.constant(0.0), tensor.unit.dimension);
    value.unit = tensor.unit.text;
    for (const int k : tensor.components) {
        if (k < 0)
            value.tensor.push_back(model_.graph.constant(0.0));
        else if (context.location == Location::volume)
            value.tensor.push_back(model_.graph.unknown(k));
        else
            value.tensor.push_back(model_.graph.input(
                input(Input::Kind::adjacent, k, model_.species[static_cast<std::size_t>(k)].name)));
    }
    return value;
}

Typed Compiler::call_tensor(const Frame& frame, const Expression& expression) {
    if (expression.name == "along") return call_along(frame, expression);
    if (expression.name == "component") return call_component(frame, expression);
    if (expression.name == "contract") return call_contract(frame, expression);
    const Typed a = visit(frame, expression.arguments[0]);
    if (!is_tensor(frame, expression.arguments[0], a, fmt::format("in {}()", expression.name)) ||
        a.tensor.empty())
        return invalid_value();
    Typed result = expression.name == "trace"
                       ? make(trace(model_.graph, a.tensor), a.dimension)
                       : make(fractional_anisotropy(model_.graph, a.tensor), {});
    if (expression.name == "trace") result.unit = a.unit;
    result.valid = a.valid;
    return result;
}

/// The tensor e e of the unit vector along an axis.
Typed Compiler::call_along(const Frame& frame, const Expression& expression) {
    const Expression& axis = expression.arguments[0];
    const std::vector<std::string> axes{"x", "y", "z", "r"};
    const auto found = axis.kind == Expression::Kind::name
                           ? std::find(axes.begin(), axes.end(), axis.name)
                           : axes.end();
    if (found == axes.end())
        return fault(frame, axis,
                     fmt::format("along() needs an axis, found '{}'", text_of(frame, axis)),
                     "known: x, y, z; in single_channel x is radial, y circumferential");
    const auto place = static_cast<std::size_t>(found - axes.begin()) % 3;  // r is x
    Typed result = number(1.0);
    for (std::size_t i = 0; i < n_components; ++i)
        result.tensor.push_back(model_.graph.constant(i == place ? 1.0 : 0.0));
    return result;
}

Typed Compiler::call_component(const Frame& frame, const Expression& expression) {
    const Typed a = visit(frame, expression.arguments[0]);
    const std::string name = text_of(frame, expression.arguments[1]);
    const int index = component_index(name);
    if (index < 0)
        return fault(frame, expression.arguments[1], fmt::format("no component '{}'", name),
                     "known: xx, yy, zz, xy, xz, yz; in single_channel also rr, tt, rz");
    if (!is_tensor(frame, expression.arguments[0], a, "in component()") || a.tensor.empty())
        return invalid_value();
    Typed result = make(a.tensor[static_cast<std::size_t>(index)], a.dimension);
    result.unit = a.unit;
    result.valid = a.valid;
    return result;
}

Typed Compiler::call_contract(const Frame& frame, const Expression& expression) {
    const Typed a = visit(frame, expression.arguments[0]);
    const Typed b = visit(frame, expression.arguments[1]);
    if (!is_tensor(frame, expression.arguments[0], a, "in contract()") ||
        !is_tensor(frame, expression.arguments[1], b, "in contract()") || a.tensor.empty() ||
        b.tensor.empty())
        return invalid_value();
    const auto dimension = product_dimension(frame, expression, a, b);
    if (!dimension) return invalid_value();
    Typed result = make(contract(model_.graph, a.tensor, b.tensor), *dimension);
    result.valid = a.valid && b.valid;
    return result;
}

}  // namespace neocol::model
