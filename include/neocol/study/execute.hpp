#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include <neocol/study/journal.hpp>
#include <neocol/study/plan.hpp>

namespace neocol::study {

/// Which cases one program runs, and how.
struct ExecuteOptions {
    std::uint32_t task = 0;        ///< number of its journal and shard
    std::uint32_t n_tasks = 1;     ///< it runs the cases whose number leaves `task` when divided
    int workers = 1;               ///< cases at once; fewer cases than that get more threads each
    double case_time_limit = 0.0;  ///< wall time of a case [s]; 0: the plan's
    double max_wall_time = 0.0;    ///< of this program [s]; 0: none
    const std::vector<std::uint64_t>* only = nullptr;  ///< run these cases only
    std::string cache_folder, host;
    std::function<void(const std::string&)> warn;  ///< told if the model is interpreted
    std::string key_folder;  ///< of the key that signs kernels; empty: the cache folder
    const std::atomic<bool>* stop = nullptr;
    /// Called after every case that ended, on the thread that called `execute`.
    std::function<void(const struct ExecuteReport&)> progress;
};

/// How it went.
struct ExecuteReport {
    std::uint64_t planned = 0;  ///< cases that were pending at the start
    std::uint64_t complete = 0, doubtful = 0, failed = 0;
    std::uint64_t ended() const { return complete + doubtful + failed; }
    std::uint64_t kept = 0;          ///< cases stopped half-way that go on from a checkpoint
    bool stopped = false;            ///< before all were done
    double wall_seconds = 0.0;       ///< of execution, compiling excepted
    double busy_share = 0.0;         ///< share of the workers' time spent integrating
    double integrate_seconds = 0.0;  ///< sum over cases
    /// Processor time of integration over all the processor time this program used, start and
    /// collecting of states included: the share that other programs' load does not change. 0 where
    /// cases have more threads than one.
    double busy_cpu_share = 0.0;
    double integrate_cpu_seconds = 0.0;  ///< sum over cases
    std::string last_reason;             ///< of the last case that failed
    std::vector<std::string> mended;     ///< what was damaged in journals, and where a copy is
    std::vector<Damage> damage;          ///< of results: their cases were pending again
};

/// Runs pending cases of a plan, one a thread, results into journal and shard of one task.
///
/// One thread takes cases from the queue for each worker; the calling thread alone writes, all
/// results that are there at once. A failed case is a result; a fault of the disk stops everything,
/// with what was finished before it safe. Damaged journals are mended first: its own, or all of
/// them where it is no part of several.
/// \throws IoError  the study's folder cannot be written
ExecuteReport execute(const Plan& plan, const ExecuteOptions& options);

}  // namespace neocol::study
