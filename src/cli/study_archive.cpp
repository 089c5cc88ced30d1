#include <filesystem>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/study/archive.hpp>

#include "streams.hpp"
#include "study_common.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string plan;
    std::string output;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("plan", a.plan, "folder of the plan")->required();
    app.add_option("-o,--output", a.output, "archive (default: the folder's name with .tar)");
}

int execute(const Arguments& a, const Invocation& invocation) {
    namespace fs = std::filesystem;
    const study::Plan plan = study::open_plan(a.plan);
    const auto lock = hold_exclusively(plan, invocation);
    fs::path folder = fs::path(plan.folder).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    const std::string path =
        a.output.empty() ? fs::path(absolute_path(folder.string())).filename().string() + ".tar"
                         : a.output;
    const study::ArchiveReport report = study::archive(plan, path);
    tell_done([&] {
        print(
            "{}: {} files, {}; 'sha256sum --check SHA256SUMS' in the unpacked folder checks "
            "it\n",
            report.file, report.n_files, bytes_words(static_cast<double>(report.bytes)));
    });
    return exit_done;
}

}  // namespace

extern const Command study_archive_command =
    make_command<Arguments, options, execute>("study archive", "pack a study with checksums", R"(
Examples:
  neocol study archive my_study --output my_study.tar)");

}  // namespace neocol::cli
