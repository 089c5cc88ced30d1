#include "reaction/rest_balance.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "discretisation/vector_loops.hpp"

namespace neocol::solver {

namespace {

/// Largest residual at rest, as a share of the turnover there, that counts as rounding.
constexpr double rounding_of_turnover = 1e-12;

bool depends_on_coordinates(const model::Model& model, const model::System& system) {
    for (const model::NodeId id : model.graph.schedule(system.rates)) {
        const model::Node& node = model.graph[id];
        if (node.operation == model::Operation::input &&
            (model.inputs[static_cast<std::size_t>(node.index)].kind ==
                 model::Input::Kind::coordinate ||
             model.inputs[static_cast<std::size_t>(node.index)].kind == model::Input::Kind::field))
            return true;
    }
    return false;
}

}  // namespace

void check_rest(const model::Model& model, const model::System& system, std::size_t layer,
                const std::vector<double>& process_rates, const std::vector<double>& residual,
                const std::vector<double>& turnover) {
    for (std::size_t p = 0; p < system.processes.size(); ++p) {
        if (std::isfinite(process_rates[p])) continue;
        throw InputError(
            fmt::format("process '{}' has no finite rate at rest in layer '{}': it is {}",
                        model.processes[static_cast<std::size_t>(system.processes[p])].name,
                        model.layers[layer], process_rates[p]),
            "a parameter far beyond its range, or a division by something that is 0 at rest");
    }
    for (std::size_t s = 0; s < system.unknowns.size(); ++s) {
        if (std::abs(residual[s]) <= rounding_of_turnover * turnover[s]) continue;
        throw InputError(
            fmt::format("species '{}' does not rest in layer '{}': its rates there sum to {:.3g}, "
                        "of a turnover of {:.3g} (internal units per day)",
                        model.species[static_cast<std::size_t>(system.unknowns[s])].name,
                        model.layers[layer], residual[s], turnover[s]),
            "derive a rate constant from the balance, give the rest value that solves it, or "
            "declare the model stationary = false");
    }
}

AlignedVector state_at_rest(const Discretisation& d) {
    AlignedVector state(d.fields.size(), 0.0);
    for (const Group& group : d.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s)
            for (std::size_t z = 0; z < group.nz; ++z)
                std::fill_n(state.begin() + static_cast<std::ptrdiff_t>(
                                                group.offset + s * group.stride + z * d.plane),
                            d.plane, group.rest[s][z]);
    return state;
}

RestBalance::RestBalance(const Discretisation& d, const AlignedVector& rest) {
    for (const Group& group : d.groups) {
        if (d.rest_is_fixed) {
            tables_.push_back(evaluate(d, group, rest.data()));
        } else {
            Table none;
            none.values.assign(d.ny == 1 ? group.nz * d.nxp : d.nxp, 0.0);
            none.total.assign(group.n_unknowns, 0.0);
            tables_.push_back(std::move(none));
        }
    }
}

RestBalance::Table RestBalance::evaluate(const Discretisation& d, const Group& group,
                                         const double* rest) {
    const bool full = depends_on_coordinates(d.model, *group.system);
    Table table;
    table.total.assign(group.n_unknowns, 0.0);
    table.y_stride = full ? d.nxp : 0;
    table.z_stride = full ? d.plane : d.nxp;
    table.stride = table.z_stride * group.nz;
    table.values.assign(group.n_unknowns * table.stride, 0.0);

    RowBinder::Scratch scratch = d.binder.make_scratch();
    scratch.at_rest = true;
    AlignedVector ones(d.nxp, 0.0), sums(group.n_processes * lanes + 1, 0.0);
    ones[0] = 1.0;
    std::vector<double> residual(group.n_unknowns), turnover(group.n_unknowns),
        rates(group.n_processes);
    for (std::size_t z = 0; z < group.nz; ++z)
        for (std::size_t y = 0; y < (full ? d.ny : 1); ++y) {
            const kernel::Row row = d.binder.bind(*group.system, z, y, rest, 0.0, scratch, nullptr);
            double* out = table.values.data() + z * table.z_stride + y * table.y_stride;
            std::fill(sums.begin(), sums.end(), 0.0);
            group.kernel->rates(row, out, table.stride, ones.data(), sums.data());
            std::fill(turnover.begin(), turnover.end(), 0.0);
            const auto layer = static_cast<std::size_t>(group.layer[z]);
            for (std::size_t p = 0; p < group.n_processes; ++p) {
                rates[p] = sum_lanes(&sums[p * lanes]);
                for (const Group::Change& change : group.changes[p])
                    if (change.unknown < group.n_unknowns)
                        turnover[change.unknown] += std::abs(change.yield[layer] * rates[p]);
            }
            for (std::size_t s = 0; s < group.n_unknowns; ++s)
                residual[s] = out[s * table.stride];
            check_rest(d.model, *group.system, layer, rates, residual, turnover);
        }
    for (std::size_t s = 0; s < group.n_unknowns; ++s)
        for (std::size_t z = 0; z < group.nz; ++z)
            for (std::size_t y = 0; y < d.ny; ++y) {
                double sum[lanes] = {};
                add_product(sum, d.area.data() + y * d.nxp,
                            table.values.data() + s * table.stride + z * table.z_stride +
                                y * table.y_stride,
                            d.nxp);
                table.total[s] += group.thickness[z] * sum_lanes(sum);
            }
    return table;
}

}  // namespace neocol::solver
