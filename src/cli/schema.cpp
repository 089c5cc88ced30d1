#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "command.hpp"
#include "streams.hpp"

#include <neocol/io/device_reader.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/io/skin_reader.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/study/cohort.hpp>
#include <neocol/study/slurm.hpp>
#include <neocol/study/study_file.hpp>

namespace neocol::cli {
namespace {

/// A kind of TOML file and what it may hold.
struct FileKind {
    const char* name;
    const Table* table;
};
constexpr FileKind file_kinds[] = {
    {"scenario", &io::scenario_table},  {"model", &model::model_table},
    {"device", &io::device_table},      {"site", &io::site_table},
    {"cohort", &study::cohort_table},   {"study", &study::study_table},
    {"cluster", &study::cluster_table},
};

struct Arguments {
    std::string kind;
};

void options(CLI::App& app, Arguments& a) {
    std::vector<std::string> names;
    for (const FileKind& kind : file_kinds)
        names.emplace_back(kind.name);
    app.add_option("kind", a.kind, "scenario, model, device, site, cohort, study or cluster")
        ->required()
        ->check(CLI::IsMember(names));
}

int execute(const Arguments& a, const Invocation&) {
    for (const FileKind& kind : file_kinds)
        if (a.kind == kind.name)
            print("{}\n", json_schema(*kind.table, fmt::format("neocol {}", kind.name)));
    return exit_done;
}

}  // namespace

extern const Command schema_command =
    make_command<Arguments, options, execute>("schema", "JSON schema of a file, for editors",
                                              R"(
Examples:
  neocol schema scenario > scenario.schema.json
The first line '#:schema scenario.schema.json' of a file tells Even Better TOML and taplo of it.)");

}  // namespace neocol::cli
