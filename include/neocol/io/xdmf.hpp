#pragma once

#include <string>

namespace neocol::io {

/// Writes the sidecar that lets ParaView and VisIt open the fields of a result: XDMF version 2, one
/// rectilinear grid per field record, values as hyperslabs of the result's datasets.
///
/// Depth is drawn downwards as -z. Two-dimensional geometries are drawn as a slice one cell thick;
/// in `single_channel` x is r. Species are cell values.
/// \param result_path  a result with at least one field record
/// \returns text of the file; nothing is written
/// \throws IoError  not a result of neocol
std::string xdmf_text(const std::string& result_path);

}  // namespace neocol::io
