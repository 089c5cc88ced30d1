#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/names.hpp>
#include <neocol/simulation/parameters.hpp>
#include <neocol/simulation/simulation.hpp>

#include "models.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string model;
    std::vector<std::string> state;  ///< `species=value`
    std::string layer;
    std::string site = "cheek", condition = "normal";
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("model", a.model, "name in models/, or a model file")->required();
    app.add_option(
        "state", a.state,
        "species=\"value unit\" (the others are at rest), parameter=\"value unit\", switch=option");
    app.add_option("--layer", a.layer, "layer of the skin (default: the model's second, or only)");
    app.add_option("--site", a.site, "skin")->capture_default_str();
    app.add_option("--condition", a.condition, "condition of that skin")->capture_default_str();
}

/// Takes `parameter=value` or `switch=option` out of the values given.
std::map<std::string, double> take_parameters(const model::Model& model,
                                              std::vector<std::string>& values) {
    std::map<std::string, double> parameters;
    std::vector<std::string> others;
    for (const std::string& text : values) {
        const std::size_t equals = std::min(text.find('='), text.size());
        const int index = model.find_parameter(text.substr(0, equals));
        if (index < 0 || equals == text.size()) {
            others.push_back(text);
            continue;
        }
        const model::Parameter& p = model.parameters[static_cast<std::size_t>(index)];
        const std::string value = text.substr(equals + 1);
        if (p.is_switch()) {
            const int option = p.find_option(value);
            std::vector<std::string> names;
            for (const model::Parameter::Option& known : p.options)
                names.push_back(known.name);
            if (option < 0) {
                throw InputError(fmt::format("switch '{}' has no option '{}'", p.name, value),
                                 suggest(value, names));
            }
            parameters[p.name] = option;
            continue;
        }
        const Quantity given = model.units.parse_quantity(value);
        if (given.unit.dimension != p.unit.dimension) {
            throw InputError(fmt::format("'{}' is given in {}, but the parameter has unit {}",
                                         p.name, given.unit.text, p.unit.text));
        }
        if (!p.admits(given.internal())) {
            throw InputError(fmt::format("'{}' cannot be {}", p.name, value),
                             "neocol describe lists its options");
        }
        parameters[p.name] = given.internal();
    }
    values = std::move(others);
    return parameters;
}

/// Puts `species=value` into the state.
void assign(const model::Model& model, const std::string& text, std::vector<double>& state) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
        throw UsageError("'" + text + "' is not species=\"value unit\"");
    const std::string name = text.substr(0, equals);
    const int species = model.find_species(name);
    if (species < 0) {
        std::vector<std::string> names;
        for (const model::Species& candidate : model.species)
            names.push_back(candidate.name);
        for (const model::Parameter& parameter : model.parameters)
            names.push_back(parameter.name);
        throw InputError("unknown species or parameter '" + name + "'", suggest(name, names));
    }
    const model::Species& declared = model.species[static_cast<std::size_t>(species)];
    const Quantity value = model.units.parse_quantity(text.substr(equals + 1));
    if (value.unit.dimension != declared.unit.dimension) {
        throw InputError(fmt::format("'{}' is given in {}, but the species has unit {}", name,
                                     value.unit.text, declared.unit.text));
    }
    state[static_cast<std::size_t>(species)] = value.internal();
}

std::size_t choose_layer(const model::Model& model, const std::string& asked) {
    if (asked.empty()) return model.layers.size() > 1 ? 1 : 0;
    const int layer = model.find_layer(asked);
    if (layer < 0) throw InputError("unknown layer '" + asked + "'", suggest(asked, model.layers));
    return static_cast<std::size_t>(layer);
}

int execute(const Arguments& a, const Invocation& invocation) {
    const model::Model model = read_model(a.model, invocation);
    const tissue::Skin skin = read_skin(model, a.site, a.condition, invocation);
    const std::size_t layer = choose_layer(model, a.layer);
    std::vector<std::string> values = a.state;
    const solver::Environment environment =
        simulation::make_environment(model, skin, take_parameters(model, values));
    std::vector<double> inputs = environment.by_layer[layer];
    std::vector<double> state(model.species.size(), 0.0);
    for (std::size_t s = 0; s < state.size(); ++s) {
        const model::NodeId rest = model.species[s].rest[layer];
        state[s] = rest == model::no_node ? 0.0 : model.graph.evaluate(rest, {}, inputs);
    }
    for (const std::string& text : values)
        assign(model, text, state);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (model.inputs[i].kind == model::Input::Kind::field)
            inputs[i] = state[static_cast<std::size_t>(model.inputs[i].index)];
    print("# {} in {}\n\n{:<34} {:>14}\n", model.name, model.layers[layer], "species", "value");
    for (std::size_t s = 0; s < state.size(); ++s) {
        print("{:<34} {:>14}\n", model.species[s].name,
              format_quantity(state[s], model.species[s].unit));
    }
    print("\n{:<34} {}\n", "process", "what it changes, per day");
    for (const model::Process& process : model.processes) {
        std::string changes;
        const double rate =
            process.active[layer] ? model.graph.evaluate(process.rate, state, inputs) : 0.0;
        for (const model::Process::Change& change : process.changes) {
            const model::Species& species = model.species[static_cast<std::size_t>(change.species)];
            const double yield = model.graph.evaluate(change.yield, state, inputs);
            changes += fmt::format("{}{} {:+.4g} {}", changes.empty() ? "" : ", ", species.name,
                                   yield * rate / species.unit.scale, species.unit.text);
        }
        const bool off = process.runs != model::no_node &&
                         model.graph.evaluate(process.runs, state, inputs) < 0.5;
        print("{:<34} {}{}\n", process.name, changes,
              !process.active[layer] ? "  (does not run here)"
              : off                  ? "  (runs when " + process.when + ")"
                                     : "");
    }
    return exit_done;
}

}  // namespace

extern const Command model_eval_command = make_command<Arguments, options, execute>(
    "model eval", "print every process of a model at a given state",
    R"(
Examples:
  neocol model eval microneedling
  neocol model eval microneedling tgf_beta="3 ng/mL" --layer papillary_dermis)");

}  // namespace neocol::cli
