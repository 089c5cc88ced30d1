#include <neocol/core/table.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/core/json.hpp>
#include <neocol/core/names.hpp>

namespace neocol {

namespace {

const Key* find_in(std::span<const Key> keys, std::string_view name) {
    const auto place =
        std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
    return place == keys.end() ? nullptr : &*place;
}

/// Variants that a value chooses: one, or all if it is none of them.
std::span<const Variant> chosen_variants(const Table& table, std::string_view chosen) {
    if (table.variants.empty()) return {};
    // The key may be left out where it has a usual value: the first.
    const Key* by = find_in(table.keys, table.by);
    if (chosen.empty() && by != nullptr && !by->is_required) return table.variants.first(1);
    for (std::size_t i = 0; i < table.variants.size(); ++i)
        if (table.variants[i].value == chosen) return table.variants.subspan(i, 1);
    return table.variants;
}

std::string chosen_in(const DocumentNode& node, const Table& table) {
    if (table.by.empty()) return {};
    const DocumentNode by = node.get(table.by);
    return by.is_string() ? by.string() : std::string(by ? "?" : "");
}

void check_value(const DocumentNode& node, const Key& key, Diagnostics& faults) {
    if (key.table != nullptr && node.is_table()) {
        check_keys(node, *key.table, faults);
    } else if (key.table != nullptr && key.kind == Key::Kind::tables && node.is_array()) {
        for (const DocumentNode& element : node.elements())
            if (element.is_table()) check_keys(element, *key.table, faults);
    } else if (key.element != nullptr && node.is_array()) {
        for (const DocumentNode& element : node.elements())
            check_value(element, *key.element, faults);
    } else if (key.otherwise != nullptr) {
        check_value(node, *key.otherwise, faults);
    }
}

}  // namespace

const Key* Table::find(std::string_view name, std::string_view chosen) const {
    if (const Key* key = find_in(keys, name)) return key;
    for (const Variant& variant : chosen_variants(*this, chosen))
        if (const Key* key = find_in(variant.keys, name)) return key;
    return others;
}

std::vector<std::string> Table::names(std::string_view chosen) const {
    std::vector<std::string> list;
    for (const Key& key : keys)
        list.emplace_back(key.name);
    for (const Variant& variant : chosen_variants(*this, chosen))
        for (const Key& key : variant.keys)
            list.emplace_back(key.name);
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
}

void check_keys(const DocumentNode& root, const Table& table, Diagnostics& faults) {
    const std::string chosen = chosen_in(root, table);
    for (const DocumentNode& member : root.members()) {
        const Key* key = table.find(member.key(), chosen);
        if (key != nullptr) {
            check_value(member, *key, faults);
            continue;
        }
        const std::string path = root.key_path();
        faults.add(member.fault_at_key(
            fmt::format("unknown key '{}'{}", member.key(),
                        path.empty() ? " at top level" : fmt::format(" in [{}]", path)),
            suggest(member.key(), table.names(chosen))));
    }
}

namespace {

/// A number with a unit, as a text.
constexpr const char* number_pattern = R"(^\s*[+-]?(\d|\.\d))";

Json schema_of_table(const Table& table, std::string_view meaning);

JsonObject described(std::string_view type, std::string_view meaning) {
    JsonObject schema;
    if (!type.empty()) schema.add("type", type);
    if (!meaning.empty()) schema.add("description", meaning);
    return schema;
}

/// A number that has no unit: its limits are those of the bare number.
JsonObject bare_number(const Key& key) {
    JsonObject number{{"type", "number"}};
    if (key.limits.above) number.add("exclusiveMinimum", *key.limits.above);
    if (key.limits.at_least) number.add("minimum", *key.limits.at_least);
    if (key.limits.at_most) number.add("maximum", *key.limits.at_most);
    return number;
}

Json any_of(const std::vector<Json>& forms, std::string_view meaning) {
    JsonObject schema = described("", meaning);
    schema.add("anyOf", Json::list(forms, [](const Json& form) { return form; }));
    return schema;
}

Json schema_of_quantity(const Key& key) {
    JsonObject text{{"type", "string"}, {"pattern", number_pattern}};
    const std::string_view example = key.example.empty() ? key.quantity.example : key.example;
    text.add("examples", std::vector<std::string>{std::string(example)});
    const std::string meaning =
        key.quantity.unit.empty() || key.quantity.unit == "1"
            ? std::string(key.meaning)
            : fmt::format("{} ({}, such as \"{}\")", key.meaning, key.quantity.name, example);
    if (key.quantity.unit == "1") return any_of({bare_number(key), text}, meaning);
    if (key.quantity.unit.empty()) return any_of({JsonObject{{"type", "number"}}, text}, meaning);
    text.add("description", meaning);
    return text;
}

Json schema_of_choice(const Key& key) {
    std::vector<std::string> meanings;
    for (std::size_t i = 0; i < key.choices.size; ++i)
        meanings.emplace_back(key.choices.meaning(i));
    JsonObject schema = described("string", key.meaning);
    schema.add("enum", key.choices.names());
    schema.add("x-taplo", JsonObject{{"docs", JsonObject{{"enumValues", meanings}}}});
    return schema;
}

Json schema_of_key(const Key& key);

Json schema_of_first_form(const Key& key) {
    using Kind = Key::Kind;
    switch (key.kind) {
        case Kind::text:
            return described("string", key.meaning);
        case Kind::line: {
            JsonObject schema = described("string", key.meaning);
            return schema.add("pattern", R"(^[^\r\n]*$)");
        }
        case Kind::flag:
            return described("boolean", key.meaning);
        case Kind::whole: {
            JsonObject schema = described("integer", key.meaning);
            return schema.add("minimum", key.least).add("maximum", key.most);
        }
        case Kind::quantity:
        case Kind::time:
            return schema_of_quantity(key);
        case Kind::choice:
            return schema_of_choice(key);
        case Kind::expression: {
            JsonObject schema = described("", key.meaning);
            return schema.add("type", std::vector<std::string>{"string", "number"});
        }
        case Kind::scalar: {
            JsonObject schema = described("", key.meaning);
            return schema.add("type", std::vector<std::string>{"string", "number", "boolean"});
        }
        case Kind::any:
            return described("", key.meaning);
        case Kind::list: {
            JsonObject schema = described("array", key.meaning);
            return schema.add("items", schema_of_key(*key.element));
        }
        case Kind::table:
            return schema_of_table(*key.table, key.meaning);
        case Kind::tables: {
            JsonObject schema = described("array", key.meaning);
            return schema.add("items", schema_of_table(*key.table, key.table->meaning));
        }
    }
    return described("", key.meaning);
}

Json schema_of_key(const Key& key) {
    if (key.otherwise == nullptr) return schema_of_first_form(key);
    return any_of({schema_of_first_form(key), schema_of_key(*key.otherwise)}, key.meaning);
}

/// \param variant  null if the table has none
JsonObject schema_of_keys(const Table& table, const Variant* variant) {
    JsonObject properties;
    std::vector<std::string> required;
    const bool is_usual = variant != nullptr && variant == table.variants.data();
    const auto add = [&](const Key& key) {
        const bool chooses = variant != nullptr && key.name == table.by;
        if (key.is_required || (chooses && !is_usual)) required.emplace_back(key.name);
        if (chooses) {
            JsonObject constant = described("", key.meaning);
            properties.add(key.name, constant.add("const", variant->value));
        } else {
            properties.add(key.name, schema_of_key(key));
        }
    };
    for (const Key& key : table.keys)
        add(key);
    if (variant != nullptr)
        for (const Key& key : variant->keys)
            add(key);
    JsonObject schema{{"type", "object"}, {"properties", properties}};
    if (!required.empty()) schema.add("required", required);
    schema.add("additionalProperties",
               table.others != nullptr ? schema_of_key(*table.others) : Json(false));
    return schema;
}

Json schema_of_table(const Table& table, std::string_view meaning) {
    if (table.variants.empty()) {
        JsonObject schema = schema_of_keys(table, nullptr);
        if (!meaning.empty()) schema.add("description", meaning);
        return schema;
    }
    JsonObject schema = described("", meaning);
    return schema.add("oneOf", Json::list(table.variants, [&](const Variant& variant) {
                          return schema_of_keys(table, &variant);
                      }));
}

}  // namespace

std::string json_schema(const Table& table, const std::string& title) {
    JsonObject schema{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}};
    JsonObject body = schema_of_keys(table, nullptr);
    schema.add("description", table.meaning);
    return schema.append(body).str();
}

}  // namespace neocol
