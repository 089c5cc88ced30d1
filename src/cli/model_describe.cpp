#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/kernel/compiled.hpp>
#include <neocol/model/describe.hpp>

#include "models.hpp"

namespace neocol::cli {
namespace {

void options_describe(CLI::App& app, Arguments& a) {
    app.add_option("model", a.name, "name in models/, or a model file")->required();
    app.add_option("--format", a.format, "text, markdown or latex")
        ->check(CLI::IsMember({"text", "markdown", "latex"}))
        ->capture_default_str();
    app.add_flag("--json", a.json, "tables as JSON");
}

int describe(const Arguments& a, const Surroundings& surroundings) {
    const model::Model model = read_model(a.name, surroundings);
    const model::Format format = a.format == "latex"      ? model::Format::latex
                                 : a.format == "markdown" ? model::Format::markdown
                                                          : model::Format::text;
    fmt::print("{}\n", a.json ? model::describe_json(model) : model::describe(model, format));
    return exit_done;
}

void options_build(CLI::App& app, Arguments& a) {
    app.add_option("models", a.files, "names in models/, or model files")->required();
    app.add_option("--output", a.output, "folder for the kernels (default: the cache)");
    app.add_option("--isa", a.isa, "instruction set, such as x86-64-v3 (default: this machine's)");
}

int build(const Arguments& a, const Surroundings& surroundings) {
    for (const std::string& name : a.files) {
        const model::Model model = read_model(name, surroundings);
        kernel::CompileOptions options;
        options.isa = a.isa;
        const std::string folder = a.output.empty() ? surroundings.cache_folder : a.output;
        use_surroundings(options, surroundings);
        const std::string path = kernel::build_kernel(model, options, folder);
        if (!path.empty()) fmt::print("{}\n", path);
    }
    return exit_done;
}

}  // namespace

const Command model_describe_command{"model describe", "print a model's equations and parameters",
                                     R"(
Examples:
  neocol model describe microneedling
  neocol model describe microneedling --format latex > methods.tex)",
                                     options_describe, describe};

const Command model_build_command{"model build", "compile a model to native code", R"(
Examples:
  neocol model build my_model.toml
  neocol model build microneedling --isa x86-64-v3 --output kernels)",
                                  options_build, build};

}  // namespace neocol::cli
