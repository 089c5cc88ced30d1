#pragma once

#include <neocol/model/model.hpp>

#include "page.hpp"

namespace neocol::model {

/// Writes the equation of every species, the rates of the processes in them, and the functions and
/// derived values in those.
void write_equations(Page& page, const Model& model);

}  // namespace neocol::model
