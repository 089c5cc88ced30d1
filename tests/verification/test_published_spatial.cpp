// Published models in space against an independent method of lines (references.py, SciPy).

#include <catch2/catch.hpp>

#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;

namespace {

const std::string topic = "published models";

Loaded load(const std::string& name) {
    return Loaded(source_text("models/published/" + name + ".toml"), name);
}

simulation::Scenario egberts(double spacing, double until) {
    simulation::Scenario s = scenario(tissue::Geometry::column, until, 1e-5, 1.0);
    s.domain.thickness = 100.0;
    s.domain.spacing = {spacing, spacing, 1.0};
    return s;
}

/// The wound's territory alone, without depth: one layer of cells, radius in mm.
simulation::Scenario disc(double radius, double spacing, double until, double every) {
    simulation::Scenario s = scenario(tissue::Geometry::single_channel, until, 1e-5, every);
    s.domain.width = radius;
    s.domain.thickness = spacing;
    s.domain.spacing = {spacing, spacing, 1.0};
    return s;
}

/// Values of a species along x (r) in the top row at the end of a run.
std::vector<double> row_at_end(const simulation::Scenario& s, const Loaded& loaded,
                               const std::string& species, Record& record) {
    simulation::Simulation simulation(s, *loaded.compiled_model, 1);
    simulation::Observer* observers[] = {&record};
    record.summary = simulation.run(observers);
    const tissue::FieldTable fields(loaded.model, simulation.grid());
    const double* first = simulation.state().field(fields.fields()[loaded.species(species)]);
    return {first, first + simulation.grid().nx()};
}

}  // namespace

TEST_CASE("Egberts's cells, signal and collagen run as in an independent method of lines") {
    const Loaded loaded = load("egberts1d");
    const Record record = run(egberts(0.25, 200.0), loaded);
    struct Row {
        double day, fibroblast, myofibroblast, signal, collagen;  // cm, g
    };
    for (const Row& row : {Row{1, 2007.85, 121.081, 1.03874e-08, 0.0128782},
                           Row{10, 1887.18, 1637.13, 1.6906e-08, 0.0383924},
                           Row{20, 1194.8, 3986.26, 3.30989e-08, 0.095732},
                           Row{40, 109.027, 7062.61, 8.60739e-08, 0.295356},
                           Row{80, 30.1055, 8311.47, 1.08166e-07, 0.803184},
                           Row{100, 101.978, 8245.24, 4.22636e-08, 1.05092},
                           Row{200, 3442.15, 30.5846, 0.0, 0.468004}}) {
        const auto check = [&](const char* name, double expected, double unit) {
            const double measured = record.at(row.day, loaded.observable(name)) / unit;
            const std::string where =
                "egberts1d, " + std::string(name) + " on day " + std::to_string(int(row.day));
            INFO(where << ": " << measured << " against " << expected);
            CHECK(claim_value(topic, where, measured, expected, 2e-3 * expected + 1e-15));
        };
        check("fibroblast_centre", row.fibroblast, 1e-3);  // cell/cm3 in cell/mm3
        check("myofibroblast_centre", row.myofibroblast, 1e-3);
        check("signal_centre", row.signal, 1e9);  // g/cm3 in pg/mm3
        check("collagen_centre", row.collagen, 1e9);
    }
}

TEST_CASE("Egberts's wound edge, where cells migrate, runs as in an independent method of lines") {
    const Loaded loaded = load("egberts1d");
    const Record record = run(egberts(0.25, 100.0), loaded);
    struct Row {
        double day, fibroblast, myofibroblast, signal, collagen;  // means of 3 to 4 cm
    };
    for (const Row& row : {Row{1, 5199.82, 87.57, 6.23786e-09, 0.0534086},
                           Row{10, 5020.45, 1273.93, 9.71083e-09, 0.0835999},
                           Row{20, 4391.98, 3099.1, 1.74829e-08, 0.14133},
                           Row{40, 2834.25, 6157.5, 3.99555e-08, 0.321972},
                           Row{80, 2703.9, 5439.95, 2.04115e-08, 0.648875},
                           Row{100, 3395.7, 2913.1, 4.7122e-10, 0.615335}}) {
        const auto check = [&](const char* name, double expected, double unit) {
            const double measured = record.at(row.day, loaded.observable(name)) / unit;
            const std::string where =
                "egberts1d, " + std::string(name) + " on day " + std::to_string(int(row.day));
            INFO(where << ": " << measured << " against " << expected);
            CHECK(claim_value(topic, where, measured, expected, 2e-3 * expected));
        };
        check("fibroblast_edge", row.fibroblast, 1e-3);
        check("myofibroblast_edge", row.myofibroblast, 1e-3);
        check("signal_edge", row.signal, 1e9);
        check("collagen_edge", row.collagen, 1e9);
    }
}

TEST_CASE("Sohutskay's wound fills as in an independent method of lines") {
    const Loaded loaded = load("sohutskay2021");
    const double hour = 1.0 / 24.0;
    struct Row {
        double hours, fibroblast, collagen;
    };
    // Face diffusivities by harmonic means, cells of 0.25 mm; between the two means the limit of
    // fine grids is the same, 114.5/0.0149 to 1958.9/0.4534.
    for (const Row& row : {Row{72, 112.43, 0.01473}, Row{168, 694.74, 0.1041},
                           Row{240, 1302.1, 0.2539}, Row{312, 1954.8, 0.4519}}) {
        Record record;
        const simulation::Scenario s = disc(37.5, 0.25, row.hours * hour, 1.0);
        const double rho = row_at_end(s, loaded, "fibroblast", record).front();
        const double phi = row_at_end(s, loaded, "collagen", record).front();
        const std::string at = " in the middle after " + std::to_string(int(row.hours)) + " h";
        INFO(at << ": " << rho << " " << phi);
        CHECK(claim_value(topic, "sohutskay2021, fibroblasts" + at + ", cells of 0.25 mm", rho,
                          row.fibroblast, 1e-3 * row.fibroblast));
        CHECK(claim_value(topic, "sohutskay2021, collagen" + at + ", cells of 0.25 mm", phi,
                          row.collagen, 1e-3 * row.collagen));
    }
}

TEST_CASE("Sohutskay's wound converges with the grid to the limit both face means share") {
    const Loaded loaded = load("sohutskay2021");
    Record record;
    const auto centre = [&](double spacing) {
        return row_at_end(disc(37.5, spacing, 3.0, 3.0), loaded, "fibroblast", record).front();
    };
    const double coarse = centre(0.125), fine = centre(0.0625);
    const double limit = fine + (fine - coarse) / 3.0;
    INFO(coarse << " " << fine << " " << limit);
    CHECK(claim_value(topic, "sohutskay2021, fibroblasts in the middle after 72 h, limit of grids",
                      limit, 114.5, 0.15));
}

TEST_CASE("Sherratt and Murray's wound heals when an independent method of lines says") {
    const Loaded loaded = load("sherratt_murray1990");
    const Record record = run(disc(10.0, 0.05, 100.0, 4.0), loaded);
    const std::size_t centre = loaded.observable("centre");
    for (const auto& [day, expected] : {std::pair{80, 0.25582}, {84, 0.67449}, {88, 0.89667}}) {
        const double measured = record.at(day, centre);
        INFO("day " << day << ": " << measured);
        CHECK(claim_value(topic,
                          "sherratt_murray1990, cells in the middle on day " + std::to_string(day),
                          measured, expected, 1e-3 * expected));
    }
    CHECK(claim_value(topic, "sherratt_murray1990, day of healing",
                      record.summary.outcomes[loaded.outcome("healing_time")].value, 85.774, 5e-3));
}
