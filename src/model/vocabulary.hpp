#pragma once

#include <string>
#include <string_view>
#include <vector>

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
