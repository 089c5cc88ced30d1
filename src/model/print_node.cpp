#include "print_node.hpp"

#include <fmt/format.h>

#include "vocabulary.hpp"

namespace neocol::model {

namespace {

int precedence(Operation operation) {
    switch (operation) {
        case Operation::add:
        case Operation::subtract:
            return 1;
        case Operation::multiply:
        case Operation::divide:
            return 2;
        case Operation::negate:
            return 3;
        case Operation::power:
            return 4;
        default:
            return 5;
    }
}

std::string input_name(const Input& input) {
    return input.kind == Input::Kind::rest ? fmt::format("rest({})", input.name) : input.name;
}

/// Nodes that are printed of an expression: as a tree, a graph can be longer than any memory.
constexpr int most_nodes = 200;

/// \param left  nodes that may still be printed
std::string print(const Model& model, NodeId id, int context, int& left) {
    if (left-- <= 0) return "...";
    const Node& node = model.graph[id];
    const auto argument = [&](std::size_t i, int level) {
        return print(model, node.arguments[i], level, left);
    };
    const int own = precedence(node.operation);
    std::string text;
    switch (node.operation) {
        case Operation::constant:
            return fmt::format("{:.6g}", node.value);
        case Operation::unknown:
            return model.species[static_cast<std::size_t>(node.index)].name;
        case Operation::input:
            return input_name(model.inputs[static_cast<std::size_t>(node.index)]);
        case Operation::add:
            text = argument(0, own) + " + ";
            text += argument(1, own);
            break;
        case Operation::subtract:
            text = argument(0, own) + " - ";
            text += argument(1, own + 1);
            break;
        case Operation::multiply:
            text = argument(0, own) + "*";
            text += argument(1, own);
            break;
        case Operation::divide:
            text = argument(0, own) + "/";
            text += argument(1, own + 1);
            break;
        case Operation::negate:
            text = "-" + argument(0, own);
            break;
        case Operation::power:
            text = argument(0, own + 1) + "^";
            text += argument(1, own + 1);
            break;
        default: {
            const int n = arity(node.operation);
            for (int i = 0; i < n; ++i)
                text += (i > 0 ? ", " : "") + argument(static_cast<std::size_t>(i), 0);
            return fmt::format("{}({})", name_of(node.operation), text);
        }
    }
    return own < context ? '(' + text + ')' : text;
}

}  // namespace

std::string to_text(const Model& model, NodeId node) {
    int left = most_nodes;
    return print(model, node, 0, left);
}

}  // namespace neocol::model
