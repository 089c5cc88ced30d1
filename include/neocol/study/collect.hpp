#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <neocol/io/hdf5_file.hpp>
#include <neocol/study/plan.hpp>
#include <neocol/study/store.hpp>

namespace neocol::study {

/// What a collection holds.
struct CollectReport {
    std::string file, table, units;  ///< paths written
    std::uint64_t complete = 0, doubtful = 0, failed = 0, pending = 0;
    std::vector<Damage> damage;  ///< of the store; cases whose results it took are to do
    /// What was collected before has more complete cases, or may have: it was left as it is.
    bool was_left = false;
    std::optional<std::uint64_t> complete_before;
};

/// Gathers the results of a study into `collected.h5`, `collected.csv` and `collected.units.csv` in
/// its folder (docs/studies.md), each put into place whole, with `collected.sha256` that has their
/// digests.
///
/// Streams: memory does not depend on the number of cases. Cases that failed or did not run yet are
/// rows with a status and a reason, and NaN for values. A collection with more complete cases than
/// can be read now is not replaced.
/// \throws IoError  a file cannot be read, the disk is full; what was collected before stands
CollectReport collect(const Plan& plan, const std::string& command, const std::string& host);

/// Checks a collected file against `collected.sha256` beside it, if that is there.
/// \throws IoError  it is not as neocol wrote it, or cannot be read
void check_collected(const std::string& path);

/// True for a file that `collect` wrote.
bool is_collected(const std::string& path);

/// What a collected file holds, for people: cases, columns with their ranges, smallest, median and
/// largest value of every outcome. \throws IoError
std::string collected_text(const std::string& path,
                           io::hdf5::Trust trust = io::hdf5::Trust::sealed);

}  // namespace neocol::study
