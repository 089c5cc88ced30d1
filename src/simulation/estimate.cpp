#include <neocol/simulation/estimate.hpp>

#include <algorithm>

#include <neocol/simulation/limits.hpp>

namespace neocol::simulation {

Estimate estimate(const Scenario& scenario, const model::Model& model, const tissue::Grid& grid) {
    // State, new state, four stages, low-order state, budget weights and records; measured on
    // single_channel and patch runs (tests/benchmarks).
    constexpr double blocks = 8.0;
    // Nanoseconds of one thread per unknown and step; steps of a session and per day between.
    constexpr double cost = 60e-9, steps_per_session = 150.0, steps_per_day = 0.5;
    const double fields = static_cast<double>(model.species.size());
    Estimate e;
    e.voxels = grid.n_voxels();
    e.unknowns = static_cast<std::size_t>(fields) * grid.n_voxels();
    const double padded_unknowns = fields * static_cast<double>(grid.n_padded());
    const double observables = static_cast<double>(model.observables.size());
    // Records are held by the run, its checkpoint and the summary.
    constexpr double copies = 4.0;
    e.records = count_records(scenario);
    e.record_bytes = 8.0 * e.records * (observables + 1.0);
    e.field_bytes = field_bytes(scenario, static_cast<double>(e.voxels));
    e.bytes = 40e6 + 8.0 * padded_unknowns * blocks + copies * e.record_bytes;
    const double until = scenario.run.until.days();
    e.steps = 100.0 + steps_per_session * static_cast<double>(scenario.regimen.sessions.size()) +
              std::max(std::min(steps_per_day * until, 1000.0), until / scenario.run.largest_step);
    for (const auto& [name, course] : scenario.inputs)
        e.steps += static_cast<double>(course.knots().size());
    e.seconds = cost * padded_unknowns * e.steps;
    return e;
}

}  // namespace neocol::simulation
