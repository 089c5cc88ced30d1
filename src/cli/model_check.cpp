#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/io/insertion_law.hpp>
#include <neocol/model/check.hpp>
#include <neocol/simulation/parameters.hpp>
#include <neocol/simulation/rest_check.hpp>
#include <neocol/simulation/simulation.hpp>

#include "models.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string model;
    std::string site = "cheek", condition = "normal";
    std::vector<std::string> lengths;
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("model", a.model, "name in models/, or a model file")->required();
    app.add_option("--site", a.site, "skin whose layers rest is checked in")->capture_default_str();
    app.add_option("--condition", a.condition, "condition of that skin")->capture_default_str();
    app.add_option(
        "--length", a.lengths,
        "length of a domain, such as \"30 mm\", whose slowest waves rest is examined for");
}

/// A model with other options of its switches than the default ones.
struct Alternative {
    std::string name;  ///< such as "clot_lysis = slow"
    std::map<std::string, double> parameters;
};

/// Every option of every switch that is not the default, one at a time.
std::vector<Alternative> alternatives(const model::Model& model) {
    std::vector<Alternative> list;
    for (const model::Parameter& p : model.parameters) {
        for (std::size_t k = 0; k < p.options.size(); ++k) {
            const auto value = static_cast<double>(k);
            if (value != p.value) {
                list.push_back(
                    {fmt::format("{} = {}", p.name, p.options[k].name), {{p.name, value}}});
            }
        }
    }
    return list;
}

/// Lengths whose slowest waves stability is examined for [mm]: those of the skin and its layers,
/// and those asked for.
std::vector<double> lengths(const tissue::Skin& skin, const std::vector<std::string>& given) {
    std::vector<double> list{skin.thickness()};
    for (const tissue::Layer& layer : skin.layers)
        list.push_back(layer.thickness);
    const UnitSystem units;
    for (const std::string& text : given) {
        const Quantity quantity = units.parse_quantity(text);
        if (!(quantity.unit.dimension == units.parse("mm").dimension) ||
            !(quantity.internal() > 0.0)) {
            throw UsageError(fmt::format(
                "--length '{}': a length is expected; such as --length \"30 mm\"", text));
        }
        list.push_back(quantity.internal());
    }
    return list;
}

/// Prints how well gains and losses of a layer balance at rest; returns whether they do.
bool print_balance(const model::Model& model, const simulation::RestReport& report) {
    // What subtraction at rest may hide is rounding, not biology.
    constexpr double largest_residual = simulation::RestReport::rounding;
    double worst = 0.0;
    std::string worst_species;
    for (const auto& residual : report.residuals) {
        if (residual.residual > worst) {
            worst = residual.residual;
            worst_species = residual.species;
        }
    }
    const bool balanced = worst <= largest_residual || !model.stationary;
    print("  balance at rest     {}  largest residual {:.1e} of turnover{}\n",
          balanced ? "ok    " : "FAULT ", worst,
          worst_species.empty() ? "" : " (" + worst_species + ")");
    for (const auto& residual : report.residuals)
        if (!balanced && residual.residual > largest_residual)
            print("      {:<28} {:.2e}\n", residual.species, residual.residual);
    return balanced;
}

/// Prints whether small disturbances of a layer's rest grow; returns whether all is well.
bool print_stability(const model::Model& model, const simulation::RestReport& report) {
    const bool stable = report.growth_rate <= std::max(1e-9, report.growth_rounding);
    const std::string where = report.wavelength > 0.0
                                  ? fmt::format("at wavelength {:.3g} mm", report.wavelength)
                                  : std::string("uniform");
    if (!report.species.empty()) {
        // Where rest is not meant to be a fixed point growth is no fault.
        const char* verdict = stable ? "ok    " : model.stationary ? "FAULT " : "note  ";
        print("  stability of rest   {}  {} {:.3e} /d, {}, in {}\n", verdict,
              stable ? "slowest decay" : "grows by", std::abs(report.growth_rate), where,
              report.species);
        print(
            "                              examined: uniform, and wavelengths of {:.3g} to "
            "{:.3g} mm\n",
            report.shortest, report.longest);
    }
    return stable || !model.stationary;
}

/// Prints every bound at rest; returns whether all are kept.
bool print_bounds(const model::Model& model, const simulation::RestReport& report) {
    bool good = true;
    for (std::size_t k = 0; k < report.bounds.size(); ++k) {
        const auto& bound = report.bounds[k];
        good = good && bound.satisfied;
        const model::Bound& of = model.bounds[k];
        std::string limits;
        if (of.at_least) limits += " at least " + format_quantity(*of.at_least, of.unit);
        if (of.at_most) limits += " at most " + format_quantity(*of.at_most, of.unit);
        print("  {:<19} {}  {} at rest,{}\n", bound.name, bound.satisfied ? "ok    " : "FAULT ",
              format_quantity(bound.value, of.unit), limits);
    }
    return good;
}

/// Prints what rest is like in one layer; returns whether all is well.
bool print_layer(const model::Model& model, const simulation::RestReport& report) {
    print("{}\n", report.layer);
    const bool balanced = print_balance(model, report);
    const bool stable = print_stability(model, report);
    bool good = print_bounds(model, report) && balanced && stable;
    for (const std::string& species : report.negative_diffusivities) {
        good = false;
        print("  diffusivity         FAULT   of {} is negative at rest\n", species);
    }
    return good;
}

int execute(const Arguments& a, const Invocation& invocation) {
    const model::Model model = read_model(a.model, invocation);
    print("{}: {} species, {} processes, {} parameters, {} observables, {} outcomes: units agree\n",
          model.name, model.species.size(), model.processes.size(), model.parameters.size(),
          model.observables.size(), model.outcomes.size());
    const tissue::Skin skin = read_skin(model, a.site, a.condition, invocation);
    if (!skin.layers.empty()) print("skin: {}, {}\n", skin.site, skin.condition);
    bool good = true;
    std::vector<std::string> of_sessions;
    for (const io::LawConstant& constant : io::law_constants)
        of_sessions.emplace_back(constant.parameter);
    for (const Diagnostic& note : model::lint(model, of_sessions))
        print("{}:{}: note: {}\n", note.at.path, note.at.line, note.message);
    const std::vector<double> domain = lengths(skin, a.lengths);
    for (const auto& report :
         simulation::check_rest(model, simulation::make_environment(model, skin, {}), domain))
        good = print_layer(model, report) && good;
    for (const Alternative& other : alternatives(model)) {
        print("with {}\n", other.name);
        for (const auto& report : simulation::check_rest(
                 model, simulation::make_environment(model, skin, other.parameters), domain))
            good = print_layer(model, report) && good;
    }
    print("{}\n", good ? "no fault found" : "faults found");
    return good ? exit_done : exit_check_failed;
}

}  // namespace

extern const Command model_check_command = make_command<Arguments, options, execute>(
    "model check", "prove units, balance and stability of rest, bounds", R"(
Examples:
  neocol model check microneedling
  neocol model check microneedling --site forearm
  neocol model check my_model.toml)");

}  // namespace neocol::cli
