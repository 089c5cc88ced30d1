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
    std::string signature;  ///< of everything the numbers depend on; a store of another is refused
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
    std::size_t reused = 0;                     ///< of `done`, held by the store before
};

struct BatchOptions {
    std::string store;  ///< folder of the store of finished cases; empty: memory
    std::string table;  ///< CSV of all cases, written once all have ended; empty: none
    bool overwrite = false;
    /// Part of a batch that several programs share: only the cases whose number leaves `task` when
    /// divided by `n_tasks`. All parts write the same store.
    std::uint32_t task = 0, n_tasks = 1;
    int threads = 1;            ///< cases at a time
    double time_limit = 0.0;    ///< a case [s]; 0: none
    std::string host, started;  ///< of this program, for whoever comes second
    const std::atomic<bool>* stop = nullptr;
    std::function<void(const BatchProgress&)> progress;  ///< called after every case
    std::function<void(const std::string&)> warn;        ///< told what was damaged and set aside
};

/// Runs all cases that the store does not hold yet (store.hpp). The numbers do not depend on
/// threads, nor on interruptions: killed at any moment, the next call goes on with the cases that
/// are missing. \returns a row a case; those that were not run have the status `stopped`
/// \throws InputError  the store belongs to other cases
/// \throws IoError     the store cannot be read or written, or another program is writing it
std::vector<BatchRow> run_batch(const Batch& batch, const BatchOptions& options);

}  // namespace neocol::study
