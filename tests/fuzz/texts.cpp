#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include <neocol/core/quoting.hpp>
#include <neocol/core/time.hpp>
#include <neocol/core/units.hpp>
#include <neocol/model/check.hpp>
#include <neocol/model/describe.hpp>
#include <neocol/model/parse.hpp>

#include <model/print_latex.hpp>
#include <model/syntax.hpp>

#include "readers.hpp"

namespace neocol::fuzz {

namespace {

/// A model whose names the expressions of the corpus use; RATE stands for the expression.
constexpr const char* around_expression = R"toml([model]
name = "m"
title = "M"
layers = ["epidermis", "dermis"]
[properties]
density = "1"
[parameter]
k = { value = "2 d-1", meaning = "m", source = "chosen", evidence = "design" }
K = { value = "3 ng/mL", meaning = "m", source = "chosen", evidence = "design" }
n = { value = 2, range = [1, 4], meaning = "m", source = "chosen", evidence = "design" }
width = { value = "0.1 mm", meaning = "m", source = "chosen", evidence = "design" }
[switch.way]
options = ["fast", "slow"]
value = "fast"
meaning = "m"
[derived.share]
unit = "1"
value = "K/(K + K)"
meaning = "d"
[function.law]
arguments = ["a", "b"]
value = "a*b/(a + b)"
meaning = "f"
[species.signal]
unit = "ng/mL"
scale = "1 ng/mL"
meaning = "s"
[species.cell]
unit = "cell/mm3"
rest = "100 cell/mm3"
in = ["dermis"]
meaning = "c"
[species.fibre]
kind = "symmetric tensor"
unit = "1"
scale = 1
meaning = "t"
[surface.cover]
at = "surface"
unit = "1"
rest = 1
meaning = "c"
[observable.mean]
value = "signal"
unit = "ng/mL"
meaning = "m"
[process.p]
meaning = "m"
changes = { signal = 1 }
rate = RATE
)toml";

void use(const model::Model& model) {
    for (const model::Parameter& parameter : model.parameters)
        require(std::isfinite(parameter.value), "values of parameters are finite");
    for (const model::Species& species : model.species)
        require(species.scale > 0.0, "scales are above 0");
    // Of a part of the inputs only: the last evaluates everything 512 times.
    constexpr std::size_t n = 32;
    if (has_turn(model.text, n, 0)) model::describe(model, model::Format::latex);
    if (has_turn(model.text, n, 1)) model::describe(model, model::Format::text);
    if (has_turn(model.text, n, 2)) model::describe_json(model);
    if (has_turn(model.text, n, 3) && model.graph.size() <= 1'000)
        for (const Diagnostic& warning : model::lint(model))
            check_message(render(warning));
}

}  // namespace

void read_units(std::string_view input) {
    // What was parsed is kept: a new system now and then.
    static std::unique_ptr<UnitSystem> units;
    static int n_inputs = 0;
    if (n_inputs++ % 20'000 == 0) units = std::make_unique<UnitSystem>();
    accepted([&] {
        const Quantity given = units->parse_quantity(input);
        require(std::isfinite(given.internal()), "quantities are finite");
        require(std::isfinite(given.unit.scale) && given.unit.scale != 0.0, "units have a scale");
        require(!format_quantity(given.internal(), given.unit).empty(), "quantities have a text");
        const Unit again = units->parse(given.unit.text);
        require(again.dimension == given.unit.dimension, "a unit's text is that unit");
        const Unit coherent = units->coherent(given.unit.dimension);
        require(coherent.dimension == given.unit.dimension, "a coherent unit has the dimension");
        if (given.unit.dimension != Dimension::base("s")) return;
        const Time time = exact_time(input, given);
        const std::string text = time.text();
        require(exact_time(text, units->parse_quantity(text)) == time,
                "a time's text is that time");
    });
}

void read_expression(std::string_view input) {
    try {
        // Most inputs are no expression: they need no model around them.
        model::latex(model::syntax::parse(input));
    } catch (const model::syntax::Fault& fault) {
        require(fault.offset <= input.size(), "a fault stands in the expression");
        return;
    }
    std::string text = around_expression;
    text.replace(text.find("RATE"), 4, toml_string(input));
    accepted([&] { use(model::parse_model(std::move(text), "m.toml")); });
}

void read_model(std::string_view input) {
    accepted([&] { use(model::parse_model(std::string(input), "m.toml")); });
}

}  // namespace neocol::fuzz
