#include "build_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "../../../src/model/differentiator.hpp"

namespace neocol::test {

using model::Input;
using model::Location;
using model::NodeId;

ModelBuilder::ModelBuilder(std::vector<std::string> layers) {
    model.layers = std::move(layers);
    environment.by_layer.resize(model.layers.size());
}

int ModelBuilder::add_species(const std::string& name, std::vector<double> rest, double scale,
                              Location location) {
    model::Species species;
    species.name = name;
    species.location = location;
    species.scale = scale;
    for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
        species.present.push_back(true);
        species.rest.push_back(number(rest[std::min(layer, rest.size() - 1)]));
    }
    model.species.push_back(species);
    return static_cast<int>(model.species.size()) - 1;
}

NodeId ModelBuilder::parameter(std::vector<double> values) {
    model.inputs.push_back({Input::Kind::parameter, static_cast<int>(model.inputs.size()), ""});
    for (std::size_t layer = 0; layer < model.layers.size(); ++layer)
        environment.by_layer[layer].push_back(values[std::min(layer, values.size() - 1)]);
    return model.graph.input(static_cast<int>(model.inputs.size()) - 1);
}

NodeId ModelBuilder::input(Input::Kind kind, int index, const std::string& name) {
    for (std::size_t k = 0; k < model.inputs.size(); ++k)
        if (model.inputs[k].kind == kind && model.inputs[k].index == index &&
            model.inputs[k].name == name)
            return model.graph.input(static_cast<int>(k));
    model.inputs.push_back({kind, index, name});
    for (auto& values : environment.by_layer)
        values.push_back(0.0);
    return model.graph.input(static_cast<int>(model.inputs.size()) - 1);
}

int ModelBuilder::add_process(NodeId rate, std::vector<std::pair<int, double>> changes,
                              Location location) {
    model::Process process;
    process.location = location;
    process.rate = rate;
    for (const auto& change : changes)
        process.quasi_steady |= model.species[static_cast<std::size_t>(change.first)].quasi_steady;
    for (const auto& [species, yield] : changes)
        process.changes.push_back({species, number(yield), {}});
    process.active.assign(model.layers.size(), true);
    model.processes.push_back(process);
    return static_cast<int>(model.processes.size()) - 1;
}

NodeId ModelBuilder::integral(NodeId value, bool is_mean) {
    model::Integral integral;
    integral.value = value;
    integral.is_mean = is_mean;
    integral.layers.assign(model.layers.size(), true);
    model.integrals.push_back(integral);
    return input(Input::Kind::integral, static_cast<int>(model.integrals.size()) - 1);
}

int ModelBuilder::add_decay(int species, double rate) {
    return add_process(model.graph.multiply(parameter({rate}), u(species)), {{species, -1.0}});
}

model::Transport& ModelBuilder::diffuse(int species, std::vector<double> diffusivity) {
    model::Transport transport;
    transport.species = species;
    transport.diffusivity = parameter(std::move(diffusivity));
    model.transports.push_back(transport);
    return model.transports.back();
}

void ModelBuilder::add_boundary(int species, model::Side side, model::BoundaryKind kind,
                                NodeId value, NodeId coefficient) {
    model::Boundary boundary;
    boundary.species = species;
    boundary.side = side;
    boundary.kind = kind;
    boundary.value = value;
    boundary.coefficient = coefficient;
    model.boundaries.push_back(boundary);
}

void ModelBuilder::finish() {
    int time_input = -1;
    for (std::size_t k = 0; k < model.inputs.size(); ++k)
        if (model.inputs[k].kind == Input::Kind::time) time_input = static_cast<int>(k);
    model::Graph& graph = model.graph;
    for (int i = 0; i < 6; ++i) {
        model::System system;
        const Location location = std::array{Location::volume, Location::surface,
                                             Location::junction}[static_cast<std::size_t>(i % 3)];
        system.location = location;
        system.quasi_steady = i >= 3;
        for (std::size_t s = 0; s < model.species.size(); ++s)
            if (model.species[s].location == location &&
                model.species[s].quasi_steady == system.quasi_steady)
                system.unknowns.push_back(static_cast<int>(s));
        if (system.unknowns.empty()) continue;
        for (std::size_t p = 0; p < model.processes.size(); ++p) {
            if (model.processes[p].location != location ||
                model.processes[p].quasi_steady != system.quasi_steady)
                continue;
            system.processes.push_back(static_cast<int>(p));
            system.process_rates.push_back(model.processes[p].rate);
        }
        for (const int species : system.unknowns) {
            NodeId rate = graph.constant(0.0);
            for (const int p : system.processes)
                for (const auto& change : model.processes[static_cast<std::size_t>(p)].changes)
                    if (change.species == species)
                        rate = graph.add(
                            rate,
                            graph.multiply(change.yield,
                                           model.processes[static_cast<std::size_t>(p)].rate));
            system.rates.push_back(rate);
        }
        model::Differentiator differentiator(graph);
        const auto differentiate = [&](const std::vector<NodeId>& roots,
                                       std::vector<model::Entry>& entries) {
            for (std::size_t r = 0; r < roots.size(); ++r)
                for (std::size_t s = 0; s < system.unknowns.size(); ++s) {
                    const NodeId d =
                        differentiator.derivative(roots[r], graph.unknown(system.unknowns[s]));
                    if (!graph.is_constant(d, 0.0))
                        entries.push_back({static_cast<int>(r), static_cast<int>(s), d});
                }
        };
        differentiate(system.rates, system.jacobian);
        differentiate(system.process_rates, system.process_jacobian);
        for (const NodeId rate : system.rates)
            if (time_input >= 0)
                system.time_derivative.push_back(
                    differentiator.derivative(rate, graph.input(time_input)));
        if (std::all_of(system.time_derivative.begin(), system.time_derivative.end(),
                        [&](NodeId d) { return graph.is_constant(d, 0.0); }))
            system.time_derivative.clear();
        model.systems.push_back(system);
    }
}

namespace {

std::vector<std::unique_ptr<kernel::Kernel>> make_kernels(const model::Model& model) {
    std::vector<std::unique_ptr<kernel::Kernel>> kernels;
    for (const model::System& system : model.systems)
        kernels.push_back(kernel::make_interpreter(model, system));
    return kernels;
}

}  // namespace

Rig::Rig(ModelBuilder& b, tissue::Grid g, const solver::StepperOptions& options)
    : builder(b), grid(std::move(g)), fields(b.model, grid), kernels(make_kernels(b.model)) {
    std::vector<const kernel::Kernel*> pointers;
    for (const auto& kernel : kernels)
        pointers.push_back(kernel.get());
    stepper = std::make_unique<solver::Stepper>(
        solver::Problem{builder.model, pointers, grid, fields, builder.environment}, options);
    fill_rest();
}

double& Rig::at(int species, std::size_t i_z, std::size_t i_y, std::size_t i_x) {
    const tissue::Field& field = fields.fields()[static_cast<std::size_t>(species)];
    return stepper->state().field(field)[grid.row(i_z, i_y) + i_x];
}

void Rig::fill(int species, const std::function<double(double, double, double)>& f) {
    const std::size_t nz = fields.fields()[static_cast<std::size_t>(species)].nz;
    for (std::size_t z = 0; z < nz; ++z)
        for (std::size_t y = 0; y < grid.ny(); ++y)
            for (std::size_t x = 0; x < grid.nx(); ++x)
                at(species, z, y, x) =
                    f(grid.x().centres[x], grid.y().centres[y], grid.z().centres[z]);
}

void Rig::fill_rest() {
    const std::vector<std::vector<double>> rest =
        solver::rest_values(builder.model, builder.environment);
    for (std::size_t s = 0; s < builder.model.species.size(); ++s)
        for (std::size_t z = 0; z < fields.fields()[s].nz; ++z)
            for (std::size_t y = 0; y < grid.ny(); ++y)
                for (std::size_t x = 0; x < grid.nx(); ++x)
                    at(static_cast<int>(s), z, y, x) =
                        rest[static_cast<std::size_t>(grid.layer(z))][s];
}

int Rig::run(double until) {
    int steps = 0;
    while (stepper->time() < until) {
        stepper->step(until);
        ++steps;
    }
    return steps;
}

double Rig::error(int species, const std::function<double(double, double, double)>& f) {
    double sum = 0.0, volume = 0.0;
    for (std::size_t z = 0; z < grid.nz(); ++z)
        for (std::size_t y = 0; y < grid.ny(); ++y)
            for (std::size_t x = 0; x < grid.nx(); ++x) {
                const double d = at(species, z, y, x) -
                                 f(grid.x().centres[x], grid.y().centres[y], grid.z().centres[z]);
                sum += grid.volume(z, y, x) * d * d;
                volume += grid.volume(z, y, x);
            }
    return std::sqrt(sum / volume);
}

double Rig::minimum(int species) {
    double least = at(species, 0, 0, 0);
    for (std::size_t z = 0; z < grid.nz(); ++z)
        for (std::size_t y = 0; y < grid.ny(); ++y)
            for (std::size_t x = 0; x < grid.nx(); ++x)
                least = std::min(least, at(species, z, y, x));
    return least;
}

std::vector<double> Rig::values() const {
    const tissue::State& state = stepper->state();
    return {state.data(), state.data() + state.size()};
}

double Rig::worst_residual() const {
    double worst = 0.0;
    for (const double r : stepper->budget().residual())
        worst = std::max(worst, std::abs(r));
    return worst;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

tissue::Grid make_grid(tissue::Geometry geometry, std::size_t n, bool periodic, double length) {
    using tissue::Geometry;
    const auto none = [] { return tissue::cartesian_axis({0.0, 1.0}); };
    const auto axis = [&](bool wraps) {
        return tissue::cartesian_axis(tissue::uniform_edges(length, n), wraps);
    };
    tissue::Axis x = none(), y = none(), z = none();
    if (geometry != Geometry::well_mixed) z = axis(false);
    if (geometry == Geometry::section || geometry == Geometry::patch) x = axis(periodic);
    if (geometry == Geometry::single_channel)
        x = tissue::radial_axis(tissue::uniform_edges(length, n));
    if (geometry == Geometry::patch) y = axis(periodic);
    const std::size_t nz = z.size();
    return tissue::Grid(geometry, std::move(x), std::move(y), std::move(z),
                        std::vector<int>(nz, 0));
}

}  // namespace neocol::test
