#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace neocol {

/// Number of single-character edits (insert, delete, replace, swap of neighbours) from `a` to `b`.
int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, or an empty string if none is near enough to be meant.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// Names of things that have one, in their order.
template <typename Things>
std::vector<std::string> names_of(const Things& things) {
    std::vector<std::string> names;
    for (const auto& thing : things)
        names.push_back(thing.name);
    return names;
}

/// Help line for an unknown name: `known: a, b, c; did you mean 'b'?`
std::string suggest(std::string_view name, std::span<const std::string> candidates);

}  // namespace neocol
