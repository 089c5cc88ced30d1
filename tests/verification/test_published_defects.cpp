// Known defects of published models, found by the check of rest and by a run's own diagnostics.

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/simulation/parameters.hpp>
#include <neocol/simulation/rest_check.hpp>

#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;

namespace {

const std::string topic = "defects of published models";

Loaded load(const std::string& name) {
    return Loaded(source_text("models/published/" + name + ".toml"), name);
}

simulation::RestReport rest_of(const Loaded& loaded) {
    return simulation::check_rest(loaded.model, simulation::make_environment(loaded.model, {}, {}))
        .at(0);
}

double residual_of(const simulation::RestReport& report, const std::string& species) {
    for (const auto& residual : report.residuals)
        if (residual.species == species) return residual.residual;
    throw std::logic_error("no residual of " + species);
}

const simulation::BoundReport& bound_of(const Record& record, const std::string& name) {
    for (const simulation::BoundReport& bound : record.summary.bounds)
        if (bound.name == name) return bound;
    throw std::logic_error("no bound " + name);
}

/// The domain of Sohutskay's wound, around its axis.
simulation::Scenario round_wound(double days) {
    simulation::Scenario s = scenario(tissue::Geometry::single_channel, days, 1e-4, 1.0);
    s.domain.width = 37.5;
    s.domain.thickness = 0.5;
    s.domain.spacing = {0.5, 0.5, 1.0};
    return s;
}

}  // namespace

TEST_CASE("the check of rest finds that Sohutskay's healthy skin is not a fixed point") {
    const Loaded loaded = load("sohutskay2021");
    const simulation::RestReport report = rest_of(loaded);
    // By hand at stretch 1 without cytokine: gain of collagen 2e-6 (1 + H) 1000/(K + 1), loss
    // d_phi, so (gain - loss)/(gain + loss) = H/(2 + H), H = 1/(1 + exp 5).
    const double h = 1.0 / (1.0 + std::exp(5.0));
    CHECK(claim_value(topic, "sohutskay2021, residual of collagen at rest over turnover",
                      residual_of(report, "collagen"), h / (2.0 + h), 1e-6));
    // Fibroblasts: 0.017 (1 + H/2) 0.9 against 0.0153.
    CHECK(claim_value(topic, "sohutskay2021, residual of fibroblasts at rest over turnover",
                      residual_of(report, "fibroblast"), 0.5 * h / (2.0 + 0.5 * h), 1e-6));
    // The cytokine is made at stretch 1 though rest has none.
    CHECK(claim_value(topic, "sohutskay2021, residual of cytokine at rest over turnover",
                      residual_of(report, "cytokine"), 1.0, 1e-9));
}

TEST_CASE("the check of rest accepts models whose derived constants put rest at a fixed point") {
    for (const char* name : {"dura", "egberts1d", "sherratt_murray1990"}) {
        const Loaded loaded = load(name);
        const simulation::RestReport report = rest_of(loaded);
        CHECK(claim(topic, std::string(name) + ", largest residual at rest over turnover",
                    report.residuals.front().residual, 1e-12));
        CHECK(claim(topic,
                    std::string(name) + ", growth rate of the least stable disturbance [1/d]",
                    report.growth_rate, 1e-9));
    }
}

TEST_CASE("the check of rest finds where Egberts's signal loses its stability") {
    // About no signal the growth rate is N (k_c/a_II - d_c rho): stability is lost at
    // k_c = 5.625e-13 g per cell and day, 29 % below which the published 4e-13 lies.
    const Loaded loaded = load("egberts1d");
    const auto growth = [&](double k_c) {
        return simulation::check_rest(
                   loaded.model,
                   simulation::make_environment(loaded.model, {}, {{"k_c", k_c * 1e12}}))  // pg
            .at(0)
            .growth_rate;
    };
    for (const double k_c : {5.6e-13, 5.7e-13}) {
        CHECK(claim_value(topic,
                          "egberts1d, growth rate of the signal at k_c = " +
                              std::string(k_c < 5.65e-13 ? "5.6e-13" : "5.7e-13") +
                              " g per cell and day [1/d]",
                          growth(k_c), 1e4 * (k_c / 1e-8 - 5e-4 * 0.1125), 1e-5));
    }
}

TEST_CASE("the check of rest finds that a cell of Egberts's model makes too much collagen") {
    const simulation::RestReport report = rest_of(load("egberts1d"));
    bool found = false;
    for (const auto& bound : report.bounds) {
        if (bound.name == "synthesis_of_a_cell") {
            found = true;
            CHECK_FALSE(bound.satisfied);
            CHECK(claim_value(topic, "egberts1d, collagen a resting cell makes [pg/d]", bound.value,
                              75937.5, 1.0));
        }
    }
    CHECK(found);
}

TEST_CASE("a run of Sohutskay's wound reports its negative diffusivity") {
    const Loaded loaded = load("sohutskay2021");
    const simulation::Scenario s = round_wound(25.0);
    bool reported = false;
    try {
        const Record record = run(s, loaded);
        reported = !bound_of(record, "fibroblast_diffusivity").satisfied;
        CHECK(claim(topic, "sohutskay2021, lowest diffusivity of fibroblasts in 25 d [mm2/d]",
                    bound_of(record, "fibroblast_diffusivity").lowest, 0.0));
    } catch (const NumericsError& error) {
        reported = std::string(error.what()).find("diffusivity") != std::string::npos;
        CHECK(claim(topic, "sohutskay2021, day on which the run stops for a negative diffusivity",
                    error.where.time, 25.0));
    }
    CHECK(reported);
}

TEST_CASE("a run of Sohutskay's wound reports a cytokine of a tenth of the weight of water") {
    const Loaded loaded = load("sohutskay2021");
    CHECK_FALSE(bound_of(run(round_wound(1.0), loaded), "cytokine").satisfied);
}

TEST_CASE("a run of Jin's model reports the synthesis and the ceiling that units forbid") {
    const Loaded loaded = load("jin2011");
    const Record record = run(scenario(tissue::Geometry::well_mixed, 10.0, 1e-4, 1.0), loaded);
    CHECK_FALSE(bound_of(record, "synthesis_of_a_cell").satisfied);
    CHECK_FALSE(bound_of(record, "collagen_ceiling").satisfied);
    CHECK(claim(topic, "jin2011, collagen a cell makes, as printed [pg/d]",
                bound_of(record, "synthesis_of_a_cell").highest, 1000.0, true));
    CHECK(claim(topic, "jin2011, ceiling of collagen, as printed [g/cm3]",
                bound_of(record, "collagen_ceiling").highest * 1e-9, 1.35, true));
}
