#include "python_verbs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "interruption.hpp"

namespace neocol::cli {
namespace {

/// Replaces this process. Comes back only if it cannot, with `errno`.
void replace_process(const char* verb, std::span<const char* const> arguments,
                     const Invocation& invocation) {
    std::string packages = invocation.package_folder;
    if (const char* given = std::getenv("PYTHONPATH"); given != nullptr && *given != '\0')
        packages += std::string(":") + given;
    ::setenv("PYTHONPATH", packages.c_str(), 1);
    // What lies in the working folder is not taken for a package.
    ::setenv("PYTHONSAFEPATH", "1", 1);
    ::setenv("NEOCOL_PROGRAM", invocation.program.c_str(), 1);
    std::string module = verb;  // "model import" is verbs/model_import.py
    std::replace(module.begin(), module.end(), ' ', '_');
    std::vector<const char*> words{invocation.python.c_str(), "-m", "neocol", module.c_str()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    words.push_back(nullptr);
    std::fflush(nullptr);
    restore_signals();
    ::execvp(words.front(), const_cast<char* const*>(words.data()));
}

void require_package(const char* verb, const Invocation& invocation) {
    if (invocation.package_folder.empty())
        throw IoError("neocol",
                      fmt::format("'neocol {}' is part of its Python package, which is not where "
                                  "it was built or installed: install with 'cmake --install'",
                                  verb));
    if (invocation.package_folder.find(':') != std::string::npos)
        throw IoError(invocation.package_folder,
                      "python takes a ':' in it for the end of a folder: build or install neocol "
                      "elsewhere");
}

[[noreturn]] void fail_to_start(const char* verb, const Invocation& invocation, int reason) {
    throw IoError(invocation.python,
                  fmt::format("cannot start it for 'neocol {}': {}; install python3, or name one "
                              "in NEOCOL_PYTHON",
                              verb, std::strerror(reason)));
}

constexpr Command python(const char* name, const char* summary) {
    return {name, summary, "", nullptr};
}

}  // namespace

void become_python_verb(const char* verb, std::span<const char* const> arguments,
                        const Invocation& invocation) {
    require_package(verb, invocation);
    replace_process(verb, arguments, invocation);
    fail_to_start(verb, invocation, errno);
}

int call_python_verb(const char* verb, const std::vector<std::string>& arguments,
                     const Invocation& invocation) {
    require_package(verb, invocation);
    std::vector<const char*> words;
    for (const std::string& argument : arguments)
        words.push_back(argument.c_str());
    constexpr int not_started = 127;
    const pid_t child = ::fork();
    if (child == 0) {
        replace_process(verb, words, invocation);
        ::_exit(not_started);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) < 0) fail_to_start(verb, invocation, errno);
    if (WIFEXITED(status) && WEXITSTATUS(status) == not_started)
        fail_to_start(verb, invocation, ENOENT);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::span<const Command> python_verbs() {
    static constexpr Command table[] = {
        python("verify", "measure what neocol claims about its numbers"),
        python("plot", "draw the figures of results, of a study, of a comparison"),
        python("report", "one HTML page: of a run, a comparison, a sensitivity study, a sweep"),
        python("validate", "compare the model with published observations"),
        python("calibrate", "fit parameters to observations, sample what they leave open"),
        python("claims", "put the claims made for microneedling to the model"),
        python("alternatives", "show what hangs on each switch of the model"),
        python("model import", "carry a model in SBML over into a model file and a scenario"),
        python("model export", "write a well-mixed model as SBML"),
    };
    return table;
}

}  // namespace neocol::cli
