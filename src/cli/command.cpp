#include "command.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/error.hpp>
#include <neocol/core/version.hpp>

#include "python_verbs.hpp"
#include "streams.hpp"
#include "verbs.hpp"

namespace neocol::cli {
namespace {

constexpr const char* title = "neocol: how skin heals and lays down collagen after microneedling\n";

constexpr const char* examples = R"(
Examples:
  neocol run scenarios/acne_scars_roller.toml      integrate, write acne_scars_roller.h5
  neocol run my.toml --set regimen.spacing="2 week" --output two_weeks.h5
  neocol compare acne_scars_roller.h5 two_weeks.h5
  neocol check my.toml                             find every fault without running
  neocol list devices
  neocol describe K_TF                             a parameter, species, device, site, outcome

Exit codes: 0 done, 1 defect in neocol, 2 usage, 3 invalid input, 4 numerical failure,
5 file error, 6 comparison or check failed, 7 finished but doubtful (outside bounds, below zero, or
an open budget: the result says which), 75 stopped with a checkpoint, or before anything
was computed (the same command goes on), 141 nobody read what was printed.)";

std::pair<std::string_view, std::string_view> split(std::string_view name) {
    const std::size_t blank = name.find(' ');
    return blank == std::string_view::npos
               ? std::pair{std::string_view{}, name}
               : std::pair{name.substr(0, blank), name.substr(blank + 1)};
}

/// Help line of a group of verbs.
const char* group_summary(std::string_view group) {
    return group == "study" ? "plan, run, collect many cases, here or on a cluster"
                            : "check, build, describe, eval a model";
}

/// How many words of the command line are a verb's name; 0 if they are another's.
std::size_t words_typed(const Command& command, int argc, const char* const* argv) {
    const auto [group, name] = split(command.name);
    const std::size_t n_words = group.empty() ? 1 : 2;
    if (static_cast<std::size_t>(argc) <= n_words) return 0;
    const bool is_group = group.empty() || argv[1] == group;
    return is_group && argv[n_words] == name ? n_words : 0;
}

int execute(int argc, const char* const* argv) {
    const std::vector<Command> all = commands();
    for (const Command& command : all) {
        const std::size_t n_words =
            command.prepare == nullptr ? words_typed(command, argc, argv) : 0;
        if (n_words > 0)
            become_python_verb(command.name,
                               std::span(argv, static_cast<std::size_t>(argc)).subspan(1 + n_words),
                               read_invocation(argc, argv));
    }
    CLI::App app{title, "neocol"};
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", fmt::format("neocol {} ({})", version(), git_revision()));
    app.footer(examples);
    std::map<std::string, CLI::App*, std::less<>> groups;
    std::vector<std::pair<CLI::App*, std::unique_ptr<Call>>> calls;
    for (const Command& command : all) {
        const auto [group, name] = split(command.name);
        CLI::App* parent = &app;
        if (!group.empty()) {
            CLI::App*& known = groups[std::string(group)];
            if (known == nullptr) {
                known = app.add_subcommand(std::string(group), group_summary(group));
                known->require_subcommand(1);
            }
            parent = known;
        }
        CLI::App* sub = parent->add_subcommand(std::string(name), command.summary);
        if (command.prepare == nullptr)
            continue;  // only named in the help: its arguments never come here
        sub->footer(command.examples);
        calls.emplace_back(sub, command.prepare(*sub));
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return app.exit(success);
    } catch (const CLI::ParseError& error) {
        const auto parsed = app.get_subcommands();
        const std::string where =
            parsed.empty() ? "neocol" : "neocol " + parsed.front()->get_name();
        throw UsageError(fmt::format("{}\ntry '{} --help'", error.what(), where));
    }
    for (const auto& [sub, call] : calls)
        if (sub->parsed()) return call->execute(read_invocation(argc, argv));
    print("{}", app.help());
    return exit_usage;
}

}  // namespace

std::vector<Command> commands() {
    std::vector<Command> list;
    for (const Command* command : compiled_commands())
        list.push_back(*command);
    list.insert(list.end(), python_verbs().begin(), python_verbs().end());
    return list;
}

namespace {

/// Runs a verb and turns whatever is thrown into a message and an exit code.
int guarded(int argc, const char* const* argv) {
    try {
        return execute(argc, argv);
    } catch (const UsageError& error) {
        note("neocol: {}\n", error.what());
        return exit_usage;
    } catch (const InputError& error) {
        note("{}\n", error.what());
        return exit_invalid_input;
    } catch (const NumericsError& error) {
        note("error: {}\n", error.what());
        return exit_numerical_failure;
    } catch (const Error& error) {
        note("error: {}\n", error.what());
        return exit_file_error;
    } catch (const std::bad_alloc&) {
        note("error: out of memory; 'neocol run --dry-run' says how much a run needs\n");
        return exit_invalid_input;
    } catch (const std::length_error&) {
        note(
            "error: out of memory: a size is beyond what can be held; 'neocol check' says which\n");
        return exit_invalid_input;
    } catch (const std::filesystem::filesystem_error& error) {
        const std::string path = error.path1().string();
        note("error: {}: {}\n", path.empty() ? "a file" : path, error.code().message());
        return exit_file_error;
    } catch (const std::system_error& error) {
        // Standard output that takes no more is told of at the end.
        if (std::ferror(stdout) != 0) return exit_done;
        if (error.code() == std::errc::broken_pipe) return exit_reader_gone;
        note("error: {}; a limit of the system was reached (ulimit -a): fewer --threads may do\n",
             error.what());
        return exit_file_error;
    } catch (const std::exception& error) {
        note("defect in neocol: {}\nplease report it with the command and the file\n",
             error.what());
        return exit_defect;
    }
}

}  // namespace

int run_program(int argc, const char* const* argv) {
    open_standard_streams();
    watch_ending();
    return close_output(guarded(argc, argv));
}

}  // namespace neocol::cli
