#pragma once

#include <string>

#include <neocol/model/model.hpp>

namespace neocol::model {

/// Reads a model file's text: syntax, names, units, cycles, derivatives.
///
/// \param text  the file's content; \param path  what messages call it
/// \throws InputError  with every semantic fault found in one pass, each at its place
Model parse_model(std::string text, std::string path);

}  // namespace neocol::model
