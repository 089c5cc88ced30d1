#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/names.hpp>

#include "compiler.hpp"
#include "vocabulary.hpp"

namespace neocol::model {

using syntax::Expression;

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
        expression.kind == Expression::Kind::name ? find(expression.name) : nullptr;
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
    const bool any_tensor = std::any_of(given.begin(), given.end(),
                                        [](const Typed& one) { return !one.tensor.empty(); });
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
        if (any_tensor) chosen.tensor = componentwise(*by_option[k], chosen, select);
        chosen.node = node;
    }
    result.node = chosen.node;
    result.tensor = chosen.tensor;
    return result;
}

}  // namespace neocol::model
