#include <cmath>
#include <numbers>
#include <vector>

#include <catch2/catch.hpp>

#include "build_model.hpp"

using namespace neocol;
using namespace neocol::test;
using tissue::Geometry;

namespace {

constexpr double diffusivity = 150.0;  // [mm2 d-1], as oxygen's
constexpr std::size_t n = 20;
constexpr double length = 0.4;  // [mm]

/// Cells that live on an oxygen-like species: fast, supplied, consumed.
ModelBuilder oxygen_and_cells() {
    ModelBuilder m;
    m.model.stationary = false;
    const int oxygen = m.add_species("oxygen"), cells = m.add_species("cells");
    model::Graph& g = m.model.graph;
    m.add_process(g.multiply(m.parameter({300.0}), g.subtract(m.number(1.0), m.u(oxygen))),
                  {{oxygen, 1.0}});
    m.add_process(
        g.multiply(m.parameter({900.0}),
                   g.multiply(m.u(cells), g.hill(m.u(oxygen), m.number(0.2), m.number(1.0)))),
        {{oxygen, -1.0}});
    m.add_process(
        g.multiply(g.multiply(m.u(cells), g.hill(m.u(oxygen), m.number(0.3), m.number(2.0))),
                   g.subtract(m.number(1.0), m.u(cells))),
        {{cells, 1.0}});
    m.diffuse(oxygen, {diffusivity});
    m.diffuse(cells, {0.01});
    m.finish();
    return m;
}

/// Oxygen and cells at a few times after cells were taken out of a corner.
std::vector<double> course(Geometry geometry, double tolerance) {
    ModelBuilder m = oxygen_and_cells();
    solver::StepperOptions options;
    options.tolerance = tolerance;
    Rig rig(m, make_grid(geometry, n, geometry == Geometry::section, length), options);
    rig.fill(
        0, [](double, double, double) { return 0.7; });
    rig.fill(1, [](double x, double, double z) {
        return 0.3 + 0.3 * std::cos(2.0 * std::numbers::pi * x / length) * z / length;
    });
    for (std::size_t z = 0; z < n / 4; ++z)
        for (std::size_t x = 0; x < n / 8; ++x)
            rig.at(1, z, 0, x) = 0.0;
    rig.stepper->start(0.0);
    std::vector<double> values;
    for (const double t : {0.05, 0.3, 1.5}) {
        rig.run(t);
        for (int s = 0; s < 2; ++s)
            for (std::size_t z = 0; z < n; ++z)
                for (std::size_t x = 0; x < n; ++x)
                    values.push_back(rig.at(s, z, 0, x));
    }
    CHECK(rig.worst_residual() < 1e-12);
    return values;
}

}  // namespace

TEST_CASE("an oxygen-like species is served within three times the tolerance") {
    for (const Geometry geometry : {Geometry::section, Geometry::single_channel}) {
        const std::vector<double> reference = course(geometry, 1e-5);
        for (const double tolerance : {1e-2, 1e-3}) {
            const std::vector<double> values = course(geometry, tolerance);
            const std::size_t block = n * n;
            for (std::size_t k = 0; k < values.size(); k += block) {
                double error = 0.0, peak = 0.0;
                for (std::size_t i = k; i < k + block; ++i) {
                    error += std::pow(values[i] - reference[i], 2);
                    peak += std::pow(reference[i], 2);
                }
                CAPTURE(tissue::to_string(geometry), tolerance, k / block);
                CHECK(std::sqrt(error) < 3.0 * tolerance * std::sqrt(peak));
            }
        }
    }
}
