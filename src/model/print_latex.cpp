#include "print_latex.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include <neocol/core/text_limits.hpp>

namespace neocol::model {

namespace {

using syntax::Expression;
using Kind = Expression::Kind;

constexpr std::array<std::string_view, 21> greek{
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu",
    "nu",    "xi",   "rho",   "sigma", "tau",     "phi",  "chi", "psi",   "omega", "pi"};

/// One word of a name: a letter in italics, a Greek letter, or upright.
std::string word(std::string_view text) {
    if (text.size() == 1) return std::string(text);
    if (std::find(greek.begin(), greek.end(), text) != greek.end())
        return fmt::format("\\{}", text);
    std::string upright;
    for (const char c : text)
        upright += c == '_' ? std::string("\\ ") : std::string(1, c);
    return fmt::format("\\mathrm{{{}}}", upright);
}

bool is_symbol(std::string_view base) {
    return base.size() == 1 || std::find(greek.begin(), greek.end(), base) != greek.end();
}

std::string number(double value) {
    std::string text = fmt::format("{:.6g}", value);
    const std::size_t e = text.find('e');
    if (e == std::string::npos) return text;
    const int exponent = std::stoi(text.substr(e + 1));
    return fmt::format("{}\\times 10^{{{}}}", text.substr(0, e), exponent);
}

std::string in_parentheses(const std::string& text) {
    return "\\left(" + text + "\\right)";
}

/// `expression` with parentheses if it binds less tightly than `level`.
std::string print(const Expression& expression, int level) {
    const std::string text = latex(expression);
    return syntax::precedence(expression) < level ? in_parentheses(text) : text;
}

std::string power(const std::string& base, const Expression& exponent) {
    if (exponent.kind == Kind::number && exponent.number == 1.0) return base;
    return fmt::format("{}^{{{}}}", base, latex(exponent));
}

/// \throws syntax::Fault  too long: some functions print an argument twice, so that a few nested
/// calls could fill any memory
std::string within_limit(std::string text) {
    if (text.size() > text_limits::expression_bytes) throw syntax::Fault{"too long to print", {}};
    return text;
}

std::string hill(const Expression& call) {
    const std::string x = power(print(call.arguments[0], 5), call.arguments[2]);
    const std::string K = power(print(call.arguments[1], 5), call.arguments[2]);
    return within_limit(fmt::format("\\frac{{{}}}{{{} + {}}}", x, K, x));
}

std::string fraction(const std::string& a, const std::string& b) {
    return within_limit(fmt::format("\\frac{{{}}}{{{} + {}}}", a, a, b));
}

std::string print_call(const Expression& call) {
    const std::string& name = call.name;
    const std::size_t n = call.arguments.size();
    const auto argument = [&](std::size_t i) { return latex(call.arguments[i]); };
    if (name == "hill" && n == 3) return hill(call);
    if (name == "rest" && n == 1) return fmt::format("\\overline{{{}}}", argument(0));
    if (name == "sqrt" && n == 1) return fmt::format("\\sqrt{{{}}}", argument(0));
    if (name == "abs" && n == 1) return fmt::format("\\left\\lvert {}\\right\\rvert", argument(0));
    if (name == "fraction" && n == 2) return fraction(argument(0), argument(1));
    if (name == "is" && n == 2)
        return fmt::format("\\left[{} = {}\\right]", argument(0), argument(1));
    if (name == "choose" && n > 1) {
        std::string cases;
        for (std::size_t i = 1; i < n; ++i)
            cases =
                within_limit(fmt::format("{}{}{} & {} = {}", cases, i > 1 ? " \\\\ " : "",
                                         argument(i), argument(0), word(call.arguments[i].label)));
        return fmt::format("\\begin{{cases}} {} \\end{{cases}}", cases);
    }
    if (name == "smoothstep" && n == 3)
        return fmt::format("S_{{{}}}^{{{}}}{}", argument(0), argument(1),
                           in_parentheses(argument(2)));
    constexpr std::array<std::string_view, 7> known{"exp",  "log", "sin", "cos",
                                                    "tanh", "min", "max"};
    const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    std::string list;
    for (std::size_t i = 0; i < n; ++i)
        list += (i > 0 ? ", " : "") + argument(i);
    return (is_known ? "\\" + name : latex_name(name)) + in_parentheses(list);
}

/// Sums and products from left to right; `text` is that of what stands left of `link`.
std::string chain(const Expression& expression) {
    const std::vector<const Expression*> links = syntax::left_chain(expression);
    std::string text = latex(links.back()->arguments[0]);  // a leaf, a sign, a power, a call
    for (auto link = links.rbegin(); link != links.rend(); ++link) {
        const Expression& left = (*link)->arguments[0];
        const Expression& right = (*link)->arguments[1];
        switch ((*link)->kind) {
            case Kind::add:
                text += " + " + print(right, 1);
                break;
            case Kind::subtract:
                text += " - " + print(right, 2);
                break;
            case Kind::divide:
                text = fmt::format("\\frac{{{}}}{{{}}}", text, latex(right));
                break;
            default:
                // A sign in the second factor needs parentheses, digits side by side a dot.
                if (syntax::precedence(left) < 2) text = in_parentheses(text);
                text += (right.kind == Kind::number ? "\\cdot " : "\\,") + print(right, 4);
        }
    }
    return text;
}

}  // namespace

std::string latex_name(std::string_view name) {
    const std::size_t underscore = name.find('_');
    if (underscore == std::string_view::npos || !is_symbol(name.substr(0, underscore)))
        return word(name);
    return fmt::format("{}_{{{}}}", word(name.substr(0, underscore)),
                       word(name.substr(underscore + 1)));
}

std::string latex(const Expression& expression) {
    const auto& arguments = expression.arguments;
    switch (expression.kind) {
        case Kind::number:
            return number(expression.number);
        case Kind::quantity:
            return fmt::format("{}\\,\\mathrm{{{}}}", number(expression.number), expression.name);
        case Kind::name:
            return latex_name(expression.name);
        case Kind::call:
            return print_call(expression);
        case Kind::negate:
            return "-" + print(arguments[0], 3);
        case Kind::add:
        case Kind::subtract:
        case Kind::multiply:
        case Kind::divide:
            return chain(expression);
        case Kind::power:
            return power(print(arguments[0], 5), arguments[1]);
    }
    return {};
}

std::string latex_of(const std::string& text) {
    try {
        return latex(syntax::parse(text));
    } catch (const syntax::Fault&) {
        return fmt::format("\\mathrm{{{}}}", text);
    }
}

}  // namespace neocol::model
