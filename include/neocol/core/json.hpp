#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neocol {

class JsonObject;

/// A value as JSON text. Made from C++ values without ado, so that text is always quoted and an
/// object or a list never is.
class Json {
public:
    Json(std::string_view text);
    Json(const std::string& text) : Json(std::string_view(text)) {}
    Json(const char* text) : Json(std::string_view(text)) {}
    Json(bool value) : text_(value ? "true" : "false") {}
    /// `null` for what is no finite number.
    Json(double value);
    template <std::integral Count>
    Json(Count value) : text_(std::to_string(value)) {}
    /// `null` without a value.
    Json(const std::optional<double>& value);
    Json(const std::vector<double>& values);
    Json(const std::vector<std::string>& values);
    Json(const JsonObject& object);

    const std::string& str() const { return text_; }

    /// A list of what `print` makes of every element.
    template <typename List, typename Print>
    static Json list(const List& elements, Print&& print) {
        std::string text;
        for (const auto& element : elements) {
            if (!text.empty()) text += ", ";
            text += Json(print(element)).str();
        }
        Json list(0);
        list.text_ = '[' + text + ']';
        return list;
    }

private:
    std::string text_;
};

/// Members of a JSON object, in the order in which they were added.
class JsonObject {
public:
    JsonObject() = default;
    JsonObject(std::initializer_list<std::pair<std::string_view, Json>> members);

    JsonObject& add(std::string_view key, const Json& value);
    /// The members of another object after these.
    JsonObject& append(const JsonObject& other);
    std::string str() const { return '{' + text_ + '}'; }

private:
    std::string text_;
};

}  // namespace neocol
