#pragma once

#include <neocol/treatment/device.hpp>

#include "values.hpp"

namespace neocol::io::detail {

/// Reads the keys that device files and `[device]` share into a device; keys that are absent leave
/// it as it is.
void read_device_keys(const Entry& entry, const Values& values, treatment::Device& device);

/// Reports a device that says neither its depth_ratio nor its tip and speed.
void lack_of_depth(const Entry& entry, const Values& values);

/// Reads layers: `[{ name, thickness, properties = {...} }]`. Property units are not checked here.
std::vector<tissue::Layer> read_layers(const Entry& entry, const Values& values);
/// Reads the keys of one layer that are present.
void read_layer_keys(const Entry& entry, const Values& values, tissue::Layer& layer);

/// Asks for `source` and `evidence` and checks that evidence is a known grade.
void read_evidence(const Entry& entry, const Values& values);
/// Known grades: measured, abstract, code, secondary, unchecked, fitted, design, derived.
const std::vector<std::string>& evidence_grades();

}  // namespace neocol::io::detail
