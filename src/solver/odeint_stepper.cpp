#include <neocol/solver/odeint_stepper.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "rosenbrock4.hpp"
#include "saved.hpp"

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

}  // namespace

/// The variables of the integrator are u / scale, then the integrals of process rates over the
/// scale of the first species they change.
struct OdeintStepper::Implementation {
    Implementation(const model::Model& model_, const kernel::Kernel& kernel_,
                   const tissue::Grid& grid, const tissue::FieldTable& fields_,
                   const Environment& environment, const StepperOptions& options_);

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
    Rosenbrock4 method;
    double t = 0.0, next_step = 0.0;
    Budget budget;
    StepStatistics statistics;

    kernel::Row row_at(const double* v, double time);
    void evaluate_rates(const double* v, double time, double* f);
    void evaluate_jacobian(const double* v, double time, double* j, double* dfdt);
    double* value(std::size_t s) { return state.field(fields.fields()[s]); }
    void set_balance();
    void settle(const std::vector<double>& before, double h);
};

OdeintStepper::Implementation::Implementation(const model::Model& model_,
                                              const kernel::Kernel& kernel_,
                                              const tissue::Grid& grid,
                                              const tissue::FieldTable& fields_,
                                              const Environment& environment,
                                              const StepperOptions& options_)
    : model(model_),
      kernel(kernel_),
      fields(fields_),
      system(model_.systems.front()),
      options(options_),
      binder(model_, grid, fields_, environment),
      scratch(binder.make_scratch()),
      state(fields_),
      evaluation(fields_),
      n_species(system.unknowns.size()),
      n_processes(system.processes.size()),
      layer(static_cast<std::size_t>(grid.layer(0))),
      inputs(environment.by_layer[layer]),
      yield(yields(model_, system, inputs)),
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
    for (const int s : system.unknowns) {
        species_scale.push_back(model.species[static_cast<std::size_t>(s)].scale);
    }
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
}

kernel::Row OdeintStepper::Implementation::row_at(const double* v, double time) {
    for (std::size_t s = 0; s < n_species; ++s) {
        std::fill_n(evaluation.field(fields.fields()[s]), lanes, v[s] * species_scale[s]);
    }
    return binder.bind(system, 0, 0, evaluation.data(), time, scratch);
}

void OdeintStepper::Implementation::evaluate_rates(const double* v, double time, double* f) {
    const kernel::Row row = row_at(v, time);
    std::fill(sums.begin(), sums.end(), 0.0);
    kernel.rates(row, rates.data(), lanes, weights.data(), sums.data());
    for (std::size_t s = 0; s < n_species; ++s) {
        f[s] = (rates[s * lanes] - balance[s]) / species_scale[s];
    }
    for (std::size_t p = 0; p < n_processes; ++p) {
        f[n_species + p] = sums[p * lanes] / process_scale[p];
    }
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
            for (std::size_t s = 0; s < n_species; ++s) {
                j[s * n + k] += yield[p][s] * derivative / species_scale[s];
            }
        }
    }
    if (!system.time_derivative.empty()) {
        kernel.time_derivative(row, rates.data(), lanes);
        for (std::size_t s = 0; s < n_species; ++s) {
            dfdt[s] = rates[s * lanes] / species_scale[s];
        }
    }
}

/// The residual at rest, which the model may want subtracted. \pre the state is at rest or the
/// environment holds its rest values
void OdeintStepper::Implementation::set_balance() {
    if (!model.subtract_balance) {
        return;
    }
    for (std::size_t s = 0; s < n_species; ++s) {
        const model::NodeId rest = model.species[s].rest[layer];
        const double u = rest == model::no_node ? 0.0 : model.graph.evaluate(rest, {}, inputs);
        std::fill_n(evaluation.field(fields.fields()[s]), lanes, u);
    }
    const kernel::Row row = binder.bind(system, 0, 0, evaluation.data(), t, scratch);
    kernel.rates(row, rates.data(), lanes, nullptr, nullptr);
    for (std::size_t s = 0; s < n_species; ++s) {
        balance[s] = rates[s * lanes];
    }
}

/// Books the change since `before` (variables) and copies the new values into the state.
void OdeintStepper::Implementation::settle(const std::vector<double>& before, double h) {
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

OdeintStepper::OdeintStepper(const model::Model& model,
                             const std::vector<const kernel::Kernel*>& kernels,
                             const tissue::Grid& grid, const tissue::FieldTable& fields,
                             const Environment& environment, const StepperOptions& options)
    : implementation_(std::make_unique<Implementation>(model, *kernels.front(), grid, fields,
                                                       environment, options)) {}

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
    for (std::size_t s = 0; s < n; ++s) {
        self.budget.initial[s] = self.value(s)[0];
    }
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
}

StepInfo OdeintStepper::step(double limit) {
    Implementation& self = *implementation_;
    if (self.next_step <= 0.0) {
        self.next_step = std::min(1e-4, self.options.largest_step);
    }
    const std::vector<double> before = self.variables;
    StepInfo info;
    for (;;) {
        const double left = limit - self.t;
        const bool landing = self.next_step >= left * (1.0 - 1e-12);
        double h = landing ? left : std::min(self.next_step, self.options.largest_step);
        if (h < self.options.smallest_step) {
            throw NumericsError("the step size became too small", {self.t, {}, {}, h});
        }
        const double tried = h, t_before = self.t;
        double t = self.t;
        const bool accepted = self.method.try_step(self.variables.data(), t, h);
        if (accepted && std::all_of(self.variables.begin(), self.variables.end(),
                                    [](double v) { return std::isfinite(v); })) {
            self.t = landing ? limit : t;
            self.next_step = landing ? std::max(self.next_step, h) : h;
            info.time = self.t;
            info.size = self.t - t_before;
            info.limit = landing ? StepInfo::Limit::landing : StepInfo::Limit::error;
            break;
        }
        self.variables = before;
        self.next_step = accepted ? 0.2 * tried : std::min(h, 0.5 * tried);
        ++info.rejected;
    }
    self.settle(before, info.size);
    ++self.statistics.accepted;
    self.statistics.rejected += static_cast<std::uint64_t>(info.rejected);
    self.statistics.smallest =
        self.statistics.accepted == 1 ? info.size : std::min(self.statistics.smallest, info.size);
    self.statistics.largest = std::max(self.statistics.largest, info.size);
    return info;
}

namespace {

constexpr std::size_t n_memory = 4;

}  // namespace

std::vector<double> OdeintStepper::save() const {
    const Implementation& self = *implementation_;
    std::vector<double> saved{self.t, self.next_step};
    saved.resize(saved.size() + n_memory);
    self.method.save(saved.data() + saved.size() - n_memory);
    saved.insert(saved.end(), self.variables.begin(), self.variables.end());
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
