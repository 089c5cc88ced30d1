#include "observables.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <limits>
#include <utility>

#include <omp.h>

namespace neocol::simulation {
namespace {

using kernel::Program;
using model::Location;
using model::Observable;
using model::Reduction;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Share of a z cell that lies between two depths.
double depth_share(const tissue::Axis& z, std::size_t i_z, const model::Region& region) {
    const double top = z.edges[i_z], bottom = z.edges[i_z + 1];
    const double from = std::max(region.from.value_or(top), top);
    const double to = std::min(region.to.value_or(bottom), bottom);
    return std::max(0.0, to - from) / (bottom - top);
}

/// Partial results of one row.
struct Partial {
    std::vector<double> sum, weight, low, high;  ///< per observable at this location
    std::vector<double> bound_low, bound_high;   ///< per bound (volume)
    std::vector<double> smallest;                ///< per unknown
};

}  // namespace

struct ObservableReducer::Implementation {
    const solver::Problem& problem;
    const model::Model& model;
    const tissue::Grid& grid;
    const solver::RowBinder& binder;
    int threads;
    /// Observables by system, in the order of the kernel's program.
    std::vector<std::vector<int>> by_system;
    std::vector<std::vector<Partial>> partials;  ///< [system][row]
    std::vector<double> share;                   ///< [observable][z]
    std::vector<AlignedVector> wounded;          ///< by location; empty: nothing wounded yet

    struct ThreadSpace {
        solver::RowBinder::Scratch scratch;
        AlignedVector out;
        std::exception_ptr failure;  ///< which may not leave a parallel region
    };
    std::vector<ThreadSpace> spaces;

    bool is_volume(std::size_t i_system) const {
        return model.systems[i_system].location == Location::volume;
    }
    std::size_t n_rows(std::size_t i_system) const {
        return is_volume(i_system) ? grid.nz() * grid.ny() : grid.ny();
    }
    /// Fills the partials of a system, on all threads.
    void reduce_rows(std::size_t i_system, const tissue::State& state, double t);
    void reduce_row(std::size_t i_system, std::size_t row, const tissue::State& state, double t,
                    ThreadSpace& space);
    void reduce_unknowns(std::size_t i_system, const kernel::Row& row, Partial& partial) const;
    void reduce_bounds(std::size_t i_system, const kernel::Row& row, ThreadSpace& space,
                       Partial& partial) const;
    /// Put the partials of a system's rows together.
    void combine_observables(std::size_t i_system, Observed& out) const;
    void combine_extremes(std::size_t i_system, Observed& out) const;
};

ObservableReducer::ObservableReducer(const solver::Problem& problem,
                                     const solver::RowBinder& binder, int threads)
    : implementation_(std::make_unique<Implementation>(Implementation{
          problem, problem.model, problem.grid, binder, threads, {}, {}, {}, {}, {}})) {
    Implementation& self = *implementation_;
    const model::Model& model = problem.model;
    const tissue::Grid& grid = problem.grid;
    std::size_t most_outputs = model.bounds.size();
    for (std::size_t s = 0; s < model.systems.size(); ++s) {
        std::vector<int> list;
        for (std::size_t k = 0; k < model.observables.size(); ++k)
            if (model.observables[k].location == model.systems[s].location &&
                !model.systems[s].quasi_steady)
                list.push_back(static_cast<int>(k));
        Partial empty;
        empty.sum.resize(list.size());
        empty.weight = empty.low = empty.high = empty.sum;
        empty.bound_low.resize(model.bounds.size());
        empty.bound_high = empty.bound_low;
        empty.smallest.resize(model.systems[s].unknowns.size());
        self.partials.emplace_back(self.n_rows(s), empty);
        most_outputs = std::max(most_outputs, list.size());
        self.by_system.push_back(std::move(list));
    }
    for (const Observable& observable : model.observables) {
        for (std::size_t i_z = 0; i_z < grid.nz(); ++i_z) {
            const auto layer = static_cast<std::size_t>(grid.layer(i_z));
            const auto& layers = observable.region.layers;
            const bool inside = layers.empty() || layers[layer];
            self.share.push_back(inside ? depth_share(grid.z(), i_z, observable.region) : 0.0);
        }
    }
    self.wounded.resize(3);
    for (int i = 0; i < threads; ++i) {
        self.spaces.push_back(
            {binder.make_scratch(), AlignedVector(most_outputs * grid.nx_padded()), nullptr});
    }
}

ObservableReducer::~ObservableReducer() = default;

void ObservableReducer::set_wounded(std::span<const double> volume, std::span<const double> surface,
                                    std::span<const double> junction) {
    implementation_->wounded[0].assign(volume.begin(), volume.end());
    implementation_->wounded[1].assign(surface.begin(), surface.end());
    implementation_->wounded[2].assign(junction.begin(), junction.end());
}

void ObservableReducer::Implementation::reduce_unknowns(std::size_t i_system,
                                                        const kernel::Row& row,
                                                        Partial& partial) const {
    const std::size_t n = model.systems[i_system].unknowns.size();
    for (std::size_t u = 0; u < n; ++u) {
        const double* values = row.state + u * row.field_stride;
        partial.smallest[u] = *std::min_element(values, values + grid.nx());
    }
}

void ObservableReducer::Implementation::reduce_bounds(std::size_t i_system, const kernel::Row& row,
                                                      ThreadSpace& space, Partial& partial) const {
    const std::size_t n = grid.nx(), stride = grid.nx_padded();
    problem.kernels[i_system]->evaluate(Program::bounds, row, space.out.data(), stride);
    for (std::size_t k = 0; k < model.bounds.size(); ++k) {
        // Comparisons skip NaN: a ratio per cell says nothing where there are no cells.
        double low = infinity, high = -infinity;
        for (const double value : std::span(space.out.data() + k * stride, n)) {
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        partial.bound_low[k] = low;
        partial.bound_high[k] = high;
    }
}

void ObservableReducer::Implementation::reduce_row(std::size_t i_system, std::size_t row,
                                                   const tissue::State& state, double t,
                                                   ThreadSpace& space) {
    const model::System& system = model.systems[i_system];
    const bool volume = is_volume(i_system);
    const std::size_t i_z = volume ? row / grid.ny() : 0;
    const std::size_t i_y = volume ? row % grid.ny() : row;
    Partial& partial = partials[i_system][row];
    const kernel::Row bound_row = binder.bind(system, i_z, i_y, state.data(), t, space.scratch);
    reduce_unknowns(i_system, bound_row, partial);
    if (volume && !system.quasi_steady && !model.bounds.empty())
        reduce_bounds(i_system, bound_row, space, partial);
    const std::vector<int>& list = by_system[i_system];
    if (list.empty()) return;
    const std::size_t stride = grid.nx_padded();
    problem.kernels[i_system]->evaluate(Program::observables, bound_row, space.out.data(), stride);
    const AlignedVector& wounds = wounded[static_cast<std::size_t>(system.location)];
    const double* wound_row =
        wounds.empty() ? nullptr : wounds.data() + (volume ? grid.row(i_z, i_y) : i_y * stride);
    for (std::size_t k = 0; k < list.size(); ++k) {
        const auto o = static_cast<std::size_t>(list[k]);
        const double part = volume ? share[o * grid.nz() + i_z] : 1.0;
        const double* values = space.out.data() + k * stride;
        const bool by_wound = model.observables[o].region.wounded && wound_row != nullptr;
        double sum = 0.0, weight = 0.0, low = infinity, high = -infinity;
        for (std::size_t i = 0; part > 0.0 && i < grid.nx(); ++i) {
            const double area = grid.x().volumes[i] * grid.y().volumes[i_y];
            const double w = part * (volume ? area * grid.z().volumes[i_z] : area) *
                             (by_wound ? wound_row[i] : 1.0);
            if (w > 0.0) {
                sum += w * values[i];
                weight += w;
                low = std::min(low, values[i]);
                high = std::max(high, values[i]);
            }
        }
        partial.sum[k] = sum;
        partial.weight[k] = weight;
        partial.low[k] = low;
        partial.high[k] = high;
    }
}

namespace {

double reduced(Reduction reduce, double sum, double weight, double low, double high) {
    switch (reduce) {
        case Reduction::mean:
            return weight > 0.0 ? sum / weight : 0.0;
        case Reduction::total:
            return sum;
        case Reduction::maximum:
            return high;
        case Reduction::minimum:
            return low;
    }
    return 0.0;
}

}  // namespace

void ObservableReducer::Implementation::reduce_rows(std::size_t i_system,
                                                    const tissue::State& state, double t) {
    const auto n = static_cast<std::ptrdiff_t>(n_rows(i_system));
#pragma omp parallel for schedule(static) num_threads(threads) if (n > 64)
    for (std::ptrdiff_t row = 0; row < n; ++row) {
        auto& space = spaces[static_cast<std::size_t>(omp_get_thread_num())];
        try {
            if (!space.failure)
                reduce_row(i_system, static_cast<std::size_t>(row), state, t, space);
        } catch (...) {
            space.failure = std::current_exception();
        }
    }
    for (auto& space : spaces)
        if (space.failure) std::rethrow_exception(std::exchange(space.failure, nullptr));
}

void ObservableReducer::Implementation::combine_observables(std::size_t i_system,
                                                            Observed& out) const {
    const std::vector<int>& list = by_system[i_system];
    for (std::size_t k = 0; k < list.size(); ++k) {
        const auto o = static_cast<std::size_t>(list[k]);
        double sum = 0.0, weight = 0.0, low = infinity, high = -infinity;
        for (const Partial& p : partials[i_system]) {
            sum += p.sum[k];
            weight += p.weight[k];
            low = std::min(low, p.low[k]);
            high = std::max(high, p.high[k]);
        }
        out.observables[o] = reduced(model.observables[o].reduce, sum, weight, low, high);
    }
}

void ObservableReducer::Implementation::combine_extremes(std::size_t i_system,
                                                         Observed& out) const {
    const model::System& system = model.systems[i_system];
    const bool bounded = is_volume(i_system) && !system.quasi_steady;
    for (const Partial& p : partials[i_system]) {
        for (std::size_t u = 0; u < p.smallest.size(); ++u) {
            double& smallest = out.smallest[static_cast<std::size_t>(system.unknowns[u])];
            smallest = std::min(smallest, p.smallest[u]);
        }
        for (std::size_t k = 0; bounded && k < model.bounds.size(); ++k) {
            out.lowest[k] = std::min(out.lowest[k], p.bound_low[k]);
            out.highest[k] = std::max(out.highest[k], p.bound_high[k]);
        }
    }
}

void ObservableReducer::observe(const tissue::State& state, double t, Observed& out) {
    Implementation& self = *implementation_;
    const model::Model& model = self.model;
    out.observables.assign(model.observables.size(), 0.0);
    out.lowest.assign(model.bounds.size(), infinity);
    out.highest.assign(model.bounds.size(), -infinity);
    out.smallest.assign(model.species.size(), infinity);
    for (std::size_t s = 0; s < model.systems.size(); ++s) {
        self.reduce_rows(s, state, t);
        self.combine_observables(s, out);
        self.combine_extremes(s, out);
    }
}

}  // namespace neocol::simulation
