#include "compiler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

#include "vocabulary.hpp"

namespace neocol::model {

using syntax::Expression;
using Kind = Expression::Kind;

namespace {

bool is_within_powers(const Dimension& dimension) {
    return std::all_of(
        dimension.exponents().begin(), dimension.exponents().end(),
        [](const auto& one) { return std::abs(one.second) <= 60 * text_limits::unit_power; });
}

}  // namespace

Context static_context(std::string place) {
    return {.place = std::move(place)};
}

Context rate_context(std::string place, Location location) {
    return {.place = std::move(place),
            .location = location,
            .species = true,
            .time = true,
            .coordinates = true};
}

Context injury_context(Location location) {
    Context context = rate_context("[injury]", location);
    context.wound = true;
    return context;
}

Context boundary_context(Location location) {
    Context context = rate_context("a boundary condition", location);
    context.surface_fields_only = true;
    return context;
}

Context initial_context(Location location) {
    return {.place = "[initial]", .location = location, .coordinates = true};
}

bool Compiler::define(const std::string& name, Symbol symbol, const DocumentNode& node) {
    symbol.at = node.key_position();
    if (!syntax::is_identifier(name)) {
        diagnostics_.add(
            node.fault_at_key(fmt::format("'{}' cannot be a name", name), std::string(name_rule)));
        return false;
    }
    if (const std::string meaning = reserved_meaning(name); !meaning.empty()) {
        diagnostics_.add(node.fault_at_key(
            fmt::format("'{}' cannot name a {}", name, name_of(symbol.kind)),
            fmt::format("in expressions '{}' is {}; choose another name", name, meaning)));
        return false;
    }
    const auto [place, is_new] = symbols_.try_emplace(name, symbol);
    if (is_new) return true;
    diagnostics_.add(
        node.fault_at_key(fmt::format("'{}' is defined twice", name),
                          fmt::format("line {} makes it a {}; choose another name",
                                      place->second.at.line, name_of(place->second.kind))));
    return false;
}

void Compiler::define_function(FunctionDefinition function, const DocumentNode& table) {
    define(function.name, {Symbol::Kind::function, static_cast<int>(functions_.size())}, table);
    functions_.push_back(std::move(function));
}

void Compiler::mark_broken(const std::string& name) {
    if (const auto found = symbols_.find(name); found != symbols_.end())
        found->second.broken = true;
}

const Symbol* Compiler::find(const std::string& name) const {
    const auto found = symbols_.find(name);
    return found == symbols_.end() ? nullptr : &found->second;
}

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
    for (std::size_t i = 0; i < functions_.size(); ++i) {
        FunctionDefinition& function = functions_[i];
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
        if (symbols_.contains(expression.name))
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
        const Expression& one = **link;
        const Typed right = visit(frame, one.arguments[1]);
        const bool is_sum = one.kind == Kind::add || one.kind == Kind::subtract;
        value =
            is_sum ? visit_sum(frame, one, value, right) : visit_product(frame, one, value, right);
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
        result.tensor = componentwise(a, b, [&](NodeId x, NodeId y) {
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

}  // namespace neocol::model
