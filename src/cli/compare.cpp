#include <neocol/study/compare.hpp>

#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "models.hpp"

namespace neocol::cli {
namespace {

void options(CLI::App& app, Arguments& a) {
    app.add_option("results", a.files, "two result files or more")->required();
    app.add_option("--days", a.values, "days after the last session, such as 28,90,180")
        ->delimiter(',');
    app.add_option("--observables", a.names, "only these")->delimiter(',');
    app.add_flag("--json", a.json, "as JSON");
    app.add_option("--figure", a.figure, "draw curves and outcomes to this file (pdf, svg, png)");
}

std::vector<double> parse_days(const std::vector<std::string>& texts) {
    std::vector<double> days;
    for (const std::string& text : texts) {
        char* end = nullptr;
        const double day = std::strtod(text.c_str(), &end);
        if (end == text.c_str() || *end != '\0' || !(day >= 0.0)) {
            throw UsageError("--days takes numbers of days, such as 28,90; '" + text + "' is none");
        }
        days.push_back(day);
    }
    return days;
}

/// Draws with the Python program that comes with neocol.
void draw(const Arguments& a, const Surroundings& surroundings) {
    namespace fs = std::filesystem;
    std::string script;
    for (const std::string& models : surroundings.model_folders) {
        const fs::path candidate = fs::path(models).parent_path() / "scripts" / "plot_compare.py";
        if (fs::exists(candidate)) {
            script = candidate.string();
            break;
        }
    }
    if (script.empty()) {
        throw IoError("plot_compare.py", "the plotting scripts of neocol were not found");
    }
    std::vector<std::string> words{"/usr/bin/env", "python3", script};
    words.insert(words.end(), a.files.begin(), a.files.end());
    words.insert(words.end(), {"--output", a.figure});
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        execv(argv[0], argv.data());
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0) {
        throw IoError(a.figure, "the figure could not be drawn by " + script);
    }
}

int execute(const Arguments& a, const Surroundings& surroundings) {
    std::vector<io::StoredResult> results;
    for (const std::string& path : a.files) {
        results.push_back(io::read_result(path));
    }
    const study::Comparison comparison = study::compare(results, parse_days(a.values), a.names);
    fmt::print("{}\n", a.json ? study::to_json(comparison) : study::to_text(comparison));
    if (!a.figure.empty()) {
        draw(a, surroundings);
    }
    return exit_done;
}

}  // namespace

const Command compare_command{"compare", "results side by side at equal times", R"(
Examples:
  neocol compare monthly.h5 fortnightly.h5
  neocol compare a.h5 b.h5 c.h5 --days 28,90 --figure compare.pdf)",
                              options, execute};

}  // namespace neocol::cli
