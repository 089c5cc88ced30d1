#pragma once

#include <span>
#include <string>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/model/model.hpp>

namespace neocol::model {

/// Values of Model::inputs in layer `layer` with nothing known but the model [internal units].
///
/// Parameters at their values for the layer, tissue properties 1, processes active as in the layer;
/// derived and rest values follow; time, coordinates, wounds, adjacent and surface values are 0.
std::vector<double> nominal_inputs(const Model& model, int layer);

/// Rest value of a species in a layer, 0 without one, from the other inputs.
double rest_of(const Model& model, int species, std::size_t layer,
               const std::vector<double>& inputs);

/// Fills in the derived and rest values of a layer from the other inputs; rest of a species that
/// does not live there is `absent`.
void set_static_values(const Model& model, int layer, double absent, std::vector<double>& values);

/// Range of values an expression can take.
struct Interval {
    double low = 0.0, high = 0.0;
};

/// Ranges of all nodes of the graph: parameters in their `range` (or at their values), species,
/// properties and rest values at least 0, `wounded` and `removed` in [0, 1], time and coordinates
/// any number. Interval arithmetic: the true range lies inside, often well inside.
std::vector<Interval> value_ranges(const Model& model);

/// Places that deserve a second look. None of them stops a run.
///
/// Parameters and derived values that nothing uses, species that nothing changes; denominators and
/// arguments of logarithms that become 0 or change sign for allowed values of parameters and
/// species of 0 or above: those that interval arithmetic cannot clear are tried at a sample of
/// points.
/// \param read_elsewhere  names of parameters that something other than the model reads
std::vector<Diagnostic> lint(const Model& model, std::span<const std::string> read_elsewhere = {});

/// Names of parameters and derived values that no rate, rest value, observable or other expression
/// uses, directly or through others.
std::vector<std::string> unused(const Model& model);

}  // namespace neocol::model
