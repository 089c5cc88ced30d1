#include <neocol/study/case_runner.hpp>

#include <chrono>
#include <cmath>
#include <ctime>
#include <map>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <neocol/core/error.hpp>
#include <neocol/core/useful_threads.hpp>
#include <neocol/files/files.hpp>
#include <neocol/io/checkpoint_writer.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/simulation.hpp>

#include "lines.hpp"

namespace neocol::study {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Processor time this thread has used [s].
double thread_cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Takes a run into a CaseResult, and ends it when asked or when its time is up.
class CaseRecorder final : public simulation::Observer {
public:
    CaseRecorder(CaseResult& result, const CaseOptions& options, Clock::time_point started)
        : result_(result), options_(options), started_(started) {}

    /// What the simulation looks at between steps.
    const std::atomic<bool>* stop() const { return &stop_; }
    bool out_of_time() const { return out_of_time_; }

    void begin(const simulation::RunContext& context) override {
        result_.voxels = context.grid.n_voxels();
        // Observables and sessions of the past are told again.
        if (context.past != nullptr) result_.past_seconds = context.past->wall_seconds;
        look_around();
    }
    void observables(double time, std::span<const double> values) override { add(time, values, 0); }
    void event(const simulation::EventRecord& record) override {
        add(record.time, record.after, 1);
    }
    void session(const simulation::SessionRecord& record) override {
        result_.sessions.push_back(record);
    }
    void step(const solver::StepInfo&) override { look_around(); }

private:
    void add(double time, std::span<const double> values, std::uint8_t after_jump) {
        result_.times.push_back(time);
        result_.after_jump.push_back(after_jump);
        result_.observables.insert(result_.observables.end(), values.begin(), values.end());
    }
    void look_around() {
        if (options_.stop != nullptr && options_.stop->load()) {
            stop_ = true;
        } else if (options_.time_limit > 0.0 &&
                   result_.past_seconds + seconds_since(started_) > options_.time_limit) {
            out_of_time_ = true;
            stop_ = true;
        }
    }

    CaseResult& result_;
    const CaseOptions& options_;
    Clock::time_point started_;
    std::atomic<bool> stop_{false};
    bool out_of_time_ = false;
};

/// Keeps checkpoints of a case that has run for a while; HDF5 is used on one thread at a time.
class CaseCheckpoints final : public simulation::Observer {
public:
    CaseCheckpoints(io::CheckpointWriter::Options options, double after, std::mutex& mutex,
                    Clock::time_point started, CaseResult& result)
        : writer_(std::move(options), nullptr),
          after_(after),
          mutex_(mutex),
          started_(started),
          result_(result) {}

    void begin(const simulation::RunContext& context) override { context_.emplace(context); }
    void checkpoint(const simulation::Checkpoint& checkpoint) override {
        if (seconds_since(started_) < after_) return;
        const std::lock_guard lock(mutex_);
        // Most cases never come here: for them no file is looked for, made or removed.
        if (!result_.checkpoint_written) writer_.begin(*context_);
        writer_.checkpoint(checkpoint);
        result_.checkpoint_written = true;
    }
    void end(const simulation::RunSummary& summary) override {
        if (result_.checkpoint_written) writer_.end(summary);
    }

private:
    io::CheckpointWriter writer_;
    std::optional<simulation::RunContext> context_;
    double after_;
    std::mutex& mutex_;
    Clock::time_point started_;
    CaseResult& result_;
};

/// Whether a run before left a checkpoint, or the one before it.
bool has_checkpoint(const std::string& path) {
    return files::kind_of(io::checkpoint_path(path)) != files::Kind::absent ||
           files::kind_of(io::older_checkpoint_path(path)) != files::Kind::absent;
}

void clear_values(CaseResult& result) {
    result.times.clear();
    result.after_jump.clear();
    result.observables.clear();
    result.outcomes.clear();
}

/// "\nbeyond the declared range: a, b", of parameters that a scenario sets; where there are none,
/// those that declare no range; nothing without any. What a case ended of seldom names the
/// parameter, and often is one of these.
std::string suspects(const simulation::Scenario& scenario, const model::Model& model) {
    std::vector<std::string> beyond, without;
    for (const model::Parameter& parameter : model.parameters) {
        const auto set = scenario.parameters.find(parameter.name);
        if (set == scenario.parameters.end() || parameter.is_switch()) continue;
        if ((parameter.low && set->second < *parameter.low) ||
            (parameter.high && set->second > *parameter.high))
            beyond.push_back(parameter.name);
        else if (!parameter.low && !parameter.high)
            without.push_back(parameter.name);
    }
    if (!beyond.empty())
        return fmt::format("\nbeyond the declared range: {}", fmt::join(beyond, ", "));
    return without.empty() ? std::string()
                           : fmt::format("\nset without a declared range to judge it by: {}",
                                         fmt::join(without, ", "));
}

}  // namespace

struct CaseRunner::Implementation {
    explicit Implementation(CaseFamily given)
        : family(std::move(given)), scenarios(family.text, family.path, family.library) {}

    CaseFamily family;
    std::mutex mutex;  ///< of everything below: units are parsed on one thread at a time
    io::ScenarioFamily scenarios;
    bool is_restricted = false;
    std::map<const model::Model*, kernel::CompiledModel> compiled;
    std::mutex files;  ///< of HDF5

    const kernel::CompiledModel& compiled_model(const model::Model& model);
    void integrate(const simulation::Scenario& scenario, const model::Model& model,
                   const CaseOptions& options, Clock::time_point started, CaseResult& result);
    std::optional<io::StoredCheckpoint> find_past(const CaseOptions& options,
                                                  const io::RunIdentity& identity);
};

/// The checkpoint a case can go on from. One that is damaged or of something else is no reason to
/// fail: the case begins anew, and what was damaged is kept beside. \throws CallError  it cannot be
/// read at the moment
std::optional<io::StoredCheckpoint> CaseRunner::Implementation::find_past(
    const CaseOptions& options, const io::RunIdentity& identity) {
    const std::lock_guard lock(files);
    const std::string newest = io::checkpoint_path(options.checkpoint);
    if (files::kind_of(newest) == files::Kind::absent) return std::nullopt;
    const auto tell = [&](const std::string& text) {
        if (family.compile.warn) family.compile.warn("warning: " + text);
    };
    try {
        std::string warning;
        io::StoredCheckpoint stored = io::read_checkpoint_or_older(newest, warning);
        if (!warning.empty()) tell(warning);
        const std::vector<std::string> list = io::differences(stored.identity, identity);
        if (list.empty()) return stored;
        tell(fmt::format("{}: is not of this case as it is now, which begins anew:\n  {}", newest,
                         fmt::join(list, "\n  ")));
    } catch (const files::CallError&) {
        throw;
    } catch (const IoError& error) {
        std::string copies;
        for (const std::string& path : {newest, io::older_checkpoint_path(options.checkpoint)}) {
            if (files::kind_of(path) != files::Kind::regular) continue;
            copies += (copies.empty() ? "" : ", ") + detail::keep_damaged(path);
        }
        tell(fmt::format("{}\n  the case begins anew; what was there is kept in {}", error.what(),
                         copies));
    }
    return std::nullopt;
}

const kernel::CompiledModel& CaseRunner::Implementation::compiled_model(const model::Model& model) {
    const std::lock_guard lock(mutex);
    const auto known = compiled.find(&model);
    if (known != compiled.end()) return known->second;
    return compiled
        .emplace(&model, family.interpreter ? kernel::CompiledModel::interpret(model)
                                            : kernel::CompiledModel::compile(model, family.compile))
        .first->second;
}

void CaseRunner::Implementation::integrate(const simulation::Scenario& scenario,
                                           const model::Model& model, const CaseOptions& options,
                                           Clock::time_point started, CaseResult& result) {
    const kernel::CompiledModel& ready = compiled_model(model);
    // A compiler that ran for all cases, and the turn of others to read, are not this case's time.
    CaseRecorder recorder(result, options, Clock::now());
    std::vector<simulation::Observer*> observers{&recorder};
    simulation::RunControl control;
    control.stop = recorder.stop();
    std::optional<io::StoredCheckpoint> past;
    std::optional<CaseCheckpoints> checkpoints;
    if (!options.checkpoint.empty()) {
        const std::string machine = kernel::machine_isa();
        const std::string& isa = family.compile.isa.empty() ? machine : family.compile.isa;
        const io::RunIdentity identity = io::make_identity(scenario, model, isa, machine);
        past = find_past(options, identity);
        if (past) control.past = &past->checkpoint;
        control.checkpoints = {options.checkpoint_every, simulation::CheckpointPolicy::never, true};
        checkpoints.emplace(io::CheckpointWriter::Options{options.checkpoint, identity,
                                                          family.interpreter, false, ""},
                            options.checkpoint_after, files, started, result);
        observers.push_back(&*checkpoints);
    }
    try {
        result.threads =
            useful_threads(simulation::make_grid(scenario, model).n_voxels(), options.threads);
        simulation::Simulation simulation(scenario, ready, result.threads);
        const double cpu_before = thread_cpu_seconds();
        simulation::RunSummary summary = simulation.run(observers, control);
        result.integrate_cpu_seconds = thread_cpu_seconds() - cpu_before;
        result.reached = summary.time;
        result.integrate_seconds = summary.wall_seconds;
        result.steps = summary.steps.accepted + summary.steps.rejected;
        result.residual = 0.0;
        result.residuals = summary.budget.residual();
        result.smallest = std::move(summary.smallest_value);
        result.bounds = std::move(summary.bounds);
        for (const double residual : result.residuals) {
            const bool is_known = std::isfinite(residual) && std::isfinite(result.residual);
            result.residual = is_known ? std::max(std::abs(residual), result.residual)
                                       : std::numeric_limits<double>::infinity();
        }
        if (summary.status == simulation::RunStatus::complete) {
            result.outcomes = std::move(summary.outcomes);
        } else if (summary.status == simulation::RunStatus::doubtful) {
            result.status = CaseStatus::doubtful;
            result.reason = summary.stop_reason;
            result.outcomes = std::move(summary.outcomes);
        } else if (recorder.out_of_time()) {
            result.status = CaseStatus::timed_out;
            result.reason = fmt::format("the time limit of {:g} s a case passed at day {:.3f}",
                                        options.time_limit, summary.time);
        } else {
            result.status = CaseStatus::stopped;
            result.reason = fmt::format("stopped at day {:.3f}", summary.time);
        }
    } catch (const NumericsError& error) {
        result.status = CaseStatus::failed;
        result.reason = error.what();
    }
    // Too little memory is no property of a case: it ends the command, and the case is still to do.
}

CaseRunner::CaseRunner(CaseFamily family)
    : implementation_(std::make_unique<Implementation>(std::move(family))) {}
CaseRunner::~CaseRunner() = default;

io::ScenarioFamily::Member CaseRunner::read(const std::vector<io::Override>& overrides) {
    const std::lock_guard lock(implementation_->mutex);
    if (!implementation_->is_restricted) return implementation_->scenarios.read(overrides);
    std::vector<io::Override> without_fields = overrides;
    for (const char* key : {"output.fields", "output.field_times"})
        without_fields.push_back({key, "[]"});
    without_fields.push_back({"output.just_after_sessions", "false"});
    return implementation_->scenarios.read(without_fields);
}

void CaseRunner::leave_out(const Restriction& restriction) {
    if (restriction.left_out.empty()) return;
    const std::lock_guard lock(implementation_->mutex);
    implementation_->scenarios.leave_out(restriction.model_hash, restriction.left_out);
    implementation_->is_restricted = true;
}

CaseResult CaseRunner::run(const std::vector<io::Override>& overrides, const CaseOptions& options) {
    const auto started = Clock::now();
    CaseResult result;
    std::string hint;
    try {
        const io::ScenarioFamily::Member member = read(overrides);
        result.hash = member.scenario.hash;
        result.model = member.model;
        hint = suspects(member.scenario, *member.model);
        implementation_->integrate(member.scenario, *member.model, options, started, result);
    } catch (const InputError& error) {
        result.status = CaseStatus::invalid;
        result.reason = error.what();
    } catch (const kernel::Stopped& stopped) {
        result.status = CaseStatus::stopped;
        result.reason = stopped.what();
    }
    if (result.status == CaseStatus::invalid || result.status == CaseStatus::failed)
        result.reason += hint;
    if (!result.has_values()) clear_values(result);
    const bool ended = result.status != CaseStatus::stopped;
    if (ended && !options.checkpoint.empty() &&
        (result.checkpoint_written || has_checkpoint(options.checkpoint)))
        io::remove_checkpoints(options.checkpoint);
    result.total_seconds = result.past_seconds + seconds_since(started);
    return result;
}

}  // namespace neocol::study
