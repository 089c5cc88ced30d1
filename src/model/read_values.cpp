#include <algorithm>

#include <fmt/format.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

#include "keys.hpp"
#include "reader.hpp"

namespace neocol::model {

void Reader::read_header() {
    const TableReader table = root_.table("model");
    model_.layers = {"tissue"};
    if (!table) {
        diagnostics_.add({{document_.path(), 0, 0, 1},
                          "no [model] table",
                          {},
                          "add [model] with name and title"});
        return;
    }
    model_.name = table.text("name", "");
    if (table.at("name").is_string() && !is_file_name(model_.name))
        diagnostics_.add(table.fault("name", fmt::format("'{}' cannot name a model", model_.name),
                                     "write a name such as \"wound_closure\""));
    model_.title = table.text("title", "");
    model_.summary = table.text("summary", "");
    model_.stationary = table.flag("stationary", true);
    model_.subtract_balance = table.choice("balance", Balance::subtract) == Balance::subtract;
    const DocumentNode list = table.at("layers");
    if (list && values_.array(list)) {
        model_.layers.clear();
        for (const DocumentNode& element : list.elements()) {
            if (model_.layers.size() == text_limits::layers) {
                too_many(element, "layers", text_limits::layers);
                break;
            }
            const std::string name = element.is_string() ? element.string() : std::string();
            if (!syntax::is_identifier(name))
                diagnostics_.add(element.fault(fmt::format("'{}' cannot name a layer", name),
                                               "write a name such as \"papillary_dermis\""));
            else if (model_.find_layer(name) >= 0)
                diagnostics_.add(element.fault(fmt::format("layer '{}' is named twice", name)));
            else
                model_.layers.push_back(name);
        }
        if (model_.layers.empty()) {
            diagnostics_.add(list.fault("'layers' must be a list of names",
                                        "write [\"epidermis\", \"dermis\"], or leave it out"));
            model_.layers = {"tissue"};
        }
    }
    read_layer_groups(table.table("layer_groups"));
    check_included(table.at("include"));
    read_units(table.table("units"));
}

void Reader::read_layer_groups(const TableReader& table) {
    for (const DocumentNode& node : table.node().members()) {
        const std::string& name = node.key();
        if (!syntax::is_identifier(name))
            diagnostics_.add(
                node.fault_at_key(fmt::format("'{}' cannot name a group of layers", name),
                                  "write a name such as \"dermis\""));
        else if (model_.find_layer(name) >= 0)
            diagnostics_.add(node.fault_at_key(
                fmt::format("'{}' is a layer, and cannot name a group of them", name)));
        else
            layer_groups_[name] = layer_list(node);
    }
}

void Reader::check_included(const DocumentNode& list) {
    for (const DocumentNode& node : root_.table("model").node().members())
        if (node.is_overlaid())
            diagnostics_.add(node.fault_at_key("[model] stands in an included file",
                                               "it belongs into the file that includes this one"));
    const std::vector<std::string>& present = document_.included();
    if (!values_.array(list)) return;
    for (const DocumentNode& element : list.elements())
        if (element.is_string() &&
            std::find(present.begin(), present.end(), element.string()) == present.end())
            diagnostics_.add(element.fault(
                fmt::format("'{}' is included, but was not read with the model", element.string()),
                "files of a model are read with it where it is read from its own file"));
}

void Reader::read_units(const TableReader& table) {
    for (const DocumentNode& node : table.node().members()) {
        const std::string& name = node.key();
        const std::string means = table.text(name, "");
        try {
            model_.units.declare(name);
            model_.declared_units[name] = means;
        } catch (const InputError& error) {
            const Diagnostic& fault = error.diagnostics.front();
            diagnostics_.add(node.fault_at_key(fault.message, fault.help));
        }
    }
}

void Reader::read_references() {
    const TableReader table = root_.table("references");
    for (const std::string& key : table.node().keys())
        model_.references[key] = table.text(key, "");
}

void Reader::read_properties() {
    const TableReader table = root_.table("properties");
    for (const DocumentNode& node : table.node().members()) {
        const std::string& name = node.key();
        Unit unit;
        try {
            if (const auto given = table.text(name)) unit = model_.units.parse(*given);
        } catch (const InputError& error) {
            values_.add_at(node, error);
        }
        const auto index = static_cast<int>(model_.properties.size());
        model_.properties.push_back(name);
        model_.property_units.push_back(unit);
        compiler_.define(name, {Symbol::Kind::property, index}, node);
    }
}

void Reader::read_parameter(const std::string& name, const TableReader& table) {
    Parameter parameter;
    parameter.name = name;
    parameter.at = table.node().key_position();
    const auto index = static_cast<int>(model_.parameters.size());
    compiler_.define(name, {Symbol::Kind::parameter, index}, table.node());
    const auto given = values_.any_quantity(table.at("value"));
    if (given) {
        parameter.unit = given->unit;
        parameter.value = given->internal();
    } else {
        compiler_.mark_broken(name);
    }
    parameter.meaning = table.text("meaning", "");
    parameter.source = source(table);
    parameter.evidence = table.choice_name("evidence").value_or("");
    if (given) {
        // Their units cannot be checked against a value that was not understood.
        read_allowed(parameter, table);
        read_range(parameter, table);
        read_variations(parameter, table);
    }
    model_.parameters.push_back(std::move(parameter));
}

void Reader::read_range(Parameter& parameter, const TableReader& table) {
    const DocumentNode node = table.at("range");
    parameter.distribution = table.choice_name("distribution").value_or("");
    if (!node) return;
    const std::vector<DocumentNode> ends = node.elements();
    if (ends.size() != 2) {
        diagnostics_.add(node.fault(fmt::format("'{}' must be a list of two", node.key_path()),
                                    "write [\"0.5 ng/mL\", \"8 ng/mL\"]"));
        return;
    }
    const auto low = values_.quantity(ends[0], parameter.unit),
               high = values_.quantity(ends[1], parameter.unit);
    if (!low || !high) return;
    parameter.low = low;
    parameter.high = high;
    if (*low > *high)
        diagnostics_.add(node.fault("the range ends below its start", "write [low, high]"));
    else if (parameter.value < *low || parameter.value > *high)
        diagnostics_.add(
            node.fault(fmt::format("the range leaves out the value {}",
                                   format_quantity(parameter.value, parameter.unit, 6)),
                       "the value has to lie between low and high"));
    else if (parameter.distribution.starts_with("log") && *low <= 0.0)
        diagnostics_.add(ends[0].fault(
            fmt::format("distribution '{}' needs a range above 0", parameter.distribution)));
}

void Reader::read_variations(Parameter& parameter, const TableReader& table) {
    const TableReader by = table.table("by");
    const auto add = [&](const std::string& axis, const std::string& key, double age,
                         const DocumentNode& node) {
        if (const auto value = values_.quantity(node, parameter.unit))
            parameter.variations.push_back({axis, key, age, *value});
    };
    for (const char* axis : {"layer", "site", "condition", "phototype", "age"}) {
        const DocumentNode values = by.table(axis).node();
        for (const DocumentNode& node : values.members()) {
            const std::string& key = node.key();
            double age = 0.0;
            if (axis == std::string("layer") && layer(values, key) < 0) continue;
            if (axis == std::string("phototype") && (key.size() != 1 || key < "1" || key > "6")) {
                diagnostics_.add(node.fault_at_key(fmt::format("no phototype '{}'", key),
                                                   "known: 1, 2, 3, 4, 5, 6 (Fitzpatrick)"));
                continue;
            }
            if (axis == std::string("age")) {
                try {
                    const Quantity given = model_.units.parse_quantity(key);
                    if (given.unit.dimension != Dimension::base("s"))
                        throw InputError(fmt::format("'{}' is no age", key));
                    age = given.internal();
                } catch (const InputError& error) {
                    diagnostics_.add(node.fault_at_key(error.diagnostics.front().message,
                                                       "write ages as \"34 year\""));
                    continue;
                }
            }
            add(axis, key, age, node);
        }
    }
    if (parameter.value == 0.0 && !parameter.variations.empty())
        diagnostics_.add(table.at("value").fault(
            fmt::format("'{}' varies, so its value cannot be 0", parameter.name),
            "variations are applied as ratios to the value"));
}

void Reader::declare_derived(const std::string& name, const TableReader& table) {
    Derived derived;
    derived.name = name;
    derived.at = table.node().key_position();
    derived.meaning = table.text("meaning", "");
    compiler_.define(name, {Symbol::Kind::derived, static_cast<int>(model_.derived.size())},
                     table.node());
    if (const auto given = unit(table))
        derived.unit = *given;
    else
        compiler_.mark_broken(name);
    model_.derived.push_back(std::move(derived));
}

void Reader::declare_function(const std::string& name, const TableReader& table) {
    FunctionDefinition function;
    function.name = name;
    const DocumentNode arguments = table.at("arguments");
    values_.array(arguments);
    for (const DocumentNode& argument : arguments.elements()) {
        if (function.arguments.size() == text_limits::function_arguments) {
            too_many(argument, "arguments of a function", text_limits::function_arguments);
            break;
        }
        const std::string spelling = written(argument);
        if (!argument.is_string() || !syntax::is_identifier(spelling))
            diagnostics_.add(argument.fault(fmt::format("'{}' cannot name an argument", spelling),
                                            "write names, such as arguments = [\"a\", \"b\"]"));
        else if (std::count(function.arguments.begin(), function.arguments.end(), spelling) > 0)
            diagnostics_.add(argument.fault(fmt::format("argument '{}' is named twice", spelling)));
        else
            function.arguments.push_back(spelling);
    }
    function.source = table.at("value");
    if (function.source) {
        try {
            function.body = syntax::parse(written(function.source));
        } catch (const syntax::Fault& fault) {
            diagnostics_.add(
                function.source.fault(fault.message, fault.help, fault.offset, fault.length));
        }
    }
    model_.functions.push_back({name, function.arguments, written(function.source),
                                table.text("meaning", ""), table.node().key_position()});
    compiler_.define_function(std::move(function), table.node());
}

void Reader::declare_species(const std::string& name, const TableReader& table, bool is_surface) {
    if (!is_surface && table.choice("kind", SpeciesKind::scalar) != SpeciesKind::scalar) {
        declare_tensor(name, table);
        return;
    }
    if (model_.species.size() >= text_limits::species) {
        too_many(table.node(), "species", text_limits::species);
        return;
    }
    Species species;
    species.name = name;
    species.at = table.node().key_position();
    species.meaning = table.text("meaning", "");
    species.source = source(table);
    species.present.assign(model_.layers.size(), true);
    if (is_surface) {
        species.location = table.choice("at", Plane::surface) == Plane::surface
                               ? Location::surface
                               : Location::junction;
    } else {
        species.present = layer_list(table.at("in"));
    }
    Symbol symbol{Symbol::Kind::species, static_cast<int>(model_.species.size())};
    const DocumentNode rest = table.at("rest");
    symbol.has_rest = !(rest.is_string() && rest.string() == "none");
    const bool defined = compiler_.define(name, symbol, table.node());
    if (const auto given = unit(table)) {
        species.unit = *given;
        if (species.unit.offset != 0.0)
            diagnostics_.add(
                table.at("unit").fault(fmt::format("'{}' does not start at 0", species.unit.text),
                                       "a species needs a unit that is proportional, such as K"));
    } else {
        compiler_.mark_broken(name);
    }
    species.is_signed = table.flag("signed", false);
    if (!is_surface) species.quasi_steady = table.flag("quasi_steady", false);
    species.scale = defined ? 0.0 : 1.0;
    if (const DocumentNode scale = table.at("scale")) {
        species.scale = values_.quantity(scale, species.unit, limits::positive).value_or(1.0);
    }
    model_.species.push_back(std::move(species));
}

void Reader::read_derived() {
    const DocumentNode all = root_.at("derived");
    for (Derived& derived : model_.derived) {
        const DocumentNode value = all.get(derived.name).get("value");
        derived.value = model_.graph.constant(0.0);
        if (!value) continue;  // reported
        derived.text = written(value);
        if (compiler_.is_broken(derived.name))
            compiler_.compile(value, static_context("a derived value"));
        else
            derived.value = expression(value, static_context("a derived value"), derived.unit,
                                       fmt::format("derived value '{}'", derived.name));
    }
}

void Reader::read_species() {
    const auto table = [this](const char* section, const std::string& name) {
        const TableReader all = root_.table(section);
        return all.table(name);
    };
    for (const Tensor& tensor : model_.tensors)
        read_tensor_rest(tensor, table("species", tensor.name));
    for (Species& species : model_.species) {
        if (species.tensor >= 0) continue;
        const char* kind = species.location == Location::volume ? "species" : "surface";
        read_rest(species, table(kind, species.name));
    }
}

void Reader::read_rest(Species& species, const TableReader& table) {
    const std::size_t n_layers = model_.layers.size();
    const DocumentNode rest = table.at("rest");
    const std::string subject = fmt::format("rest of '{}'", species.name);
    const Context context = static_context("a rest value");
    species.rest.assign(n_layers, no_node);
    species.rest_text.assign(n_layers, "");
    if (!rest.is_table()) {
        if (rest.is_string() && rest.string() == "none") return;
        const bool broken = compiler_.is_broken(species.name);
        const NodeId node = !rest    ? model_.graph.constant(0.0)
                            : broken ? compiler_.compile(rest, context).node
                                     : expression(rest, context, species.unit, subject);
        for (std::size_t i = 0; i < n_layers; ++i) {
            if (!species.present[i]) continue;
            species.rest[i] = node;
            species.rest_text[i] = rest ? written(rest) : "0";
        }
        return;
    }
    if (species.location != Location::volume)
        diagnostics_.add(rest.fault("a surface field has one rest value, not one by layer"));
    for (const std::string& key : rest.keys()) {
        const DocumentNode node = rest.get(key);
        const int index = layer(rest, key);
        if (index < 0) continue;
        const auto i = static_cast<std::size_t>(index);
        if (!species.present[i])
            diagnostics_.add(node.fault_at_key(
                fmt::format("'{}' does not live in layer '{}'", species.name, key),
                "leave it out, or add the layer to 'in'"));
        species.rest[i] = expression(node, context, species.unit, subject);
        species.rest_text[i] = written(node);
    }
    for (std::size_t i = 0; i < n_layers; ++i)
        if (species.present[i] && species.rest[i] == no_node)
            diagnostics_.add(rest.fault_at_key(
                fmt::format("{} says nothing of layer '{}'", subject, model_.layers[i]),
                fmt::format("add {} = \"...\"", model_.layers[i])));
}

}  // namespace neocol::model
