#pragma once

#include <neocol/core/document.hpp>
#include <neocol/model/model.hpp>

#include "parse_document.hpp"

namespace neocol::model {

/// Turns a document into a model: first every name with its unit, then every expression. Faults are
/// collected; what depends on a faulty entry is read as far as it makes sense.
void read_model(const Document& document, Model& model, Diagnostics& diagnostics,
                Functions functions);

}  // namespace neocol::model
