#pragma once

#include <string>
#include <vector>

#include <neocol/model/model.hpp>

namespace neocol::model {

/// What is asked for of a model: names of its observables and outcomes.
struct Wanted {
    std::vector<std::string> observables, outcomes;
};

/// Species that can influence what is wanted, an event that sets a parameter, or a bound, by
/// Model::species: those that are read, and those that act on these in turn.
/// \throws InputError  there is no observable or outcome of a name
std::vector<bool> influences(const Model& model, const Wanted& wanted);

/// A model without the species that cannot influence what is wanted, and without what acts on these
/// or reads them alone. Values of what is left are those of the whole model but for the steps that
/// are taken. Its `text` is the whole model's, its hash another if anything is left out.
/// \param text  as parse_model takes it
/// \throws InputError  as parse_model and influences
Model parse_restricted(const std::string& text, const std::string& path, const Wanted& wanted);

}  // namespace neocol::model
