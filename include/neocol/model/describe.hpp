#pragma once

#include <string>

#include <neocol/core/words.hpp>
#include <neocol/model/model.hpp>

namespace neocol::model {

enum class Format { text, markdown, latex };

}  // namespace neocol::model

namespace neocol {

template <>
inline constexpr auto words<model::Format> = std::to_array<Word<model::Format>>({
    {model::Format::text, "text", "for a terminal"},
    {model::Format::markdown, "markdown", "for a page"},
    {model::Format::latex, "latex", "for a paper"},
});

}  // namespace neocol

namespace neocol::model {

/// Equations and tables of species, parameters (value, unit, range, meaning, source, evidence),
/// observables and outcomes, as a paper's methods section would print them.
std::string describe(const Model& model, Format format);

/// The model as JSON: the same tables for programs.
std::string describe_json(const Model& model);

}  // namespace neocol::model
