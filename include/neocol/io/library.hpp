#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <neocol/core/words.hpp>

namespace neocol::io {

/// What is looked up in a library: by name, but the law of insertion, which it has one of.
enum class LibraryPart { models, devices, sites, scenarios, cohorts, insertion };

/// A text with the path that messages call it by.
struct NamedText {
    std::string path, text;
    LibraryPart part = LibraryPart::models;
};

}  // namespace neocol::io

namespace neocol {

template <>
inline constexpr auto words<io::LibraryPart> = std::to_array<Word<io::LibraryPart>>({
    {io::LibraryPart::models, "model", "NAME.toml and published/NAME.toml"},
    {io::LibraryPart::devices, "device", "devices/NAME.toml"},
    {io::LibraryPart::sites, "site", "skin/NAME.toml"},
    {io::LibraryPart::scenarios, "scenario",
     "NAME.toml and protocols/NAME.toml of scenarios/ beside the folder"},
    {io::LibraryPart::cohorts, "cohort", "cohorts/NAME.toml"},
    {io::LibraryPart::insertion, "law of insertion", "microneedling/insertion.toml"},
});

}  // namespace neocol

namespace neocol::io {

/// Where models, devices and sites are found by name: an ordered list of `models/` folders, the
/// user's before the installed one. The first folder that has the name wins.
///
/// A folder holds `NAME.toml` and `published/NAME.toml` (models), `devices/NAME.toml`,
/// `skin/NAME.toml`, `cohorts/NAME.toml` and `microneedling/insertion.toml`; scenarios lie in
/// `scenarios/` beside it.
class Library {
public:
    Library() = default;
    explicit Library(std::vector<std::string> folders) : folders_(std::move(folders)) {}

    /// Adds a folder before all others.
    void add_first(const std::string& folder);
    /// Adds a model by text, found before any file of its name: how a run is repeated from a
    /// result.
    void add_model(const std::string& name, std::string text);

    /// Names in a part, sorted, each once.
    std::vector<std::string> names(LibraryPart part) const;
    /// True if the part has this name.
    bool has(LibraryPart part, const std::string& name) const;
    /// \throws InputError  (no position) unknown name, with the known and the nearest
    /// \throws IoError     the file cannot be read
    NamedText find(LibraryPart part, const std::string& name) const;

    const std::vector<std::string>& folders() const { return folders_; }

private:
    std::string locate(LibraryPart part, const std::string& name) const;

    std::vector<std::string> folders_;
    std::map<std::string, std::string> models_;
};

/// A library with the `models/` beside a scenario file, if there is one, before all else.
Library with_models_beside(const std::string& scenario_file, Library library);

/// Where a file belongs in a folder of a library: `devices/pen.toml`.
std::string path_in_library(const NamedText& file);

/// The whole of a text file.
/// \throws InputError  a folder, larger than 64 MiB
/// \throws IoError     not there, no permission
std::string read_text_file(const std::string& path);

/// A model file with the model that it extends and the files that both include
/// (core/text_parts.hpp).
/// \param library  where the extended model is looked for, unless it lies beside the file
/// \throws InputError  an included file is not there, or not below the folder of the model's; no
///                     model of the name extended, or one that extends another
/// \throws IoError     a file cannot be read
NamedText read_model_file(const std::string& path, const Library& library);

}  // namespace neocol::io
