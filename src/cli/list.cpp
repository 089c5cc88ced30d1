#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/document.hpp>
#include <neocol/core/names.hpp>
#include <neocol/files/files.hpp>

#include "models.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

const std::vector<std::string> kinds{"models", "devices", "sites", "scenarios"};

struct Arguments {
    std::string what;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("what", a.what, "models, devices, sites or scenarios (default: all)")
        ->check(CLI::IsMember(kinds));
}

/// First line that says what a file is: its title.
std::string title_of(const std::string& text, const std::string& path) {
    const Document document = Document::parse_parts(text, path);
    for (const DocumentNode& node :
         {document.root().get("title"), document.root().get("model").get("title")})
        if (node.is_string()) return node.string();
    return {};
}

void list_part(const io::Library& folders, io::LibraryPart part) {
    for (const std::string& name : folders.names(part)) {
        const io::NamedText file = folders.find(part, name);
        print("  {:<26} {}\n", name, title_of(file.text, file.path));
    }
}

/// Scenarios are named with their file, which may be copied and changed.
void list_scenarios(const io::Library& folders) {
    for (const std::string& name : folders.names(io::LibraryPart::scenarios)) {
        const io::NamedText file = folders.find(io::LibraryPart::scenarios, name);
        print("  {:<26} {}\n", name, title_of(file.text, file.path));
        print("  {:<26} {}\n", "", file.path);
    }
}

int execute(const Arguments& a, const Invocation& invocation) {
    const io::Library folders = library(invocation);
    for (const std::string& kind : kinds) {
        if (!a.what.empty() && a.what != kind) continue;
        print("{}\n", kind);
        if (kind == "scenarios") {
            list_scenarios(folders);
        } else {
            list_part(folders, kind == "models"    ? io::LibraryPart::models
                               : kind == "devices" ? io::LibraryPart::devices
                                                   : io::LibraryPart::sites);
        }
    }
    return exit_done;
}

}  // namespace

extern const Command list_command = make_command<Arguments, options, execute>(
    "list", "models, devices, sites and scenarios at hand", R"(
Examples:
  neocol list
  neocol list devices)");

}  // namespace neocol::cli
