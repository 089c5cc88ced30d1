#include <neocol/solver/odeint_stepper.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <Eigen/Dense>

#include <neocol/core/error.hpp>

#include "discretisation/failure_messages.hpp"
#include "discretisation/vector_loops.hpp"
#include "reaction/coupled_species.hpp"
#include "reaction/rest_balance.hpp"
#include "stepper/checkpoint_numbers.hpp"
#include "stepper/odeint_rosenbrock4.hpp"

namespace neocol::solver {
namespace {

/// yield[process][species position], numbers of one layer.
std::vector<std::vector<double>> yields(const model::Model& model, const model::System& system,
                                        const std::vector<double>& inputs) {
    std::vector<std::vector<double>> table(system.processes.size(),
                                           std::vector<double>(system.unknowns.size(), 0.0));
    for (std::size_t p = 0; p < system.processes.size(); ++p) {
        const auto& process = model.processes[static_cast<std::size_t>(system.processes[p])];
        for (const model::Process::Change& change : process.changes) {
            const auto at =
                std::find(system.unknowns.begin(), system.unknowns.end(), change.species);
            table[p][static_cast<std::size_t>(at - system.unknowns.begin())] +=
                model.graph.evaluate(change.yield, {}, inputs);
        }
    }
    return table;
}

/// As Stepper's: values above minus this share of tolerance * scale count as not negative where a
/// blend that leaves none below 0 would cost too much.
constexpr double negligible_undershoot = 1e-3;

/// Numbers that Rosenbrock4 saves.
constexpr std::size_t n_memory = 4;

/// How much shorter the next attempt is after one that is not finite, not positive.
constexpr double share_after_overflow = 0.2, share_after_undershoot = 0.5;

}  // namespace

/// The variables of the integrator are u / scale, then the integrals of process rates over the
/// scale of the first species they change.
struct OdeintStepper::Implementation {
    Implementation(const Problem& problem, const StepperOptions& options_);

    const model::Model& model;
    const kernel::Kernel& kernel;
    const tissue::FieldTable& fields;
    const model::System& system;
    StepperOptions options;
    RowBinder binder;
    RowBinder::Scratch scratch;
    tissue::State state, evaluation;
    std::size_t n_species, n_processes, layer;
    const std::vector<double>& inputs;  ///< of the layer
    std::vector<std::vector<double>> yield;
    std::vector<double> species_scale, process_scale, balance;
    AlignedVector rates, weights, sums, direction;
    std::vector<double> variables;
    std::vector<std::size_t> set;  ///< by variable: set of joined species
    std::vector<double> lowest;    ///< by species: 0, less where the state is below it; variables
    std::vector<double> low;       ///< the positive step, variables
    std::size_t limiting_variable = 0;  ///< of the last attempt
    Rosenbrock4 method;
    double t = 0.0, next_step = 0.0, step_tried = 1.0;
    Budget budget;
    StepStatistics statistics;

    kernel::Row row_at(const double* v, double time);
    void evaluate_rates(const double* v, double time, double* f);
    void evaluate_jacobian(const double* v, double time, double* j, double* dfdt);
    void differentiate_in_time(const double* v, double time, double* dfdt);
    double* value(std::size_t s) { return state.field(fields.fields()[s]); }
    void set_balance();
    void book_step(const std::vector<double>& before, double h);
    void allow(bool more);
    bool undershoots(const std::vector<double>& v) const;
    bool implicit_euler(const std::vector<double>& before, double h);
    std::vector<double> blend_shares(double undershoot) const;
    double blend_error(const std::vector<double>& before, const std::vector<double>& shares) const;
    double repair(const std::vector<double>& before, double h, StepInfo& info);
    std::size_t species_of(std::size_t variable) const;
    double smallest_step() const;
    [[noreturn]] void fail(double h, std::size_t variable, bool below) const;
};

OdeintStepper::Implementation::Implementation(const Problem& problem,
                                              const StepperOptions& options_)
    : model(problem.model),
      kernel(*problem.kernels.front()),
      fields(problem.fields),
      system(model.systems.front()),
      options(options_),
      binder(problem),
      scratch(binder.make_scratch()),
      state(fields),
      evaluation(fields),
      n_species(system.unknowns.size()),
      n_processes(system.processes.size()),
      layer(static_cast<std::size_t>(problem.grid.layer(0))),
      inputs(problem.environment.by_layer[layer]),
      yield(yields(model, system, inputs)),
      balance(n_species, 0.0),
      rates(n_species * lanes),
      weights(lanes, 0.0),
      sums(n_processes * lanes),
      direction(n_species * lanes),
      variables(n_species + n_processes),
      method(
          n_species + n_processes, options_.tolerance,
          [this](const double* v, double time, double* f) { evaluate_rates(v, time, f); },
          [this](const double* v, double time, double* j, double* dfdt) {
              evaluate_jacobian(v, time, j, dfdt);
          }) {
    weights[0] = 1.0;
    for (const int s : system.unknowns)
        species_scale.push_back(model.species[static_cast<std::size_t>(s)].scale);
    for (std::size_t p = 0; p < n_processes; ++p) {
        double scale = 1.0;
        for (std::size_t s = 0; s < n_species; ++s) {
            if (yield[p][s] != 0.0) {
                scale = species_scale[s] / std::abs(yield[p][s]);
                break;
            }
        }
        process_scale.push_back(scale);
    }
    lowest.assign(n_species, 0.0);
    low.assign(variables.size(), 0.0);
    const std::vector<std::size_t> joined = coupled_species(model);
    for (std::size_t i = 0; i < variables.size(); ++i)
        set.push_back(joined[static_cast<std::size_t>(system.unknowns[species_of(i)])]);
}

/// The species that a variable is, or the first that its process changes.
std::size_t OdeintStepper::Implementation::species_of(std::size_t variable) const {
    if (variable < n_species) return variable;
    const auto p = static_cast<std::size_t>(system.processes[variable - n_species]);
    const int species = model.processes[p].changes.front().species;
    return static_cast<std::size_t>(
        std::find(system.unknowns.begin(), system.unknowns.end(), species) -
        system.unknowns.begin());
}

/// A state that is below 0 already may stay where it is but fall no further, and as it rises so
/// does what is allowed; only a state from outside may ask for `more`.
void OdeintStepper::Implementation::allow(bool more) {
    for (std::size_t s = 0; s < n_species; ++s) {
        const double now = std::min(0.0, variables[s]);
        lowest[s] = more ? now : std::max(lowest[s], now);
        if (model.species[static_cast<std::size_t>(system.unknowns[s])].is_signed)
            lowest[s] = -std::numeric_limits<double>::infinity();
    }
}

bool OdeintStepper::Implementation::undershoots(const std::vector<double>& v) const {
    for (std::size_t s = 0; s < n_species; ++s)
        if (v[s] < lowest[s]) return true;
    return false;
}

/// A positive step of first order, into `low`: linearly implicit Euler, from rates and a Jacobian
/// that see nothing below 0. \returns whether it is finite and not below what is allowed
bool OdeintStepper::Implementation::implicit_euler(const std::vector<double>& before, double h) {
    const auto n = static_cast<Eigen::Index>(before.size());
    std::vector<double> seen = before;
    for (std::size_t s = 0; s < n_species; ++s)
        if (std::isfinite(lowest[s])) seen[s] = std::max(seen[s], 0.0);
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> matrix(n, n);
    Eigen::VectorXd change(n), unused(n);
    evaluate_rates(seen.data(), t + h, change.data());
    evaluate_jacobian(seen.data(), t + h, matrix.data(), unused.data());
    matrix *= -h;
    matrix.diagonal().array() += 1.0;
    change = matrix.partialPivLu().solve(h * change);
    for (std::size_t i = 0; i < before.size(); ++i)
        low[i] = before[i] + change[static_cast<Eigen::Index>(i)];
    for (std::size_t s = 0; s < n_species; ++s)
        if (!(low[s] >= std::min(lowest[s], before[s]))) return false;
    return std::all_of(low.begin(), low.end(), [](double v) { return std::isfinite(v); });
}

/// Largest shares of the high-order step, one for each set of joined species, that let none fall
/// further below what is allowed than `undershoot` (times its scale). By variable.
std::vector<double> OdeintStepper::Implementation::blend_shares(double undershoot) const {
    constexpr double rounding = 8.0 * std::numeric_limits<double>::epsilon();
    std::vector<double> of_set(model.species.size(), 1.0), shares(variables.size());
    for (std::size_t s = 0; s < n_species; ++s) {
        const double bound = std::min(lowest[s], -undershoot);
        if (!(variables[s] < bound)) continue;
        const double share = (low[s] - bound) / (low[s] - variables[s]) * (1.0 - rounding);
        of_set[set[s]] = std::min(of_set[set[s]], std::max(share, 0.0));
    }
    for (std::size_t i = 0; i < shares.size(); ++i)
        shares[i] = of_set[set[i]];
    return shares;
}

/// What the blend moves, over what the tolerance allows.
double OdeintStepper::Implementation::blend_error(const std::vector<double>& before,
                                                  const std::vector<double>& shares) const {
    double largest = 0.0;
    for (std::size_t s = 0; s < n_species; ++s) {
        const double size = std::max({1e-3, std::abs(before[s]), std::abs(variables[s])});
        largest = std::max(largest, (1.0 - shares[s]) * std::abs(variables[s] - low[s]) /
                                        (options.tolerance * size));
    }
    return largest;
}

/// Mends a step that undershoots: nothing stays below 0 if the blend with a positive step keeps to
/// the tolerance, nothing perceptible in any case. \returns 0, or the share of the step to try next
double OdeintStepper::Implementation::repair(const std::vector<double>& before, double h,
                                             StepInfo& info) {
    if (!implicit_euler(before, h)) return share_after_undershoot;
    std::vector<double> shares = blend_shares(0.0);
    double error = blend_error(before, shares);
    if (!(error <= 1.0)) {
        shares = blend_shares(negligible_undershoot * options.tolerance);
        error = blend_error(before, shares);
    }
    if (!(error <= 1.0)) return std::clamp(0.9 / std::sqrt(error), 0.2, 0.8);
    for (std::size_t i = 0; i < variables.size(); ++i)
        if (shares[i] < 1.0) variables[i] = low[i] + shares[i] * (variables[i] - low[i]);
    info.blend = *std::min_element(shares.begin(), shares.end());
    info.error = std::max(info.error, error);
    return 0.0;
}

double OdeintStepper::Implementation::smallest_step() const {
    constexpr double roundings = 4.0 * std::numeric_limits<double>::epsilon();
    return std::max(options.smallest_step, roundings * std::abs(t));
}

/// \param variable  whose error is the largest, or that would fall below 0
void OdeintStepper::Implementation::fail(double h, std::size_t variable, bool below) const {
    const std::size_t s = species_of(variable);
    NumericsError::Where where;
    where.time = t;
    where.species = model.species[static_cast<std::size_t>(system.unknowns[s])].name;
    where.place = "the compartment";
    where.value = variables[s] * species_scale[s];
    throw NumericsError(small_steps_message(model, where, h, below, options.tolerance), where);
}

kernel::Row OdeintStepper::Implementation::row_at(const double* v, double time) {
    for (std::size_t s = 0; s < n_species; ++s)
        std::fill_n(evaluation.field(fields.fields()[s]), lanes, v[s] * species_scale[s]);
    return binder.bind(system, 0, 0, evaluation.data(), time, scratch);
}

void OdeintStepper::Implementation::evaluate_rates(const double* v, double time, double* f) {
    const kernel::Row row = row_at(v, time);
    std::fill(sums.begin(), sums.end(), 0.0);
    kernel.rates(row, rates.data(), lanes, weights.data(), sums.data());
    for (std::size_t s = 0; s < n_species; ++s)
        f[s] = (rates[s * lanes] - balance[s]) / species_scale[s];
    for (std::size_t p = 0; p < n_processes; ++p)
        f[n_species + p] = sums[p * lanes] / process_scale[p];
}

void OdeintStepper::Implementation::evaluate_jacobian(const double* v, double time, double* j,
                                                      double* dfdt) {
    const std::size_t n = n_species + n_processes;
    std::fill_n(j, n * n, 0.0);
    std::fill_n(dfdt, n, 0.0);
    const kernel::Row row = row_at(v, time);
    for (std::size_t k = 0; k < n_species; ++k) {
        std::fill(direction.begin(), direction.end(), 0.0);
        std::fill(sums.begin(), sums.end(), 0.0);
        direction[k * lanes] = species_scale[k];
        kernel.process_jacobian_times(row, direction.data(), lanes, weights.data(), sums.data());
        for (std::size_t p = 0; p < n_processes; ++p) {
            const double derivative = sums[p * lanes];
            j[(n_species + p) * n + k] = derivative / process_scale[p];
            for (std::size_t s = 0; s < n_species; ++s)
                j[s * n + k] += yield[p][s] * derivative / species_scale[s];
        }
    }
    if (!system.time_derivative.empty()) differentiate_in_time(v, time, dfdt);
}

/// d/dt of what processes sum up, and of species by it: both alike, or the budget would close to
/// the order of the method only. By a quotient of fourth order, forwards, as a step begins where
/// the course of an input may bend.
void OdeintStepper::Implementation::differentiate_in_time(const double* v, double time,
                                                          double* dfdt) {
    constexpr double share = 1e-3;  // of the step
    constexpr double weights_of[] = {-25.0 / 12.0, 4.0, -3.0, 4.0 / 3.0, -0.25};
    const double width = share * step_tried;
    for (std::size_t k = 0; k < std::size(weights_of); ++k) {
        std::fill(sums.begin(), sums.end(), 0.0);
        kernel.rates(row_at(v, time + static_cast<double>(k) * width), rates.data(), lanes,
                     weights.data(), sums.data());
        for (std::size_t p = 0; p < n_processes; ++p) {
            const double part = weights_of[k] / width * sums[p * lanes];
            dfdt[n_species + p] += part / process_scale[p];
            for (std::size_t s = 0; s < n_species; ++s)
                dfdt[s] += yield[p][s] * part / species_scale[s];
        }
    }
}

/// The residual at rest, which the model may want subtracted. \pre the state is at rest or the
/// environment holds its rest values
void OdeintStepper::Implementation::set_balance() {
    if (!model.stationary || !model.subtract_balance) return;
    for (std::size_t s = 0; s < n_species; ++s) {
        const model::NodeId rest = model.species[s].rest[layer];
        const double u = rest == model::no_node ? 0.0 : model.graph.evaluate(rest, {}, inputs);
        std::fill_n(evaluation.field(fields.fields()[s]), lanes, u);
    }
    RowBinder::Scratch at_rest = binder.make_scratch();
    at_rest.at_rest = true;
    const kernel::Row row = binder.bind(system, 0, 0, evaluation.data(), t, at_rest);
    AlignedVector unit_volume(lanes, 0.0), totals(n_processes * lanes + 1, 0.0);
    unit_volume[0] = 1.0;
    kernel.rates(row, rates.data(), lanes, unit_volume.data(), totals.data());
    std::vector<double> process_rates(n_processes), turnover(n_species, 0.0);
    for (std::size_t p = 0; p < n_processes; ++p) {
        process_rates[p] = sum_lanes(&totals[p * lanes]);
        for (std::size_t s = 0; s < n_species; ++s)
            turnover[s] += std::abs(yield[p][s] * process_rates[p]);
    }
    for (std::size_t s = 0; s < n_species; ++s)
        balance[s] = rates[s * lanes];
    check_rest(model, system, layer, process_rates, balance, turnover);
}

/// Books the change since `before` (variables) and copies the new values into the state.
void OdeintStepper::Implementation::book_step(const std::vector<double>& before, double h) {
    for (std::size_t s = 0; s < n_species; ++s) {
        budget.balance[s] -= h * balance[s];
        budget.turnover[s] += h * std::abs(balance[s]);
    }
    for (std::size_t p = 0; p < n_processes; ++p) {
        const double integral =
            (variables[n_species + p] - before[n_species + p]) * process_scale[p];
        budget.process[static_cast<std::size_t>(system.processes[p])] += integral;
        for (std::size_t s = 0; s < n_species; ++s) {
            const auto species = static_cast<std::size_t>(system.unknowns[s]);
            const double made = yield[p][s] * integral;
            budget.produced[species][static_cast<std::size_t>(system.processes[p])] += made;
            budget.turnover[species] += std::abs(made);
        }
    }
    for (std::size_t s = 0; s < n_species; ++s) {
        const double u = variables[s] * species_scale[s];
        std::fill_n(value(s), lanes, u);
        budget.current[static_cast<std::size_t>(system.unknowns[s])] = u;
    }
}

OdeintStepper::OdeintStepper(const Problem& problem, const StepperOptions& options)
    : implementation_(std::make_unique<Implementation>(problem, options)) {}

OdeintStepper::~OdeintStepper() = default;

bool OdeintStepper::serves(const model::Model& model, const tissue::Grid& grid) {
    return grid.geometry() == tissue::Geometry::well_mixed && model.systems.size() == 1 &&
           model.integrals.empty();
}

void OdeintStepper::start(double t) {
    Implementation& self = *implementation_;
    const std::size_t n = self.model.species.size();
    self.t = t;
    self.budget = {};
    self.budget.initial.assign(n, 0.0);
    for (std::size_t s = 0; s < n; ++s)
        self.budget.initial[s] = self.value(s)[0];
    self.budget.current = self.budget.initial;
    self.budget.injected.assign(n, 0.0);
    self.budget.transported = self.budget.balance = self.budget.turnover = self.budget.injected;
    self.budget.process.assign(self.model.processes.size(), 0.0);
    self.budget.produced.assign(n, self.budget.process);
    self.set_balance();
    self.statistics = {};
    self.statistics.limited_by_species.assign(n, 0);
    restart(t);
}

void OdeintStepper::set_parameters(const Environment& environment) {
    Implementation& self = *implementation_;
    self.binder.set(environment);
    self.yield = yields(self.model, self.system, environment.by_layer[self.layer]);
}

void OdeintStepper::restart(double t) {
    Implementation& self = *implementation_;
    self.t = t;
    self.next_step = 0.0;
    for (std::size_t s = 0; s < self.n_species; ++s) {
        const double change = self.value(s)[0] - self.budget.current[s];
        self.budget.injected[s] += change;
        self.budget.turnover[s] += std::abs(change);
        self.budget.current[s] = self.value(s)[0];
        self.variables[s] = self.value(s)[0] / self.species_scale[s];
    }
    std::fill(self.variables.begin() + static_cast<std::ptrdiff_t>(self.n_species),
              self.variables.end(), 0.0);
    self.allow(true);
}

StepInfo OdeintStepper::step(double limit) {
    Implementation& self = *implementation_;
    if (self.next_step <= 0.0) self.next_step = std::min(1e-4, self.options.largest_step);
    const std::vector<double> before = self.variables;
    StepInfo info;
    info.limit = StepInfo::Limit::error;
    double memory[n_memory];
    self.method.save(memory);
    for (;; ++info.rejected) {
        const double left = limit - self.t;
        const bool landing = self.next_step >= left * (1.0 - 1e-12);
        double h = landing ? left : std::min(self.next_step, self.options.largest_step);
        if (h < self.smallest_step() && !landing)
            self.fail(h, self.limiting_variable, info.limit == StepInfo::Limit::positivity);
        if (landing && h < self.next_step)
            info.limit = StepInfo::Limit::landing;
        else if (h >= self.options.largest_step)
            info.limit = StepInfo::Limit::largest;
        const double tried = self.step_tried = h;
        double t = self.t;
        const bool accepted = self.method.try_step(self.variables.data(), t, h);
        info.error = self.method.error();
        self.limiting_variable = self.method.limiting();
        const bool finite = std::all_of(self.variables.begin(), self.variables.end(),
                                        [](double v) { return std::isfinite(v); });
        double shorter = accepted && finite ? 0.0 : share_after_overflow;
        if (accepted && finite && self.undershoots(self.variables)) {
            shorter = self.repair(before, tried, info);
            if (shorter > 0.0) info.limit = StepInfo::Limit::positivity;
        } else if (!accepted || !finite) {
            info.limit = StepInfo::Limit::error;
        }
        if (accepted && shorter == 0.0) {
            info.size = landing ? limit - self.t : t - self.t;
            self.t = landing ? limit : t;
            self.next_step = landing ? std::max(self.next_step, h) : h;
            info.time = self.t;
            break;
        }
        if (accepted) {
            for (std::size_t s = 0; s < self.n_species; ++s)
                if (self.variables[s] < self.lowest[s]) self.limiting_variable = s;
            self.method.load(memory);
        }
        self.variables = before;
        self.next_step = accepted ? shorter * tried : std::min(h, 0.5 * tried);
    }
    const std::size_t limiting = self.species_of(self.limiting_variable);
    info.limiting_species = self.system.unknowns[limiting];
    ++self.statistics.limited_by_species[static_cast<std::size_t>(info.limiting_species)];
    if (info.blend < 1.0) ++self.statistics.blended;
    self.allow(false);
    self.book_step(before, info.size);
    ++self.statistics.accepted;
    self.statistics.rejected += static_cast<std::uint64_t>(info.rejected);
    self.statistics.smallest =
        self.statistics.accepted == 1 ? info.size : std::min(self.statistics.smallest, info.size);
    self.statistics.largest = std::max(self.statistics.largest, info.size);
    return info;
}

std::vector<double> OdeintStepper::save() const {
    const Implementation& self = *implementation_;
    std::vector<double> saved{self.t, self.next_step};
    saved.resize(saved.size() + n_memory);
    self.method.save(saved.data() + saved.size() - n_memory);
    saved.insert(saved.end(), self.variables.begin(), self.variables.end());
    for (const double value : self.lowest)
        saved.push_back(std::isfinite(value) ? value : 1.0);
    const auto write = [&](double& value) { saved.push_back(value); };
    Budget budget = self.budget;
    visit_budget(budget, write);
    StepStatistics statistics = self.statistics;
    visit_statistics(statistics, write);
    return saved;
}

void OdeintStepper::load(std::span<const double> saved) {
    Implementation& self = *implementation_;
    const std::size_t needed = save().size();
    if (saved.size() != needed)
        throw Error(fmt::format("a checkpoint of another model: {} numbers where {} are needed",
                                saved.size(), needed));
    const double* next = saved.data();
    const auto read = [&](double& value) { value = *next++; };
    read(self.t);
    read(self.next_step);
    self.method.load(next);
    next += n_memory;
    for (double& value : self.variables)
        read(value);
    for (double& value : self.lowest) {
        read(value);
        if (value > 0.0) value = -std::numeric_limits<double>::infinity();
    }
    visit_budget(self.budget, read);
    visit_statistics(self.statistics, read);
}

tissue::State& OdeintStepper::state() {
    return implementation_->state;
}
const tissue::State& OdeintStepper::state() const {
    return implementation_->state;
}
const RowBinder& OdeintStepper::binder() const {
    return implementation_->binder;
}
double OdeintStepper::time() const {
    return implementation_->t;
}
const Budget& OdeintStepper::budget() const {
    return implementation_->budget;
}
const StepStatistics& OdeintStepper::statistics() const {
    return implementation_->statistics;
}

}  // namespace neocol::solver
