#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace neocol {

/// A file and its text.
struct TextPart {
    std::string name;  ///< relative to the folder of the first file
    std::string text;
};

/// A text and those of the files that it includes as one, so that it travels whole: each of these
/// begins with a line `#: file NAME`, which TOML takes for a comment.
std::string join_parts(std::string text, const std::vector<TextPart>& included);

/// The parts of a text, the first without a name; one part if it includes nothing.
std::vector<TextPart> split_parts(std::string_view text);

}  // namespace neocol
