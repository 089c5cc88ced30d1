#pragma once

#include <string>

namespace neocol::io {

/// Sidecar that lets ParaView and VisIt open the fields of a result: XDMF version 2, one structured
/// grid per field record, values as hyperslabs of the result's datasets, corners from `/mesh`.
///
/// Depth is drawn downwards as -z. Two-dimensional geometries are drawn as a slice; in
/// `single_channel` x is r. Species are cell values. A record right after a session stands 1e-6 d
/// later than the one before it.
/// \param result_path  a result with at least one field record
/// \param name         what the sidecar calls it: a file in the same folder
/// \returns text of the file; nothing is written
/// \throws IoError  not a result of neocol
std::string xdmf_text(const std::string& result_path, const std::string& name);

}  // namespace neocol::io
