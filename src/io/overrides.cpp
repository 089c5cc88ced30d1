#include "overrides.hpp"

#include <charconv>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>

namespace neocol::io {

using namespace detail;

Override parse_override(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    const auto trimmed = [](std::string text) {
        const std::size_t first = text.find_first_not_of(" \t");
        if (first == std::string::npos) return std::string();
        return text.substr(first, text.find_last_not_of(" \t") - first + 1);
    };
    if (equals == std::string::npos || trimmed(argument.substr(0, equals)).empty()) {
        throw UsageError(
            fmt::format("--set needs key=value, not '{}'; for example "
                        "--set regimen.spacing=\"2 week\"",
                        argument));
    }
    return {trimmed(argument.substr(0, equals)), trimmed(argument.substr(equals + 1))};
}

namespace detail {

namespace {

/// `session[2].at` as the TOML key `session."[2]".at`.
std::string with_quoted_places(const std::string& key) {
    std::string quoted;
    for (std::size_t at = 0; at < key.size();) {
        const std::size_t end = key.find_first_not_of("0123456789", at + 1);
        const bool is_place =
            key[at] == '[' && end != std::string::npos && end > at + 1 && key[end] == ']';
        if (is_place) {
            quoted += fmt::format(".\"{}\"", key.substr(at, end + 1 - at));
            at = end + 1;
        } else {
            quoted += key[at++];
        }
    }
    return quoted;
}

}  // namespace

Document override_document(const Override& given) {
    const std::string key = with_quoted_places(given.key) + " = ";
    try {
        return Document::parse(key + given.value, override_path);
    } catch (const InputError&) {
        return Document::parse(key + toml_string(given.value), override_path);
    }
}

namespace {

/// What is wrong with the lists that an override reaches into; empty: nothing.
std::string list_fault(const DocumentNode& given, const DocumentNode& text) {
    for (const std::string& key : given.keys()) {
        const DocumentNode member = given.get(key);
        if (!member.is_table()) continue;
        if (!is_list_overlay(member)) {
            std::string fault = list_fault(member, text.get(key));
            if (!fault.empty()) return fault;
            continue;
        }
        const DocumentNode list = text.get(key);
        if (!list.is_array()) return fmt::format("the scenario has no list '{}'", key);
        const std::vector<DocumentNode> elements = list.elements();
        for (const std::string& place : member.keys()) {
            std::size_t index = 0;  // stays 0 where the number has no end
            std::from_chars(place.data() + 1, place.data() + place.size(), index);
            if (index < 1 || index > elements.size()) {
                return fmt::format("'{}' has {} element{}, there is no {}{}", key, elements.size(),
                                   elements.size() == 1 ? "" : "s", key, place);
            }
        }
    }
    return {};
}

}  // namespace

std::vector<Document> check_lists(std::vector<Document> overrides, const Document& text,
                                  Diagnostics& faults) {
    std::vector<Document> good;
    for (Document& one : overrides) {
        // On a copy: what is asked for here would count as known.
        const Document copy = Document::parse(one.text(), override_path);
        const std::string fault = list_fault(copy.root(), text.root());
        if (fault.empty()) {
            good.push_back(std::move(one));
            continue;
        }
        Diagnostic diagnostic;
        diagnostic.at.path = override_path;
        diagnostic.message = fmt::format("{}: {}", one.text(), fault);
        diagnostic.help =
            text.root().get("session")
                ? "elements count from 1; a list can also be given as a whole"
                : "sessions of equal spacing are set by regimen.sessions, regimen.spacing and "
                  "regimen.start; only sessions listed as [[session]] are set one by one";
        faults.add(std::move(diagnostic));
    }
    return good;
}

}  // namespace detail
}  // namespace neocol::io
