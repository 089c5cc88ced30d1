#include <neocol/model/model.hpp>

#include <algorithm>
#include <cmath>

namespace neocol::model {

namespace {

template <typename List>
int find_by_name(const List& list, std::string_view name) {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [name](const auto& entry) { return entry.name == name; });
    return found == list.end() ? -1 : static_cast<int>(found - list.begin());
}

}  // namespace

bool Parameter::admits(double candidate) const {
    return allowed.empty() ||
           std::any_of(
               allowed.begin(), allowed.end(),
               [candidate](double allowed_value) {
                   return std::abs(candidate - allowed_value) <= 1e-12 * std::abs(allowed_value);
               });
}

int Parameter::find_option(std::string_view option_name) const {
    return find_by_name(options, option_name);
}

std::string Parameter::text_of(double candidate) const {
    if (!is_switch()) return format_quantity(candidate, unit);
    const auto k = static_cast<std::size_t>(std::lround(candidate));
    return k < options.size() ? options[k].name : format_quantity(candidate, unit);
}

int Model::find_species(std::string_view species_name) const {
    return find_by_name(species, species_name);
}

int Model::find_parameter(std::string_view parameter_name) const {
    return find_by_name(parameters, parameter_name);
}

int Model::find_tensor(std::string_view tensor_name) const {
    return find_by_name(tensors, tensor_name);
}

int Model::find_observable(std::string_view observable_name) const {
    return find_by_name(observables, observable_name);
}

int Model::find_layer(std::string_view layer_name) const {
    const auto found = std::find(layers.begin(), layers.end(), layer_name);
    return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

}  // namespace neocol::model
