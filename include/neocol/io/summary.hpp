#pragma once

#include <string>

#include <neocol/io/result_reader.hpp>

namespace neocol::io {

/// What a clinician reads at the end of a run: what the device did, what the skin did (outcomes,
/// peaks and when), how the run went (steps, time, memory, largest budget residual, bounds).
std::string summary_text(const StoredResult& result);

/// The sessions in a line: their days, device, depth, density, and what was wounded in all.
std::string regimen_text(const StoredResult& result);

/// The summary as JSON: {"title", "status", "sessions": [...], "outcomes": {...}, "observables":
/// {...}, "run": {...}}; not-a-number becomes null.
std::string summary_json(const StoredResult& result);

}  // namespace neocol::io
