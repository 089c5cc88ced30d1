#pragma once

#include <string>
#include <string_view>

#include "syntax.hpp"

namespace neocol::model {

/// A name as a mathematical symbol: `K_tgf` gives K_{\mathrm{tgf}}, `tau` the Greek letter.
std::string latex_name(std::string_view name);

/// An expression as LaTeX mathematics; rest values are overlined.
std::string latex(const syntax::Expression& expression);

/// The LaTeX of an expression's text; a quantity as number and upright unit.
std::string latex_of(const std::string& text);

}  // namespace neocol::model
