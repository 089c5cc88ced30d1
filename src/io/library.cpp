#include <neocol/io/library.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include <neocol/core/document.hpp>
#include <neocol/core/error.hpp>
#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>
#include <neocol/core/text_parts.hpp>
#include <neocol/files/files.hpp>

namespace neocol::io {

namespace fs = std::filesystem;

namespace {

/// Folders of a shelf below a `models/` folder, the first that has a name wins.
std::vector<fs::path> shelf_folders(const std::string& folder, Shelf shelf) {
    switch (shelf) {
        case Shelf::devices:
            return {fs::path(folder) / "devices"};
        case Shelf::skin:
            return {fs::path(folder) / "skin"};
        case Shelf::models:
            break;
    }
    return {fs::path(folder), fs::path(folder) / "published"};
}

/// The text with the ends of its lines as Unix has them, so that lines and columns, hashes and
/// cells of a table do not hang on the editor.
std::string with_plain_ends(std::string text) {
    std::size_t to = 0;
    for (std::size_t from = 0; from < text.size(); ++from) {
        const bool ends = text[from] == '\r' && from + 1 < text.size() && text[from + 1] == '\n';
        if (!ends) text[to++] = text[from];
    }
    text.resize(to);
    return text;
}

/// Whether a name is a path down from where it stands, to a TOML file.
bool is_path_below(const std::string& name) {
    if (!name.ends_with(".toml")) return false;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        if (!is_file_name(name.substr(begin, end - begin))) return false;
        begin = end + 1;
    }
    return true;
}

/// A model's text with the files that its [model] includes. One that holds them is left as it is.
std::string with_included(std::string text, const std::string& path) {
    if (text.find("include") == std::string::npos || split_parts(text).size() > 1) return text;
    const Document document = Document::parse(text, path);
    std::vector<TextPart> included;
    std::size_t bytes = text.size();
    for (const DocumentNode& element : document.root().get("model").get("include").elements()) {
        if (!element.is_string()) continue;  // the reader of models says so
        const std::string name = element.string();
        if (!is_path_below(name))
            throw InputError({element.fault(
                fmt::format("'{}' cannot be included", name),
                "write the path of a .toml file below the folder of this one, without '..'")});
        const fs::path file = fs::path(path).parent_path() / name;
        if (files::kind_of(file.string()) == files::Kind::absent)
            throw InputError({element.fault(fmt::format("there is no file '{}'", file.string()))});
        included.push_back({name, read_text_file(file.string())});
        bytes += included.back().text.size();
        if (bytes > text_limits::file_bytes)
            throw InputError({element.fault(fmt::format("with '{}' the model is larger than {} MB",
                                                        name, text_limits::file_bytes >> 20))});
    }
    return join_parts(std::move(text), included);
}

}  // namespace

std::string read_text_file(const std::string& path) {
    constexpr std::size_t largest = std::size_t{16} << 20;
    if (files::kind_of(path) == files::Kind::folder) {
        throw InputError(fmt::format("'{}' is a folder, not a file", path), "name a file in it");
    }
    std::string text = files::read(path, largest);
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        throw InputError(fmt::format("'{}' is in UTF-16", path), "save it as UTF-8");
    }
    if (text.starts_with(mark)) text.erase(0, mark.size());
    return with_plain_ends(std::move(text));
}

NamedText read_model_file(const std::string& path) {
    return {path, with_included(read_text_file(path), path)};
}

void Library::add_first(const std::string& folder) {
    folders_.insert(folders_.begin(), folder);
}

void Library::add_model(const std::string& name, std::string text) {
    models_[name] = std::move(text);
}

std::string Library::locate(Shelf shelf, const std::string& name) const {
    if (!is_file_name(name)) return {};
    for (const std::string& folder : folders_) {
        for (const fs::path& shelf_folder : shelf_folders(folder, shelf)) {
            const fs::path path = shelf_folder / (name + ".toml");
            // One that cannot be looked at is not passed over for another of the same name.
            if (files::kind_of(path.string()) == files::Kind::regular) return path.string();
        }
    }
    return {};
}

std::vector<std::string> Library::names(Shelf shelf) const {
    std::set<std::string> found;
    if (shelf == Shelf::models) {
        for (const auto& [name, text] : models_)
            found.insert(name);
    }
    for (const std::string& folder : folders_) {
        for (const fs::path& shelf_folder : shelf_folders(folder, shelf)) {
            for (const std::string& file : files::names_in(shelf_folder.string())) {
                if (fs::path(file).extension() == ".toml") found.insert(fs::path(file).stem());
            }
        }
    }
    return {found.begin(), found.end()};
}

bool Library::has(Shelf shelf, const std::string& name) const {
    return (shelf == Shelf::models && models_.contains(name)) || !locate(shelf, name).empty();
}

NamedText Library::find(Shelf shelf, const std::string& name) const {
    if (shelf == Shelf::models) {
        const auto known = models_.find(name);
        if (known != models_.end()) return {name, known->second};
    }
    const std::string path = locate(shelf, name);
    if (path.empty()) {
        const std::vector<std::string> known = names(shelf);
        throw InputError(
            fmt::format("unknown {} '{}'", name_of(shelf), name),
            known.empty() ? fmt::format("no {} is known: there is no models folder", name_of(shelf))
                          : suggest(name, known));
    }
    return shelf == Shelf::models ? read_model_file(path) : NamedText{path, read_text_file(path)};
}

}  // namespace neocol::io
