#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/words.hpp>

namespace neocol::io {

/// A text with the path that messages call it by.
struct NamedText {
    std::string path, text;
};

/// What a name in a scenario is looked up among.
enum class Shelf { models, devices, skin };

}  // namespace neocol::io

namespace neocol {

template <>
inline constexpr auto words<io::Shelf> = std::to_array<Word<io::Shelf>>({
    {io::Shelf::models, "model", "NAME.toml and published/NAME.toml"},
    {io::Shelf::devices, "device", "devices/NAME.toml"},
    {io::Shelf::skin, "site", "skin/NAME.toml"},
});

}  // namespace neocol

namespace neocol::io {

/// Where models, devices and sites are found by name: an ordered list of `models/` folders, the
/// user's before the installed one. The first folder that has the name wins.
///
/// A folder holds `NAME.toml` and `published/NAME.toml` (models), `devices/NAME.toml` and
/// `skin/NAME.toml`.
class Library {
public:
    Library() = default;
    explicit Library(std::vector<std::string> folders) : folders_(std::move(folders)) {}

    /// Adds a folder before all others.
    void add_first(const std::string& folder);
    /// Adds a model by text, found before any file of its name: how a run is repeated from a
    /// result.
    void add_model(const std::string& name, std::string text);

    /// Names on a shelf, sorted, each once.
    std::vector<std::string> names(Shelf shelf) const;
    /// True if the shelf has this name.
    bool has(Shelf shelf, const std::string& name) const;
    /// \throws InputError  (no position) unknown name, with the known and the nearest
    /// \throws IoError     the file cannot be read
    NamedText find(Shelf shelf, const std::string& name) const;

    const std::vector<std::string>& folders() const { return folders_; }

private:
    std::string locate(Shelf shelf, const std::string& name) const;

    std::vector<std::string> folders_;
    std::map<std::string, std::string> models_;
};

/// The whole of a text file.
/// \throws InputError  a folder, larger than 64 MiB
/// \throws IoError     not there, no permission
std::string read_text_file(const std::string& path);

/// A model file with the files that it includes (core/text_parts.hpp).
/// \throws InputError  an included file is not there, or not below the folder of the model's
/// \throws IoError     a file cannot be read
NamedText read_model_file(const std::string& path);

}  // namespace neocol::io
