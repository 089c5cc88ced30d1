#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <neocol/io/library.hpp>
#include <neocol/study/uncertain.hpp>

namespace neocol::study {

/// Values of uncertain parameters, drawn together.
struct ParameterDraws {
    std::string origin;  ///< "the sample FILE" or "declared distributions"
    std::vector<UncertainParameter> parameters;
    std::vector<std::vector<double>> values;  ///< [draw][parameter], in the parameter's unit
};

/// n draws from the distributions that parameters declare, by a Latin hypercube.
ParameterDraws draw_declared(const std::vector<UncertainParameter>& parameters, std::size_t n,
                             std::uint64_t seed);

/// n draws from a sample: rows are taken in proportion to their weight (systematic resampling).
///
/// \param text  CSV with header `draw,weight,NAME [unit],...`; the column of a switch holds names
/// of
///              options, its unit is `option`; lines that begin with # are comments
/// \throws InputError  a column that is no parameter of the model or has a unit of another
///                     dimension, a cell that is no number or option, no positive weight
ParameterDraws draw_sample(const std::string& text, const std::string& path,
                           const model::Model& model, std::size_t n, std::uint64_t seed);

/// The sample that is shipped with a model: `MODEL/sample.csv` in the first of the library's
/// folders that has it.
std::optional<io::NamedText> find_sample(const io::Library& library, const std::string& model);

}  // namespace neocol::study
