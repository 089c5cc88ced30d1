#include <neocol/solver/stepper.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <neocol/core/error.hpp>

#include "failure.hpp"
#include "joined_species.hpp"
#include "parallel.hpp"
#include "stepper_implementation.hpp"

namespace neocol::solver {

namespace {

/// Errors are measured against the largest deviation from rest so far, but at
/// least this share of Species::scale: more where there is rest, as scale is
/// then the size of a stock.
constexpr double floor_without_rest = 1e-3, floor_with_rest = 1e-2;

/// Local error of a step over the tolerance. With 1 the error delivered by runs
/// is at most 3 times the tolerance
/// (tests/verification/test_delivered_error.cpp, docs/numerics.md), which is
/// what a tolerance promises.
constexpr double local_error = 1.0;

/// Values above minus this share of tolerance * scale count as not negative.
constexpr double negligible_undershoot = 1e-3;

/// First step after a restart, as a share of the time in which the present
/// rates would change the state by its own size.
constexpr double first_step_share = 0.02;

/// How much shorter the next attempt is after one that is not finite.
constexpr double share_after_overflow = 0.25;

}  // namespace

Stepper::Implementation::Implementation(const model::Model& model,
                                        const std::vector<const kernel::Kernel*>& kernels,
                                        const tissue::Grid& grid, const tissue::FieldTable& fields,
                                        const Environment& environment, const StepperOptions& o)
    : options(o),
      d(model, kernels, grid, fields, environment),
      closures(Closures::make(d, kernels, std::max(o.threads, 1))),
      balance(d, closures.get()),
      workspace(d),
      ledger(d, balance),
      control(o.largest_step, ros34pw2().order),
      state(fields),
      joined(joined_species(model)) {
    make_steps();
    const std::size_t n_species = model.species.size();
    statistics.limited_by_species.assign(n_species, 0);
    peak.assign(n_species, 0.0);
    for (std::size_t s = 0; s < n_species; ++s) {
        bool rests = false;
        for (std::size_t layer = 0; layer < environment.by_layer.size(); ++layer)
            rests |= rest_value(model, environment, s, layer) > 0.0;
        const double scale = model.species[s].scale;
        floor.push_back((rests ? floor_with_rest : floor_without_rest) * scale);
        undershoot.push_back(model.species[s].is_signed
                                 ? std::numeric_limits<double>::infinity()
                                 : negligible_undershoot * o.tolerance * scale);
    }
    allowed = undershoot;
}

/// What takes a step from the present values of parameters.
void Stepper::Implementation::make_steps() {
    const Reconstruction reconstruction =
        options.limit_taxis ? Reconstruction::limited : Reconstruction::linear;
    const int threads = std::max(options.threads, 1);
    positive.reset();
    rosenbrock.reset();
    work.clear();
    work.reserve(d.groups.size());
    for (std::size_t g = 0; g < d.groups.size(); ++g)
        work.emplace_back(d, balance, g, reconstruction, threads);
    rosenbrock.emplace(d, workspace, work, options.factor, threads);
    positive.emplace(d, balance, workspace, work, threads);
    rosenbrock->closures = positive->closures = closures.get();
}

/// Takes note of a state that came from outside.
void Stepper::Implementation::take(const Measures& measures) {
    for (std::size_t s = 0; s < peak.size(); ++s)
        peak[s] = std::max(peak[s], measures.norm[s]);
    allow(measures, true);
}

/// A state that is below 0 already may stay where it is but fall no further, and as it rises so
/// does what is allowed; only a state from outside may ask for `more`.
void Stepper::Implementation::allow(const Measures& measures, bool more) {
    for (std::size_t s = 0; s < allowed.size(); ++s) {
        const double now = std::max(undershoot[s], -measures.least[s]);
        allowed[s] = more ? now : std::min(allowed[s], now);
    }
}

double Stepper::Implementation::first_step() {
    const std::vector<double> rates = rosenbrock->rate_norms(state.data(), time);
    const Measures now = measure(d, state.data(), options.threads);
    double step = options.largest_step;
    for (std::size_t s = 0; s < rates.size(); ++s)
        if (rates[s] > 0.0)
            step = std::min(step, first_step_share * std::max(now.norm[s], floor[s]) / rates[s]);
    return std::max(step, 2.0 * smallest_step());
}

/// Largest of norms over tolerance times reference, and whose it is.
double Stepper::Implementation::worst(const std::vector<double>& norms, int& species) const {
    double largest = 0.0;
    for (std::size_t s = 0; s < norms.size(); ++s) {
        const double ratio =
            norms[s] / (local_error * options.tolerance * std::max(peak[s], floor[s]));
        if (ratio > largest) {
            largest = ratio;
            species = static_cast<int>(s);
        }
    }
    return largest;
}

bool Stepper::Implementation::finite() const {
    return std::all_of(rosenbrock->error.begin(), rosenbrock->error.end(),
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
    info.error = worst(rosenbrock->error, info.limiting_species);
    if (info.limiting_species >= 0) limiting_species = info.limiting_species;
    if (options.fixed_step > 0.0) return true;
    if (info.error > 1.0) {
        control.reject(choice.size, info.error);
        return false;
    }
    return !undershoots(rosenbrock->least) || repair(choice.size, info);
}

void Stepper::Implementation::accept(const StepControl::Choice& choice, double limit,
                                     StepInfo& info) {
    state.swap(workspace.next);
    fill_padding(d, state.data());
    const Measures measures = measure(d, state.data(), options.threads);
    for (std::size_t s = 0; s < peak.size(); ++s)
        peak[s] = std::max(peak[s], measures.norm[s]);
    allow(measures, false);
    ledger.book(rosenbrock->gains, choice.size, measures.content);
    time = choice.lands ? limit : time + choice.size;
    info.time = time;
    statistics.smallest =
        statistics.accepted == 0 ? choice.size : std::min(statistics.smallest, choice.size);
    statistics.largest = std::max(statistics.largest, choice.size);
    ++statistics.accepted;
    if (closures) {
        closures->copy(workspace.next.data(), state.data());
        closures->solve(state.data(), time);
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
                    d.model->species[static_cast<std::size_t>(group.system->unknowns[s])].name;
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
        throw NumericsError(not_finite_message(*d.model, broken, h), broken);
    const bool below = falls_at_any_step || control.memory.reason == StepInfo::Limit::positivity;
    int species = info.limiting_species >= 0 ? info.limiting_species : limiting_species;
    if (below && undershooting_species >= 0) species = undershooting_species;
    NumericsError::Where where;
    where.time = time;
    if (species >= 0) where = worst_place(species);
    throw NumericsError(small_steps_message(*d.model, where, h, below, options.tolerance), where);
}

Stepper::Stepper(const model::Model& model, const std::vector<const kernel::Kernel*>& kernels,
                 const tissue::Grid& grid, const tissue::FieldTable& fields,
                 const Environment& environment, const StepperOptions& options)
    : implementation_(
          std::make_unique<Implementation>(model, kernels, grid, fields, environment, options)) {}

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
    return implementation_->ledger.budget;
}
const StepStatistics& Stepper::statistics() const {
    return implementation_->statistics;
}

void Stepper::start(double t) {
    Implementation& self = *implementation_;
    self.time = t;
    fill_padding(self.d, self.state.data());
    if (self.closures) {
        self.closures->reset(self.state.data());
        self.closures->solve(self.state.data(), t);
    }
    const Measures measures = measure(self.d, self.state.data(), self.options.threads);
    std::fill(self.peak.begin(), self.peak.end(), 0.0);
    self.take(measures);
    self.ledger.begin(measures.content);
    self.control.forget();
}

void Stepper::restart(double t) {
    Implementation& self = *implementation_;
    self.time = t;
    fill_padding(self.d, self.state.data());
    if (self.closures) self.closures->solve(self.state.data(), t);
    const Measures measures = measure(self.d, self.state.data(), self.options.threads);
    self.take(measures);
    self.ledger.inject(measures.content);
    self.control.forget();
}

void Stepper::set_parameters(const Environment& environment) {
    implementation_->d.set_parameters(environment);
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
    if (self.closures) self.closures->solve(self.state.data(), self.time);
    const bool fixed = self.options.fixed_step > 0.0;
    const StepControl before = self.control;
    const auto rejected_before = self.statistics.rejected;
    if (fixed) self.control.memory.wanted = self.options.fixed_step;
    if (!self.control.knows_size()) self.control.begin(self.first_step());
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
            if (self.control.memory.wanted < self.smallest_step())
                self.fail(self.control.memory.wanted, info);
            continue;
        }
        self.control.accept(choice, info.error, self.error_order);
        self.accept(choice, limit, info);
        return info;
    }
}

}  // namespace neocol::solver
