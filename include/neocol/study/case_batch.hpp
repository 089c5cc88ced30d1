#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include <neocol/study/case_runner.hpp>

namespace neocol::study {

/// Many cases whose numbers are gathered in one table.
struct Batch {
    std::vector<std::string> key_columns;        ///< what tells cases apart, such as "person"
    std::vector<std::string> value_columns;      ///< "NAME [unit]"
    std::vector<std::vector<std::string>> keys;  ///< [case][key column]
    std::string signature;  ///< of everything the numbers depend on; a table of another is refused
    /// Runs case i; called from several threads.
    std::function<CaseResult(std::size_t i, const CaseOptions& options)> run;
    /// Numbers of a case with values, by value_columns; NaN where there is none.
    std::function<std::vector<double>(const CaseResult& result)> reduce;
};

struct BatchRow {
    CaseStatus status = CaseStatus::stopped;
    std::string reason;
    std::vector<double> values;  ///< all NaN unless complete or doubtful
};

/// How many rows of a batch ended how.
struct BatchCount {
    std::size_t stopped = 0, doubtful = 0, failed = 0;
    std::string first_failure, first_doubt;  ///< reasons
};

/// Counts rows, and takes the values of doubtful ones away: statistics do without them.
BatchCount leave_out_doubtful(std::vector<BatchRow>& rows);

/// A line about doubtful cases; empty if there are none.
std::string doubtful_text(std::size_t doubtful, const std::string& first_doubt);

struct BatchProgress {
    std::size_t done = 0, failed = 0, all = 0;  ///< failed: ended without values
    std::size_t reused = 0;                     ///< of `done`, found in the table
};

struct BatchOptions {
    std::string table;  ///< CSV that every finished case is appended to; empty: none
    bool overwrite = false;
    /// Part of a batch that several programs share: only the cases whose number leaves `task` when
    /// divided by `n_tasks`, into a table of its own beside `table`: NAME.0-of-8.csv.
    std::size_t task = 0, n_tasks = 1;
    int threads = 1;          ///< cases at a time, one thread each
    double time_limit = 0.0;  ///< a case [s]; 0: none
    const std::atomic<bool>* stop = nullptr;
    std::function<void(const BatchProgress&)> progress;  ///< called after every case, one at a time
    std::function<void(const std::string&)> warn;        ///< told what was damaged and left out
};

/// Runs all cases that the table does not hold yet. The numbers do not depend on threads, nor on
/// interruptions: killed at any moment, the next call goes on with the cases that are missing.
///
/// Tables of parts are read with the main one, whoever wrote them; a call that is no part takes
/// their lines into the main table and removes them.
///
/// The table is CSV: a comment with the signature, a header (case, key columns, status, reason,
/// value columns, check), one line a case in the order in which they ended. `check` is a CRC-32 of
/// the line and the signature: a line that is not as it was written is left out, its case runs
/// again, and the table as it was is kept as TABLE.damaged-N.
/// \throws InputError  the table belongs to other cases
/// \throws IoError     the table cannot be read or written, or another program is writing it
std::vector<BatchRow> run_batch(const Batch& batch, const BatchOptions& options);

/// Cells of a line of CSV; quotes protect commas and doubled quotes.
std::vector<std::string> split_csv(const std::string& line);

}  // namespace neocol::study
