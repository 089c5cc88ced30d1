#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <neocol/io/result_writer.hpp>
#include <neocol/simulation/observer.hpp>

namespace neocol::io::made_up {

/// A model of two layers, two volume species and one surface field, made by hand: no arithmetic.
inline model::Model make_model() {
    model::Model m;
    m.name = "made_up";
    m.text = "[model]\nname = \"made_up\"\n";
    m.hash = "0123456789abcdef01234567";
    m.layers = {"epidermis", "dermis"};
    const auto species = [&](const char* name, const char* unit, model::Location location) {
        model::Species s;
        s.name = name;
        s.unit = m.units.parse(unit);
        s.location = location;
        s.present = {location != model::Location::volume, true};
        s.meaning = std::string("made-up ") + name;
        m.species.push_back(s);
    };
    species("collagen", "mg/mL", model::Location::volume);
    species("fibroblast", "cell/mm3", model::Location::volume);
    species("cover", "1", model::Location::surface);
    for (const char* name : {"synthesis", "loss"}) {
        model::Process p;
        p.name = name;
        m.processes.push_back(p);
    }
    model::Observable mean;
    mean.name = "collagen_mean";
    mean.unit = m.units.parse("mg/mL");
    mean.meaning = "mean collagen";
    mean.region.layers = {false, true};
    m.observables.push_back(mean);
    model::Observable cells;
    cells.name = "fibroblast_peak";
    cells.unit = m.units.parse("cell/mm3");
    cells.meaning = "largest density of fibroblasts";
    cells.reduce = model::Reduction::maximum;
    m.observables.push_back(cells);
    model::Outcome gain;
    gain.name = "collagen_gain";
    gain.unit = m.units.parse("%");
    gain.observable = 0;
    gain.measure = model::Measure::relative_change;
    gain.at_moment = {model::Moment::Origin::last_session, 90.0};
    gain.meaning = "gain of collagen";
    m.outcomes.push_back(gain);
    model::Outcome day;
    day.name = "peak_day";
    day.unit = m.units.parse("day");
    day.observable = 1;
    day.measure = model::Measure::time_of_peak;
    day.from = {model::Moment::Origin::first_session, 0.0};
    day.meaning = "day of the most fibroblasts";
    m.outcomes.push_back(day);
    model::Bound bound;
    bound.name = "solid";
    bound.unit = m.units.parse("mg/mL");
    bound.at_most = bound.unit.to_internal(1400.0);
    m.bounds.push_back(bound);
    return m;
}

inline tissue::Grid make_grid(tissue::Geometry geometry) {
    using tissue::Geometry;
    const auto one_cell = [] { return tissue::cartesian_axis({0.0, 1.0}); };
    tissue::Axis x = one_cell(), y = one_cell(),
                 z = tissue::cartesian_axis({0.0, 0.1, 0.2, 0.4, 0.7});
    std::vector<int> layers{0, 1, 1, 1};
    if (geometry == Geometry::single_channel) x = tissue::radial_axis({0.0, 0.1, 0.2, 0.3});
    if (geometry == Geometry::section || geometry == Geometry::patch)
        x = tissue::cartesian_axis(tissue::uniform_edges(0.5, 5));
    if (geometry == Geometry::patch) y = tissue::cartesian_axis(tissue::uniform_edges(0.2, 2));
    if (geometry == Geometry::well_mixed) {
        z = one_cell();
        layers = {1};
    }
    return {geometry, x, y, z, layers};
}

inline simulation::Scenario make_scenario() {
    simulation::Scenario s;
    s.title = "Made up µ";
    s.question = "Does the file open?";
    s.model_name = "made_up";
    s.output.fields = {"collagen", "cover"};
    s.text = "title = \"Made up µ\"\n";
    s.resolved_text = s.text;
    s.resolved = {{"run.until", "3 day", "scenario"}, {"run.seed", "1", "default"}};
    s.hash = "fedcba987654321001234567";
    return s;
}

/// Value that tells where it stands: collagen [mg/mL].
inline double collagen_at(double time, std::size_t i_z, std::size_t i_y, std::size_t i_x) {
    return time + 0.25 * static_cast<double>(i_z) + 8.0 * static_cast<double>(i_y) +
           64.0 * static_cast<double>(i_x);
}

/// A run of three days with a session on day 1, told to observers as Simulation would.
class Run {
public:
    explicit Run(tissue::Geometry geometry)
        : model(make_model()),
          grid(make_grid(geometry)),
          scenario(make_scenario()),
          fields(model, grid),
          state(fields),
          wounded(grid.n_padded(), 0.5) {}

    void begin(simulation::Observer& o) const { o.begin({scenario, model, grid, fields}); }

    void record(simulation::Observer& o, double time, bool after) {
        const Unit& unit = model.species[0].unit;
        const std::vector<double> values{unit.to_internal(10.0 + time), 100.0 * std::exp(-time)};
        double* collagen = state.field(fields.fields()[0]);
        double* cover = state.field(fields.fields()[2]);
        for (std::size_t i_y = 0; i_y < grid.ny(); ++i_y) {
            for (std::size_t i_x = 0; i_x < grid.nx(); ++i_x) {
                for (std::size_t i_z = 0; i_z < grid.nz(); ++i_z) {
                    collagen[grid.row(i_z, i_y) + i_x] =
                        unit.to_internal(collagen_at(time, i_z, i_y, i_x));
                }
                cover[grid.row(0, i_y) + i_x] = 1.0 - 0.125 * time;
            }
        }
        if (after) {
            o.fields_after(time, state);
            o.event({time, {"session 1", "drug"}, values, {2.0 * values[0], values[1]}});
        } else {
            o.observables(time, values);
            o.fields(time, state);
        }
    }

    void session(simulation::Observer& o) const {
        simulation::SessionRecord s;
        s.time = 1.0;
        s.device = "roller";
        s.needle_length = 1.5;
        s.puncture_density = 2.5;
        s.channel_depth = 0.6;
        s.surface_fraction = 0.03;
        s.layer_fraction = {0.03, 0.02};
        s.wounded_volume = 0.01;
        s.channels = {{0.1, 0.05, 0.06, 0.6, 0.0}, {0.3, 0.15, 0.06, 0.6, 0.0}};
        s.wounded = wounded;
        o.session(s);
    }

    simulation::RunSummary summary(simulation::RunStatus status) const {
        simulation::RunSummary s;
        s.status = status;
        s.time = 3.0;
        s.outcomes = {{0.25, false, ""}, {0.0, true, "the run ends on day 3"}};
        s.bounds = {{"solid", model.bounds[0].unit.to_internal(10.0),
                     model.bounds[0].unit.to_internal(500.0), true}};
        s.budget.initial = {1.0, 2.0, 3.0};
        s.budget.current = {1.5, 2.0, 3.0};
        s.budget.injected = s.budget.transported = s.budget.balance = {0.0, 0.0, 0.0};
        s.budget.process = {0.75, 0.25};
        s.budget.produced = {{0.75, -0.25}, {0.0, 0.0}, {0.0, 0.0}};
        s.budget.turnover = {1.0, 0.0, 0.0};
        s.steps.accepted = 12;
        s.backend = "interpreter";
        s.wall_seconds = 0.5;
        return s;
    }

    /// The whole run.
    void tell(simulation::Observer& o, simulation::RunStatus status) {
        begin(o);
        record(o, 0.0, false);
        record(o, 1.0, false);
        session(o);
        record(o, 1.0, true);
        record(o, 2.0, false);
        record(o, 3.0, false);
        o.end(summary(status));
    }

    model::Model model;
    tissue::Grid grid;
    simulation::Scenario scenario;
    tissue::FieldTable fields;
    tissue::State state;
    std::vector<double> wounded;
};

}  // namespace neocol::io::made_up
