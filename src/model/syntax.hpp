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

    Expression() = default;
    /// Stands for bytes [begin, end) in messages.
    Expression(std::size_t begin_, std::size_t end_) : begin(begin_), end(end_) {}

    Kind kind = Kind::number;
    double number = 0.0;  ///< of a number or quantity
    std::string name;     ///< of a name or call; unit of a quantity
    std::vector<Expression> arguments;
    std::string label;  ///< of an argument written `label: expression`
    std::size_t begin = 0, end = 0;

    Expression(Expression&&) noexcept = default;
    Expression& operator=(Expression&&) noexcept = default;
    /// Sums and products lean to the left, as deep as they are long: taken down without recursion,
    /// and never copied.
    ~Expression();
};

/// The operators of a chain such as a + b*c - d, which hangs at its first argument: the outermost
/// first. What is left below the last one is a leaf, a sign, a power or a call. Walking chains in
/// a loop keeps recursion as deep as parentheses are.
std::vector<const Expression*> left_chain(const Expression& expression);

/// A fault of syntax at bytes [offset, offset + length).
struct Fault {
    std::string message, help;
    std::size_t offset = 0, length = 1;
};

/// Reads an expression, or a single quantity such as `2 ng/mL`.
/// \throws Fault  also beyond the limits of text_limits
Expression parse(std::string_view text);

/// True if `name` has letters, digits and underscores and starts with a letter.
bool is_identifier(std::string_view name);

/// How tightly an expression's outermost operator binds: sum 1, product 2, sign 3, power 4,
/// other 5.
int precedence(const Expression& expression);

}  // namespace neocol::model::syntax
