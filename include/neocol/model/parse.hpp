#pragma once

#include <string>

#include <neocol/core/table.hpp>
#include <neocol/model/model.hpp>

namespace neocol::model {

/// What a model file may hold.
extern const Table model_table;

/// Reads a model file's text: syntax, names, units, cycles, derivatives.
///
/// \param text  the file's content; \param path  what messages call it
/// \throws InputError  with every semantic fault found in one pass, each at its place
Model parse_model(std::string text, std::string path);

}  // namespace neocol::model
