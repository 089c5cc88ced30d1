#include "overrides.hpp"

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/quoting.hpp>

namespace neocol::io {

using namespace detail;

Override parse_override(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    const auto trimmed = [](const std::string& text) {
        const std::size_t first = text.find_first_not_of(" \t");
        if (first == std::string::npos) return std::string();
        return text.substr(first, text.find_last_not_of(" \t") - first + 1);
    };
    if (equals == std::string::npos || trimmed(argument.substr(0, equals)).empty()) {
        throw UsageError(
            fmt::format("--set needs key=value, not '{}'; for example "
                        "--set regimen.spacing=\"2 week\"",
                        printable(argument)));
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

Document overlaid(const Document& text, const std::vector<Document>& changes, Diagnostics& faults) {
    return Document::overlaid(
        text, changes,
        [&](const Document& change, const std::string& why) {
            Diagnostic diagnostic;
            diagnostic.at.path = override_path;
            diagnostic.message = fmt::format("{}: {}", change.text(), why);
            diagnostic.help =
                text.root().get("session")
                    ? "elements count from 1; a list can also be given as a whole"
                    : "sessions of equal spacing are set by regimen.sessions, regimen.spacing and "
                      "regimen.start; only sessions listed as [[session]] are set one by one";
            faults.add(std::move(diagnostic));
        });
}

}  // namespace detail
}  // namespace neocol::io
