// What a tolerance delivers: runs with harsh punctures and a diffuser as fast as oxygen, against
// runs at a tolerance a thousand times smaller on the same grid.

#include <catch2/catch.hpp>

#include <sstream>
#include <tuple>

#include "model_text.hpp"
#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;
using tissue::Geometry;

namespace {

const std::string topic = "delivered error";

/// Debris, a signal, cells that climb it, and oxygen from the surface that all of them burn.
std::string model_text(double oxygen_diffusivity, const std::string& burn, bool taxis,
                       bool balance) {
    return std::string(
               "[model]\nname = \"oxygen\"\ntitle = \"a fast diffuser\"\n"
               "stationary = false\nbalance = \"none\"\n") +
           "[species.debris]\nunit = \"1\"\nrest = \"none\"\nscale = 1\nmeaning = \"debris\"\n"
           "[species.signal]\nunit = \"ng/mL\"\nrest = \"none\"\nscale = \"1 ng/mL\"\n"
           "meaning = \"signal\"\n"
           "[species.cells]\nunit = \"1\"\nrest = \"none\"\nscale = 1\nmeaning = \"cells\"\n"
           "[species.oxygen]\nunit = \"1\"\nscale = 1\nmeaning = \"oxygen\"\n" +
           (balance ? "quasi_steady = true\n" : "rest = \"none\"\n") + parameter("d", "0.6 /day") +
           parameter("s", "60 ng/mL/day") + parameter("c", "12 /day") +
           parameter("D", "0.6 mm2/day") + parameter("D_cells", "0.05 mm2/day") +
           parameter("chi", "0.02 mm2/day/(ng/mL)") +
           parameter("D_oxygen", std::to_string(oxygen_diffusivity) + " mm2/day") +
           parameter("p", "1.5 /day") + parameter("K", "2 ng/mL") + parameter("q", "0.05 /day") +
           parameter("burn", burn + " /day") + parameter("K_oxygen", "0.1") +
           parameter("h", "3000 mm/day") +
           "[initial]\ndebris = \"0\"\nsignal = \"0\"\ncells = \"1\"\n" +
           (balance ? "" : "oxygen = \"0.5\"\n") +
           wound_processes("d*debris*(1 + cells*hill(oxygen, K_oxygen, 1))", "3") +
           (taxis ? "taxis = [{ toward = \"signal\", sensitivity = \"chi\" }]\n" : "") +
           diffusivity("oxygen", "D_oxygen") +
           "[boundary.oxygen]\ntop = { type = \"robin\", coefficient = \"h\", value = \"1\" }\n" +
           process("burning", "burn*cells*oxygen/(K_oxygen + oxygen)", "oxygen = -1");
}

struct History {
    std::vector<std::vector<std::vector<double>>> values;  ///< [time][species][voxel]
    std::uint64_t steps = 0;
};

/// Wounds a few voxels about a place: no tissue, few cells, no signal.
void puncture(Rig<>& rig, const model::Model& model, double at) {
    tissue::State& state = rig.stepper->state();
    const auto& fields = rig.fields.fields();
    for (std::size_t z = 0; z < 12; ++z) {
        for (std::size_t x = 0; x < rig.grid.nx(); ++x) {
            if (std::abs(rig.grid.x().centres[x] - at) > 0.05) continue;
            const std::size_t i = rig.grid.row(z, 0) + x;
            state.field(fields[0])[i] = 1.0;
            state.field(fields[2])[i] *= 0.1;
            if (!model.species[3].quasi_steady) state.field(fields[3])[i] = 0.0;
        }
    }
    rig.stepper->restart(rig.stepper->time());
}

/// A species' values times the root of the voxels' volumes, whose 2-norm is that of the field.
std::vector<double> weighted_values(Rig<>& rig, std::size_t species) {
    std::vector<double> v;
    for (std::size_t z = 0; z < rig.grid.nz(); ++z)
        for (std::size_t x = 0; x < rig.grid.nx(); ++x)
            v.push_back(rig.at(species, z, 0, x) * std::sqrt(rig.grid.volume(z, 0, x)));
    return v;
}

/// Three punctures, on day 0, 1 and 5, each of a few voxels; states from an hour to a week after.
History history(const Loaded& loaded, Geometry geometry, double tolerance) {
    solver::StepperOptions options;
    options.tolerance = tolerance;
    Rig<> rig(loaded, unit_grid(geometry, 32), options);
    History result;
    const bool radial = geometry == Geometry::single_channel;
    const double places[] = {radial ? 0.0 : 0.3, radial ? 0.0 : 0.7, radial ? 0.0 : 0.5};
    const double days[] = {0.0, 1.0, 5.0};
    for (int i = 0; i < 3; ++i) {
        puncture(rig, loaded.model, places[i]);
        for (const double after : {0.05, 0.3, 1.0, 4.0}) {
            const double t = days[i] + after;
            if (i < 2 && t > days[i + 1]) continue;
            rig.run(t);
            result.values.emplace_back();
            for (std::size_t s = 0; s < 4; ++s)
                result.values.back().push_back(weighted_values(rig, s));
        }
    }
    result.steps = rig.stepper->statistics().accepted;
    return result;
}

/// Largest 2-norm of the difference over species and times, over the species' peak 2-norm.
double error(const History& run, const History& truth) {
    double worst = 0.0;
    for (std::size_t s = 0; s < truth.values.front().size(); ++s) {
        double peak = 0.0, largest = 0.0;
        for (std::size_t t = 0; t < truth.values.size(); ++t) {
            double norm = 0.0, difference = 0.0;
            for (std::size_t i = 0; i < truth.values[t][s].size(); ++i) {
                norm += truth.values[t][s][i] * truth.values[t][s][i];
                const double d = run.values[t][s][i] - truth.values[t][s][i];
                difference += d * d;
            }
            peak = std::max(peak, std::sqrt(norm));
            largest = std::max(largest, std::sqrt(difference));
        }
        worst = std::max(worst, largest / peak);
    }
    return worst;
}

void check(double oxygen_diffusivity, const std::string& burn, bool taxis, Geometry geometry,
           bool balance = false) {
    const Loaded loaded = Loaded::compiled(model_text(oxygen_diffusivity, burn, taxis, balance));
    const History truth = history(loaded, geometry, 1e-6);
    for (const auto& [tolerance, name] :
         {std::pair{1e-2, "1e-2"}, {1e-3, "1e-3"}, {1e-4, "1e-4"}}) {
        const History run = history(loaded, geometry, tolerance);
        const double ratio = error(run, truth) / tolerance;
        std::ostringstream statement;
        statement << "delivered error over tolerance " << name << ", diffusivity "
                  << oxygen_diffusivity << " mm2/d, burnt at " << burn << " /d, "
                  << tissue::to_string(geometry) << (taxis ? ", with taxis" : "")
                  << (balance ? ", quasi-steady" : "");
        INFO(statement.str() << ": " << ratio << " in " << run.steps << " steps");
        CHECK(claim(topic, statement.str(), ratio, 3.0));
    }
}

}  // namespace

TEST_CASE("punctures with a diffuser as fast as oxygen deliver at most three tolerances") {
    for (const Geometry geometry : {Geometry::section, Geometry::single_channel})
        for (const char* burn : {"30", "200"})
            check(150.0, burn, false, geometry);
}

TEST_CASE("punctures without a fast diffuser deliver at most three tolerances") {
    check(1.0, "30", false, Geometry::section);
}

TEST_CASE("punctures with taxis and a diffuser as fast as oxygen deliver three tolerances") {
    check(150.0, "200", true, Geometry::section);
}

TEST_CASE("punctures with a quasi-steady fast diffuser deliver at most three tolerances") {
    check(150.0, "2000", false, Geometry::section, true);
    check(150.0, "2000", false, Geometry::single_channel, true);
}

namespace {

/// A signal that spreads and is bound by receptors that stand still, and are there at rest.
std::string front_text(const std::string& binding) {
    return "[model]\nname = \"front\"\ntitle = \"a front that uses up what it meets\"\n"
           "[species.signal]\nunit = \"1\"\nscale = 1\nmeaning = \"signal\"\n"
           "[species.receptor]\nunit = \"1\"\nrest = 1\nmeaning = \"free receptors\"\n" +
           parameter("D", "1 mm2/day") + parameter("k", binding + " /day") +
           parameter("amount", "20") + parameter("from", "0.1 mm") + parameter("to", "0.2 mm") +
           "[initial]\nsignal = \"amount*(1 - smoothstep(from, to, z))\"\n" +
           process("binding", "k*signal*receptor", "signal = -1, receptor = -1") +
           diffusivity("signal", "D");
}

/// States while the front runs, and long after it has used up the receptors.
History front_history(const Loaded& loaded, Geometry geometry, double tolerance) {
    solver::StepperOptions options;
    options.tolerance = tolerance;
    Rig<> rig(loaded, unit_grid(geometry, geometry == Geometry::column ? 64 : 24), options);
    History result;
    for (const double t : {0.003, 0.01, 0.03, 0.1, 0.3, 3.0}) {
        rig.run(t);
        result.values.emplace_back();
        for (std::size_t s = 0; s < 2; ++s) {
            std::vector<double> v;
            for (std::size_t z = 0; z < rig.grid.nz(); ++z)
                for (std::size_t x = 0; x < rig.grid.nx(); ++x)
                    v.push_back(rig.at(s, z, 0, x) * std::sqrt(rig.grid.volume(z, 0, x)));
            result.values.back().push_back(std::move(v));
        }
    }
    result.steps = rig.stepper->statistics().accepted;
    return result;
}

}  // namespace

TEST_CASE("a front that uses up what is there at rest delivers at most three tolerances") {
    for (const char* binding : {"30", "1000", "30000"}) {
        const Loaded loaded = Loaded::compiled(front_text(binding));
        for (const Geometry geometry : {Geometry::column, Geometry::section}) {
            const History truth = front_history(loaded, geometry, 1e-7);
            for (const auto& [tolerance, name, most] :
                 {std::tuple{1e-2, "1e-2", 400}, {1e-3, "1e-3", 800}, {1e-4, "1e-4", 1600}}) {
                const History run = front_history(loaded, geometry, tolerance);
                const double ratio = error(run, truth) / tolerance;
                std::ostringstream statement;
                statement << "delivered error over tolerance " << name
                          << ", front that uses up receptors at " << binding << " /d, "
                          << tissue::to_string(geometry);
                INFO(statement.str() << ": " << ratio << " in " << run.steps << " steps");
                CHECK(claim(topic, statement.str(), ratio, 3.0));
                CHECK(run.steps < static_cast<std::uint64_t>(most));
            }
        }
    }
}

// The reaction is a factor of its own: where a diffuser as fast as oxygen is burnt within seconds,
// what the product of both leaves escapes the estimate. Such a species is better solved as
// quasi-steady, as above.
TEST_CASE("a fast diffuser that is burnt within seconds delivers three tolerances", "[!mayfail]") {
    check(150.0, "2000", false, Geometry::section);
}
