#include <neocol/core/identifier.hpp>

#include <algorithm>

namespace neocol {
namespace {

// Not those of <cctype>: they follow the locale.
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name_character(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(), is_name_character);
}

bool is_file_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && is_name_character(name.front()) &&
           std::all_of(
               name.begin(), name.end(),
               [](char c) { return is_name_character(c) || c == '-' || c == '.'; });
}

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace neocol
