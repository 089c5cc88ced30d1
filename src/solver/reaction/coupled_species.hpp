#pragma once

#include <vector>

#include <neocol/model/model.hpp>

namespace neocol::solver {

/// Sets of species that have to be blended with one share, so that what one loses another still
/// gains: species that one process changes, and the components of a tensor, with all that these
/// join in turn.
/// \returns  index of the set of every species, from 0
std::vector<std::size_t> coupled_species(const model::Model& model);

}  // namespace neocol::solver
