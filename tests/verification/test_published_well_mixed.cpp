// Published well-mixed models against values computed apart from neocol: references.py integrates
// the same equations with SciPy (tolerance 1e-11). Each model is run as a scenario, where Odeint
// serves, and with neocol's own stepper on one voxel.

#include <catch2/catch.hpp>

#include <map>

#include <neocol/simulation/parameters.hpp>

#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;

namespace {

constexpr double hour = 1.0 / 24.0;

struct Expected {
    double time;  ///< [d]
    std::string observable;
    double value;  ///< internal units
};

/// Half a unit of the n-th significant digit.
double digits(double value, int n) {
    return 0.5 * std::pow(10.0, std::floor(std::log10(std::abs(value))) - (n - 1));
}

/// Checks values to four digits, by a scenario (Odeint) and by neocol's stepper.
void check(const std::string& name, const std::map<std::string, double>& parameters,
           const std::string& variant, const std::vector<Expected>& expected, double every) {
    const Loaded loaded(source_text("models/published/" + name + ".toml"), name);
    simulation::Scenario s =
        scenario(tissue::Geometry::well_mixed, expected.back().time, 1e-7, every);
    s.parameters = parameters;
    const Record record = run(s, loaded);
    solver::StepperOptions options;
    options.tolerance = 1e-7;
    options.largest_step = 1e300;
    Rig<> rig(loaded, unit_grid(tissue::Geometry::well_mixed, 1), options, parameters);
    for (const Expected& e : expected) {
        const std::size_t i = loaded.observable(e.observable);
        const std::string where =
            name + variant + ", " + e.observable + " on day " + std::to_string(e.time).substr(0, 6);
        INFO(where);
        const double by_odeint = record.at(e.time, i);
        CHECK(claim_value("published models", where + " (Odeint)", by_odeint, e.value,
                          digits(e.value, 4)));
        if (loaded.model.events.empty()) {
            rig.run(e.time);
            const double by_stepper = rig.at(loaded.species(e.observable));
            CHECK(claim_value("published models", where + " (own stepper)", by_stepper, e.value,
                              digits(e.value, 4)));
        }
    }
}

}  // namespace

TEST_CASE("Waugh and Sherratt's normal wound heals as their equations say") {
    check("waugh2006", {}, " normal",
          {{5, "inflammatory", 160.426},
           {10, "inflammatory", 110.679},
           {20, "inflammatory", 43.8537},
           {20, "tgf_beta", 0.34103},
           {200, "inflammatory", 6.36505},
           {200, "tgf_beta", 0.0489619}},
          5.0);
}

TEST_CASE("Waugh and Sherratt's diabetic wound stays inflamed") {
    check("waugh2006", {{"alpha", 0.8}}, " diabetic",
          {{5, "inflammatory", 292.675},
           {10, "inflammatory", 476.361},
           {20, "inflammatory", 899.666},
           {200, "inflammatory", 905.773},
           {200, "tgf_beta", 6.96748}},
          5.0);
}

TEST_CASE("Cooper's debris is cleared as in the published equations") {
    check("cooper2015", {}, "",
          {{1, "debris", 0.87256}, {3, "debris", 0.15935}, {7, "debris", 0.0035749}}, 1.0);
    check("cooper2015", {{"P_0", 0.0}}, " sterile",
          {{1, "debris", 0.87472}, {3, "debris", 0.15964}, {7, "debris", 0.0035783}}, 1.0);
}

TEST_CASE("Cooper's neutrophils and macrophages peak when and as high as published") {
    const Loaded loaded(source_text("models/published/cooper2015.toml"), "cooper2015");
    const Record record = run(scenario(tissue::Geometry::well_mixed, 30.0, 1e-7, 1.0), loaded);
    const auto outcome = [&](const char* name) {
        return record.summary.outcomes[loaded.outcome(name)].value;
    };
    const std::string topic = "published models";
    CHECK(claim_value(topic, "cooper2015, neutrophil peak", outcome("neutrophil_peak"), 0.148338,
                      5e-5));
    CHECK(claim_value(topic, "cooper2015, time of neutrophil peak [d]",
                      outcome("neutrophil_peak_time"), 0.75944, 5e-4));
    CHECK(claim_value(topic, "cooper2015, macrophage peak", outcome("macrophage_peak"), 0.272609,
                      5e-5));
    CHECK(claim_value(topic, "cooper2015, time of macrophage peak [d]",
                      outcome("macrophage_peak_time"), 4.1366, 5e-3));
}

TEST_CASE("Adler's circuit heals after a pulse of three days") {
    check("adler2020", {{"duration", 3.0}}, " 3-day pulse",
          {{10, "myofibroblasts", 160.047},
           {10, "macrophages", 48914.2},
           {20, "myofibroblasts", 999.181},
           {20, "macrophages", 3385.56}},
          10.0);
    const Loaded loaded(source_text("models/published/adler2020.toml"), "adler2020");
    const Record record = run(scenario(tissue::Geometry::well_mixed, 200.0, 1e-7, 200.0), loaded);
    CHECK(claim("published models", "adler2020 3-day pulse, cells left on day 200",
                record.at(200.0, 0) + record.at(200.0, 1), 1e-3));
}

TEST_CASE("Adler's circuit turns fibrotic after a pulse of four days") {
    check("adler2020", {{"duration", 4.0}}, " 4-day pulse",
          {{10, "myofibroblasts", 188.04},
           {10, "macrophages", 77714.5},
           {20, "myofibroblasts", 2644.61},
           {200, "myofibroblasts", 484814},
           {200, "macrophages", 645000}},
          10.0);
}

TEST_CASE("the dura set of four species heals as its own equations say") {
    check("dura", {}, "",
          {{336 * hour, "fibroblast", 0.833637},
           {336 * hour, "collagen", 0.248473},
           {672 * hour, "fibroblast", 1.03136},
           {672 * hour, "collagen", 0.786996},
           {2160 * hour, "fibroblast", 1.00165},
           {2160 * hour, "collagen", 0.998459}},
          1.0);
    check("dura", {{"leak", 0.0093 / hour}}, " with leak",
          {{336 * hour, "collagen", 0.125314}, {672 * hour, "collagen", 0.748939}}, 1.0);
}

TEST_CASE("the dura set's cytokine peaks when and as high as its own equations say") {
    const Loaded loaded(source_text("models/published/dura.toml"), "dura");
    simulation::Scenario s = scenario(tissue::Geometry::well_mixed, 30.0, 1e-7, 1.0);
    for (const auto& [leak, peak, time] :
         {std::tuple{0.0, 9.68537, 134.165}, std::tuple{0.0093, 4.77261, 61.4378}}) {
        s.parameters = {{"leak", leak / hour}};
        const Record record = run(s, loaded);
        const std::string where = leak > 0.0 ? "dura with leak" : "dura";
        CHECK(claim_value("published models", where + ", cytokine peak",
                          record.summary.outcomes[loaded.outcome("cytokine_peak")].value, peak,
                          5e-4 * peak));
        CHECK(claim_value(
            "published models", where + ", time of cytokine peak [h]",
            record.summary.outcomes[loaded.outcome("cytokine_peak_time")].value / hour, time, 0.5));
    }
}

TEST_CASE("the dura set's derived constants are those of its source") {
    const Loaded loaded(source_text("models/published/dura.toml"), "dura");
    const solver::Environment environment = simulation::make_environment(loaded.model, {}, {});
    const std::map<std::string, double> expected{
        {"K_rho", 1.16461}, {"p_c_rho", 0.00694074 / hour}, {"K_phi", 0.702733}};
    for (std::size_t i = 0; i < loaded.model.inputs.size(); ++i) {
        const auto found = expected.find(loaded.model.inputs[i].name);
        if (found != expected.end()) {
            CHECK(claim_value("published models", "dura, derived " + found->first,
                              environment.by_layer[0][i], found->second, 5e-6 * found->second));
        }
    }
}
