#include "random_model.hpp"

#include <random>

#include <neocol/model/check.hpp>

#include "../../../src/model/differentiator.hpp"

namespace neocol::test {

using model::Graph;
using model::Input;
using model::Model;
using model::no_node;
using model::NodeId;
using model::Operation;
using model::System;

namespace {

constexpr int n_parameters = 6;
constexpr int coordinate_input = n_parameters;
constexpr int time_input = n_parameters + 1;

class RateLaws {
public:
    RateLaws(Graph& graph, unsigned seed, int n_species)
        : graph_(graph), random_(seed), n_species_(n_species) {}

    NodeId make(int depth) {
        if (depth == 0) return leaf();
        const NodeId a = make(depth - 1), b = make(depth - 1);
        const NodeId one = graph_.constant(1.0);
        const NodeId safe = graph_.add(one, graph_.make(Operation::absolute, b));
        switch (pick(18)) {
            case 0:
                return graph_.add(a, b);
            case 1:
                return graph_.subtract(a, b);
            case 2:
                return graph_.multiply(a, b);
            case 3:
                return graph_.divide(a, safe);
            case 4:
                return graph_.hill(a, safe, one);
            case 5:
                return graph_.hill(a, safe, graph_.constant(2.0));
            case 6:
                return graph_.hill(a, safe, graph_.input(pick(n_parameters)));
            case 7:
                return graph_.make(Operation::exponential, graph_.negate(safe));
            case 8:
                return graph_.make(Operation::logarithm, safe);
            case 9:
                return graph_.make(Operation::square_root, a);
            case 10:
                return graph_.make(Operation::sine, a);
            case 11:
                return graph_.make(Operation::cosine, a);
            case 12:
                return graph_.make(Operation::hyperbolic_tangent, a);
            case 13:
                return graph_.power(a, graph_.constant(1.3));
            case 14:
                return graph_.make(Operation::minimum, a, b);
            case 15:
                return graph_.make(Operation::maximum, a, b);
            case 16:
                return graph_.fraction(a, b);
            default:
                return graph_.smoothstep(one, graph_.constant(4.0), a);
        }
    }

    /// A sum in which every operation occurs.
    NodeId everything() {
        const NodeId x = graph_.unknown(0), y = graph_.unknown(n_species_ - 1);
        const NodeId k = graph_.input(0), half = graph_.constant(0.5);
        const NodeId positive = graph_.add(graph_.constant(1.0), graph_.multiply(x, x));
        NodeId sum = graph_.divide(graph_.negate(y), positive);
        for (const Operation function :
             {Operation::exponential, Operation::logarithm, Operation::square_root, Operation::sine,
              Operation::cosine, Operation::hyperbolic_tangent, Operation::absolute})
            sum = graph_.add(sum, graph_.make(function, graph_.subtract(x, half)));
        sum = graph_.add(sum, graph_.make(Operation::power, y, k));
        sum = graph_.add(sum, graph_.make(Operation::minimum, x, k));
        sum = graph_.subtract(sum, graph_.make(Operation::maximum, y, half));
        return graph_.add(sum, graph_.make(Operation::select_less, x, y, k, positive));
    }

    int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

private:
    NodeId leaf() {
        switch (pick(8)) {
            case 0:
                return graph_.input(coordinate_input);
            case 1:
                return graph_.input(time_input);
            case 2:
                return graph_.input(pick(n_parameters));
            case 3:
                return graph_.constant(0.25 * (1 + pick(8)));
            default:
                return graph_.unknown(pick(n_species_));
        }
    }

    Graph& graph_;
    std::mt19937 random_;
    int n_species_;
};

}  // namespace

void complete_system(Model& model, System& system) {
    Graph& graph = model.graph;
    system.rates.assign(system.unknowns.size(), graph.constant(0.0));
    for (std::size_t p = 0; p < system.processes.size(); ++p) {
        const auto index = static_cast<std::size_t>(system.processes[p]);
        for (const model::Process::Change& change : model.processes[index].changes) {
            for (std::size_t s = 0; s < system.unknowns.size(); ++s) {
                if (system.unknowns[s] != change.species) continue;
                system.rates[s] = graph.add(system.rates[s],
                                            graph.multiply(change.yield, system.process_rates[p]));
            }
        }
    }
    model::Differentiator differentiator(graph);
    const auto differentiate = [&](const std::vector<NodeId>& roots,
                                   std::vector<model::Entry>& entries) {
        for (std::size_t r = 0; r < roots.size(); ++r) {
            for (std::size_t s = 0; s < system.unknowns.size(); ++s) {
                const NodeId d =
                    differentiator.derivative(roots[r], graph.unknown(system.unknowns[s]));
                if (graph.is_constant(d, 0.0)) continue;
                entries.push_back({static_cast<int>(r), static_cast<int>(s), d});
            }
        }
    };
    differentiate(system.rates, system.jacobian);
    differentiate(system.process_rates, system.process_jacobian);
    for (const NodeId rate : system.rates)
        system.time_derivative.push_back(differentiator.derivative(rate, graph.input(time_input)));
}

Model random_model(unsigned seed, int n_species, int n_processes) {
    Model model;
    model.name = "random";
    model.hash = "000000000000000000000000";
    model.layers = {"tissue"};
    for (int s = 0; s < n_species; ++s) {
        model::Species species;
        species.name = "species" + std::to_string(s);
        model.species.push_back(species);
    }
    for (int k = 0; k < n_parameters; ++k)
        model.inputs.push_back({Input::Kind::parameter, k, "k" + std::to_string(k)});
    model.inputs.push_back({Input::Kind::coordinate, -1, "x"});
    model.inputs.push_back({Input::Kind::time, -1, "time"});

    RateLaws laws(model.graph, seed, n_species);
    System system;
    for (int s = n_species; s-- > 0;)
        system.unknowns.push_back(s);  // not the order of species
    for (int p = 0; p < n_processes; ++p) {
        model::Process process;
        process.rate = p == 0
                           ? laws.everything()
                           : model.graph.multiply(laws.make(3), model.graph.unknown(p % n_species));
        process.changes.resize(2);
        process.changes[0].species = p % n_species;
        process.changes[0].yield = model.graph.constant(-1.0);
        process.changes[1].species = laws.pick(n_species);
        process.changes[1].yield = model.graph.input(laws.pick(n_parameters));
        model.processes.push_back(process);
        system.processes.push_back(p);
        system.process_rates.push_back(process.rate);
    }
    complete_system(model, system);
    model.systems.push_back(system);

    for (int s = 0; s < n_species; s += 2) {
        model.injury.push_back({s, laws.make(2), ""});
        model.initial.emplace_back(s, model.graph.input(coordinate_input));
        model::Transport transport;
        transport.species = s;
        transport.diffusivity = laws.make(2);
        model::Taxis taxis;
        taxis.toward = (s + 1) % n_species;
        taxis.sensitivity = laws.make(2);
        transport.taxis.push_back(taxis);
        model.transports.push_back(transport);
        model::Boundary boundary;
        boundary.species = s;
        boundary.value = laws.make(1);
        model.boundaries.push_back(boundary);
        model::Observable observable;
        observable.value = laws.make(3);
        model.observables.push_back(observable);
        model::Event event;
        event.changes.push_back({s, laws.make(2), ""});
        model.events.push_back(event);
    }
    return model;
}

RandomRow::RandomRow(const Model& model, const System& system, unsigned seed, std::size_t blocks,
                     bool advancing)
    : n_blocks(blocks),
      stride(blocks * lanes + lanes),
      unknowns(system.unknowns),
      n_species(model.species.size()),
      state(system.unknowns.size() * stride, 0.0),
      weights(stride, 0.0),
      vector(system.unknowns.size() * stride, 0.0) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> around(-0.2, 1.0);
    const auto value = [&] {
        const double v = around(random);
        return v < -0.1 ? 0.0 : 3.0 * v;  // zeros and slightly negative values occur
    };
    for (double& v : state)
        v = value();
    for (double& v : vector)
        v = around(random);
    for (double& v : weights)
        v = 0.5 + 0.4 * around(random);
    for (const Input& input : model.inputs) {
        const bool is_constant =
            input.kind != Input::Kind::coordinate && input.kind != Input::Kind::adjacent &&
            input.kind != Input::Kind::surface && input.kind != Input::Kind::wound;
        AlignedVector values(size());
        for (double& v : values)
            v = 1.0 + 0.5 * around(random);
        const bool repeated = is_constant && !advancing;
        if (repeated) std::fill(values.begin(), values.end(), values.front());
        input_values.push_back(std::move(values));
        advance.push_back(repeated ? 0 : static_cast<std::ptrdiff_t>(lanes));
    }
    for (const AlignedVector& values : input_values)
        inputs.push_back(values.data());
}

RandomRow plausible_row(const Model& model, const System& system, int layer, unsigned seed,
                        std::size_t n_blocks) {
    RandomRow result(model, system, seed, n_blocks);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> share(-0.05, 1.5), near_one(0.9, 1.1);
    for (std::size_t s = 0; s < result.unknowns.size(); ++s) {
        const double scale = model.species[static_cast<std::size_t>(result.unknowns[s])].scale;
        for (std::size_t i = 0; i < result.stride; ++i) {
            const double v = share(random);
            result.state[s * result.stride + i] =
                scale * (v < -0.03 ? 1e-9 * v : (v < 0.0 ? 0.0 : v));
        }
    }
    const std::vector<double> nominal = nominal_inputs(model, layer);
    for (std::size_t k = 0; k < model.inputs.size(); ++k) {
        const Input& input = model.inputs[k];
        const bool is_field =
            input.kind == Input::Kind::adjacent || input.kind == Input::Kind::surface;
        for (double& v : result.input_values[k]) {
            v = result.advance[k] == 0 ? nominal[k] : share(random) + 0.1;
            if (is_field) v *= model.species[static_cast<std::size_t>(input.index)].scale;
            if (input.kind == Input::Kind::time) v = 12.5;
        }
    }
    return result;
}

kernel::Row RandomRow::row() const {
    return {n_blocks, state.data(), stride, inputs.data(), advance.data()};
}

std::vector<double> RandomRow::unknowns_at(std::size_t i) const {
    std::vector<double> values(n_species, 0.0);
    for (std::size_t s = 0; s < unknowns.size(); ++s)
        values[static_cast<std::size_t>(unknowns[s])] = state[s * stride + i];
    return values;
}

std::vector<double> RandomRow::inputs_at(std::size_t i) const {
    std::vector<double> values;
    for (const AlignedVector& v : input_values)
        values.push_back(v[i]);
    return values;
}

}  // namespace neocol::test
