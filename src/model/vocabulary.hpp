#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/words.hpp>
#include <neocol/model/expression.hpp>

namespace neocol {

/// Operations by the names under which expressions call and descriptions print them; operators and
/// what stands for itself have none.
template <>
inline constexpr auto words<model::Operation> = std::to_array<Word<model::Operation>>({
    {model::Operation::exponential, "exp", ""},
    {model::Operation::logarithm, "log", "natural"},
    {model::Operation::square_root, "sqrt", ""},
    {model::Operation::sine, "sin", ""},
    {model::Operation::cosine, "cos", ""},
    {model::Operation::hyperbolic_tangent, "tanh", ""},
    {model::Operation::minimum, "min", ""},
    {model::Operation::maximum, "max", ""},
    {model::Operation::absolute, "abs", ""},
    {model::Operation::select_less, "select_less", "a < b ? c : d; what smoothstep is made of"},
});
template <>
inline constexpr auto unsaid<model::Operation> =
    std::to_array({model::Operation::constant, model::Operation::unknown, model::Operation::input,
                   model::Operation::add, model::Operation::subtract, model::Operation::multiply,
                   model::Operation::divide, model::Operation::negate, model::Operation::power});

}  // namespace neocol

namespace neocol::model {

/// Functions that expressions may call, with their usage, such as `hill(x, K, n)`.
struct BuiltIn {
    std::string_view name;
    std::string_view usage;
    std::size_t n_arguments;  ///< any_number: the function counts for itself
    bool of_tensors = false;
    bool is_integral = false;
};
inline constexpr std::size_t any_number = static_cast<std::size_t>(-1);
const std::vector<BuiltIn>& built_in_functions();
const BuiltIn* find_built_in(std::string_view name);

/// Names with a meaning of their own in expressions, such as `time` and `wounded`.
struct BuiltInName {
    std::string_view name;
    std::string_view meaning;
};
const std::vector<BuiltInName>& built_in_names();

/// What `name` means in every model: "the time", "a function"; empty if it is free.
std::string reserved_meaning(std::string_view name);

bool is_coordinate(std::string_view name);
bool is_wound_name(std::string_view name);

}  // namespace neocol::model
