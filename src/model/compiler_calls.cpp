#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/names.hpp>

#include "compiler.hpp"
#include "vocabulary.hpp"

namespace neocol::model {

using syntax::Expression;

namespace {

std::string count_text(std::size_t n) {
    if (n == 0) return "no argument";
    return n == 1 ? "1 argument" : fmt::format("{} arguments", n);
}

}  // namespace

NodeId ramp(Graph& graph, NodeId x, NodeId K) {
    const NodeId t = graph.make(Operation::minimum, graph.divide(x, K), graph.constant(1.0));
    return graph.multiply(t, graph.subtract(graph.constant(2.0), t));
}

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
        const Symbol* symbol = find(expression.name);
        if (symbol == nullptr) return unknown_name(frame, expression, true);
        if (symbol->kind == Symbol::Kind::function)
            return call_function(frame, expression, symbol->index);
        return fault(
            frame, expression,
            fmt::format("'{}' is a {}, not a function", expression.name, name_of(symbol->kind)),
            "write '*' to multiply");
    }
    if (function->n_arguments != any_number &&
        !check_count(frame, expression, function->n_arguments, function->usage)) {
        return invalid_value();
    }
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
    const Symbol* symbol = argument.kind == Expression::Kind::name ? find(argument.name) : nullptr;
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
    FunctionDefinition& function = functions_[static_cast<std::size_t>(index)];
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
            circle += functions_[static_cast<std::size_t>(*i)].name + " -> ";
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
        result = make(ramp(graph, a.node, b.node), {});
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

}  // namespace neocol::model
