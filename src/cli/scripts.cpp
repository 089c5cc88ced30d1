#include "scripts.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "interruption.hpp"

namespace neocol::cli {
namespace {

namespace fs = std::filesystem;

/// Folder that holds a script: `scripts/` beside the models.
fs::path script_folder(const std::string& script, const Invocation& invocation) {
    std::string searched;
    for (const std::string& models : invocation.model_folders) {
        const fs::path folder = fs::path(models).parent_path() / "scripts";
        std::error_code error;
        if (fs::is_regular_file(folder / script, error)) return folder;
        searched += (searched.empty() ? "" : ", ") + folder.string();
    }
    throw IoError(script, fmt::format("this verb is a Python program that is not there; searched "
                                      "{}: install with 'cmake --install'",
                                      searched.empty() ? "no folder" : searched));
}

}  // namespace

void run_script(const Command& command, std::span<const char* const> arguments,
                const Invocation& invocation) {
    const fs::path folder = script_folder(command.script, invocation);
    std::vector<std::string> words{invocation.python, (folder / "neocol_verb.py").string(),
                                   command.name, (folder / command.script).string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    for (std::string& word : words)
        raw.push_back(word.data());
    raw.push_back(nullptr);
    ::setenv("NEOCOL_PROGRAM", invocation.program.c_str(), 1);
    ::setenv("NEOCOL_MODELS", (folder.parent_path() / "models").c_str(), 1);
    std::fflush(nullptr);
    restore_signals();
    ::execvp(raw.front(), raw.data());
    throw IoError(invocation.python,
                  fmt::format("cannot start it for 'neocol {}': {}; install python3, or name one "
                              "in NEOCOL_PYTHON",
                              command.name, std::strerror(errno)));
}

std::span<const Command> script_commands() {
    static constexpr auto script = [](const char* name, const char* summary, const char* file) {
        return Command{name, summary, "", nullptr, file};
    };
    static constexpr Command table[] = {
        script("verify", "measure what neocol claims about its numbers", "verify.py"),
        script("plot", "draw the figures of a result", "plot_run.py"),
        script("report", "one HTML page: of a run, a comparison, a sensitivity study, a sweep",
               "report.py"),
        script("validate", "compare the model with published observations", "validate.py"),
        script("calibrate", "fit parameters to observations, sample what they leave open",
               "calibrate.py"),
        script("alternatives", "show what hangs on each switch of the model", "alternatives.py"),
    };
    return table;
}

}  // namespace neocol::cli
