#pragma once

#include <string>
#include <vector>

#include <neocol/io/scenario_reader.hpp>
#include <neocol/model/model.hpp>
#include <neocol/study/distribution.hpp>

namespace neocol::study {

/// A parameter that is varied, by what its model declares about it.
struct UncertainParameter {
    std::string name, unit, evidence, meaning;
    Distribution distribution;              ///< in `unit`
    std::vector<std::string> options = {};  ///< of a switch: its values are positions in this list
};

/// Parameters to vary: those whose name matches one of `patterns` (`*` and `?` stand for any
/// letters; none: every name), whose evidence is one of `evidence` (none: any), and which have a
/// declared distribution.
/// \throws InputError  a pattern that matches nothing or only parameters without a distribution; an
///                     unknown kind of evidence; nothing left
std::vector<UncertainParameter> choose_parameters(const model::Model& model,
                                                  const std::vector<std::string>& patterns,
                                                  const std::vector<std::string>& evidence);

/// A parameter as the model gives it, without a spread.
/// \throws InputError  the model has no such parameter
UncertainParameter fixed_parameter(const model::Model& model, const std::string& name);

/// `parameters.NAME = "VALUE UNIT"`, which reads back to the same bits of VALUE, or the option of a
/// switch.
io::Override set_parameter(const UncertainParameter& parameter, double value);

/// True if `name` matches a pattern in which `*` stands for any letters and `?` for one.
bool matches(const std::string& name, const std::string& pattern);

/// Indices of outcomes, by their names or of a model, that match patterns; no pattern: all.
/// \throws InputError  a pattern that matches nothing
std::vector<std::size_t> choose_outcomes(const std::vector<std::string>& names,
                                         const std::vector<std::string>& patterns);
std::vector<std::size_t> choose_outcomes(const model::Model& model,
                                         const std::vector<std::string>& patterns);

}  // namespace neocol::study
