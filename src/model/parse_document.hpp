#pragma once

#include <neocol/core/document.hpp>
#include <neocol/model/model.hpp>

namespace neocol::model {

/// Which functions have to make sense: a restricted model has some that read what it left out.
enum class Functions { all, those_used };

/// parse_model, of a document. \throws InputError  likewise
Model parse_document(const Document& document, Functions functions);

}  // namespace neocol::model
