#include <neocol/solver/environment.hpp>

namespace neocol::solver {

namespace {

/// Input of kind rest that stands for a species, -1 if no expression reads it.
int rest_input(const model::Model& model, std::size_t species) {
    for (std::size_t k = 0; k < model.inputs.size(); ++k)
        if (model.inputs[k].kind == model::Input::Kind::rest &&
            model.inputs[k].index == static_cast<int>(species))
            return static_cast<int>(k);
    return -1;
}

}  // namespace

double rest_value(const model::Model& model, const Environment& environment, std::size_t species,
                  std::size_t layer) {
    const model::Species& s = model.species[species];
    if (layer >= s.rest.size() || s.rest[layer] == model::no_node) return 0.0;
    if (layer < s.present.size() && !s.present[layer]) return 0.0;
    const std::vector<double>& inputs = environment.by_layer[layer];
    if (const int k = rest_input(model, species); k >= 0)
        return inputs[static_cast<std::size_t>(k)];
    return model.graph.evaluate(s.rest[layer], {}, inputs);
}

}  // namespace neocol::solver
