#pragma once

#include <neocol/core/document.hpp>
#include <neocol/model/model.hpp>

namespace neocol::model {

/// Order of derived and rest values; a fault for every circle.
void order_static_values(Model& model, const Document& document, Diagnostics& diagnostics);
/// Scales of species that gave none: the largest rest value.
void set_default_scales(Model& model, const Document& document, Diagnostics& diagnostics);
/// One scale for all components of a tensor: the largest.
void set_tensor_scales(Model& model, const Document& document, Diagnostics& diagnostics);

}  // namespace neocol::model
