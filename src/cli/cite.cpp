#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "command.hpp"
#include "streams.hpp"

#include <neocol/core/version.hpp>

namespace neocol::cli {
namespace {

struct Arguments {};

void options(CLI::App&, Arguments&) {}

int execute(const Arguments&, const Invocation&) {
    print(R"(If neocol serves your work, please cite the program and the model's own sources
('neocol model describe NAME' lists them):

@software{{neocol,
  title   = {{neocol: reaction-diffusion-taxis solver of puncture-wound healing and collagen synthesis}},
  author  = {{{{the neocol authors}}}},
  version = {{{}}},
  year    = {{2026}},
  note    = {{commit {}}}
}}
)",
          version(), git_revision());
    return exit_done;
}

}  // namespace

extern const Command cite_command =
    make_command<Arguments, options, execute>("cite", "how to cite neocol", "");

}  // namespace neocol::cli
