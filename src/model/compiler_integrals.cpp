#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

#include "compiler.hpp"
#include "vocabulary.hpp"

namespace neocol::model {

using syntax::Expression;

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

}  // namespace neocol::model
