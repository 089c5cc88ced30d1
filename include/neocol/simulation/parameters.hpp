#pragma once

#include <map>
#include <string>

#include <neocol/core/course.hpp>
#include <neocol/model/model.hpp>
#include <neocol/solver/environment.hpp>
#include <neocol/tissue/skin.hpp>

namespace neocol::simulation {

/// Values of a model's inputs for a skin with overrides: parameters by layer, site, condition,
/// phototype and age, then derived and rest values. \param courses  of externals, by name
/// \throws InputError  a value is not finite where it is used, or a bound of a parameter is broken
solver::Environment make_environment(const model::Model& model, const tissue::Skin& skin,
                                     const std::map<std::string, double>& overrides,
                                     const std::map<std::string, Course>& courses = {});

}  // namespace neocol::simulation
