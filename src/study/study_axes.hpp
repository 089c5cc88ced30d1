#pragma once

#include <vector>

#include <neocol/core/table_reader.hpp>
#include <neocol/model/model.hpp>
#include <neocol/study/study_file.hpp>

namespace neocol::study::detail {

/// Overrides of a table [set], its keys dotted or nested.
std::vector<io::Override> read_set(const DocumentNode& table, Diagnostics& faults);

/// What [[axis]] may hold.
extern const Table axis_table;

/// Reads every [[axis]] and [[case]] into columns and factors of the study.
/// \param root  its values know the units that the model declares
void read_axes(const TableReader& root, const model::Model& model, Study& study);

}  // namespace neocol::study::detail
