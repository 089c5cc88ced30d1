#pragma once

#include <vector>

#include <neocol/core/document.hpp>
#include <neocol/model/model.hpp>
#include <neocol/study/study_file.hpp>

namespace neocol::study::detail {

/// Overrides of a table [set], its keys dotted or nested.
std::vector<io::Override> read_set(const DocumentNode& table, Diagnostics& faults);

/// Reads every [[axis]] and [[case]] into columns and factors of the study.
void read_axes(const DocumentNode& root, const model::Model& model, Study& study,
               Diagnostics& faults);

}  // namespace neocol::study::detail
