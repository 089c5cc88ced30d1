#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
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

/// Enumerators that no file spells, as they are said by saying nothing; specialised beside `words`.
template <typename E>
inline constexpr std::array<E, 0> unsaid = {};

template <typename E>
concept Worded = !std::is_same_v<std::remove_cv_t<decltype(words<E>)>, std::nullptr_t>;

namespace words_detail {

/// Whether a value is an enumerator: compilers spell it by its name, other numbers as `(E)5`.
template <auto value>
constexpr bool is_enumerator() {
    std::string_view text = __PRETTY_FUNCTION__;
    constexpr std::string_view before = "value = ";
    text.remove_prefix(text.rfind(before) + before.size());
    if (const std::size_t cast = text.rfind(')'); cast != text.npos) text.remove_prefix(cast + 1);
    return text.front() != '-' && (text.front() < '0' || text.front() > '9');
}

/// Values above this would be missed.
inline constexpr int most_values = 32;

template <typename E, int... values>
constexpr bool has_every_word(std::integer_sequence<int, values...>) {
    const auto is_named = [](E value) {
        for (const Word<E>& word : words<E>)
            if (word.value == value) return true;
        for (const E without : unsaid<E>)
            if (without == value) return true;
        return false;
    };
    return ((!is_enumerator<static_cast<E>(values)>() || is_named(static_cast<E>(values))) && ...);
}

}  // namespace words_detail

/// Whether every enumerator has a word, and all names differ and say something.
template <Worded E>
constexpr bool words_are_complete() {
    using Values = std::make_integer_sequence<int, words_detail::most_values>;
    if (!words_detail::has_every_word<E>(Values())) return false;
    for (std::size_t i = 0; i < words<E>.size(); ++i) {
        if (words<E>[i].name.empty()) return false;
        for (std::size_t k = 0; k < i; ++k)
            if (words<E>[k].name == words<E>[i].name || words<E>[k].value == words<E>[i].value)
                return false;
    }
    return true;
}

/// The words of a table whose rows know more of each value: every row has a `word`.
template <typename Row, std::size_t n>
constexpr auto words_of(const std::array<Row, n>& table) {
    std::array<decltype(Row::word), n> list{};
    for (std::size_t i = 0; i < n; ++i)
        list[i] = table[i].word;
    return list;
}

/// The row of a value in such a table. \pre it has one: `words_are_complete`
template <typename E, typename Row, std::size_t n>
constexpr const Row& row_of(const std::array<Row, n>& table, E value) {
    for (const Row& row : table)
        if (row.word.value == value) return row;
    return table.front();
}

/// Name of a value.
template <Worded E>
constexpr std::string_view name_of(E value) {
    static_assert(words_are_complete<E>(), "an enumerator has no word, or two have the same");
    for (const Word<E>& word : words<E>)
        if (word.value == value) return word.name;
    return {};
}

/// The value of a name; none if there is no such name.
template <Worded E>
constexpr std::optional<E> find_word(std::string_view name) {
    static_assert(words_are_complete<E>(), "an enumerator has no word, or two have the same");
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
    static_assert(words_are_complete<E>(), "an enumerator has no word, or two have the same");
    return {words<E>.size(), [](std::size_t i) { return words<E>[i].name; },
            [](std::size_t i) { return words<E>[i].meaning; }};
}

}  // namespace neocol
