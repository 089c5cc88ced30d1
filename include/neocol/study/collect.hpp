#pragma once

#include <cstdint>
#include <string>

#include <neocol/study/plan.hpp>

namespace neocol::study {

/// What a collection holds.
struct CollectReport {
    std::string file, table, units;  ///< paths written
    std::uint64_t complete = 0, failed = 0, pending = 0;
};

/// Gathers the results of a study into `collected.h5`, `collected.csv` and `collected.units.csv` in
/// its folder (docs/studies.md), each put into place whole.
///
/// Streams: memory does not depend on the number of cases. Cases that failed or did not run yet are
/// rows with a status and a reason, and NaN for values.
/// \throws IoError  a shard is damaged, the disk is full
CollectReport collect(const Plan& plan, const std::string& command, const std::string& host);

/// True for a file that `collect` wrote.
bool is_collected(const std::string& path);

/// What a collected file holds, for people: cases, columns with their ranges, smallest, median and
/// largest value of every outcome. \throws IoError
std::string collected_text(const std::string& path);

}  // namespace neocol::study
