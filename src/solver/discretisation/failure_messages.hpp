#pragma once

#include <string>

#include <neocol/core/error.hpp>
#include <neocol/model/model.hpp>

namespace neocol::solver {

/// What the user reads where the integration broke: time, species and place, and a way out.
///
/// \param where  species may be empty, else it is one of the model's
/// \param h      the smallest step tried [d]
std::string not_finite_message(const model::Model& model, const NumericsError::Where& where,
                               double h);

/// That steps became too small, because a species would fall `below` zero, else because its error
/// cannot be kept to the tolerance.
std::string small_steps_message(const model::Model& model, const NumericsError::Where& where,
                                double h, bool below, double tolerance);

/// That a quasi-steady field came out below zero.
std::string below_zero_message(const model::Model& model, const NumericsError::Where& where);

}  // namespace neocol::solver
