#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <neocol/io/library.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/kernel/compiled_model.hpp>
#include <neocol/model/model.hpp>
#include <neocol/simulation/observer.hpp>
#include <neocol/study/restriction.hpp>

namespace neocol::study {

/// What all cases of a family share.
struct CaseFamily {
    std::string text;     ///< of the scenario
    std::string path;     ///< what messages call it
    io::Library library;  ///< of models, devices, sites
    kernel::CompileOptions compile;
    bool interpreter = false;  ///< do not compile
};

/// How one case is run.
struct CaseOptions {
    int threads = 1;                          ///< at most; fewer where the grid is small
    double time_limit = 0.0;                  ///< wall time [s]; 0: none; looked at after each step
    const std::atomic<bool>* stop = nullptr;  ///< set from outside: the case ends as `stopped`
    /// Where a checkpoint is kept when the case is stopped, and every `checkpoint_every`, once it
    /// has run for `checkpoint_after`; gone on from if it is there and fits; removed when the case
    /// ends. Without ".checkpoint"; empty: none.
    std::string checkpoint{};
    double checkpoint_after = 2.0;    ///< wall time [s]
    double checkpoint_every = 600.0;  ///< wall time [s]
};

/// How a case ended.
enum class CaseStatus : std::uint8_t {
    complete = 0,
    invalid = 1,    ///< the scenario has faults
    failed = 2,     ///< the integration could not go on
    timed_out = 3,  ///< the time limit of a case
    stopped = 4,    ///< by the stop flag
    doubtful = 5,   ///< at its end, with values, but not to be trusted (simulation/judge.hpp)
};
}  // namespace neocol::study

namespace neocol {

template <>
inline constexpr auto words<study::CaseStatus> = std::to_array<Word<study::CaseStatus>>({
    {study::CaseStatus::complete, "complete", "at its end"},
    {study::CaseStatus::invalid, "invalid", "the scenario has faults"},
    {study::CaseStatus::failed, "failed", "the integration could not go on"},
    {study::CaseStatus::timed_out, "timed_out", "it took longer than a case may"},
    {study::CaseStatus::stopped, "stopped", "by the stop flag"},
    {study::CaseStatus::doubtful, "doubtful", "at its end, with values, and not to be trusted"},
});

}  // namespace neocol

namespace neocol::study {

/// What a case gives back. Values are in internal units, by the model's lists.
struct CaseResult {
    CaseStatus status = CaseStatus::complete;
    std::string reason;  ///< why it is not complete, or is doubtful
    std::string hash;    ///< Scenario::hash: the identity of the run
    const model::Model* model =
        nullptr;                ///< null if the scenario is invalid; lives with the runner
    std::vector<double> times;  ///< of records [d]
    std::vector<std::uint8_t> after_jump;            ///< per record: 1 right after a jump
    std::vector<double> observables;                 ///< [record][Model::observables]
    std::vector<simulation::OutcomeValue> outcomes;  ///< by Model::outcomes; empty without values
    std::vector<simulation::SessionNumbers> sessions;
    double reached = 0.0;             ///< time [d]
    bool checkpoint_written = false;  ///< of a case that was stopped
    double past_seconds = 0.0;        ///< of integration, before the checkpoint it went on from
    int threads = 1;                  ///< it ran on
    double integrate_seconds = 0.0;   ///< wall time of integration, the past's included
    /// Processor time of integration on the thread that called `run`, in this call alone: of a
    /// case on one thread all of it, and no other program's load adds to it.
    double integrate_cpu_seconds = 0.0;
    double total_seconds = 0.0;  ///< the same with reading and set-up
    std::uint64_t steps = 0;
    std::uint64_t voxels = 0;
    /// Largest residual of the species' budgets [share of the turnover].
    double residual = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> residuals;                ///< the same by species
    std::vector<double> smallest;                 ///< by species: of all voxels and steps
    std::vector<simulation::BoundReport> bounds;  ///< by Model::bounds
    bool complete() const { return status == CaseStatus::complete; }
    bool has_values() const { return complete() || status == CaseStatus::doubtful; }
};

/// Runs cases, one scenario text with overrides each, in memory: no file is written.
///
/// Models are parsed and compiled once, whatever the number of cases; parameters are run-time
/// arguments. A fault of one case (invalid input, numerical failure, time limit) is its result,
/// never an exception; too little memory is one, as it says nothing of the case.
class CaseRunner {
public:
    explicit CaseRunner(CaseFamily family);
    ~CaseRunner();

    /// Runs a case. May be called from several threads at once: reading is done one at a time, the
    /// integration at once.
    /// \throws IoError, Error  a file of the family cannot be read, the model cannot be compiled
    /// \throws std::bad_alloc  the case may be run again
    CaseResult run(const std::vector<io::Override>& overrides, const CaseOptions& options = {});

    /// Solves from now on only the species of a model that a plan needs; fields of the scenario,
    /// which no case keeps, are then not asked for. The hashes of such cases are others.
    /// \pre no case of the model was run yet
    void leave_out(const Restriction& restriction);

    /// Reads and checks a case without running it; thread-safe.
    /// \throws InputError  every fault found
    io::ScenarioFamily::Member read(const std::vector<io::Override>& overrides);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::study
