#include <filesystem>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/io/library.hpp>
#include <neocol/study/make_plan.hpp>

#include "streams.hpp"
#include "study_common.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string study;   ///< file
    std::string output;  ///< folder
    bool interpreter = false, whole_model = false;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("study", a.study, "study file")->required();
    app.add_option("-o,--output", a.output, "folder (default: the study's name)");
    app.add_flag("--interpreter", a.interpreter, "do not compile the model");
    app.add_flag("--whole-model", a.whole_model, whole_model_help);
}

int execute(const Arguments& a, const Invocation& invocation) {
    const std::string folder =
        a.output.empty() ? std::filesystem::path(a.study).stem().string() : a.output;
    const study::PlanReport report =
        study::make_plan(a.study, folder, plan_options(a.interpreter, a.whole_model, invocation));
    tell_done([&] {
        print_plan(report, false);
        print("next: neocol study estimate {0}, neocol study run {0}\n", folder);
    });
    return exit_done;
}

}  // namespace

extern const Command study_plan_command = make_command<Arguments, options, execute>(
    "study plan", "freeze a study in a folder of its own", R"(
Examples:
  neocol study plan scenarios/studies/density_needle_length.toml
  neocol study plan my_study.toml --output /scratch/my_study)");

}  // namespace neocol::cli
