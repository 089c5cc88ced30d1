#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace neocol {

/// A value of an enum, its name in every file, message and result, and what it means.
template <typename E>
struct Word {
    E value;
    std::string_view name;
    std::string_view meaning;
};

/// The words of an enum that a file can hold: specialised beside the enum, one word a value.
/// Readers, printers, schemas and documentation take names from here and from nowhere else.
template <typename E>
inline constexpr std::nullptr_t words = nullptr;

template <typename E>
concept Worded = !std::is_same_v<std::remove_cv_t<decltype(words<E>)>, std::nullptr_t>;

/// Name of a value; empty if it has none.
template <Worded E>
constexpr std::string_view name_of(E value) {
    for (const Word<E>& word : words<E>)
        if (word.value == value) return word.name;
    return {};
}

/// The value of a name; none if there is no such name.
template <Worded E>
constexpr std::optional<E> find_word(std::string_view name) {
    for (const Word<E>& word : words<E>)
        if (word.name == name) return word.value;
    return std::nullopt;
}

/// Words of an enum whose type does not matter: schema and messages.
struct Choices {
    std::size_t size = 0;
    std::string_view (*name)(std::size_t) = nullptr;
    std::string_view (*meaning)(std::size_t) = nullptr;

    std::vector<std::string> names() const {
        std::vector<std::string> list;
        for (std::size_t i = 0; i < size; ++i)
            list.emplace_back(name(i));
        return list;
    }
};

template <Worded E>
constexpr Choices choices_of() {
    return {words<E>.size(), [](std::size_t i) { return words<E>[i].name; },
            [](std::size_t i) { return words<E>[i].meaning; }};
}

}  // namespace neocol
