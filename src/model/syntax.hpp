#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace neocol::model::syntax {

/// Syntax tree of an expression. `begin` and `end` are bytes of the text it was read from.
struct Expression {
    enum class Kind {
        number,
        quantity,
        name,
        call,
        negate,
        add,
        subtract,
        multiply,
        divide,
        power
    };

    Kind kind = Kind::number;
    double number = 0.0;  ///< of a number or quantity
    std::string name;     ///< of a name or call; unit of a quantity
    std::vector<Expression> arguments;
    std::string label;  ///< of an argument written `label: expression`
    std::size_t begin = 0, end = 0;
};

/// A fault of syntax at bytes [offset, offset + length).
struct Fault {
    std::string message, help;
    std::size_t offset = 0, length = 1;
};

/// Reads an expression, or a single quantity such as `2 ng/mL`.
/// \throws Fault
Expression parse(std::string_view text);

/// True if `name` has letters, digits and underscores and starts with a letter.
bool is_identifier(std::string_view name);

/// How tightly an expression's outermost operator binds: sum 1, product 2, sign 3, power 4,
/// other 5.
int precedence(const Expression& expression);

}  // namespace neocol::model::syntax
