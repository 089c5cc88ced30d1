#pragma once

#include <memory>
#include <vector>

#include "invocation.hpp"

namespace CLI {
class App;
}

namespace neocol::cli {

/// A verb whose options are parsed.
class Call {
public:
    virtual ~Call() = default;
    /// \returns the exit code
    virtual int execute(const Invocation& invocation) const = 0;
};

/// One verb of the program.
struct Command {
    const char* name;      ///< "run", "model check"
    const char* summary;   ///< one line
    const char* examples;  ///< shown at the end of its help
    /// Adds the verb's options; what they are bound to lives in the call, and nowhere else. Null of
    /// a verb of the Python package, which gets the arguments as typed.
    std::unique_ptr<Call> (*prepare)(CLI::App& app);
};

/// The verb made of a struct of its own, of what binds options to it, and of what they do.
template <class Arguments, void (*options)(CLI::App&, Arguments&),
          int (*carry_out)(const Arguments&, const Invocation&)>
constexpr Command make_command(const char* name, const char* summary, const char* examples) {
    class Prepared final : public Call {
    public:
        explicit Prepared(CLI::App& app) { options(app, arguments_); }
        int execute(const Invocation& invocation) const override {
            return carry_out(arguments_, invocation);
        }

    private:
        Arguments arguments_;
    };
    return {name, summary, examples,
            [](CLI::App& app) -> std::unique_ptr<Call> { return std::make_unique<Prepared>(app); }};
}

/// Exit codes of the program.
enum ExitCode {
    exit_done = 0,
    exit_defect = 1,
    exit_usage = 2,
    exit_invalid_input = 3,
    exit_numerical_failure = 4,
    exit_file_error = 5,
    exit_check_failed = 6,
    exit_doubtful = 7,
    exit_checkpoint = 75,
    exit_reader_gone = 141,
};

/// All verbs, in the order of the help: those of the list in src/cli/CMakeLists.txt, each defined
/// in a source of its own, then those of the Python package (src/cli/python_verbs.cpp).
std::vector<Command> commands();

/// Runs the program; catches everything and turns it into messages and exit codes.
int run_program(int argc, const char* const* argv);

}  // namespace neocol::cli
