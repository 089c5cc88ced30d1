#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <neocol/study/case_runner.hpp>
#include <neocol/study/plan.hpp>

namespace neocol::study {

/// What is known of a case beyond CaseStatus.
inline constexpr std::uint8_t state_pending = 250;
/// The program ended, several times, while this case ran.
inline constexpr std::uint8_t state_lost = 251;
/// Its result cannot be read any more: it is run again like a pending one.
inline constexpr std::uint8_t state_damaged = 252;

/// Whether a case of this state has still to be run.
constexpr bool is_to_do(std::uint8_t state) {
    return state == state_pending || state == state_damaged;
}
/// Whether a case of this state has values.
constexpr bool has_values(std::uint8_t state) {
    return state == static_cast<std::uint8_t>(CaseStatus::complete) ||
           state == static_cast<std::uint8_t>(CaseStatus::doubtful);
}

/// Starts of a case without an end after which it counts as failed.
inline constexpr int most_lost_starts = 5;

/// Name of a state: that of a CaseStatus, "pending", "lost" or "damaged".
const char* state_name(std::uint8_t state);

/// Result of one case as a shard keeps it: values by the plan's lists, in their models' units.
struct StoredCase {
    std::uint64_t run = 0;
    std::uint32_t attempt = 0;
    std::uint8_t status = 0;  ///< CaseStatus
    std::string hash;         ///< of the resolved scenario
    std::string reason, host;
    double reached = 0.0;                                        ///< [d]
    double residual = std::numeric_limits<double>::quiet_NaN();  ///< largest of the budgets [1]
    double integrate_seconds = 0.0, total_seconds = 0.0;
    std::uint64_t steps = 0;
    std::uint32_t n_times = 0;       ///< records at 0, every, 2 every, ...
    std::vector<float> observables;  ///< [Plan::observables][time]
    std::vector<double> outcomes;    ///< NaN where there is none
    std::vector<std::uint8_t> censored;
};

/// Takes from a result what the plan keeps; records off the schedule are left out.
StoredCase stored_case(const Plan& plan, const Case& one, const CaseResult& result);

/// Where a result stands in a shard.
struct ShardPlace {
    std::uint32_t task = 0;
    std::uint32_t length = 0;
    std::uint64_t offset = 0;
};

/// Journal and shard of one task, appended to by one writer.
///
/// Order at each commit: results into the shard, shard to the disk, `end` lines into the journal,
/// journal to the disk. So a line stands only for what is safe, and a kill at any moment loses at
/// most the cases whose line is missing. Every line and every record carries a CRC-32. Shards are
/// never cut: what a kill left at the end of one is passed over.
class TaskWriter {
public:
    /// Opens for going on, after `mend_journals`. \throws IoError
    TaskWriter(const Plan& plan, std::uint32_t task);
    ~TaskWriter();

    void start(std::uint64_t run, std::uint32_t attempt);
    /// The case was stopped from outside: its start does not count against it.
    void stop(std::uint64_t run);
    void add(const StoredCase& result);
    /// Makes everything added safe. \throws IoError  disk full
    void commit();
    std::uint64_t bytes() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// Something in a study's files that is not as it was written.
struct Damage {
    std::string path;
    std::string what;                  ///< with line or byte
    std::optional<std::uint64_t> run;  ///< the case it was of, if that can be told
    /// Of a result whose case has to be run again; else of a journal.
    bool is_result = false;
};

/// State of every case of a plan, merged from all journals.
struct StudyState {
    std::vector<std::uint8_t> state;     ///< CaseStatus, or one of the states above
    std::vector<std::uint8_t> attempts;  ///< times it was asked for: 0, or its number of retries
    std::vector<std::uint8_t> open;      ///< starts without an end since the last end
    double seconds = 0.0;                ///< of all ended cases, total
    double integrate_seconds = 0.0;
    std::uint64_t bytes = 0;       ///< of results in shards
    std::uint32_t most_times = 0;  ///< longest record of observables
    std::string last_change;       ///< ISO 8601, empty if nothing ran
    std::vector<Damage> damage;    ///< the first of it; what was made good since is not here
    std::uint64_t n_damage = 0;    ///< all of it
    /// Task, byte and run of results that are not as they were written, also of those made good
    /// since.
    std::set<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t>> damaged_records;
    std::uint64_t count(std::uint8_t which) const;
    std::uint64_t n_complete() const { return count(0); }
    std::uint64_t n_to_do() const { return count(state_pending) + count(state_damaged); }
    std::uint64_t n_doubtful() const {
        return count(static_cast<std::uint8_t>(CaseStatus::doubtful));
    }
    /// Cases that ended without values.
    std::uint64_t n_failed() const {
        return state.size() - n_complete() - n_doubtful() - n_to_do();
    }
};

/// Reads all journals, and checks every result they name. What is damaged is told and hides nothing
/// else. \throws IoError  a file or folder cannot be read
StudyState read_state(const Plan& plan);

/// Places of the results of cases [first, first + n): task = all ones where there is none.
std::vector<ShardPlace> find_results(const Plan& plan, const StudyState& state, std::uint64_t first,
                                     std::uint64_t n);

/// Drops torn ends and damaged lines of journals (of `task`, or of all and of the retries); of a
/// journal with damaged lines a copy is kept. \returns what was dropped, for people
/// \throws IoError
std::vector<std::string> mend_journals(const Plan& plan, std::optional<std::uint32_t> task);

/// Reads results from shards; keeps them open.
class ShardReader {
public:
    explicit ShardReader(const Plan& plan);
    ~ShardReader();
    /// \throws IoError  the shard cannot be read, or is damaged: which, where
    StoredCase read(const ShardPlace& place, std::uint64_t run);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// Marks cases to be run again. \throws IoError
void mark_for_retry(const Plan& plan, const std::vector<std::uint64_t>& runs);

}  // namespace neocol::study
