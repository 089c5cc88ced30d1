#pragma once

#include <neocol/model/model.hpp>

namespace neocol::model {

/// Rates, Jacobians and derivatives of every location in use.
/// \throws InputError  they take more work than text_limits allows
void build_systems(Model& model);

}  // namespace neocol::model
