#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <neocol/study/case_list.hpp>
#include <neocol/study/store.hpp>

namespace neocol::study {

struct ExecuteReport;

/// Which cases one program runs, and how.
struct ExecuteOptions {
    std::uint32_t task = 0;          ///< part of the list that this program runs, from 0
    std::uint32_t n_tasks = 1;       ///< it runs the cases whose number leaves `task` when divided
    int workers = 1;                 ///< cases at once; fewer cases than that get more threads each
    bool one_thread_a_case = false;  ///< also where cases are fewer than workers
    double case_time_limit = 0.0;    ///< wall time of a case [s]; 0: none
    double max_wall_time = 0.0;      ///< of this program [s]; 0: none
    const std::vector<std::uint64_t>* only = nullptr;  ///< run these cases only
    std::string name;         ///< of the writer, where it is not that of the part
    std::string checkpoints;  ///< folder for those of long cases; empty: none
    std::string host;
    const std::atomic<bool>* stop = nullptr;
    /// Called with every case that ended, and its place in the list, on the thread that called
    /// `execute`.
    std::function<void(std::uint64_t run, const StoredCase&)> ended;
    /// Called after cases ended, on the same thread.
    std::function<void(const ExecuteReport&)> progress;
};

/// How it went.
struct ExecuteReport {
    std::uint64_t planned = 0;  ///< cases that were pending at the start
    std::uint64_t complete = 0, doubtful = 0, failed = 0;
    std::uint64_t ended() const { return complete + doubtful + failed; }
    std::uint64_t checkpointed = 0;  ///< cases stopped half-way that go on from a checkpoint
    bool stopped = false;            ///< before all were done
    double wall_seconds = 0.0;       ///< of execution, compiling excepted
    double busy_share = 0.0;         ///< share of the workers' time spent integrating
    double integrate_seconds = 0.0;  ///< sum over cases
    double core_seconds = 0.0;       ///< the same times the threads of each
    /// Processor time of integration over all the processor time this program used, start and
    /// reading of the store included: the share that other programs' load does not change. 0 where
    /// cases have more threads than one.
    double busy_cpu_share = 0.0;
    double integrate_cpu_seconds = 0.0;  ///< sum over cases
};

/// Runs the cases of a list that a store has no result of, one a thread, into that store.
///
/// One thread takes cases from the queue for each worker; the calling thread alone writes. A failed
/// case is a result; a fault of the disk stops everything, with what was sealed before it safe.
/// What is lost by a kill at any moment are the cases in hand and results of at most 2 s. \param
/// state   of the store, as read_store gives it \param folder  of the store; empty: results go to
/// `ended` alone \throws IoError  the store cannot be written
ExecuteReport execute(CaseList& list, const StoreState& state, const std::string& folder,
                      const ExecuteOptions& options);

/// Name of a part's writer: "all", or "3-of-16".
std::string part_name(std::uint32_t task, std::uint32_t n_tasks);

}  // namespace neocol::study
