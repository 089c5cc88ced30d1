#pragma once

#include <string>

#include <neocol/model/model.hpp>

namespace neocol::model {

/// A node of the graph as an expression with the model's names, for messages.
std::string to_text(const Model& model, NodeId node);

}  // namespace neocol::model
