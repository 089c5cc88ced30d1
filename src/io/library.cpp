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

/// Folders of a part below a `models/` folder, the first that has a name wins.
std::vector<fs::path> part_folders(const std::string& folder, LibraryPart part) {
    switch (part) {
        case LibraryPart::devices:
            return {fs::path(folder) / "devices"};
        case LibraryPart::sites:
            return {fs::path(folder) / "skin"};
        case LibraryPart::scenarios: {
            const fs::path scenarios = fs::path(folder).parent_path() / "scenarios";
            return {scenarios, scenarios / "protocols"};
        }
        case LibraryPart::cohorts:
            return {fs::path(folder) / "cohorts"};
        case LibraryPart::insertion:
            return {fs::path(folder) / "microneedling"};
        case LibraryPart::models:
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

/// Gathers the parts of a model: its own text, the model it extends, the files both include.
class ModelParts {
public:
    ModelParts(std::string text, const std::string& path, const Library& library)
        : path_(path), library_(library), text_(std::move(text)), bytes_(text_.size()) {}

    /// The parts as one text. One that holds them already is left as it is.
    std::string joined() {
        const auto asks_for = [&](const char* key) { return text_.find(key) != std::string::npos; };
        if ((!asks_for("include") && !asks_for("extends")) || split_parts(text_).size() > 1)
            return text_;
        const Document document = Document::parse(text_, path_);
        const DocumentNode model = document.root().get("model");
        add_extended(model.get("extends"));
        for (const DocumentNode& element : model.get("include").elements())
            if (element.is_string()) add_included(element);  // else the reader of models says so
        return join_parts(std::move(text_), parts_);
    }

private:
    const std::string& path_;
    const Library& library_;
    std::string text_;
    std::vector<TextPart> parts_;
    std::size_t bytes_ = 0;

    void add(TextPart part, const DocumentNode& node) {
        bytes_ += part.text.size();
        if (bytes_ > text_limits::file_bytes)
            throw InputError({node.fault(fmt::format("with '{}' the model is larger than {} MB",
                                                     part.name, text_limits::file_bytes >> 20))});
        parts_.push_back(std::move(part));
    }

    void add_included(const DocumentNode& node) {
        const std::string name = node.string();
        if (!is_path_below(name))
            throw InputError({node.fault(
                fmt::format("'{}' cannot be included", name),
                "write the path of a .toml file below the folder of this one, without '..'")});
        const fs::path file = fs::path(path_).parent_path() / name;
        if (files::kind_of(file.string()) == files::Kind::absent)
            throw InputError({node.fault(fmt::format("there is no file '{}'", file.string()))});
        add({name, read_text_file(file.string())}, node);
    }

    void add_extended(const DocumentNode& node) {
        if (!node.is_string()) return;
        const std::string base = extended_text(node);
        std::vector<TextPart> parts = split_parts(base);
        if (Document::parse(parts.front().text, node.string()).root().get("model").get("extends"))
            throw InputError(
                {node.fault(fmt::format("'{}' extends another model itself", node.string()),
                            "extend that one, and include the files that this one adds to it")});
        parts.front().name = node.string() + ".toml";
        for (TextPart& part : parts)
            add(std::move(part), node);
    }

    /// Of the model of that name: one beside this file before those of the library.
    std::string extended_text(const DocumentNode& node) const {
        const std::string name = node.string();
        const fs::path beside = fs::path(path_).parent_path() / (name + ".toml");
        if (!is_file_name(name))
            throw InputError({node.fault(fmt::format("'{}' cannot name a model", name),
                                         "write the name of a model, such as \"microneedling\"")});
        if (fs::path(path_).filename() != beside.filename() &&
            files::kind_of(beside.string()) == files::Kind::regular)
            return ModelParts(read_text_file(beside.string()), beside.string(), library_).joined();
        if (library_.has(LibraryPart::models, name))
            return library_.find(LibraryPart::models, name).text;
        throw InputError({node.fault(fmt::format("there is no model '{}' to extend", name),
                                     suggest(name, library_.names(LibraryPart::models)))});
    }
};

}  // namespace

std::string read_text_file(const std::string& path) {
    constexpr std::size_t largest = std::size_t{16} << 20;
    if (files::kind_of(path) == files::Kind::folder)
        throw InputError(fmt::format("'{}' is a folder, not a file", path), "name a file in it");
    std::string text = files::read(path, largest);
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        throw InputError(fmt::format("'{}' is in UTF-16", path), "save it as UTF-8");
    if (text.starts_with(mark)) text.erase(0, mark.size());
    return with_plain_ends(std::move(text));
}

NamedText read_model_file(const std::string& path, const Library& library) {
    return {path, ModelParts(read_text_file(path), path, library).joined()};
}

std::string path_in_library(const NamedText& file) {
    return (part_folders({}, file.part).front() / fs::path(file.path).filename()).generic_string();
}

Library with_models_beside(const std::string& scenario_file, Library library) {
    const fs::path models = fs::path(scenario_file).parent_path() / "models";
    if (files::kind_of(models.string()) == files::Kind::folder) library.add_first(models.string());
    return library;
}

void Library::add_first(const std::string& folder) {
    folders_.insert(folders_.begin(), folder);
}

void Library::add_model(const std::string& name, std::string text) {
    models_[name] = std::move(text);
}

std::string Library::locate(LibraryPart part, const std::string& name) const {
    if (!is_file_name(name)) return {};
    for (const std::string& folder : folders_) {
        for (const fs::path& part_folder : part_folders(folder, part)) {
            const fs::path path = part_folder / (name + ".toml");
            // One that cannot be looked at is not passed over for another of the same name.
            if (files::kind_of(path.string()) == files::Kind::regular) return path.string();
        }
    }
    return {};
}

std::vector<std::string> Library::names(LibraryPart part) const {
    std::set<std::string> names;
    if (part == LibraryPart::models)
        for (const auto& [name, text] : models_)
            names.insert(name);
    for (const std::string& folder : folders_) {
        for (const fs::path& part_folder : part_folders(folder, part)) {
            for (const std::string& file : files::names_in(part_folder.string()))
                if (fs::path(file).extension() == ".toml") names.insert(fs::path(file).stem());
        }
    }
    return {names.begin(), names.end()};
}

bool Library::has(LibraryPart part, const std::string& name) const {
    return (part == LibraryPart::models && models_.contains(name)) || !locate(part, name).empty();
}

NamedText Library::find(LibraryPart part, const std::string& name) const {
    if (part == LibraryPart::models) {
        const auto known = models_.find(name);
        if (known != models_.end()) return {name, known->second};
    }
    const std::string path = locate(part, name);
    if (path.empty()) {
        const std::vector<std::string> known = names(part);
        throw InputError(
            fmt::format("unknown {} '{}'", name_of(part), name),
            known.empty() ? fmt::format("no {} is known: there is no models folder", name_of(part))
                          : suggest(name, known));
    }
    if (part == LibraryPart::models) return read_model_file(path, *this);
    return {path, read_text_file(path), part};
}

}  // namespace neocol::io
