#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/quoting.hpp>

namespace neocol {

/// A JSON list of what `print` makes of every element.
template <typename List, typename Print>
std::string json_list(const List& list, Print&& print) {
    std::string text;
    for (const auto& element : list) {
        if (!text.empty()) text += ", ";
        text += print(element);
    }
    return '[' + text + ']';
}

inline std::string json_list(std::span<const double> values) {
    return json_list(values, json_number);
}

inline std::string json_list(std::span<const std::string> values) {
    return json_list(values, json_string);
}

/// Members of a JSON object, in the order in which they were added.
class JsonObject {
public:
    /// A member whose value is JSON already: an object, a list.
    JsonObject& raw(std::string_view key, std::string_view json) {
        if (!text_.empty()) text_ += ", ";
        text_ += json_string(key) + ": ";
        text_ += json;
        return *this;
    }
    JsonObject& add(std::string_view key, std::string_view value) {
        return raw(key, json_string(value));
    }
    JsonObject& add(std::string_view key, const char* value) {
        return add(key, std::string_view(value));
    }
    JsonObject& add(std::string_view key, double value) { return raw(key, json_number(value)); }
    JsonObject& add(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
    template <std::integral Count>
    JsonObject& add(std::string_view key, Count value) {
        return raw(key, std::to_string(value));
    }
    /// `null` without a value.
    JsonObject& add(std::string_view key, const std::optional<double>& value) {
        return raw(key, value ? json_number(*value) : "null");
    }
    JsonObject& add(std::string_view key, const std::vector<double>& values) {
        return raw(key, json_list(values));
    }
    JsonObject& add(std::string_view key, const std::vector<std::string>& values) {
        return raw(key, json_list(values));
    }
    std::string str() const { return '{' + text_ + '}'; }

private:
    std::string text_;
};

}  // namespace neocol
