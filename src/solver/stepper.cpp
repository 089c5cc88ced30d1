#include <neocol/solver/stepper.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "balance.hpp"
#include "discretisation.hpp"
#include "ledger.hpp"
#include "measure.hpp"
#include "parallel.hpp"
#include "positive_step.hpp"
#include "rosenbrock.hpp"
#include "saved.hpp"
#include "step_control.hpp"

namespace neocol::solver {

namespace {

/// Errors are measured against the largest deviation from rest so far, but at least this share of
/// Species::scale: more where there is rest, as scale is then the size of a stock.
constexpr double floor_without_rest = 1e-3, floor_with_rest = 1e-2;

/// Local error of a step over the tolerance. With 1 the error delivered by runs is at most 3 times
/// the tolerance (tests/verification/test_delivered_error.cpp, docs/numerics.md), which is what a
/// tolerance promises.
constexpr double local_error = 1.0;

/// Values above minus this share of tolerance * scale count as not negative.
constexpr double negligible_undershoot = 1e-3;

/// First step after a restart, as a share of the time in which the present rates would change the
/// state by its own size.
constexpr double first_step_share = 0.02;

/// How much shorter the next attempt is after one that is not finite or not positive.
constexpr double share_after_overflow = 0.25, share_after_undershoot = 0.5;

}  // namespace

struct Stepper::Implementation {
    StepperOptions options;
    Discretisation d;
    Balance balance;
    Workspace workspace;
    std::vector<GroupWork> work;
    Rosenbrock rosenbrock;
    PositiveStep positive;
    Ledger ledger;
    StepControl control;
    tissue::State state;
    StepStatistics statistics;
    double time = 0.0;
    std::vector<double> floor, peak, undershoot;
    std::vector<char> signed_species;

    Implementation(const model::Model& model, const std::vector<const kernel::Kernel*>& kernels,
                   const tissue::Grid& grid, const tissue::FieldTable& fields,
                   const Environment& environment, const StepperOptions& o);

    static std::vector<GroupWork> make_work(const Discretisation& d, const Balance& b,
                                            const StepperOptions& options);
    void take(const Measures& measures);
    void forget_signs();
    double first_step();
    double worst(const std::vector<double>& norms, int& species) const;
    bool finite() const;
    template <typename Visit>
    void visit_suspects(const std::vector<double>& least, const Visit& visit) const;
    bool undershoots(const std::vector<double>& least) const;
    bool positive_failed() const;
    bool repair(double h, StepInfo& info);
    double blend_share() const;
    double blend(double share, int& species);
    void accept(const StepControl::Choice& choice, double limit, StepInfo& info);
    bool attempt(const StepControl::Choice& choice, StepInfo& info);
    [[noreturn]] void fail(double h, const StepInfo& info) const;
};

Stepper::Implementation::Implementation(const model::Model& model,
                                        const std::vector<const kernel::Kernel*>& kernels,
                                        const tissue::Grid& grid, const tissue::FieldTable& fields,
                                        const Environment& environment, const StepperOptions& o)
    : options(o),
      d(model, kernels, grid, fields, environment),
      balance(d),
      workspace(d),
      work(make_work(d, balance, o)),
      rosenbrock(d, workspace, work, o.factor, std::max(o.threads, 1)),
      positive(d, balance, workspace, work, std::max(o.threads, 1)),
      ledger(d, balance),
      control(o.largest_step, ros34pw2().order),
      state(fields) {
    const std::size_t n_species = model.species.size();
    statistics.limited_by_species.assign(n_species, 0);
    peak.assign(n_species, 0.0);
    forget_signs();
    for (std::size_t s = 0; s < n_species; ++s) {
        bool rests = false;
        for (std::size_t layer = 0; layer < environment.by_layer.size(); ++layer)
            rests |= rest_value(model, environment, s, layer) > 0.0;
        const double scale = model.species[s].scale;
        floor.push_back((rests ? floor_with_rest : floor_without_rest) * scale);
        undershoot.push_back(negligible_undershoot * o.tolerance * scale);
    }
}

std::vector<GroupWork> Stepper::Implementation::make_work(const Discretisation& d, const Balance& b,
                                                          const StepperOptions& options) {
    const Reconstruction reconstruction =
        options.limit_taxis ? Reconstruction::limited : Reconstruction::linear;
    std::vector<GroupWork> work;
    work.reserve(d.groups.size());
    for (std::size_t g = 0; g < d.groups.size(); ++g)
        work.emplace_back(d, b, g, reconstruction, std::max(options.threads, 1));
    return work;
}

/// Signed are the species whose model says so, until a state that came from outside is below 0.
void Stepper::Implementation::forget_signs() {
    signed_species.clear();
    for (const model::Species& species : d.model->species)
        signed_species.push_back(species.is_signed ? 1 : 0);
}

/// Takes note of a state that came from outside.
void Stepper::Implementation::take(const Measures& measures) {
    for (std::size_t s = 0; s < peak.size(); ++s) {
        peak[s] = std::max(peak[s], measures.norm[s]);
        if (measures.least[s] < -undershoot[s]) signed_species[s] = 1;
    }
}

double Stepper::Implementation::first_step() {
    const std::vector<double> rates = rosenbrock.rate_norms(state.data(), time);
    const Measures now = measure(d, state.data(), options.threads);
    double step = options.largest_step;
    for (std::size_t s = 0; s < rates.size(); ++s)
        if (rates[s] > 0.0)
            step = std::min(step, first_step_share * std::max(now.norm[s], floor[s]) / rates[s]);
    return std::max(step, 2.0 * options.smallest_step);
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
    return std::all_of(rosenbrock.error.begin(), rosenbrock.error.end(),
                       [](double value) { return std::isfinite(value); });
}

/// Calls visit(negligible undershoot, voxel) for the voxels of species whose smallest new value is
/// below it.
template <typename Visit>
void Stepper::Implementation::visit_suspects(const std::vector<double>& least,
                                             const Visit& visit) const {
    for (const Group& group : d.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const auto species = static_cast<std::size_t>(group.system->unknowns[s]);
            if (signed_species[species] || least[species] >= -undershoot[species]) continue;
            const std::size_t begin = group.offset + s * group.stride;
            for (std::size_t i = begin; i < begin + group.nz * d.plane; ++i)
                visit(undershoot[species], i);
        }
}

bool Stepper::Implementation::undershoots(const std::vector<double>& least) const {
    for (std::size_t s = 0; s < least.size(); ++s)
        if (!signed_species[s] && !(least[s] >= -undershoot[s])) return true;
    return false;
}

/// True if the positive step fell below zero by more than is negligible, or than what it makes of a
/// voxel that was below zero already (so that short enough steps are always allowed).
bool Stepper::Implementation::positive_failed() const {
    const double* low = workspace.stages[2].data();
    bool failed = false;
    visit_suspects(positive.least, [&](double negligible, std::size_t i) {
        failed |= !(low[i] >= std::min(-negligible, 2.0 * state.data()[i]));
    });
    return failed;
}

/// Largest share of the high-order step that lets no voxel fall below the negligible undershoot,
/// nor perceptibly below the positive step where that is lower.
double Stepper::Implementation::blend_share() const {
    const double* high = workspace.next.data();
    const double* low = workspace.stages[2].data();
    double share = 1.0;
    visit_suspects(rosenbrock.least, [&](double negligible, std::size_t i) {
        const double bound = std::min(-negligible, low[i] - 0.125 * negligible);
        if (high[i] < bound) share = std::min(share, (low[i] - bound) / (low[i] - high[i]));
    });
    return std::max(share, 0.0);
}

/// next = low + share (next - low); returns the error this makes.
double Stepper::Implementation::blend(double share, int& species) {
    double* high = workspace.next.data();
    const double* low = workspace.stages[2].data();
    double* difference = workspace.stages[3].data();
    for (std::size_t i = 0; i < workspace.next.size(); ++i)
        difference[i] = high[i] - low[i];
    for (const Group& group : d.groups)  // `measure` takes deviations from rest
        for (std::size_t s = 0; d.rest_is_fixed && s < group.n_unknowns; ++s)
            for (std::size_t z = 0; z < group.nz; ++z)
                for (std::size_t i = 0; i < d.plane; ++i)
                    difference[group.offset + s * group.stride + z * d.plane + i] +=
                        group.rest[s][z];
    std::vector<double> norms = measure(d, difference, options.threads).norm;
    for (double& norm : norms)
        norm *= 1.0 - share;
    for (std::size_t i = 0; i < workspace.next.size(); ++i)
        high[i] = low[i] + share * (high[i] - low[i]);
    return worst(norms, species);
}

/// Mends a step that undershoots; false if it has to be shorter.
bool Stepper::Implementation::repair(double h, StepInfo& info) {
    positive.attempt(state.data(), time, h);
    if (positive_failed()) {
        control.shrink(h, share_after_undershoot, StepInfo::Limit::positivity);
        return false;
    }
    const double share = blend_share();
    int species = -1;
    const double error = blend(share, species);
    if (!(error <= 1.0)) {
        control.shrink(h, std::clamp(0.9 / std::sqrt(error), 0.2, 0.8),
                       StepInfo::Limit::positivity);
        return false;
    }
    rosenbrock.gains.blend(positive.gains, share);
    info.blend = share;
    if (error > info.error) {
        info.error = error;
        info.limiting_species = species;
    }
    return true;
}

bool Stepper::Implementation::attempt(const StepControl::Choice& choice, StepInfo& info) {
    info.size = choice.size;
    info.limit = choice.reason;
    info.blend = 1.0;
    rosenbrock.attempt(state.data(), time, choice.size);
    if (!finite()) {
        control.shrink(choice.size, share_after_overflow, StepInfo::Limit::error);
        return false;
    }
    info.error = worst(rosenbrock.error, info.limiting_species);
    if (options.fixed_step > 0.0) return true;
    if (info.error > 1.0) {
        control.reject(choice.size, info.error);
        return false;
    }
    return !undershoots(rosenbrock.least) || repair(choice.size, info);
}

void Stepper::Implementation::accept(const StepControl::Choice& choice, double limit,
                                     StepInfo& info) {
    state.swap(workspace.next);
    fill_padding(d, state.data());
    const Measures measures = measure(d, state.data(), options.threads);
    for (std::size_t s = 0; s < peak.size(); ++s)
        peak[s] = std::max(peak[s], measures.norm[s]);
    ledger.book(rosenbrock.gains, choice.size, measures.content);
    time = choice.lands ? limit : time + choice.size;
    info.time = time;
    statistics.smallest =
        statistics.accepted == 0 ? choice.size : std::min(statistics.smallest, choice.size);
    statistics.largest = std::max(statistics.largest, choice.size);
    ++statistics.accepted;
    if (info.blend < 1.0) ++statistics.blended;
    if (info.limiting_species >= 0)
        ++statistics.limited_by_species[static_cast<std::size_t>(info.limiting_species)];
}

/// Says where the integration broke: the first voxel that is not finite, else the species whose
/// error or undershoot could not be met.
void Stepper::Implementation::fail(double h, const StepInfo& info) const {
    NumericsError::Where where;
    where.time = time;
    for (const Group& group : d.groups)
        for (std::size_t s = 0; s < group.n_unknowns && where.species.empty(); ++s)
            for (std::size_t i = 0; i < group.nz * d.plane; ++i) {
                const double value = workspace.next.data()[group.offset + s * group.stride + i];
                if (std::isfinite(value) || i % d.nxp >= d.nx) continue;
                where.species =
                    d.model->species[static_cast<std::size_t>(group.system->unknowns[s])].name;
                where.value = value;
                where.place = d.place(group, i / d.plane, i % d.plane / d.nxp, i % d.nxp);
                break;
            }
    if (!where.species.empty())
        throw NumericsError(fmt::format("state not finite at t = {:.6g} d: {} = {} at {}, with "
                                        "steps down to {:.3g} d",
                                        time, where.species, where.value, where.place, h),
                            where);
    if (info.limiting_species >= 0)
        where.species = d.model->species[static_cast<std::size_t>(info.limiting_species)].name;
    throw NumericsError(
        fmt::format("steps became too small at t = {:.6g} d ({:.3g} d): {}", time, h,
                    control.memory.reason == StepInfo::Limit::positivity
                        ? "a species would fall below zero"
                        : fmt::format("the error of {} cannot be met", where.species)),
        where);
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
    const Measures measures = measure(self.d, self.state.data(), self.options.threads);
    std::fill(self.peak.begin(), self.peak.end(), 0.0);
    self.forget_signs();
    self.take(measures);
    self.ledger.begin(measures.content);
    self.control.forget();
}

void Stepper::restart(double t) {
    Implementation& self = *implementation_;
    self.time = t;
    fill_padding(self.d, self.state.data());
    const Measures measures = measure(self.d, self.state.data(), self.options.threads);
    self.take(measures);
    self.ledger.inject(measures.content);
    self.control.forget();
}

StepInfo Stepper::step(double limit) {
    Implementation& self = *implementation_;
    if (!(limit > self.time))
        throw std::logic_error("Stepper::step: the limit must lie ahead of the present time");
    const FlushToZero flush;
    const bool fixed = self.options.fixed_step > 0.0;
    if (fixed) self.control.memory.wanted = self.options.fixed_step;
    if (!self.control.knows_size()) self.control.begin(self.first_step());
    self.rosenbrock.prepare(self.state.data(), self.time);
    StepInfo info;
    for (;; ++info.rejected, ++self.statistics.rejected) {
        StepControl::Choice choice = self.control.choose(limit - self.time);
        if (fixed && !choice.lands) choice.size = self.options.fixed_step;
        if (!(choice.size >= self.options.smallest_step) && !choice.lands)
            self.fail(choice.size, info);
        if (!self.attempt(choice, info)) {
            if (fixed) self.fail(choice.size, info);
            if (self.control.memory.wanted < self.options.smallest_step)
                self.fail(self.control.memory.wanted, info);
            continue;
        }
        self.control.accept(choice, info.error);
        self.accept(choice, limit, info);
        return info;
    }
}

namespace {

template <typename Visit>
void visit_control(StepControl::Memory& memory, const Visit& visit) {
    double reason = static_cast<double>(memory.reason);
    visit(memory.wanted);
    visit(memory.last_error);
    visit(memory.last_size);
    visit(reason);
    memory.reason = static_cast<StepInfo::Limit>(static_cast<int>(reason));
}

}  // namespace

std::vector<double> Stepper::save() const {
    // The visitors read through copies, so that saving and loading cannot disagree in order.
    const Implementation& self = *implementation_;
    std::vector<double> saved{self.time};
    const auto write = [&](double& value) { saved.push_back(value); };
    StepControl::Memory memory = self.control.memory;
    visit_control(memory, write);
    saved.insert(saved.end(), self.peak.begin(), self.peak.end());
    saved.insert(saved.end(), self.signed_species.begin(), self.signed_species.end());
    Budget budget = self.ledger.budget;
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
    for (double& value : self.peak)
        read(value);
    for (char& value : self.signed_species)
        value = saved[next++] > 0.0 ? 1 : 0;
    visit_budget(self.ledger.budget, read);
    visit_statistics(self.statistics, read);
}

}  // namespace neocol::solver
