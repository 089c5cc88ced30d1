#pragma once

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <neocol/simulation/observer.hpp>

#include "scenario.hpp"

namespace neocol::python {

/// A run in memory: what observers were told, to be told again, so that whatever an observer makes
/// of a run as it goes (a result file, a summary) can be made of it later.
///
/// Of fields only the species that the scenario asks for are held; told again, others are 0.
class RunTape final : public simulation::Observer {
public:
    explicit RunTape(SharedScenario scenario) : scenario_(std::move(scenario)) {}

    void begin(const simulation::RunContext& context) override;
    void observables(double time, std::span<const double> values) override;
    void fields(double time, const tissue::State& state) override;
    void fields_after(double time, const tissue::State& state) override;
    void session(const simulation::SessionRecord& record) override;
    void event(const simulation::EventRecord& record) override;
    void end(const simulation::RunSummary& summary) override;

    /// Tells another observer the run. \pre it has ended
    void replay(simulation::Observer& observer) const;

    /// Fields at one moment, species by species as the scenario names them.
    struct FieldRecord {
        double time = 0.0;                        ///< [d]
        bool is_after = false;                    ///< just after a jump
        std::vector<std::vector<double>> values;  ///< [species][padded voxel], internal units
    };
    /// Places of the fields held in a state, in the order of output.fields.
    const std::vector<tissue::Field>& held_fields() const { return held_; }
    std::vector<const FieldRecord*> field_records() const;
    std::vector<const simulation::SessionRecord*> sessions() const;
    const tissue::Grid& grid() const { return *grid_; }
    const simulation::RunSummary& summary() const { return summary_; }
    const io::LoadedScenario& scenario() const { return *scenario_; }

private:
    struct Observables {
        double time;
        std::vector<double> values;
    };
    struct Session {
        simulation::SessionRecord record;
        std::vector<double> wounded;
    };
    using Item = std::variant<Observables, FieldRecord, Session, simulation::EventRecord>;

    void add_fields(double time, const tissue::State& state, bool is_after);

    SharedScenario scenario_;
    std::optional<tissue::Grid> grid_;
    std::optional<tissue::FieldTable> table_;
    std::vector<tissue::Field> held_;
    std::vector<Item> items_;
    simulation::RunSummary summary_;
};

}  // namespace neocol::python
