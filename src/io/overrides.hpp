#pragma once

#include <string>
#include <vector>

#include <neocol/core/document.hpp>
#include <neocol/io/scenario_reader.hpp>

namespace neocol::io::detail {

/// An override as a one-line TOML text of its own; a value that is no TOML is taken as a string.
/// `session[2].at` becomes the member `"[2]"` of a table that is laid over the list.
Document override_document(const Override& given);

/// What messages call the command line's overrides.
inline constexpr const char* override_path = "--set";

/// The text with overrides laid over it; a fault for every one that reaches into a list the text
/// does not have, or past its end.
Document overlaid(const Document& text, const std::vector<Document>& changes, Diagnostics& faults);

/// A resolved scenario and overrides of its regimen as a whole, turned into a text and overrides
/// that say the same session by session: resolved scenarios list every session.
struct Repeated {
    std::string text;
    std::vector<Override> overrides;
};
/// \throws InputError  regimen.sessions, spacing or start where sessions differ from each other
Repeated repeat_with(const std::string& resolved_text, const std::vector<Override>& overrides);

}  // namespace neocol::io::detail
