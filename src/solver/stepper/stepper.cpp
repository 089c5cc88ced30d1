#include <neocol/solver/stepper.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "budget/budget_accumulator.hpp"
#include "discretisation/discretisation.hpp"
#include "discretisation/failure_messages.hpp"
#include "discretisation/parallel.hpp"
#include "discretisation/state_norms.hpp"
#include "quasi_steady/algebraic_variables.hpp"
#include "reaction/rest_balance.hpp"
#include "stepper/checkpoint_numbers.hpp"
#include "stepper/error_norm.hpp"
#include "stepper/positive_step.hpp"
#include "stepper/positivity.hpp"
#include "stepper/rosenbrock.hpp"
#include "stepper/step_control.hpp"

namespace neocol::solver {

namespace {

/// First step after a restart, as a share of the time in which the present rates would change the
/// state by its own size.
constexpr double first_step_share = 0.02;

/// How much shorter the next attempt is after one that is not finite, not positive.
constexpr double share_after_overflow = 0.25, share_after_undershoot = 0.5;

/// Local order of the positive step, and so of a blend's error.
constexpr int low_order = 2;

/// A state at rest with the algebraic variables that belong to it.
AlignedVector rest_of(const Discretisation& d, AlgebraicVariables* algebraic) {
    AlignedVector rest = state_at_rest(d);
    if (algebraic != nullptr && d.rest_is_fixed) {
        algebraic->reset(rest.data());
        algebraic->solve(rest.data(), 0.0);
    }
    return rest;
}

/// Visits the step control's numbers in the order of a checkpoint.
template <typename Visit>
void visit_control(StepControl::Memory& memory, const Visit& visit) {
    double reason = static_cast<double>(memory.reason);
    visit(memory.next_size);
    visit(memory.last_error);
    visit(memory.last_size);
    visit(reason);
    memory.reason = static_cast<StepInfo::Limit>(static_cast<int>(reason));
}

}  // namespace

struct Stepper::Implementation {
    StepperOptions options;
    Discretisation d;
    std::unique_ptr<AlgebraicVariables> algebraic;  ///< nullptr if the model has none
    RestBalance balance;
    Workspace workspace;
    std::deque<GroupWork> work;
    std::optional<Rosenbrock> rosenbrock;
    std::optional<PositiveStep> positive;
    ErrorNorm error_norm;
    Positivity positivity;
    BudgetAccumulator accumulator;
    StepControl control;
    tissue::State state;
    StepStatistics statistics;
    const std::atomic<bool>* stop = nullptr;
    int limiting_species = -1;  ///< of the last attempt that has one, for messages
    int error_order = 0;        ///< of the last attempt in its size; 0: the method's
    double time = 0.0;

    Implementation(const Problem& problem, const StepperOptions& o);

    void make_steps();
    void take(const StateNorms& norms);
    double first_step();
    bool finite() const;
    bool repair(double h, StepInfo& info);
    void accept(const StepControl::Choice& choice, double limit, StepInfo& info);
    bool attempt(const StepControl::Choice& choice, StepInfo& info);
    /// Smallest step that time resolves in double precision [d].
    double smallest_step() const;
    NumericsError::Where worst_place(int species) const;
    [[noreturn]] void fail(double h, const StepInfo& info) const;
};

Stepper::Implementation::Implementation(const Problem& problem, const StepperOptions& o)
    : options(o),
      d(problem),
      algebraic(AlgebraicVariables::make(d, std::max(o.threads, 1))),
      balance(d, rest_of(d, algebraic.get())),
      workspace(d),
      error_norm(problem.model, problem.environment, o.tolerance),
      positivity(d, o.tolerance, o.threads),
      accumulator(d, balance),
      control(o.largest_step, ros34pw2().order),
      state(problem.fields) {
    make_steps();
    statistics.limited_by_species.assign(problem.model.species.size(), 0);
}

/// What takes a step from the present values of parameters.
void Stepper::Implementation::make_steps() {
    const Reconstruction reconstruction =
        options.limit_taxis ? Reconstruction::limited : Reconstruction::linear;
    const int threads = std::max(options.threads, 1);
    positive.reset();
    rosenbrock.reset();
    work.clear();
    for (std::size_t g = 0; g < d.groups.size(); ++g)
        work.emplace_back(d, balance, g, reconstruction, threads);
    rosenbrock.emplace(d, workspace, work, options.factor, threads);
    positive.emplace(d, balance, workspace, work, threads);
    rosenbrock->algebraic = positive->algebraic = algebraic.get();
}

/// Takes note of a state that came from outside.
void Stepper::Implementation::take(const StateNorms& norms) {
    error_norm.raise(norms.deviation);
    positivity.allow(norms.least, true);
}

double Stepper::Implementation::first_step() {
    const std::vector<double> rates = rosenbrock->rate_norms(state.data(), time);
    const StateNorms now = state_norms(d, state.data(), options.threads);
    double step = options.largest_step;
    for (std::size_t s = 0; s < rates.size(); ++s)
        if (rates[s] > 0.0)
            step = std::min(step, first_step_share *
                                      std::max(now.deviation[s], error_norm.floor(s)) / rates[s]);
    return std::max(step, 2.0 * smallest_step());
}

bool Stepper::Implementation::finite() const {
    return std::all_of(
        rosenbrock->error.begin(), rosenbrock->error.end(),
        [](double value) { return std::isfinite(value); });
}

bool Stepper::Implementation::attempt(const StepControl::Choice& choice, StepInfo& info) {
    info.size = choice.size;
    info.limit = choice.reason;
    info.blend = 1.0;
    error_order = 0;
    if (!rosenbrock->attempt(state.data(), time, choice.size, stop)) {
        info.stopped = true;
        return false;
    }
    if (!finite()) {
        control.shrink(choice.size, share_after_overflow, StepInfo::Limit::error);
        return false;
    }
    info.error = error_norm.worst(rosenbrock->error, info.limiting_species);
    if (info.limiting_species >= 0) limiting_species = info.limiting_species;
    if (options.fixed_step > 0.0) return true;
    if (info.error > 1.0) {
        control.reject(choice.size, info.error);
        return false;
    }
    return !positivity.undershoots(rosenbrock->least) || repair(choice.size, info);
}

/// Mends a step that undershoots; false if it has to be shorter. Fails where no step is short
/// enough.
bool Stepper::Implementation::repair(double h, StepInfo& info) {
    positive->attempt(state.data(), time, h);
    if (!positivity.accepts(*positive, workspace)) {
        if (positivity.falls_at_any_step()) fail(h, info);
        control.shrink(h, share_after_undershoot, StepInfo::Limit::positivity);
        return false;
    }
    const std::vector<double> shares = positivity.shares(rosenbrock->least, workspace);
    int species = -1;
    const double error = error_norm.worst(positivity.blend(shares, workspace), species);
    if (!(error <= 1.0)) {
        control.shrink(h, std::clamp(0.9 / std::sqrt(error), 0.2, 0.8),
                       StepInfo::Limit::positivity);
        return false;
    }
    rosenbrock->step_budget.blend(d, positive->step_budget, shares);
    info.blend = *std::min_element(shares.begin(), shares.end());
    if (error > info.error) {
        info.error = error;
        info.limiting_species = species;
        error_order = low_order;
    }
    return true;
}

void Stepper::Implementation::accept(const StepControl::Choice& choice, double limit,
                                     StepInfo& info) {
    state.swap(workspace.next);
    fill_padding(d, state.data());
    const StateNorms norms = state_norms(d, state.data(), options.threads);
    error_norm.raise(norms.deviation);
    positivity.allow(norms.least, false);
    accumulator.book(rosenbrock->step_budget, choice.size, norms.content);
    time = choice.lands ? limit : time + choice.size;
    info.time = time;
    statistics.smallest =
        statistics.accepted == 0 ? choice.size : std::min(statistics.smallest, choice.size);
    statistics.largest = std::max(statistics.largest, choice.size);
    ++statistics.accepted;
    if (algebraic) {
        algebraic->copy(workspace.next.data(), state.data());
        algebraic->solve(state.data(), time);
    }
    if (info.blend < 1.0) ++statistics.blended;
    if (info.limiting_species >= 0)
        ++statistics.limited_by_species[static_cast<std::size_t>(info.limiting_species)];
}

double Stepper::Implementation::smallest_step() const {
    constexpr double roundings = 4.0 * std::numeric_limits<double>::epsilon();
    return std::max(options.smallest_step, roundings * std::abs(time));
}

/// Where a species stands out: the first voxel that is not finite in the new state, else the one
/// whose new value is furthest from the old one.
NumericsError::Where Stepper::Implementation::worst_place(int species) const {
    NumericsError::Where where;
    where.time = time;
    double furthest = -1.0;
    for (const Group& group : d.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            if (species >= 0 && group.system->unknowns[s] != species) continue;
            const std::size_t begin = group.offset + s * group.stride;
            for (std::size_t i = 0; i < group.nz * d.plane; ++i) {
                if (i % d.nxp >= d.nx) continue;
                const double before = state.data()[begin + i];
                const double after = workspace.next.data()[begin + i];
                const bool broken = !std::isfinite(after);
                if (species < 0 && !broken) continue;
                const double distance =
                    broken ? std::numeric_limits<double>::infinity() : std::abs(after - before);
                if (!(distance > furthest)) continue;
                furthest = distance;
                where.species =
                    d.model.species[static_cast<std::size_t>(group.system->unknowns[s])].name;
                where.value = broken ? after : before;
                where.place = d.place(group, i / d.plane, i % d.plane / d.nxp, i % d.nxp);
            }
        }
    return where;
}

/// Says where the integration broke: the first voxel that is not finite, else where the species
/// stands out whose error or undershoot could not be met.
void Stepper::Implementation::fail(double h, const StepInfo& info) const {
    const NumericsError::Where broken = worst_place(-1);
    if (!broken.species.empty())
        throw NumericsError(not_finite_message(d.model, broken, h), broken);
    const bool below =
        positivity.falls_at_any_step() || control.memory.reason == StepInfo::Limit::positivity;
    int species = info.limiting_species >= 0 ? info.limiting_species : limiting_species;
    if (below && positivity.undershooting_species() >= 0)
        species = positivity.undershooting_species();
    NumericsError::Where where;
    where.time = time;
    if (species >= 0) where = worst_place(species);
    throw NumericsError(small_steps_message(d.model, where, h, below, options.tolerance), where);
}

Stepper::Stepper(const Problem& problem, const StepperOptions& options)
    : implementation_(std::make_unique<Implementation>(problem, options)) {}

Stepper::~Stepper() = default;

tissue::State& Stepper::state() {
    return implementation_->state;
}
const tissue::State& Stepper::state() const {
    return implementation_->state;
}
const RowBinder& Stepper::binder() const {
    return implementation_->d.binder;
}
double Stepper::time() const {
    return implementation_->time;
}
const Budget& Stepper::budget() const {
    return implementation_->accumulator.budget;
}
const StepStatistics& Stepper::statistics() const {
    return implementation_->statistics;
}

void Stepper::start(double t) {
    Implementation& self = *implementation_;
    self.time = t;
    fill_padding(self.d, self.state.data());
    if (self.algebraic) {
        self.algebraic->reset(self.state.data());
        self.algebraic->solve(self.state.data(), t);
    }
    const StateNorms norms = state_norms(self.d, self.state.data(), self.options.threads);
    self.error_norm.reset();
    self.take(norms);
    self.accumulator.begin(norms.content);
    self.control.reset();
}

void Stepper::restart(double t) {
    Implementation& self = *implementation_;
    self.time = t;
    fill_padding(self.d, self.state.data());
    if (self.algebraic) self.algebraic->solve(self.state.data(), t);
    const StateNorms norms = state_norms(self.d, self.state.data(), self.options.threads);
    self.take(norms);
    self.accumulator.inject(norms.content);
    self.control.reset();
}

void Stepper::set_parameters(const Environment& environment) {
    implementation_->d.set_parameters(environment);
    if (implementation_->algebraic) implementation_->algebraic->update_parameters();
    implementation_->make_steps();
}

void Stepper::stop_when(const std::atomic<bool>* flag) {
    implementation_->stop = flag;
}

StepInfo Stepper::step(double limit) {
    Implementation& self = *implementation_;
    if (!(limit > self.time))
        throw std::logic_error("Stepper::step: the limit must lie ahead of the present time");
    const FlushToZero flush;
    // A state that was put in after `load` has its integrals made anew; at a state that was
    // solved before this changes no bit.
    if (self.algebraic) self.algebraic->solve(self.state.data(), self.time);
    const bool fixed = self.options.fixed_step > 0.0;
    const StepControl before = self.control;
    const auto rejected_before = self.statistics.rejected;
    if (fixed) self.control.memory.next_size = self.options.fixed_step;
    if (!self.control.has_size()) self.control.begin(self.first_step());
    self.rosenbrock->prepare(self.state.data(), self.time);
    StepInfo info;
    for (;; ++info.rejected, ++self.statistics.rejected) {
        StepControl::Choice choice = self.control.choose(limit - self.time);
        if (fixed && !choice.lands) choice.size = self.options.fixed_step;
        if (!(choice.size >= self.smallest_step()) && !choice.lands) self.fail(choice.size, info);
        if (!self.attempt(choice, info)) {
            if (info.stopped) {  // as if the step had not begun, so that a resumed run repeats it
                self.control = before;
                self.statistics.rejected = rejected_before;
                return info;
            }
            if (fixed) self.fail(choice.size, info);
            if (self.control.memory.next_size < self.smallest_step())
                self.fail(self.control.memory.next_size, info);
            continue;
        }
        self.control.accept(choice, info.error, self.error_order);
        self.accept(choice, limit, info);
        return info;
    }
}

std::vector<double> Stepper::save() const {
    // The visitors read through copies, so that saving and loading cannot disagree in order.
    const Implementation& self = *implementation_;
    std::vector<double> saved{self.time};
    const auto write = [&](double& value) { saved.push_back(value); };
    StepControl::Memory memory = self.control.memory;
    visit_control(memory, write);
    const std::vector<double>& peaks = self.error_norm.peaks();
    saved.insert(saved.end(), peaks.begin(), peaks.end());
    for (const double allowed : self.positivity.allowed())
        saved.push_back(std::isfinite(allowed) ? allowed : -1.0);
    Budget budget = self.accumulator.budget;
    visit_budget(budget, write);
    StepStatistics statistics = self.statistics;
    visit_statistics(statistics, write);
    return saved;
}

void Stepper::load(std::span<const double> saved) {
    Implementation& self = *implementation_;
    if (saved.size() != save().size())
        throw Error(fmt::format("a checkpoint of another model: {} numbers where {} are needed",
                                saved.size(), save().size()));
    std::size_t next = 0;
    const auto read = [&](double& value) { value = saved[next++]; };
    read(self.time);
    visit_control(self.control.memory, read);
    std::vector<double> peaks = self.error_norm.peaks(), allowed = self.positivity.allowed();
    for (double& value : peaks)
        read(value);
    for (double& value : allowed) {
        read(value);
        if (value < 0.0) value = std::numeric_limits<double>::infinity();
    }
    self.error_norm.set_peaks(peaks);
    self.positivity.set_allowed(allowed);
    visit_budget(self.accumulator.budget, read);
    visit_statistics(self.statistics, read);
}

}  // namespace neocol::solver
