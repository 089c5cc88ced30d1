#pragma once

#include <functional>
#include <map>
#include <string>

namespace neocol {

/// Position of every name among things that have one, the first where one occurs twice: for readers
/// that look up many.
template <typename Things>
std::map<std::string, int, std::less<>> index_by_name(const Things& things) {
    std::map<std::string, int, std::less<>> index;
    int i = 0;
    for (const auto& thing : things)
        index.emplace(thing.name, i++);
    return index;
}

}  // namespace neocol
