#include "discretisation/discretisation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "discretisation/packed_kernel.hpp"

namespace neocol::solver {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Differences of rest over weight between layers up to this share count as equilibrium.
constexpr double equilibrium = 1e-12;

/// Rows are packed where at most this share of them is no padding: moving voxels has its price.
constexpr double most_packed = 0.5;

bool varies_within_layer(const model::Model& model, model::NodeId root) {
    using Kind = model::Input::Kind;
    const model::NodeId roots[] = {root};
    for (const model::NodeId id : model.graph.schedule(roots)) {
        const model::Node& node = model.graph[id];
        if (node.operation == model::Operation::unknown) return true;
        if (node.operation != model::Operation::input) continue;
        const Kind kind = model.inputs[static_cast<std::size_t>(node.index)].kind;
        if (kind == Kind::coordinate || kind == Kind::time || kind == Kind::adjacent ||
            kind == Kind::surface || kind == Kind::field || kind == Kind::integral ||
            kind == Kind::external)
            return true;
    }
    return false;
}

double by_layer(const model::Model& model, const Environment& environment, model::NodeId node,
                int layer) {
    return model.graph.evaluate(node, {}, environment.by_layer[static_cast<std::size_t>(layer)]);
}

Group make_group(const Problem& problem, std::size_t i_system,
                 const std::vector<std::vector<double>>& rest_values) {
    const model::Model& model = problem.model;
    const tissue::Grid& grid = problem.grid;
    const tissue::FieldTable& fields = problem.fields;
    const Environment& environment = problem.environment;
    const kernel::Kernel& kernel = *problem.kernels[i_system];
    const model::System& system = model.systems[i_system];
    Group group;
    group.system = &system;
    group.kernel = &kernel;
    group.n_unknowns = system.unknowns.size();
    group.n_processes = system.processes.size();
    group.n_coefficients = kernel.n_outputs(kernel::Program::coefficients);
    group.offset = system.unknowns.empty()
                       ? fields.system_offset(system.location)
                       : fields.fields()[static_cast<std::size_t>(system.unknowns.front())].offset;
    group.stride = fields.stride(system.location);
    group.n_layers = environment.by_layer.size();
    if (system.location == model::Location::volume) {
        group.nz = grid.nz();
        for (std::size_t z = 0; z < group.nz; ++z)
            group.layer.push_back(grid.layer(z));
        group.thickness = grid.z().volumes;
    } else {
        group.layer = {
            grid.layer(system.location == model::Location::junction ? grid.junction() : 0)};
        group.thickness = {1.0};
    }
    for (const int index : system.unknowns) {
        const auto species = static_cast<std::size_t>(index);
        std::vector<char> present;
        std::vector<double> rest;
        for (const int layer : group.layer) {
            const auto i_layer = static_cast<std::size_t>(layer);
            const std::vector<bool>& in = model.species[species].present;
            present.push_back(i_layer >= in.size() || in[i_layer] ? 1 : 0);
            rest.push_back(rest_values[i_layer][species]);
        }
        group.present.push_back(std::move(present));
        group.rest.push_back(std::move(rest));
    }
    return group;
}

std::size_t position(const model::System& system, int species) {
    for (std::size_t i = 0; i < system.unknowns.size(); ++i)
        if (system.unknowns[i] == species) return i;
    return system.unknowns.size();
}

void add_changes(const model::Model& model, const Environment& environment, Group& group) {
    for (const int index : group.system->processes) {
        std::vector<Group::Change> changes;
        for (const model::Process::Change& change :
             model.processes[static_cast<std::size_t>(index)].changes) {
            Group::Change entry;
            entry.unknown = position(*group.system, change.species);
            for (std::size_t layer = 0; layer < environment.by_layer.size(); ++layer)
                entry.yield.push_back(
                    by_layer(model, environment, change.yield, static_cast<int>(layer)));
            changes.push_back(std::move(entry));
        }
        group.changes.push_back(std::move(changes));
    }
}

void fill_transport(const model::Model& model, const Environment& environment,
                    const model::Transport& law, bool rest_is_fixed, Group& group,
                    std::size_t unknown) {
    Transport& t = group.transport[unknown];
    t.diffuses = true;
    t.per_voxel = varies_within_layer(model, law.diffusivity);
    for (std::size_t z = 0; z < group.nz; ++z) {
        const int layer = group.layer[z];
        const auto i_layer = static_cast<std::size_t>(layer);
        if (!group.present[unknown][z]) continue;
        if (!t.per_voxel) t.diffusivity[z] = by_layer(model, environment, law.diffusivity, layer);
        const double rest = group.rest[unknown][z];
        if (law.relative_to_rest)
            t.weight[z] = rest > 0.0 ? rest : 1.0;
        else if (i_layer < law.partition.size() && law.partition[i_layer] != model::no_node)
            t.weight[z] = by_layer(model, environment, law.partition[i_layer], layer);
        t.inverse_weight[z] = 1.0 / t.weight[z];
        if (rest_is_fixed) t.reference[z] = rest;
        if (z == 0) continue;
        // No flux through the border of a region without rest, where u/u_rest has no meaning.
        if (law.relative_to_rest && (rest > 0.0) != (group.rest[unknown][z - 1] > 0.0))
            t.resistance[z] = infinity;
        for (const model::Transport::Interface& interface : law.interfaces)
            if (interface.upper_layer == group.layer[z - 1] && layer != group.layer[z - 1])
                t.resistance[z] = 1.0 / by_layer(model, environment, interface.permeability, layer);
    }
    set_conductance(group, t);
}

void add_transports(const model::Model& model, const Environment& environment, bool rest_is_fixed,
                    Group& group) {
    group.transport.resize(group.n_unknowns);
    for (Transport& t : group.transport) {
        t.weight.assign(group.nz, 1.0);
        t.inverse_weight.assign(group.nz, 1.0);
        t.reference.assign(group.nz, 0.0);
        t.diffusivity.assign(group.nz, 0.0);
        t.resistance.assign(group.nz + 1, 0.0);
        t.conductance.assign(group.nz + 1, 0.0);
    }
    std::size_t output = 0;
    for (const model::Transport& law : model.transports) {
        const std::size_t unknown = position(*group.system, law.species);
        if (unknown == group.n_unknowns) continue;
        Transport& t = group.transport[unknown];
        t.coefficient = output++;
        for (const model::Taxis& taxis : law.taxis)
            t.taxis.push_back({position(*group.system, taxis.toward), output++});
        if (law.diffusivity != model::no_node)
            fill_transport(model, environment, law, rest_is_fixed, group, unknown);
        group.any_taxis |= !t.taxis.empty();
        group.any_coefficients |= t.per_voxel || !t.taxis.empty();
    }
}

/// All that is made of parameters but rest.
void add_coefficients(const model::Model& model, const Environment& environment, bool rest_is_fixed,
                      Group& group) {
    group.changes.clear();
    group.transport.clear();
    add_changes(model, environment, group);
    add_transports(model, environment, rest_is_fixed, group);
}

/// Rest must be in equilibrium across layers, or it is no fixed point.
void check_equilibrium(const model::Model& model, const Group& group) {
    for (std::size_t s = 0; s < group.n_unknowns; ++s) {
        const Transport& t = group.transport[s];
        if (!t.diffuses) continue;
        for (std::size_t z = 1; z < group.nz; ++z) {
            const bool open =
                group.present[s][z - 1] && group.present[s][z] && t.resistance[z] < infinity;
            const double above = group.rest[s][z - 1] * t.inverse_weight[z - 1];
            const double here = group.rest[s][z] * t.inverse_weight[z];
            if (!open || std::abs(here - above) <= equilibrium * (std::abs(here) + std::abs(above)))
                continue;
            const auto name = [&](std::size_t plane) {
                return model.layers[static_cast<std::size_t>(group.layer[plane])];
            };
            throw InputError(
                fmt::format("species '{}' moves between layers '{}' and '{}' where it rests at "
                            "different values, so rest is no fixed point",
                            model.species[static_cast<std::size_t>(group.system->unknowns[s])].name,
                            name(z - 1), name(z)),
                "set relative_to_rest = true or a partition in its [transport], or declare the "
                "model stationary = false");
        }
    }
}

}  // namespace

AxisStencil make_stencil(const tissue::Axis& axis) {
    constexpr std::size_t halo = AxisStencil::halo;
    const std::size_t n = axis.size();
    AxisStencil stencil;
    stencil.volume = axis.volumes;
    stencil.area.assign(n + 1, 0.0);
    stencil.inverse_distance.assign(n + 1, 0.0);
    stencil.periodic = axis.periodic && n > 1;
    for (std::size_t i = 0; i < n; ++i) {
        stencil.inverse_volume.push_back(1.0 / axis.volumes[i]);
        stencil.half_width.push_back(0.5 * axis.widths[i]);
    }
    const auto open = [&](std::size_t face, double distance) {
        stencil.area[face] = axis.face_areas[face];
        stencil.inverse_distance[face] = 1.0 / distance;
    };
    for (std::size_t i = 1; i < n; ++i)
        open(i, axis.centres[i] - axis.centres[i - 1]);
    if (stencil.periodic) {
        const double wrap = stencil.half_width[0] + stencil.half_width[n - 1];
        open(0, wrap);
        open(n, wrap);
    }
    for (std::size_t i = 0; i <= n; ++i)
        stencil.conductance.push_back(stencil.area[i] * stencil.inverse_distance[i]);
    for (std::size_t i = 0; i < n + 2 * halo; ++i) {
        const std::size_t voxel =
            stencil.periodic ? (i + halo * (n - 1)) % n : std::clamp(i, halo, n - 1 + halo) - halo;
        stencil.wide_half_width.push_back(stencil.half_width[voxel]);
    }
    for (std::size_t i = 0; i < n + 1 + 2 * halo; ++i) {
        const bool inside = i >= halo && i <= n + halo;
        const std::size_t face = stencil.periodic ? (i + halo * (n - 1)) % n : i - halo;
        stencil.wide_inverse_distance.push_back(
            stencil.periodic || inside ? stencil.inverse_distance[face] : 0.0);
    }
    return stencil;
}

void set_conductance(const Group& group, Transport& t) {
    t.conductance.assign(group.nz + 1, 0.0);
    for (std::size_t z = 1; z < group.nz; ++z) {
        const double above = t.diffusivity[z - 1] * t.weight[z - 1];
        const double here = t.diffusivity[z] * t.weight[z];
        if (!(above > 0.0) || !(here > 0.0)) continue;
        t.conductance[z] = 1.0 / (0.5 * group.thickness[z - 1] / above + t.resistance[z] +
                                  0.5 * group.thickness[z] / here);
    }
}

Discretisation::Discretisation(const Problem& problem_, bool quasi_steady)
    : problem(problem_),
      model(problem.model),
      grid(problem.grid),
      fields(problem.fields),
      environment(&problem.environment),
      binder(problem),
      x(make_stencil(grid.x())),
      y(make_stencil(grid.y())),
      z(make_stencil(grid.z())),
      nx(grid.nx()),
      nxp(grid.nx_padded()),
      ny(grid.ny()),
      plane(nxp * ny),
      area(plane, 0.0),
      rest_is_fixed(!quasi_steady && model.stationary && model.subtract_balance) {
    for (std::size_t i_y = 0; i_y < ny; ++i_y)
        for (std::size_t i = 0; i < nx; ++i)
            total_area += area[i_y * nxp + i] = x.volume[i] * y.volume[i_y];
    const std::vector<std::vector<double>> rest = rest_values(model, *environment);
    for (std::size_t i = 0; i < model.systems.size(); ++i) {
        if (model.systems[i].quasi_steady != quasi_steady) continue;
        groups.push_back(make_group(problem, i, rest));
        add_coefficients(model, *environment, rest_is_fixed, groups.back());
        if (rest_is_fixed) check_equilibrium(model, groups.back());
        if (groups.back().nz == 1 ||
            static_cast<double>(nx) > most_packed * static_cast<double>(nxp))
            continue;
        packed_kernels.push_back(pack_rows(*groups.back().kernel, model.inputs.size(), nxp, nx));
        groups.back().kernel = packed_kernels.back().get();
    }
}

void Discretisation::set_parameters(const Environment& changed) {
    environment = &changed;
    binder.set(changed);
    for (Group& group : groups)
        add_coefficients(model, changed, rest_is_fixed, group);
}

std::size_t Discretisation::plane_of(const Group& group, std::size_t i_z) const {
    switch (group.system->location) {
        case model::Location::volume:
            return i_z;
        case model::Location::junction:
            return grid.junction();
        case model::Location::surface:
            break;
    }
    return 0;
}

std::string Discretisation::place(const Group& group, std::size_t i_z, std::size_t i_y,
                                  std::size_t i_x) const {
    if (grid.geometry() == tissue::Geometry::well_mixed) return "the compartment";
    std::string text = fmt::format("z {:.4g} mm", grid.z().centres[plane_of(group, i_z)]);
    if (nx > 1)
        text += fmt::format(", {} {:.4g} mm", grid.x().radial ? "r" : "x", grid.x().centres[i_x]);
    if (ny > 1) text += fmt::format(", y {:.4g} mm", grid.y().centres[i_y]);
    return text;
}

}  // namespace neocol::solver
