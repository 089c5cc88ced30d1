#include "syntax.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/text_limits.hpp>

namespace neocol::model::syntax {

namespace {

using Kind = Expression::Kind;

bool is_operator(Kind kind) {
    return kind == Kind::add || kind == Kind::subtract || kind == Kind::multiply ||
           kind == Kind::divide;
}

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_blank(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}
bool starts_unit(char c) {
    return is_letter(c) || c == '%' || static_cast<unsigned char>(c) >= 0x80;
}

struct Token {
    enum class Kind { end, number, name, sign };
    Kind kind = Kind::end;
    double number = 0.0;
    std::size_t begin = 0, end = 0;
};

/// Bytes of the character that starts at `at`.
std::size_t character_end(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        ++end;
    return end;
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) { advance(); }

    Expression whole() {
        if (token_.kind == Token::Kind::end)
            throw Fault{"empty expression", "write a number, a name or a formula", 0, 1};
        Expression result = sum();
        if (token_.kind != Token::Kind::end) refuse_trailing();
        return result;
    }

private:
    std::string_view text_;
    Token token_, previous_;
    int depth_ = 0;
    std::size_t n_tokens_ = 0;

    /// Counts one level of recursion while it lives: the limit keeps it off the end of the stack.
    class Level {
    public:
        explicit Level(Parser& parser) : parser_(parser) {
            if (++parser_.depth_ <= text_limits::expression_nesting) return;
            throw Fault{fmt::format("expression nested too deeply: more than {} levels",
                                    text_limits::expression_nesting),
                        "name its parts with [function.NAME]", parser_.token_.begin, 1};
        }
        ~Level() { --parser_.depth_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

    private:
        Parser& parser_;
    };

    std::string_view spelling(const Token& token) const {
        return text_.substr(token.begin, token.end - token.begin);
    }
    bool at_sign(char sign) const {
        return token_.kind == Token::Kind::sign && text_[token_.begin] == sign;
    }
    bool take(char sign) {
        if (!at_sign(sign)) return false;
        advance();
        return true;
    }

    void advance() {
        previous_ = token_;
        std::size_t at = token_.end;
        while (at < text_.size() && is_blank(text_[at]))
            ++at;
        token_ = {Token::Kind::end, 0.0, at, at};
        if (at == text_.size()) return;
        if (++n_tokens_ > text_limits::expression_tokens)
            throw Fault{fmt::format("an expression of more than {} numbers, names and operators",
                                    text_limits::expression_tokens),
                        "name its parts with [function.NAME] or [derived.NAME]", at, 1};
        const char c = text_[at];
        if (is_digit(c) || (c == '.' && at + 1 < text_.size() && is_digit(text_[at + 1]))) {
            read_number();
        } else if (is_letter(c)) {
            token_.kind = Token::Kind::name;
            while (token_.end < text_.size() &&
                   (is_letter(text_[token_.end]) || is_digit(text_[token_.end])))
                ++token_.end;
        } else if (std::string_view("+-*/^(),:").find(c) != std::string_view::npos) {
            token_.kind = Token::Kind::sign;
            token_.end = at + 1;
        } else {
            refuse_character(at);
        }
    }

    void read_number() {
        token_.kind = Token::Kind::number;
        const char* const first = text_.data() + token_.begin;
        const auto [last, fault] =
            std::from_chars(first, text_.data() + text_.size(), token_.number);
        token_.end = token_.begin + static_cast<std::size_t>(last - first);
        if (fault != std::errc())
            throw Fault{fmt::format("number '{}' is out of range", spelling(token_)),
                        {},
                        token_.begin,
                        token_.end - token_.begin};
    }

    /// The name that follows a dot, as in `parameter.k`; empty if none does.
    std::string_view name_after(std::size_t dot) const {
        std::size_t end = dot + 1;
        while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end])))
            ++end;
        const std::string_view name = text_.substr(dot + 1, end - dot - 1);
        return is_identifier(name) ? name : std::string_view();
    }

    [[noreturn]] void refuse_character(std::size_t at) const {
        const std::size_t end = character_end(text_, at);
        const std::string_view c = text_.substr(at, end - at);
        std::string help = "expressions have + - * / ^ ( ) , numbers and names";
        if (c == "=" || c == "<" || c == ">")
            help = "there are no comparisons; use smoothstep, hill, min or max";
        else if (c == "[" || c == "{")
            help = "use parentheses ( )";
        else if (const std::string_view name = name_after(at); c == "." && !name.empty())
            help = fmt::format("names stand without their table: '{}'", name);
        throw Fault{fmt::format("unexpected character '{}'", c), std::move(help), at, end - at};
    }

    /// What looks like a unit from `begin` on: `ng/mL/d`, `cm-2`.
    std::string_view unit_at(std::size_t begin) const {
        std::size_t end = begin;
        const auto next_is_digit = [&] {
            return end + 1 < text_.size() && is_digit(text_[end + 1]);
        };
        while (end < text_.size() && (starts_unit(text_[end]) || is_digit(text_[end]) ||
                                      text_[end] == '/' || (text_[end] == '-' && next_is_digit())))
            ++end;
        return text_.substr(begin, end - begin);
    }

    [[noreturn]] void refuse_trailing() const {
        const std::string text(spelling(token_));
        const std::size_t length = token_.end - token_.begin;
        if (at_sign(')'))
            throw Fault{"')' closes nothing", "remove it, or open a parenthesis before",
                        token_.begin, length};
        if (at_sign(','))
            throw Fault{"',' outside a list of arguments",
                        "decimals are written with a point, such as 0.5", token_.begin, length};
        if (at_sign(':'))
            throw Fault{"':' where an operator is due",
                        "'name: expression' is an argument of choose() only", token_.begin, length};
        if (previous_.kind == Token::Kind::number && token_.kind == Token::Kind::name)
            throw Fault{fmt::format("'{}' after the number {}", text, spelling(previous_)),
                        fmt::format("write '*' to multiply; a constant with a unit has to be a "
                                    "parameter: [parameter.NAME] value = \"{} {}\"",
                                    spelling(previous_), unit_at(token_.begin)),
                        token_.begin, length};
        throw Fault{fmt::format("'{}' where an operator is due", text), "write '*' to multiply",
                    token_.begin, length};
    }

    Expression binary(Kind kind, Expression left, Expression right) const {
        Expression result;
        result.kind = kind;
        result.begin = left.begin;
        result.end = right.end;
        result.arguments.push_back(std::move(left));
        result.arguments.push_back(std::move(right));
        return result;
    }

    Expression sum() {
        const Level level(*this);
        Expression left = product();
        while (at_sign('+') || at_sign('-')) {
            const Kind kind = at_sign('+') ? Kind::add : Kind::subtract;
            advance();
            left = binary(kind, std::move(left), product());
        }
        return left;
    }

    Expression product() {
        Expression left = signed_factor();
        while (at_sign('*') || at_sign('/')) {
            const Token sign = token_;
            const Kind kind = at_sign('*') ? Kind::multiply : Kind::divide;
            advance();
            if (at_sign('*') && kind == Kind::multiply && token_.begin == sign.end)
                throw Fault{"unexpected '**'", "powers are written with '^'", sign.begin, 2};
            left = binary(kind, std::move(left), signed_factor());
        }
        return left;
    }

    Expression signed_factor() {
        while (take('+')) {
        }
        const std::size_t begin = token_.begin;
        if (!take('-')) return power();
        const Level level(*this);
        Expression result;
        result.kind = Kind::negate;
        result.begin = begin;
        result.arguments.push_back(signed_factor());
        result.end = result.arguments[0].end;
        return result;
    }

    Expression power() {
        Expression base = primary();
        if (!take('^')) return base;
        const Level level(*this);
        return binary(Kind::power, std::move(base), signed_factor());
    }

    Expression primary() {
        const Token token = token_;
        Expression result;
        result.begin = token.begin;
        result.end = token.end;
        if (token.kind == Token::Kind::number) {
            result.number = token.number;
            advance();
            return result;
        }
        if (token.kind == Token::Kind::name) {
            result.kind = Kind::name;
            result.name = spelling(token);
            advance();
            if (at_sign('(')) read_arguments(result);
            return result;
        }
        if (take('(')) {
            result = sum();
            close(token);
            result.begin = token.begin;
            result.end = previous_.end;
            return result;
        }
        refuse_missing_operand();
    }

    [[noreturn]] void refuse_missing_operand() const {
        if (token_.kind != Token::Kind::end)
            throw Fault{fmt::format("'{}' where a number, a name or '(' is due", spelling(token_)),
                        {},
                        token_.begin,
                        token_.end - token_.begin};
        throw Fault{fmt::format("nothing after '{}'", spelling(previous_)),
                    "the expression ends where a number, a name or '(' is due", previous_.begin,
                    previous_.end - previous_.begin};
    }

    void close(const Token& opening) {
        if (take(')')) return;
        if (token_.kind == Token::Kind::end)
            throw Fault{"'(' is never closed", "add ')'", opening.begin, 1};
        refuse_trailing_inside();
    }

    [[noreturn]] void refuse_trailing_inside() const {
        if (at_sign(','))
            throw Fault{"',' outside a list of arguments",
                        "decimals are written with a point, such as 0.5", token_.begin, 1};
        refuse_trailing();
    }

    /// An argument of a call: an expression, or `label: expression`.
    Expression argument() {
        Expression result = sum();
        if (result.kind != Kind::name || !take(':')) return result;
        std::string label = std::move(result.name);
        const std::size_t begin = result.begin;
        result = sum();
        result.label = std::move(label);
        result.begin = begin;
        return result;
    }

    void read_arguments(Expression& call) {
        const Token opening = token_;
        call.kind = Kind::call;
        advance();
        if (!at_sign(')')) {
            call.arguments.push_back(argument());
            while (take(','))
                call.arguments.push_back(argument());
        }
        close(opening);
        call.end = previous_.end;
    }
};

/// True for one number followed by a unit and nothing else that an expression would need.
bool is_quantity(std::string_view text, double& number, std::size_t& unit_begin) {
    std::size_t at = 0;
    while (at < text.size() && is_blank(text[at]))
        ++at;
    const std::size_t first = at;
    if (at < text.size() && text[at] == '-') ++at;
    if (at == text.size() || !(is_digit(text[at]) || text[at] == '.')) return false;
    const auto [end, fault] =
        std::from_chars(text.data() + first, text.data() + text.size(), number);
    if (fault != std::errc()) return false;
    unit_begin = static_cast<std::size_t>(end - text.data());
    while (unit_begin < text.size() && is_blank(text[unit_begin]))
        ++unit_begin;
    if (unit_begin == text.size() || !starts_unit(text[unit_begin])) return false;
    return text.find_first_of("*+(),=", unit_begin) == std::string_view::npos &&
           text.find(" - ", unit_begin) == std::string_view::npos;
}

}  // namespace

Expression::~Expression() {
    // What hangs at the first argument moves up a level at a time.
    while (!arguments.empty() && !arguments.front().arguments.empty()) {
        std::vector<Expression> below = std::move(arguments.front().arguments);
        arguments = std::move(below);
    }
}

std::vector<const Expression*> left_chain(const Expression& expression) {
    std::vector<const Expression*> chain;
    for (const Expression* link = &expression; is_operator(link->kind); link = &link->arguments[0])
        chain.push_back(link);
    return chain;
}

Expression parse(std::string_view text) {
    if (text.size() > text_limits::expression_bytes)
        throw Fault{fmt::format("an expression of {} bytes, and at most {} are read", text.size(),
                                text_limits::expression_bytes),
                    "name its parts with [function.NAME] or [derived.NAME]", 0, 1};
    double number = 0.0;
    std::size_t unit_begin = 0;
    if (!is_quantity(text, number, unit_begin)) return Parser(text).whole();
    Expression quantity;
    quantity.kind = Kind::quantity;
    quantity.number = number;
    quantity.begin = text.find_first_not_of(" \t\r\n");
    quantity.end = text.find_last_not_of(" \t\r\n") + 1;
    quantity.name = text.substr(unit_begin, quantity.end - unit_begin);
    return quantity;
}

bool is_identifier(std::string_view name) {
    return is_name(name);
}

int precedence(const Expression& expression) {
    switch (expression.kind) {
        case Kind::add:
        case Kind::subtract:
            return 1;
        case Kind::multiply:
        case Kind::divide:
            return 2;
        case Kind::negate:
            return 3;
        case Kind::power:
            return 4;
        default:
            return 5;
    }
}

}  // namespace neocol::model::syntax
