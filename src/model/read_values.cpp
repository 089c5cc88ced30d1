#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/identifier.hpp>
#include <neocol/core/names.hpp>
#include <neocol/core/text_limits.hpp>

#include "reader.hpp"

namespace neocol::model {

namespace {

const std::vector<std::string>& evidence_kinds() {
    static const std::vector<std::string> kinds{"measured",  "abstract", "code",   "secondary",
                                                "unchecked", "fitted",   "design", "derived"};
    return kinds;
}

}  // namespace

void Reader::read_header() {
    const DocumentNode table = root_.get("model");
    model_.layers = {"tissue"};
    if (!table.is_table()) {
        diagnostics_.add({{document_.path(), 0, 0, 1},
                          "no [model] table",
                          {},
                          "add [model] with name and title"});
        return;
    }
    model_.name = text(table, "name", true);
    if (const DocumentNode name = table.get("name"); name.is_string() && !is_file_name(model_.name))
        diagnostics_.add(name.fault(fmt::format("'{}' cannot name a model", model_.name),
                                    "write a name such as \"wound_closure\""));
    model_.title = text(table, "title", true);
    model_.summary = text(table, "summary");
    model_.stationary = flag(table, "stationary", true);
    model_.subtract_balance = choice(table, "balance", {"subtract", "none"}) == "subtract";
    if (const DocumentNode list = table.get("layers")) {
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
    read_units(table.get("units"));
}

void Reader::read_units(const DocumentNode& table) {
    for (const std::string& name : table.keys()) {
        const DocumentNode node = table.get(name);
        if (!node.is_string())
            diagnostics_.add(node.fault(fmt::format("unit '{}' needs its meaning", name),
                                        "write it as a string"));
        try {
            model_.units.declare(name);
            model_.declared_units[name] = written(node);
        } catch (const InputError& error) {
            const Diagnostic& fault = error.diagnostics.front();
            diagnostics_.add(node.fault_at_key(fault.message, fault.help));
        }
    }
}

void Reader::read_references() {
    const DocumentNode table = root_.get("references");
    for (const std::string& key : table.keys())
        model_.references[key] = text(table, key);
}

void Reader::read_properties() {
    const DocumentNode table = root_.get("properties");
    for (const std::string& name : table.keys()) {
        const DocumentNode node = table.get(name);
        Unit unit;
        try {
            unit = model_.units.parse(text(table, name));
        } catch (const InputError& error) {
            const Diagnostic& fault = error.diagnostics.front();
            diagnostics_.add(node.fault(fault.message, fault.help));
        }
        const auto index = static_cast<int>(model_.properties.size());
        model_.properties.push_back(name);
        model_.property_units.push_back(unit);
        compiler_.define(name, {Symbol::Kind::property, index}, node);
    }
}

void Reader::read_parameter(const std::string& name, const DocumentNode& table) {
    Parameter parameter;
    parameter.name = name;
    parameter.at = table.key_position();
    const auto index = static_cast<int>(model_.parameters.size());
    compiler_.define(name, {Symbol::Kind::parameter, index}, table);
    const DocumentNode value = table.get("value");
    std::optional<Quantity> given;
    if (value)
        given = quantity(value);
    else
        missing(table, "value", "add value = \"2 ng/mL\", or a bare number if it has no unit");
    if (given) {
        parameter.unit = given->unit;
        parameter.value = given->internal();
    } else {
        compiler_.mark_broken(name);
        // Their units cannot be checked against a value that was not understood.
        table.get("range");
        table.get("distribution");
        table.get("options");
        const DocumentNode by = table.get("by");
        for (const std::string& axis : by.keys())
            for (const std::string& key : by.get(axis).keys())
                by.get(axis).get(key);
    }
    parameter.meaning = text(table, "meaning", true);
    parameter.source = source(table, true);
    if (table.get("evidence"))
        parameter.evidence = choice(table, "evidence", evidence_kinds());
    else
        missing(table, "evidence", fmt::format("one of {}", fmt::join(evidence_kinds(), ", ")));
    if (given) {
        read_allowed(parameter, table);
        read_range(parameter, table);
        read_variations(parameter, table);
    }
    model_.parameters.push_back(std::move(parameter));
}

void Reader::read_range(Parameter& parameter, const DocumentNode& table) {
    const DocumentNode node = table.get("range");
    if (table.get("distribution"))
        parameter.distribution =
            choice(table, "distribution", {"loguniform", "uniform", "normal", "lognormal"});
    if (!node) return;
    const std::vector<DocumentNode> ends = node.elements();
    if (ends.size() != 2) {
        diagnostics_.add(node.fault(fmt::format("'{}' must be a list of two", node.key_path()),
                                    "write [\"0.5 ng/mL\", \"8 ng/mL\"]"));
        return;
    }
    const auto low = value_in(ends[0], parameter.unit), high = value_in(ends[1], parameter.unit);
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

void Reader::read_variations(Parameter& parameter, const DocumentNode& table) {
    const DocumentNode by = table.get("by");
    if (!by) return;
    const auto add = [&](const std::string& axis, const std::string& key, double age,
                         const DocumentNode& node) {
        if (const auto value = value_in(node, parameter.unit))
            parameter.variations.push_back({axis, key, age, *value});
    };
    for (const char* axis : {"layer", "site", "condition", "phototype", "age"}) {
        const DocumentNode values = by.get(axis);
        for (const std::string& key : values.keys()) {
            const DocumentNode node = values.get(key);
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
        diagnostics_.add(table.get("value").fault(
            fmt::format("'{}' varies, so its value cannot be 0", parameter.name),
            "variations are applied as ratios to the value"));
}

void Reader::declare_derived(const std::string& name, const DocumentNode& table) {
    Derived derived;
    derived.name = name;
    derived.at = table.key_position();
    derived.meaning = text(table, "meaning", true);
    compiler_.define(name, {Symbol::Kind::derived, static_cast<int>(model_.derived.size())}, table);
    if (const auto given = unit(table))
        derived.unit = *given;
    else
        compiler_.mark_broken(name);
    model_.derived.push_back(std::move(derived));
}

void Reader::declare_function(const std::string& name, const DocumentNode& table) {
    FunctionDefinition function;
    function.name = name;
    for (const DocumentNode& argument : table.get("arguments").elements()) {
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
    function.source = table.get("value");
    if (!function.source) {
        missing(table, "value", "add value = \"...\"");
    } else {
        try {
            function.body = syntax::parse(written(function.source));
        } catch (const syntax::Fault& fault) {
            diagnostics_.add(
                function.source.fault(fault.message, fault.help, fault.offset, fault.length));
        }
    }
    model_.functions.push_back({name, function.arguments, written(function.source),
                                text(table, "meaning", true), table.key_position()});
    compiler_.define_function(std::move(function), table);
}

void Reader::declare_species(const std::string& name, const DocumentNode& table, bool is_surface) {
    if (!is_surface && choice(table, "kind", {"scalar", "symmetric tensor"}) != "scalar") {
        declare_tensor(name, table);
        return;
    }
    if (model_.species.size() >= text_limits::species) {
        too_many(table, "species", text_limits::species);
        return;
    }
    Species species;
    species.name = name;
    species.at = table.key_position();
    species.meaning = text(table, "meaning", true);
    species.source = source(table);
    species.present.assign(model_.layers.size(), true);
    if (is_surface) {
        if (!table.get("at")) missing(table, "at", "add at = \"surface\" or \"junction\"");
        species.location = location(table, false);
    } else {
        species.present = layer_list(table.get("in"));
    }
    Symbol symbol{Symbol::Kind::species, static_cast<int>(model_.species.size())};
    const DocumentNode rest = table.get("rest");
    symbol.has_rest = !(rest.is_string() && rest.string() == "none");
    const bool defined = compiler_.define(name, symbol, table);
    if (const auto given = unit(table)) {
        species.unit = *given;
        if (species.unit.offset != 0.0)
            diagnostics_.add(
                table.get("unit").fault(fmt::format("'{}' does not start at 0", species.unit.text),
                                        "a species needs a unit that is proportional, such as K"));
    } else {
        compiler_.mark_broken(name);
    }
    species.is_signed = flag(table, "signed", false);
    if (!is_surface) species.quasi_steady = flag(table, "quasi_steady", false);
    species.scale = defined ? 0.0 : 1.0;
    if (const DocumentNode scale = table.get("scale")) {
        const auto value = value_in(scale, species.unit);
        species.scale = value.value_or(1.0);
        if (value && *value <= 0.0)
            diagnostics_.add(scale.fault(fmt::format("'{}' must be above 0", scale.key_path())));
    }
    model_.species.push_back(std::move(species));
}

void Reader::read_derived() {
    const DocumentNode all = root_.get("derived");
    for (Derived& derived : model_.derived) {
        const DocumentNode table = all.get(derived.name);
        const DocumentNode value = table.get("value");
        derived.value = model_.graph.constant(0.0);
        if (!value) {
            missing(table, "value", "add value = \"...\"");
            continue;
        }
        derived.text = written(value);
        if (compiler_.is_broken(derived.name))
            compiler_.compile(value, static_context("a derived value"));
        else
            derived.value = expression(value, static_context("a derived value"), derived.unit,
                                       fmt::format("derived value '{}'", derived.name));
    }
}

void Reader::read_species() {
    for (const Tensor& tensor : model_.tensors)
        read_tensor_rest(tensor, root_.get("species").get(tensor.name));
    for (Species& species : model_.species) {
        if (species.tensor >= 0) continue;
        const char* kind = species.location == Location::volume ? "species" : "surface";
        read_rest(species, root_.get(kind).get(species.name));
    }
}

void Reader::read_rest(Species& species, const DocumentNode& table) {
    const std::size_t n_layers = model_.layers.size();
    const DocumentNode rest = table.get("rest");
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
