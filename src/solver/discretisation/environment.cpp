#include <neocol/solver/environment.hpp>

namespace neocol::solver {

namespace {

/// By species: the input that stands for its rest, -1 if no expression reads it.
std::vector<int> rest_inputs(const model::Model& model) {
    std::vector<int> inputs(model.species.size(), -1);
    for (std::size_t k = 0; k < model.inputs.size(); ++k)
        if (model.inputs[k].kind == model::Input::Kind::rest)
            inputs[static_cast<std::size_t>(model.inputs[k].index)] = static_cast<int>(k);
    return inputs;
}

}  // namespace

std::vector<std::vector<double>> rest_values(const model::Model& model,
                                             const Environment& environment) {
    const std::vector<int> inputs = rest_inputs(model);
    std::vector<std::vector<double>> values(environment.by_layer.size(),
                                            std::vector<double>(model.species.size(), 0.0));
    for (std::size_t layer = 0; layer < values.size(); ++layer)
        for (std::size_t i = 0; i < model.species.size(); ++i) {
            const model::Species& species = model.species[i];
            if (layer >= species.rest.size() || species.rest[layer] == model::no_node) continue;
            if (layer < species.present.size() && !species.present[layer]) continue;
            const std::vector<double>& given = environment.by_layer[layer];
            values[layer][i] = inputs[i] >= 0
                                   ? given[static_cast<std::size_t>(inputs[i])]
                                   : model.graph.evaluate(species.rest[layer], {}, given);
        }
    return values;
}

}  // namespace neocol::solver
