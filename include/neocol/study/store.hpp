#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <neocol/files/files.hpp>
#include <neocol/files/lock.hpp>
#include <neocol/study/case_list.hpp>

/// Finished cases on the disk.
///
/// A store is a folder of segments (docs/studies.md): SQLite files of at most 1000 cases, 2 MiB or
/// 2 s of results, each written by one process, whole, with a SHA-256 as its last line, and never
/// changed. A case is finished when a sealed segment holds it.
namespace neocol::study {

/// Something in a store that is not as it was written.
struct Damage {
    std::string path;
    std::string what;
    std::vector<std::uint64_t> runs;  ///< the cases it took, which have to be run again
    bool is_of_another = false;       ///< a sound segment of another list
};

/// What a store knows of every case of a list.
struct StoreState {
    StoreState() = default;
    /// Of a store that is empty.
    explicit StoreState(std::uint64_t n_cases);

    static constexpr std::uint32_t no_segment = std::numeric_limits<std::uint32_t>::max();

    std::vector<std::uint8_t> state;     ///< CaseStatus, or one of the states above
    std::vector<std::uint8_t> attempts;  ///< retries asked for
    std::vector<std::uint8_t> open;      ///< starts without an end since then
    std::vector<std::uint32_t> segment;  ///< that holds the result, of `segments`
    std::vector<std::string> segments;   ///< names of files
    double seconds = 0.0;                ///< of all ended cases, total
    double integrate_seconds = 0.0;
    std::uint64_t bytes = 0;         ///< of segments
    std::uint32_t most_records = 0;  ///< of a case
    std::string last_change;         ///< ISO 8601, empty if nothing ran
    std::vector<Damage> damage;      ///< what was made good since is not here

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

/// Keeps a store for this program alone, or, with the name of a part, that part of it; the file
/// system gives it up when the program ends, however that happens. A part whose holder is just
/// ending is waited for.
/// \param what  what is kept, such as "this study", for the message of whoever comes second
/// \throws IoError  held by another (who, since when), or the folder cannot be written
std::vector<std::unique_ptr<files::Lock>> lock_store(const std::string& folder,
                                                     const std::string& part,
                                                     const std::string& what,
                                                     const std::string& host,
                                                     const std::string& started);

/// Removes all results. \throws IoError
void clear_store(const std::string& folder);

/// Reads all sealed segments, checks every row against the list, and tells what is damaged, which
/// hides nothing else. A store that is not there is empty.
/// \throws IoError  a file or folder cannot be read
StoreState read_store(const std::string& folder, CaseList& list);

/// Rows of a store, read by number; holds a few segments at a time.
class StoreReader {
public:
    StoreReader(std::string folder, CaseList& list, const StoreState& state);
    ~StoreReader();
    /// The result of a case that has one. \throws IoError  it cannot be read any more
    StoredCase read(std::uint64_t run);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// Rows of a store by number alone, found by the names of its segments: for lists that come and go
/// while what a number stands for does not change.
class StoreLookup {
public:
    /// \param id  of the lists \throws IoError
    StoreLookup(std::string folder, std::string id);
    ~StoreLookup();
    /// Nothing if there is none. A damaged segment is set aside. \throws IoError
    std::optional<StoredCase> find(std::uint64_t number);
    /// Paths of segments that were set aside.
    const std::vector<std::string>& damaged() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// Writes segments of a store, under names that no other process gives.
///
/// Two programs that write the same part are harmless to each other: neither opens, changes or
/// removes what the other wrote, and both give the same rows.
class StoreWriter {
public:
    /// \param name  of the part that this process runs, such as "all" or "3-of-16"
    /// \throws IoError
    StoreWriter(std::string folder, CaseList& list, const StoreState& state, std::string name);
    ~StoreWriter();

    /// Notes that a case begins, so that one at which the program dies again and again is known.
    /// Thread-safe.
    void start(std::uint64_t run, std::uint32_t attempt);
    /// It ended, or was stopped from outside: its start does not count against it. Thread-safe.
    void end(std::uint64_t run, std::uint32_t attempt, bool is_stopped);
    void add(StoredCase row);
    /// Seals what is 2 s old, or fills a segment. \throws IoError  disk full
    void seal_if_due();
    /// Seals everything, puts small segments together, and ends the note of starts.
    void close();

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// Asks for cases to be run once more: their results so far, if without values, do not count.
/// \pre  no other process does the same \throws IoError
void ask_again(const std::string& folder, const StoreState& state,
               const std::vector<std::uint64_t>& runs);

/// Whether there is anything to do for `repair_store`.
bool needs_repair(const std::string& folder, const StoreState& state);

/// Numbers of cases for people: `0-99,103`. \param runs  increasing
std::string runs_text(const std::vector<std::uint64_t>& runs);

/// Gets a store out of every state in which no program writes it: damaged segments are set aside in
/// the folder `damaged` beside it, so that their cases are to do, and what dead writers left is
/// removed. \returns what was done, for people \throws IoError
std::vector<std::string> repair_store(const std::string& folder, CaseList& list);

}  // namespace neocol::study
