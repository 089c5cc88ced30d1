#include "new_value_reader.hpp"

#include <utility>

#include <fmt/format.h>

#include "tensors.hpp"

namespace neocol::model {

InjuryRule NewValueReader::rule(const std::string& name, const DocumentNode& node,
                                Context context) {
    InjuryRule result;
    result.species = species(node, name, true);
    result.text = written(node);
    if (result.species < 0) {
        compiler_.compile(node, context);
        return result;
    }
    const Species& changed = model_.species[static_cast<std::size_t>(result.species)];
    if (changed.quasi_steady)
        diagnostics_.add(node.fault_at_key(
            fmt::format("'{}' is quasi-steady: its equation decides it at every moment", name),
            "change what makes or takes it"));
    context.location = changed.location;
    result.value = symbols_.is_broken(name) ? compiler_.compile(node, context).node
                                            : expression(node, context, changed.unit,
                                                         fmt::format("new value of '{}'", name));
    return result;
}

std::vector<InjuryRule> NewValueReader::rules(const std::string& name, const DocumentNode& node,
                                              Context context) {
    const int index = model_.find_tensor(name);
    if (index < 0) {
        InjuryRule new_value = rule(name, node, std::move(context));
        return new_value.species < 0 ? std::vector<InjuryRule>{}
                                     : std::vector<InjuryRule>{std::move(new_value)};
    }
    const Tensor& tensor = model_.tensors[static_cast<std::size_t>(index)];
    const std::vector<NodeId> values = tensor_expression(
        node, context, tensor.unit, fmt::format("new value of '{}'", tensor.name));
    std::vector<InjuryRule> list;
    for (std::size_t i = 0; i < n_components; ++i)
        if (tensor.components[i] >= 0)
            list.push_back({tensor.components[i], values[i], component_text(written(node), i)});
    return list;
}

void NewValueReader::read_initial() {
    const DocumentNode table = root_.table("initial").node();
    for (const std::string& name : table.keys()) {
        for (const InjuryRule& start :
             rules(name, table.get(name), initial_context(Location::volume))) {
            model_.initial.emplace_back(start.species, start.value);
            model_.initial_text.emplace_back(start.species, start.text);
        }
    }
}

void NewValueReader::read_injury() {
    const DocumentNode table = root_.table("injury").node();
    for (const std::string& name : table.keys())
        for (InjuryRule& wound : rules(name, table.get(name), injury_context(Location::volume)))
            model_.injury.push_back(std::move(wound));
}

}  // namespace neocol::model
