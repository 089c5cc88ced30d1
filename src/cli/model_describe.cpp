#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/model/describe.hpp>

#include "models.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string model;
    std::string format{name_of(model::Format::text)};
    bool json = false;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("model", a.model, "name in models/, or a model file")->required();
    app.add_option("--format", a.format, "text, markdown or latex")
        ->check(CLI::IsMember(choices_of<model::Format>().names()))
        ->capture_default_str();
    app.add_flag("--json", a.json, "tables as JSON");
}

int execute(const Arguments& a, const Invocation& invocation) {
    const model::Model model = read_model(a.model, invocation);
    const model::Format format = find_word<model::Format>(a.format).value();
    print("{}\n", a.json ? model::describe_json(model) : model::describe(model, format));
    return exit_done;
}

}  // namespace

extern const Command model_describe_command = make_command<Arguments, options, execute>(
    "model describe", "print a model's equations and parameters",
    R"(
Examples:
  neocol model describe microneedling
  neocol model describe microneedling --format latex > methods.tex)");

}  // namespace neocol::cli
