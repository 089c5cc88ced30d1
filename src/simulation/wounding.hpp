#pragma once

#include <span>
#include <vector>

#include <neocol/simulation/observer.hpp>
#include <neocol/simulation/scenario.hpp>
#include <neocol/solver/problem.hpp>
#include <neocol/solver/row_binder.hpp>
#include <neocol/treatment/wound.hpp>

namespace neocol::simulation {

/// Carries out sessions on a state by the model's injury map, and remembers where skin was wounded.
class Wounding {
public:
    /// Arguments outlive the object.
    Wounding(const solver::Problem& problem, const solver::RowBinder& binder);

    /// Marks where session i will wound without doing it, so that wound-bed means have a baseline.
    void prepare(const Scenario& scenario, std::size_t i_session);

    /// Applies session i to the state; every new value is computed from the state before it.
    SessionRecord carry_out(const Scenario& scenario, std::size_t i_session, tissue::State& state,
                            double time);

    /// Largest fraction ever wounded, grid layout; and one plane each for surface and junction.
    std::span<const double> wounded() const { return volume_; }
    std::span<const double> surface_wounded() const { return surface_; }
    std::span<const double> junction_wounded() const { return junction_; }

    /// Sets those, as a checkpoint has them. \throws Error  not of this grid
    void restore(std::span<const double> volume, std::span<const double> surface,
                 std::span<const double> junction);

private:
    treatment::InjuryMap map_of(const Scenario& scenario, std::size_t i_session,
                                treatment::Wound& wound) const;
    void remember(const treatment::InjuryMap& map);

    const solver::Problem& problem_;
    const solver::RowBinder& binder_;
    AlignedVector volume_, surface_, junction_;
};

/// Sets rest where species live, zero elsewhere, then the model's [initial]; padding as its row.
void set_initial_state(const solver::Problem& problem, const solver::RowBinder& binder,
                       tissue::State& state);

/// Replaces every field by its lateral mean at each depth; fields that are uniform keep their bits.
void mix_laterally(const solver::Problem& problem, tissue::State& state);

/// Applies event `i_event` of the model to every voxel, from the state before it.
void apply_event(const solver::Problem& problem, const solver::RowBinder& binder,
                 std::size_t i_event, double time, tissue::State& state);

}  // namespace neocol::simulation
