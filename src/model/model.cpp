#include <neocol/model/model.hpp>

#include <algorithm>

namespace neocol::model {

namespace {

template <typename List>
int find_by_name(const List& list, std::string_view name) {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [name](const auto& entry) { return entry.name == name; });
    return found == list.end() ? -1 : static_cast<int>(found - list.begin());
}

}  // namespace

int Model::find_species(std::string_view species_name) const {
    return find_by_name(species, species_name);
}

int Model::find_parameter(std::string_view parameter_name) const {
    return find_by_name(parameters, parameter_name);
}

int Model::find_observable(std::string_view observable_name) const {
    return find_by_name(observables, observable_name);
}

int Model::find_layer(std::string_view layer_name) const {
    const auto found = std::find(layers.begin(), layers.end(), layer_name);
    return found == layers.end() ? -1 : static_cast<int>(found - layers.begin());
}

}  // namespace neocol::model
