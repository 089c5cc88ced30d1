#pragma once

#include <neocol/core/document.hpp>
#include <neocol/model/model.hpp>

namespace neocol::model {

/// A fault for every species that may not be negative and that processes or walls take from where
/// there is none. Rates are examined where the species is 0: by interval arithmetic, and where that
/// cannot tell, at a sample of points.
void check_losses(const Model& model, const Document& document, Diagnostics& diagnostics);

}  // namespace neocol::model
