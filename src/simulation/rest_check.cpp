#include <neocol/simulation/rest_check.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>

#include <Eigen/Dense>

#include <neocol/kernel/compiled_model.hpp>
#include <neocol/simulation/domain.hpp>
#include <neocol/simulation/parameters.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/solver/stepper.hpp>

namespace neocol::simulation {
namespace {

using model::Location;
using model::Model;

struct LayerPoint {
    std::size_t layer;
    std::vector<double> rest;  ///< by species
    const std::vector<double>& inputs;
};

double evaluate(const Model& model, model::NodeId node, const LayerPoint& at) {
    return model.graph.evaluate(node, at.rest, at.inputs);
}

bool lives(const Model& model, int species, const LayerPoint& at) {
    return model.species[static_cast<std::size_t>(species)].present[at.layer];
}

void residuals(const Model& model, const model::System& system, const LayerPoint& at,
               RestReport& report) {
    for (std::size_t u = 0; u < system.unknowns.size(); ++u) {
        const int species = system.unknowns[u];
        if (!lives(model, species, at)) continue;
        double gross = 0.0;
        for (const model::Process& process : model.processes) {
            for (const model::Process::Change& change : process.changes) {
                if (change.species == species && process.active[at.layer]) {
                    gross += std::abs(evaluate(model, change.yield, at) *
                                      evaluate(model, process.rate, at));
                }
            }
        }
        const double net = evaluate(model, system.rates[u], at);
        report.residuals.push_back({model.species[static_cast<std::size_t>(species)].name,
                                    gross > 0.0 ? std::abs(net) / gross : 0.0});
    }
    std::sort(report.residuals.begin(), report.residuals.end(),
              [](const auto& a, const auto& b) { return a.residual > b.residual; });
}

/// Reaction Jacobian and the matrix that k^2 multiplies, in units of the species' scales.
struct Linearised {
    Eigen::MatrixXd reaction, transport;
    std::vector<int> species;
};

Linearised linearise(const Model& model, const model::System& system, const LayerPoint& at) {
    Linearised result;
    std::vector<int> position(model.species.size(), -1);
    for (const int species : system.unknowns) {
        if (lives(model, species, at)) {
            position[static_cast<std::size_t>(species)] = static_cast<int>(result.species.size());
            result.species.push_back(species);
        }
    }
    const auto n = static_cast<Eigen::Index>(result.species.size());
    result.reaction = result.transport = Eigen::MatrixXd::Zero(n, n);
    const auto scale = [&](int species) {
        return model.species[static_cast<std::size_t>(species)].scale;
    };
    for (const model::Entry& entry : system.jacobian) {
        const int row = system.unknowns[static_cast<std::size_t>(entry.row)];
        const int column = system.unknowns[static_cast<std::size_t>(entry.column)];
        const int i = position[static_cast<std::size_t>(row)];
        const int j = position[static_cast<std::size_t>(column)];
        if (i >= 0 && j >= 0)
            result.reaction(i, j) += evaluate(model, entry.value, at) * scale(column) / scale(row);
    }
    for (const model::Transport& transport : model.transports) {
        const int i = position[static_cast<std::size_t>(transport.species)];
        if (i < 0) continue;
        if (transport.diffusivity != model::no_node)
            result.transport(i, i) -= evaluate(model, transport.diffusivity, at);
        for (const model::Taxis& taxis : transport.taxis) {
            const int j = position[static_cast<std::size_t>(taxis.toward)];
            if (j >= 0) {
                result.transport(i, j) += evaluate(model, taxis.sensitivity, at) *
                                          at.rest[static_cast<std::size_t>(transport.species)] *
                                          scale(taxis.toward) / scale(transport.species);
            }
        }
    }
    return result;
}

/// Rest as seen from above: species that rest at zero stand a little over it, since `hill`, powers
/// and `max` have their kink at zero and only the derivative from above tells what a small positive
/// disturbance does.
LayerPoint from_above(const Model& model, const LayerPoint& at) {
    constexpr double share = 1e-9;  ///< of the species' scale
    LayerPoint point = at;
    for (std::size_t s = 0; s < point.rest.size(); ++s)
        if (point.rest[s] == 0.0 && lives(model, static_cast<int>(s), at))
            point.rest[s] = share * model.species[s].scale;
    return point;
}

constexpr double shortest_wavelength = 0.01, longest_wavelength = 100.0;  // [mm]
constexpr int per_decade = 10, finer = 10;

/// Wavelengths to try [mm], ascending.
std::vector<double> wavelengths(const std::vector<double>& lengths) {
    double shortest = shortest_wavelength, longest = longest_wavelength;
    std::vector<double> list;
    for (const double length : lengths) {
        if (!(length > 0.0)) continue;
        list.push_back(2.0 * length);
        shortest = std::min(shortest, 2.0 * length);
        longest = std::max(longest, 2.0 * length);
    }
    const int n = static_cast<int>(std::ceil(per_decade * std::log10(longest / shortest) - 1e-9));
    for (int i = 0; i <= n; ++i)
        list.push_back(std::min(shortest * std::pow(10.0, i / double(per_decade)), longest));
    std::sort(list.begin(), list.end());
    return list;
}

/// Takes note of the growth of one disturbance; of a uniform one where the wavelength is 0.
void try_wavelength(const Model& model, const Linearised& linear, double wavelength,
                    RestReport& report) {
    const double k = wavelength > 0.0 ? 2.0 * std::numbers::pi / wavelength : 0.0;
    const Eigen::MatrixXd matrix = linear.reaction + k * k * linear.transport;
    const Eigen::EigenSolver<Eigen::MatrixXd> solver(matrix);
    Eigen::Index fastest = 0;
    const double rate = solver.eigenvalues().real().maxCoeff(&fastest);
    if (!report.species.empty() && !(rate > report.growth_rate)) return;
    report.growth_rate = rate;
    report.growth_rounding = 4.0 * std::numeric_limits<double>::epsilon() * matrix.norm();
    report.wavelength = wavelength;
    Eigen::Index part = 0;
    solver.eigenvectors().col(fastest).cwiseAbs().maxCoeff(&part);
    report.species =
        model.species[static_cast<std::size_t>(linear.species[static_cast<std::size_t>(part)])]
            .name;
}

void stability(const Model& model, const model::System& system, const LayerPoint& at,
               const std::vector<double>& lengths, RestReport& report) {
    const Linearised linear = linearise(model, system, from_above(model, at));
    if (linear.species.empty()) return;
    const std::vector<double> tried = wavelengths(lengths);
    report.shortest = tried.front();
    report.longest = tried.back();
    try_wavelength(model, linear, 0.0, report);
    for (const double wavelength : tried)
        try_wavelength(model, linear, wavelength, report);
    if (const double worst = report.wavelength; worst > 0.0) {
        for (int i = 1 - finer; i < finer; ++i) {
            const double near = worst * std::pow(10.0, i / double(per_decade * finer));
            if (near >= report.shortest && near <= report.longest)
                try_wavelength(model, linear, near, report);
        }
    }
}

}  // namespace

std::vector<RestReport> check_rest(const Model& model, const solver::Environment& environment,
                                   const std::vector<double>& lengths) {
    std::vector<RestReport> reports;
    const model::System& system = model.systems.front();
    for (std::size_t layer = 0; layer < model.layers.size(); ++layer) {
        LayerPoint at{layer, std::vector<double>(model.species.size(), 0.0),
                      environment.by_layer[layer]};
        if (std::all_of(at.inputs.begin(), at.inputs.end(), [](double v) { return v == 0.0; }) &&
            !at.inputs.empty())
            continue;  // the skin has no such layer
        for (std::size_t s = 0; s < model.species.size(); ++s) {
            const model::NodeId rest = model.species[s].rest[layer];
            at.rest[s] = rest == model::no_node ? 0.0 : model.graph.evaluate(rest, {}, at.inputs);
        }
        RestReport report;
        report.layer = model.layers[layer];
        residuals(model, system, at, report);
        stability(model, system, at, lengths, report);
        for (const model::Bound& bound : model.bounds) {
            const double value = evaluate(model, bound.value, at);
            const bool holds = !(bound.at_least && value < *bound.at_least) &&
                               !(bound.at_most && value > *bound.at_most);
            report.bounds.push_back({bound.name, value, holds});
        }
        for (const model::Transport& transport : model.transports) {
            if (transport.diffusivity != model::no_node && lives(model, transport.species, at) &&
                evaluate(model, transport.diffusivity, at) < 0.0) {
                report.negative_diffusivities.push_back(
                    model.species[static_cast<std::size_t>(transport.species)].name);
            }
        }
        reports.push_back(std::move(report));
    }
    return reports;
}

void require_balance(const Scenario& scenario, const Model& model) {
    Scenario coarse = scenario;
    if (coarse.domain.geometry != tissue::Geometry::well_mixed)
        coarse.domain.geometry = tissue::Geometry::column;
    const solver::Environment environment =
        make_environment(model, scenario.skin, scenario.parameters, scenario.inputs);
    const tissue::Grid grid = make_grid(coarse, model);
    const tissue::FieldTable fields(model, grid);
    const auto interpreted = kernel::CompiledModel::interpret(model);
    const solver::Stepper stepper({model, interpreted.kernels(), grid, fields, environment}, {});
}

}  // namespace neocol::simulation
