#include <neocol/core/json.hpp>

#include <neocol/core/quoting.hpp>

namespace neocol {

Json::Json(std::string_view text) : text_(json_string(text)) {}

Json::Json(double value) : text_(json_number(value)) {}

Json::Json(const std::optional<double>& value) : text_(value ? json_number(*value) : "null") {}

Json::Json(const std::vector<double>& values)
    : Json(list(values, [](double value) { return Json(value); })) {}

Json::Json(const std::vector<std::string>& values)
    : Json(list(values, [](const std::string& value) { return Json(value); })) {}

Json::Json(const JsonObject& object) : text_(object.str()) {}

JsonObject::JsonObject(std::initializer_list<std::pair<std::string_view, Json>> members) {
    for (const auto& [key, value] : members)
        add(key, value);
}

JsonObject& JsonObject::add(std::string_view key, const Json& value) {
    if (!text_.empty()) text_ += ", ";
    text_ += json_string(key) + ": " + value.str();
    return *this;
}

JsonObject& JsonObject::append(const JsonObject& other) {
    if (!text_.empty() && !other.text_.empty()) text_ += ", ";
    text_ += other.text_;
    return *this;
}

}  // namespace neocol
