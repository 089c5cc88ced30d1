#include "wounding.hpp"

#include <algorithm>
#include <numeric>

#include <neocol/core/error.hpp>

namespace neocol::simulation {
namespace {

using kernel::Program;
using model::Location;

/// z index at which a system's row looks at the tissue's layers.
std::size_t depth_index(const tissue::Grid& grid, Location location, std::size_t i_z) {
    switch (location) {
        case Location::surface:
            return 0;
        case Location::junction:
            return grid.junction();
        default:
            return i_z;
    }
}

solver::WoundArrays arrays(const treatment::InjuryMap& map, Location location) {
    switch (location) {
        case Location::surface:
            return {map.surface_wounded.data(), map.surface_removed.data(),
                    map.surface_hole_radius.data(), map.surface_hole_depth.data()};
        case Location::junction:
            return {map.junction_wounded.data(), map.junction_removed.data(),
                    map.junction_hole_radius.data(), map.junction_hole_depth.data()};
        default:
            return {map.wounded.data(), map.removed.data(), map.hole_radius.data(),
                    map.hole_depth.data()};
    }
}

/// Visits every row of every system: f(i_system, i_z, i_y, offset of the row in a field).
template <typename F>
void for_rows(const model::Model& model, const tissue::Grid& grid, F&& f) {
    for (std::size_t s = 0; s < model.systems.size(); ++s) {
        const bool volume = model.systems[s].location == Location::volume;
        for (std::size_t i_z = 0; i_z < (volume ? grid.nz() : 1); ++i_z)
            for (std::size_t i_y = 0; i_y < grid.ny(); ++i_y)
                f(s, i_z, i_y, volume ? grid.row(i_z, i_y) : i_y * grid.nx_padded());
    }
}

/// Output of a kernel's program that becomes the new value of a species.
struct Target {
    std::size_t output;
    std::size_t species;
};

/// Replaces species everywhere they live by outputs of a program evaluated on the state before.
struct Replacement {
    const solver::Problem& problem;
    const solver::RowBinder& binder;
    Program program;

    void apply(const std::vector<std::vector<Target>>& targets, double time,
               const treatment::InjuryMap* map, tissue::State& state) const {
        const model::Model& model = problem.model;
        const tissue::Grid& grid = problem.grid;
        tissue::State after = state;
        solver::RowBinder::Scratch scratch = binder.make_scratch();
        const std::size_t stride = grid.nx_padded();
        std::size_t most = 0;
        for (const kernel::Kernel* k : problem.kernels)
            most = std::max(most, k->n_outputs(program));
        AlignedVector out(most * stride);
        for_rows(
            model, grid, [&](std::size_t s, std::size_t i_z, std::size_t i_y, std::size_t row) {
                const model::System& system = model.systems[s];
                solver::WoundArrays wound;
                if (map != nullptr) wound = arrays(*map, system.location);
                const kernel::Row bound = binder.bind(system, i_z, i_y, state.data(), time, scratch,
                                                      map != nullptr ? &wound : nullptr);
                problem.kernels[s]->evaluate(program, bound, out.data(), stride);
                const auto layer =
                    static_cast<std::size_t>(grid.layer(depth_index(grid, system.location, i_z)));
                for (const Target& target : targets[s])
                    if (system.location != Location::volume ||
                        model.species[target.species].present[layer])
                        std::copy_n(out.data() + target.output * stride, grid.nx(),
                                    after.field(problem.fields.fields()[target.species]) + row);
            });
        state.swap(after);
    }

    /// Targets of a program with one output per unknown, as far as the model gives an expression.
    std::vector<std::vector<Target>> per_unknown() const {
        std::vector<std::vector<Target>> targets;
        for (const model::System& system : problem.model.systems) {
            const auto roots = kernel::program_roots(problem.model, system, program);
            std::vector<Target> list;
            for (std::size_t u = 0; u < roots.size(); ++u)
                if (roots[u] != model::no_node)
                    list.push_back({u, static_cast<std::size_t>(system.unknowns[u])});
            targets.push_back(std::move(list));
        }
        return targets;
    }
};

void raise_to(AlignedVector& largest, const AlignedVector& other) {
    if (largest.empty()) largest.assign(other.size(), 0.0);
    std::transform(largest.begin(), largest.end(), other.begin(), largest.begin(),
                   [](double a, double b) { return std::max(a, b); });
}

/// Not a number without channels.
double mean_surface_radius(std::span<const treatment::Channel> channels) {
    const double sum = std::accumulate(
        channels.begin(), channels.end(), 0.0,
        [](double total, const treatment::Channel& c) { return total + c.surface_radius; });
    return sum / static_cast<double>(channels.size());
}

}  // namespace

Wounding::Wounding(const solver::Problem& problem, const solver::RowBinder& binder)
    : problem_(problem), binder_(binder) {}

treatment::InjuryMap Wounding::map_of(const Scenario& scenario, std::size_t i_session,
                                      treatment::Wound& wound) const {
    wound = treatment::make_wound(scenario.regimen.sessions[i_session], problem_.grid,
                                  scenario.run.seed, i_session);
    return treatment::injury_map(problem_.grid, wound);
}

void Wounding::remember(const treatment::InjuryMap& map) {
    raise_to(volume_, map.wounded);
    raise_to(surface_, map.surface_wounded);
    raise_to(junction_, map.junction_wounded);
}

void Wounding::prepare(const Scenario& scenario, std::size_t i_session) {
    treatment::Wound wound;
    remember(map_of(scenario, i_session, wound));
}

void Wounding::restore(std::span<const double> volume, std::span<const double> surface,
                       std::span<const double> junction) {
    if (!volume.empty() && volume.size() != problem_.grid.n_padded())
        throw Error("a checkpoint of another grid: the wounded fractions do not fit");
    volume_.assign(volume.begin(), volume.end());
    surface_.assign(surface.begin(), surface.end());
    junction_.assign(junction.begin(), junction.end());
}

SessionRecord Wounding::carry_out(const Scenario& scenario, std::size_t i_session,
                                  tissue::State& state, double time) {
    const treatment::Session& session = scenario.regimen.sessions[i_session];
    treatment::Wound wound;
    const treatment::InjuryMap map = map_of(scenario, i_session, wound);
    remember(map);
    const Replacement injury{problem_, binder_, Program::injury};
    injury.apply(injury.per_unknown(), time, &map, state);
    SessionRecord record;
    record.index = i_session;
    record.time = time;
    record.device = session.wound ? "wound" : session.device.name;
    record.needle_length = session.wound ? 0.0 : session.needle_length;
    if (!session.wound) record.insertion_force = treatment::insertion_force(session.device);
    treatment::InjurySummary done = treatment::summarise(problem_.grid, wound, map);
    static_cast<treatment::InjuryNumbers&>(record) = done;
    record.layer_fraction = std::move(done.layer_fraction);
    record.rehit_chance = treatment::rehit_chance(scenario.regimen, i_session);
    if (const auto* channels = std::get_if<treatment::Channels>(&wound)) {
        record.channels = channels->channels;
        record.hole_radius = mean_surface_radius(record.channels);
    }
    return record;
}

void set_initial_state(const solver::Problem& problem, const solver::RowBinder& binder,
                       tissue::State& state) {
    const model::Model& model = problem.model;
    const tissue::Grid& grid = problem.grid;
    const std::vector<std::vector<double>> rest = solver::rest_values(model, problem.environment);
    for_rows(model, grid, [&](std::size_t s, std::size_t i_z, std::size_t, std::size_t row) {
        const model::System& system = model.systems[s];
        const auto layer =
            static_cast<std::size_t>(grid.layer(depth_index(grid, system.location, i_z)));
        for (const int unknown : system.unknowns) {
            const auto species = static_cast<std::size_t>(unknown);
            std::fill_n(state.field(problem.fields.fields()[species]) + row, grid.nx_padded(),
                        rest[layer][species]);
        }
    });
    if (model.initial.empty()) return;
    const Replacement initial{problem, binder, Program::initial};
    initial.apply(initial.per_unknown(), 0.0, nullptr, state);
}

void mix_laterally(const solver::Problem& problem, tissue::State& state) {
    const tissue::Grid& grid = problem.grid;
    double area = 0.0;
    for (const double a : grid.x().volumes)
        area += a;
    for_rows(problem.model, grid, [&](std::size_t s, std::size_t, std::size_t, std::size_t row) {
        for (const int species : problem.model.systems[s].unknowns) {
            double* values =
                state.field(problem.fields.fields()[static_cast<std::size_t>(species)]) + row;
            double excess = 0.0;  // over the first value, so that uniform rows keep their bits
            for (std::size_t i = 0; i < grid.nx(); ++i)
                excess += grid.x().volumes[i] * (values[i] - values[0]);
            std::fill_n(values, grid.nx(), values[0] + excess / area);
        }
    });
}

void apply_event(const solver::Problem& problem, const solver::RowBinder& binder,
                 std::size_t i_event, double time, tissue::State& state) {
    const model::Model& model = problem.model;
    std::vector<std::vector<Target>> targets;
    for (const model::System& system : model.systems) {
        // The program lists the changes of all events; those of this one are replaced.
        std::vector<Target> list;
        std::size_t output = 0;
        for (std::size_t k = 0; k < model.events.size(); ++k) {
            for (const model::InjuryRule& change : model.events[k].changes) {
                const auto& unknowns = system.unknowns;
                if (std::find(unknowns.begin(), unknowns.end(), change.species) != unknowns.end()) {
                    if (k == i_event)
                        list.push_back({output, static_cast<std::size_t>(change.species)});
                    ++output;
                }
            }
        }
        targets.push_back(std::move(list));
    }
    Replacement{problem, binder, Program::events}.apply(targets, time, nullptr, state);
}

}  // namespace neocol::simulation
