#pragma once

#include <string>

#include <neocol/model/model.hpp>

namespace neocol::model {

enum class Format { text, markdown, latex };

/// Equations and tables of species, parameters (value, unit, range, meaning, source, evidence),
/// observables and outcomes, as a paper's methods section would print them.
std::string describe(const Model& model, Format format);

/// The model as JSON: the same tables for programs.
std::string describe_json(const Model& model);

}  // namespace neocol::model
