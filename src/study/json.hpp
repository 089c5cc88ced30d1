#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace neocol::study {

inline std::string json_string(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<int>(c));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

/// What is no number becomes null.
inline std::string json_number(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

template <typename T, typename F>
std::string json_list(const std::vector<T>& list, F&& print) {
    std::string out = "[";
    for (std::size_t i = 0; i < list.size(); ++i) {
        out += (i > 0 ? ", " : "") + print(list[i]);
    }
    return out + "]";
}

/// Members of an object, in order.
class JsonObject {
public:
    JsonObject& raw(const std::string& key, const std::string& json) {
        text_ += (text_.empty() ? "" : ", ") + json_string(key) + ": " + json;
        return *this;
    }
    JsonObject& add(const std::string& key, const std::string& value) {
        return raw(key, json_string(value));
    }
    JsonObject& add(const std::string& key, const char* value) {
        return raw(key, json_string(value));
    }
    JsonObject& add(const std::string& key, double value) { return raw(key, json_number(value)); }
    JsonObject& add(const std::string& key, std::size_t value) {
        return raw(key, std::to_string(value));
    }
    JsonObject& add(const std::string& key, const std::vector<double>& values) {
        return raw(key, json_list(values, json_number));
    }
    JsonObject& add(const std::string& key, const std::vector<std::string>& values) {
        return raw(key, json_list(values, json_string));
    }
    std::string str() const { return "{" + text_ + "}"; }

private:
    std::string text_;
};

}  // namespace neocol::study
