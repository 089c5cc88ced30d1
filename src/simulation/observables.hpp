#pragma once

#include <memory>
#include <span>
#include <vector>

#include <neocol/solver/problem.hpp>
#include <neocol/solver/row_binder.hpp>
#include <neocol/tissue/state.hpp>

namespace neocol::simulation {

/// Values of a model's observables and bounds at one moment, and each species' smallest value.
struct Observed {
    std::vector<double> observables;      ///< by Model::observables, internal units
    std::vector<double> lowest, highest;  ///< by Model::bounds
    std::vector<double> smallest;         ///< by Model::species
};

/// Reduces expressions over regions of the grid, in an order that does not depend on threads.
class ObservableReducer {
public:
    /// Arguments outlive the reducer.
    ObservableReducer(const solver::Problem& problem, const solver::RowBinder& binder, int threads);
    ~ObservableReducer();

    /// Weights of `wounded_only` observables: the largest fraction ever wounded, grid layout, and
    /// one plane for the skin surface.
    void set_wounded(std::span<const double> volume, std::span<const double> surface,
                     std::span<const double> junction);

    /// Observes a state at time t [d].
    void observe(const tissue::State& state, double t, Observed& out);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace neocol::simulation
