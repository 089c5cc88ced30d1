#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <neocol/core/words.hpp>

/// What tables of a TOML file may hold, declared once: readers ask by it, unknown keys are found by
/// it, editors get their schema from it.
namespace neocol {

class Diagnostics;
class DocumentNode;

/// What a number must keep to; messages quote it in the unit expected.
struct Limits {
    std::optional<double> above{}, at_least{}, at_most{};  ///< internal units
};

namespace limits {
inline constexpr Limits any{};
inline constexpr Limits positive{.above = 0.0};
inline constexpr Limits not_negative{.at_least = 0.0};
inline constexpr Limits share{.at_least = 0.0, .at_most = 1.0};
}  // namespace limits

/// A kind of quantity: what messages call it, and the unit it is expected in.
struct QuantityKind {
    std::string_view name;     ///< "a length"
    std::string_view unit;     ///< "mm"; empty: any, or one that only the reader knows
    std::string_view example;  ///< "1.5 mm"
};

namespace quantities {
inline constexpr QuantityKind length{"a length", "mm", "1.5 mm"};
inline constexpr QuantityKind duration{"a time", "d", "28 day"};
inline constexpr QuantityKind density{"a number per area", "mm-2", "250 cm-2"};
inline constexpr QuantityKind velocity{"a speed", "mm d-1", "10 mm s-1"};
inline constexpr QuantityKind pure{"a plain number", "1", "0.5"};
inline constexpr QuantityKind any{"a number with its unit", "", "2 ng/mL"};
}  // namespace quantities

struct Table;

/// A key of a table and what it may hold.
struct Key {
    enum class Kind {
        text,
        line,  ///< text of one line
        flag,
        whole,
        quantity,
        time,        ///< a quantity that is a whole number of nanoseconds
        choice,      ///< one of the words of an enum
        expression,  ///< of the model language: text or a number
        scalar,      ///< text, number or flag
        any,         ///< what its reader knows alone
        list,
        table,
        tables,  ///< list of tables: [[name]]
    };

    std::string_view name = {};
    Kind kind = Kind::any;
    std::string_view meaning = {};
    bool is_required = false;
    std::string_view example = {};  ///< the value as it may be written
    QuantityKind quantity = quantities::any;
    Limits limits = {};
    std::int64_t least = 0, most = 0;  ///< of whole numbers
    std::string_view noun = {};        ///< of a choice in messages: "device kind"
    Choices choices = {};
    const Table* table = nullptr;    ///< of table and tables
    const Key* element = nullptr;    ///< of list
    const Key* otherwise = nullptr;  ///< a second form that the value may have

    constexpr Key required() const {
        Key key = *this;
        key.is_required = true;
        return key;
    }
    constexpr Key such_as(std::string_view text) const {
        Key key = *this;
        key.example = text;
        return key;
    }
    constexpr Key or_else(const Key& other) const {
        Key key = *this;
        key.otherwise = &other;
        return key;
    }
};

/// Further keys of a table, where one of its keys has a certain value.
struct Variant {
    std::string_view value;
    std::span<const Key> keys;
};

/// What a table may hold.
struct Table {
    std::string_view meaning = {};
    std::span<const Key> keys = {};
    const Key* others = nullptr;  ///< what keys of other names hold: [species.NAME]; null: none may
    std::string_view by = {};     ///< the key that chooses a variant
    std::span<const Variant> variants = {};

    /// What a key may hold; null if it may not stand here.
    /// \param chosen  value of the key that chooses a variant; if it is none of them, keys of all
    ///                variants are known
    const Key* find(std::string_view name, std::string_view chosen = {}) const;
    /// Names of the keys that may stand here, in alphabetical order.
    std::vector<std::string> names(std::string_view chosen = {}) const;
};

/// Makes keys: `text("title", "what the run is, in a line").required()`.
namespace keys {

constexpr Key text(std::string_view name, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::text, .meaning = meaning};
}
constexpr Key line(std::string_view name, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::line, .meaning = meaning};
}
constexpr Key flag(std::string_view name, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::flag, .meaning = meaning};
}
constexpr Key whole(std::string_view name, std::int64_t least, std::int64_t most,
                    std::string_view meaning) {
    return {
        .name = name, .kind = Key::Kind::whole, .meaning = meaning, .least = least, .most = most};
}
constexpr Key quantity(std::string_view name, const QuantityKind& kind, const Limits& limits,
                       std::string_view meaning) {
    return {.name = name,
            .kind = Key::Kind::quantity,
            .meaning = meaning,
            .quantity = kind,
            .limits = limits};
}
constexpr Key time(std::string_view name, const Limits& limits, std::string_view meaning) {
    return {.name = name,
            .kind = Key::Kind::time,
            .meaning = meaning,
            .quantity = quantities::duration,
            .limits = limits};
}
constexpr Key choice(std::string_view name, std::string_view noun, std::string_view meaning,
                     const Choices& choices) {
    return {.name = name,
            .kind = Key::Kind::choice,
            .meaning = meaning,
            .noun = noun,
            .choices = choices};
}
/// \param noun  what messages call the value: "device kind"
template <Worded E>
constexpr Key choice(std::string_view name, std::string_view noun, std::string_view meaning) {
    return choice(name, noun, meaning, choices_of<E>());
}
constexpr Key expression(std::string_view name, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::expression, .meaning = meaning};
}
constexpr Key scalar(std::string_view name, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::scalar, .meaning = meaning};
}
constexpr Key any(std::string_view name, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::any, .meaning = meaning};
}
constexpr Key list(std::string_view name, const Key& element, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::list, .meaning = meaning, .element = &element};
}
constexpr Key table(std::string_view name, const Table& table, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::table, .meaning = meaning, .table = &table};
}
constexpr Key tables(std::string_view name, const Table& table, std::string_view meaning) {
    return {.name = name, .kind = Key::Kind::tables, .meaning = meaning, .table = &table};
}

/// Keys of one array and then of another.
template <std::size_t N, std::size_t M>
constexpr std::array<Key, N + M> join(const std::array<Key, N>& first,
                                      const std::array<Key, M>& second) {
    std::array<Key, N + M> all{};
    for (std::size_t i = 0; i < N; ++i)
        all[i] = first[i];
    for (std::size_t i = 0; i < M; ++i)
        all[N + i] = second[i];
    return all;
}

}  // namespace keys

/// Adds a fault for every key that may not stand where it stands, in the whole text, with the
/// nearest one that may.
void check_keys(const DocumentNode& root, const Table& table, Diagnostics& faults);

/// JSON Schema (draft-07) of a file, for editors.
/// \param title  such as "neocol scenario"
std::string json_schema(const Table& table, const std::string& title);

}  // namespace neocol
