#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <neocol/model/check.hpp>
#include <neocol/model/parse.hpp>

#include "model_text.hpp"

using namespace neocol::model;
using neocol::model::test::load;

namespace {

/// Rates of the volume system at a state by Model::species.
std::vector<double> rates(const Model& model, const System& system,
                          const std::vector<double>& state, const std::vector<double>& inputs) {
    std::vector<double> values;
    for (const NodeId rate : system.rates)
        values.push_back(model.graph.evaluate(rate, state, inputs));
    return values;
}

std::size_t input_index(const Model& model, Input::Kind kind, const std::string& name) {
    for (std::size_t i = 0; i < model.inputs.size(); ++i)
        if (model.inputs[i].kind == kind && model.inputs[i].name == name) return i;
    FAIL("no input " << name);
    return 0;
}

}  // namespace

TEST_CASE("every entry of the Jacobian is the slope of its rate, every other slope is 0") {
    for (const char* name : {"demo", "decay", "forced", "predator_prey"}) {
        const Model model = load(name);
        for (const System& system : model.systems) {
            std::vector<double> inputs =
                nominal_inputs(model, static_cast<int>(model.layers.size()) - 1);
            std::vector<double> state;
            for (std::size_t s = 0; s < model.species.size(); ++s)
                state.push_back(model.species[s].scale * (0.3 + 0.1 * static_cast<double>(s)));
            const std::size_t n = system.unknowns.size();
            std::vector<double> jacobian(n * n, 0.0);
            for (const Entry& entry : system.jacobian)
                jacobian[static_cast<std::size_t>(entry.row) * n +
                         static_cast<std::size_t>(entry.column)] =
                    model.graph.evaluate(entry.value, state, inputs);
            for (std::size_t column = 0; column < n; ++column) {
                const auto species = static_cast<std::size_t>(system.unknowns[column]);
                const double h = 1e-5 * model.species[species].scale;
                std::vector<double> above = state, below = state;
                above[species] += h;
                below[species] -= h;
                const auto up = rates(model, system, above, inputs);
                const auto down = rates(model, system, below, inputs);
                for (std::size_t row = 0; row < n; ++row) {
                    const double scale =
                        model.species[static_cast<std::size_t>(system.unknowns[row])].scale /
                        model.species[species].scale;
                    CHECK(jacobian[row * n + column] ==
                          Approx((up[row] - down[row]) / (2.0 * h)).margin(1e-7 * scale));
                }
            }
        }
    }
}

TEST_CASE("rates are the yields times the process rates") {
    const Model model = load("predator_prey");
    const std::vector<double> inputs = nominal_inputs(model, 0);
    const auto values = rates(model, model.systems[0], {80.0, 60.0}, inputs);
    CHECK(values[0] == Approx(80.0 - 0.01 * 80.0 * 60.0).epsilon(1e-14));
    CHECK(values[1] == Approx(0.5 * 0.01 * 80.0 * 60.0 - 0.5 * 60.0).epsilon(1e-14));
}

TEST_CASE("a process is switched off in the layers where it does not run") {
    const Model model = load("demo");
    const System& system = model.systems[0];
    const auto uptake = static_cast<std::size_t>(
        std::find_if(
            system.processes.begin(), system.processes.end(),
            [&](int p) { return model.processes[static_cast<std::size_t>(p)].name == "uptake"; }) -
        system.processes.begin());
    const std::vector<double> state{2.0, 500.0, 1e8, 1.0, 0.0};
    const NodeId rate = system.process_rates[uptake];
    CHECK(model.graph.evaluate(rate, state, nominal_inputs(model, 0)) == 0.0);
    CHECK(model.graph.evaluate(rate, state, nominal_inputs(model, 1)) ==
          Approx(1e-3 * 500.0 * 2.0).epsilon(1e-14));
    CHECK(model.processes[static_cast<std::size_t>(system.processes[0])].active_input == -1);
}

TEST_CASE("derived values from balance make rest a fixed point of the demonstration model") {
    const Model model = load("demo");
    const std::vector<double> inputs = nominal_inputs(model, 1);
    std::vector<double> rest;
    for (const Species& species : model.species)
        rest.push_back(
            species.rest[1] == no_node ? 0.0 : model.graph.evaluate(species.rest[1], {}, inputs));
    for (const System& system : model.systems) {
        const auto values = rates(model, system, rest, inputs);
        for (std::size_t s = 0; s < values.size(); ++s) {
            const double scale = model.species[static_cast<std::size_t>(system.unknowns[s])].scale;
            CHECK(std::abs(values[s]) <= 1e-12 * scale);
        }
    }
}

TEST_CASE("static values come after all they need") {
    const Model model = load("demo");
    const auto place = [&](Input::Kind kind, int index) {
        const auto found =
            std::find(model.static_order.begin(), model.static_order.end(), std::pair(kind, index));
        REQUIRE(found != model.static_order.end());
        return found - model.static_order.begin();
    };
    const int cell = model.find_species("cell"), matrix = model.find_species("matrix");
    CHECK(place(Input::Kind::rest, cell) < place(Input::Kind::derived, 0));
    CHECK(place(Input::Kind::rest, cell) < place(Input::Kind::derived, 1));
    CHECK(place(Input::Kind::rest, matrix) < place(Input::Kind::derived, 1));
}

TEST_CASE("surface processes read the volume species next to them, boundaries the surface field") {
    const Model model = load("demo");
    REQUIRE(model.systems.size() == 3);
    CHECK(model.systems[1].location == Location::surface);
    CHECK(model.systems[2].location == Location::junction);
    std::vector<double> inputs = nominal_inputs(model, 1);
    inputs[input_index(model, Input::Kind::adjacent, "signal")] = 3.0;
    const std::vector<double> state{0.0, 0.0, 0.0, 1.0, 1.0};
    CHECK(model.graph.evaluate(model.systems[2].rates[0], state, inputs) ==
          Approx((3.0 - 1.0) / 2.0));
    inputs[input_index(model, Input::Kind::surface, "cover")] = 0.25;
    REQUIRE(model.boundaries.size() == 2);
    CHECK(model.boundaries[0].kind == BoundaryKind::robin);
    CHECK(model.graph.evaluate(model.boundaries[0].coefficient, state, inputs) ==
          Approx(2.0 * 0.75));
}

TEST_CASE("only a model that reads the time has a time derivative, and it is the slope") {
    CHECK(load("demo").systems[0].time_derivative.empty());
    const Model model = load("forced");
    const System& system = model.systems[0];
    REQUIRE(system.time_derivative.size() == 1);
    std::vector<double> inputs = nominal_inputs(model, 0);
    const std::size_t time = input_index(model, Input::Kind::time, "time");
    inputs[input_index(model, Input::Kind::coordinate, "z")] = 0.2;
    inputs[time] = 0.7;
    const double pi = std::acos(-1.0), profile = std::cos(pi * 0.2);
    CHECK(model.graph.evaluate(system.rates[0], std::vector<double>{0.0}, inputs) ==
          Approx(profile * (2.0 * std::cos(1.4) + 0.1 * pi * pi * (1.0 + std::sin(1.4)))));
    CHECK(model.graph.evaluate(system.time_derivative[0], std::vector<double>{0.0}, inputs) ==
          Approx(profile * (-4.0 * std::sin(1.4) + 0.1 * pi * pi * 2.0 * std::cos(1.4))));
}

TEST_CASE("values arrive in internal units") {
    const Model model = load("demo");
    const auto value = [&](const char* name) {
        return model.parameters[static_cast<std::size_t>(model.find_parameter(name))].value;
    };
    CHECK(value("matrix_rest") == Approx(2e8).epsilon(1e-14));
    CHECK(value("killed") == 0.5);
    CHECK(model.species[0].scale == 5.0);
    const Parameter& division =
        model.parameters[static_cast<std::size_t>(model.find_parameter("r_division"))];
    REQUIRE(division.variations.size() == 2);
    CHECK(division.variations[1].age == Approx(80.0 * 365.242198781).epsilon(1e-12));
    CHECK(model.transports[0].linear);
    CHECK_FALSE(model.transports[1].linear);
    CHECK(model.transports[0].interfaces.at(0).upper_layer == 0);
    CHECK(model.events[0].after_session->time == neocol::Time(2.0));
    REQUIRE(model.events[1].times.size() == 2);
    CHECK(model.events[1].times[1].time == neocol::Time(20.0));
    CHECK(model.events[2].when->right.factor == 8.0);
    CHECK(model.events[2].when->above);
    CHECK(model.outcomes[0].at_moment.origin == Moment::Origin::last_session);
    CHECK(model.outcomes[0].at_moment.offset == 28.0);
    CHECK(model.outcomes[2].threshold == Approx(0.99));
    CHECK(model.observables[2].region.to == 0.5);
    CHECK(model.bounds[0].at_most == 1e8);
}

TEST_CASE("the hash identifies the text") {
    const Model a = load("decay");
    CHECK(a.hash.size() == 24);
    CHECK(a.hash == parse_model(a.text, "elsewhere.toml").hash);
    CHECK(a.hash != parse_model(a.text + "\n", "elsewhere.toml").hash);
}

TEST_CASE("a process runs while its switch stands at its option, and leaves no slope behind") {
    const Model model = load("alternatives");
    const System& system = model.systems.front();
    const int clearance = model.find_parameter("clearance");
    REQUIRE(clearance >= 0);
    std::vector<double> inputs = nominal_inputs(model, 0);
    const std::size_t position = input_index(model, Input::Kind::parameter, "clearance");
    const std::vector<double> state{10.0, 3.0};  // signal, dose
    const double k = 0.5, K = 4.0;
    inputs[position] = 0.0;  // linear
    CHECK(rates(model, system, state, inputs)[0] == Approx(-k * 10.0));
    CHECK(model.graph.evaluate(system.jacobian.front().value, state, inputs) == Approx(-k));
    inputs[position] = 1.0;  // saturating
    CHECK(rates(model, system, state, inputs)[0] == Approx(-k * K * 10.0 / (K + 10.0)));
    CHECK(model.graph.evaluate(system.jacobian.front().value, state, inputs) ==
          Approx(-k * K * K / ((K + 10.0) * (K + 10.0))));
    inputs[position] = 2.0;  // none: its terms, 1/0, are left out by selection
    CHECK(rates(model, system, state, inputs)[0] == 0.0);
    CHECK(rates(model, system, state, inputs)[1] == Approx(-0.1 * 3.0));
}

TEST_CASE("invariants of tensors are those of their matrices") {
    const Model model = load("fibres");
    REQUIRE(model.tensors.size() == 1);
    REQUIRE(model.tensors[0].is_full());
    // xx, yy, zz, xy, xz, yz of R diag(3, 1, 0.5) R^T with R a turn by 30 degrees about z and then
    // by 20 degrees about x, by hand.
    std::vector<double> state(model.species.size(), 0.0);
    const double c = std::cos(std::numbers::pi / 6.0), s = std::sin(std::numbers::pi / 6.0);
    const double C = std::cos(std::numbers::pi / 9.0), S = std::sin(std::numbers::pi / 9.0);
    const double p[3] = {3.0, 1.0, 0.5};
    const double r[3][3] = {{c, -s, 0.0}, {C * s, C * c, -S}, {S * s, S * c, C}};
    const auto entry = [&](int i, int j) {
        double sum = 0.0;
        for (int k = 0; k < 3; ++k)
            sum += r[i][k] * p[k] * r[j][k];
        return sum;
    };
    const double values[6] = {entry(0, 0), entry(1, 1), entry(2, 2),
                              entry(0, 1), entry(0, 2), entry(1, 2)};
    for (std::size_t i = 0; i < 6; ++i)
        state[static_cast<std::size_t>(model.tensors[0].components[i])] = values[i];
    const std::vector<double> inputs = nominal_inputs(model, 0);
    const auto observe = [&](const char* name) {
        const int k = model.find_observable(name);
        return model.graph.evaluate(model.observables[static_cast<std::size_t>(k)].value, state,
                                    inputs);
    };
    CHECK(observe("trace") == Approx(4.5));
    CHECK(observe("square") == Approx(9.0 + 1.0 + 0.25));
    const double deviation = 1.5 * 1.5 + 0.5 * 0.5 + 1.0;  // from the mean 1.5
    CHECK(observe("anisotropy") == Approx(std::sqrt(1.5 * deviation / 10.25)));
    CHECK(observe("along_z") == Approx(values[2]));
}

TEST_CASE("rates change in time with the clock and with inputs, by the chain rule") {
    const Model model = parse_model(R"(
[model]
name = "driven"
title = "Driven"
stationary = false
balance = "none"
[parameter]
k = { value = "2 d-2", meaning = "k", source = "chosen", evidence = "design" }
[input.light]
value = 3
meaning = "light"
[input.warmth]
value = 1
meaning = "warmth"
[species.u]
unit = "1"
scale = 1
meaning = "u"
[process.growth]
rate = "k*time*light^2*u"
changes = { u = 1 }
meaning = "growth"
)",
                                    "driven.toml");
    const System& system = model.systems.front();
    REQUIRE(system.time_derivative.size() == 1);
    CHECK(model.externals.size() == 2);
    std::vector<double> inputs = nominal_inputs(model, 0);
    const std::size_t light = input_index(model, Input::Kind::external, "light");
    CHECK(inputs[light] == 3.0);
    inputs[input_index(model, Input::Kind::time, "time")] = 5.0;
    inputs[light] = 7.0;
    inputs[input_index(model, Input::Kind::external_rate, "d light")] = 0.5;
    // d(k t l^2 u)/dt = k l^2 u + 2 k t l l' u
    CHECK(model.graph.evaluate(system.time_derivative[0], std::vector<double>{1.5}, inputs) ==
          Approx(2.0 * 49.0 * 1.5 + 2.0 * 2.0 * 5.0 * 7.0 * 0.5 * 1.5));
    CHECK(std::none_of(model.inputs.begin(), model.inputs.end(),
                       [](const Input& input) { return input.name == "warmth"; }));
}
