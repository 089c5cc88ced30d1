#pragma once

#include <string>
#include <vector>

#include <neocol/io/scenario_reader.hpp>

#include "entry.hpp"

namespace neocol::io::detail {

/// An override as a one-line TOML text of its own; a value that is no TOML is taken as a string.
/// `session[2].at` becomes the member `"[2]"` of a table that Entry lays over the list.
Document override_document(const Override& given);

/// Adds a fault for every override that reaches into a list the text does not have, or past its
/// end. \returns the documents that do not
std::vector<Document> check_lists(std::vector<Document> overrides, const Document& text,
                                  Diagnostics& faults);

/// A resolved scenario and overrides of its regimen as a whole, turned into a text and overrides
/// that say the same session by session: resolved scenarios list every session.
struct Repeated {
    std::string text;
    std::vector<Override> overrides;
};
/// \throws InputError  regimen.sessions, spacing or start where sessions differ from each other
Repeated repeat_with(const std::string& resolved_text, const std::vector<Override>& overrides);

}  // namespace neocol::io::detail
