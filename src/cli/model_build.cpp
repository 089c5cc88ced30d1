#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/kernel/compiled.hpp>

#include "models.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::vector<std::string> models;  ///< names or files
    std::string output;               ///< folder
    std::string isa;                  ///< empty: this machine's
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("models", a.models, "names in models/, or model files")->required();
    app.add_option("--output", a.output, "folder for the kernels (default: the cache)");
    app.add_option("--isa", a.isa, "instruction set, such as x86-64-v3 (default: this machine's)");
}

int execute(const Arguments& a, const Invocation& invocation) {
    for (const std::string& name : a.models) {
        const model::Model model = read_model(name, invocation);
        kernel::CompileOptions options;
        options.isa = a.isa;
        const std::string folder = a.output.empty() ? invocation.cache_folder : a.output;
        set_up_compiler(options, invocation);
        const std::string path = kernel::build_kernel(model, options, folder);
        if (!path.empty()) print("{}\n", path);
    }
    return exit_done;
}

}  // namespace

extern const Command model_build_command =
    make_command<Arguments, options, execute>("model build", "compile a model to native code", R"(
Examples:
  neocol model build my_model.toml
  neocol model build microneedling --isa x86-64-v3 --output kernels)");

}  // namespace neocol::cli
