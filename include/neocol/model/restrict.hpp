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

/// Names of the species, surface fields and tensors that cannot influence what is wanted, in the
/// order of the alphabet: what a study may leave out.
/// \throws InputError  as influences
std::vector<std::string> not_needed(const Model& model, const Wanted& wanted);

/// A model without species, surface fields and tensors, without what acts on these alone, and
/// without the observables and outcomes that read them; all others stay. Values are those of the
/// whole model but for the steps that are taken. `text` is the whole model's; the hash is another,
/// and depends on the whole model and on the names left out alone.
/// \param text  as parse_model takes it
/// \throws InputError  as parse_model; a name is none of the model's, or acts on what is left
Model parse_without(const std::string& text, const std::string& path,
                    const std::vector<std::string>& left_out);

}  // namespace neocol::model
