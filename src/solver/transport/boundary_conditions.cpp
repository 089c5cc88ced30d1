#include "transport/boundary_conditions.hpp"

#include <algorithm>

#include "discretisation/vector_loops.hpp"

namespace neocol::solver {

namespace {

/// Half width of the difference quotient of wall values in time, in steps.
constexpr double quotient_width = 1e-2;

bool varies_in_time(const model::Model& model, model::NodeId root) {
    if (root == model::no_node) return false;
    const model::NodeId roots[] = {root};
    for (const model::NodeId id : model.graph.schedule(roots)) {
        const model::Node& node = model.graph[id];
        if (node.operation != model::Operation::input) continue;
        const model::Input::Kind kind = model.inputs[static_cast<std::size_t>(node.index)].kind;
        if (kind == model::Input::Kind::time || kind == model::Input::Kind::external) return true;
    }
    return false;
}

}  // namespace

BoundaryConditions::BoundaryConditions(const Discretisation& d, const Group& group)
    : d_(d), group_(group), wall_x_(d.nx > 1 && !d.x.periodic), wall_y_(d.ny > 1 && !d.y.periodic) {
    for (const model::Boundary& boundary : d.model.boundaries) {
        const auto& unknowns = group.system->unknowns;
        const auto at = std::find(unknowns.begin(), unknowns.end(), boundary.species);
        if (at == unknowns.end()) continue;
        const std::size_t output = n_outputs_;
        n_outputs_ += 2;
        if (boundary.kind == model::BoundaryKind::no_flux) continue;
        conditions_.push_back({static_cast<std::size_t>(at - unknowns.begin()), boundary.side,
                               boundary.kind, output});
        depends_on_time_ |= varies_in_time(d.model, boundary.value) ||
                            varies_in_time(d.model, boundary.coefficient);
    }
}

bool BoundaryConditions::touches(const Condition& condition, std::size_t i_z) const {
    if (!group_.present[condition.unknown][i_z]) return false;
    switch (condition.side) {
        case model::Side::top:
            return i_z == 0;
        case model::Side::bottom:
            return i_z + 1 == group_.nz;
        case model::Side::outer:
            break;
    }
    return wall_x_ || wall_y_;
}

bool BoundaryConditions::touches(std::size_t i_z) const {
    return std::any_of(
        conditions_.begin(), conditions_.end(),
        [&](const Condition& condition) { return touches(condition, i_z); });
}

void BoundaryConditions::evaluate(const StageState& state, const double* plane, std::size_t stride,
                                  std::size_t i_z, std::size_t i_y, double time, Worker& worker,
                                  double* values) const {
    const Piece piece{i_z, i_z + 1, i_y, d_.nxp};
    group_.kernel->evaluate(kernel::Program::boundary,
                            bind(d_, group_, state, plane, stride, piece, time, worker), values,
                            d_.nxp);
}

BoundaryConditions::Row BoundaryConditions::row(const Worker& worker, const Condition& condition,
                                                std::size_t i_z, std::size_t i_y, const double* u,
                                                const double* values) const {
    Row row;
    row.i_z = i_z;
    row.i_y = i_y;
    row.u = u;
    row.value = values + condition.output * d_.nxp;
    row.coefficient = values + (condition.output + 1) * d_.nxp;
    const Transport& t = group_.transport[condition.unknown];
    if (t.per_voxel) row.diffusivity = worker.window.coefficient(i_z, i_y, t.coefficient);
    return row;
}

double BoundaryConditions::conductance(const Condition& condition, const Row& row, std::size_t i,
                                       double distance) const {
    const double d = row.diffusivity ? row.diffusivity[i]
                                     : group_.transport[condition.unknown].diffusivity[row.i_z];
    if (condition.kind == model::BoundaryKind::fixed) return d / distance;
    const double k = row.coefficient[i];
    return d > 0.0 && k > 0.0 ? 1.0 / (1.0 / k + distance / d) : k;
}

double BoundaryConditions::flux(const Condition& condition, const Row& row, std::size_t i,
                                double distance) const {
    if (condition.kind == model::BoundaryKind::flux) return row.value[i];
    return conductance(condition, row, i, distance) * (row.value[i] - row.u[i]);
}

/// Calls act(voxel, distance to the wall, wall per volume, wall) for every wall voxel of the row;
/// walls at the sides count per thickness of the plane.
template <typename Visit>
void BoundaryConditions::visit(const Condition& condition, const Row& row, const Visit& act) const {
    if (condition.side != model::Side::outer) {
        const double thickness = group_.thickness[row.i_z];
        const double* area = d_.area.data() + row.i_y * d_.nxp;
        for (std::size_t i = 0; i < d_.nx; ++i)
            act(i, 0.5 * thickness, 1.0 / thickness, area[i]);
        return;
    }
    const tissue::Axis& x = d_.grid.x();
    const tissue::Axis& y = d_.grid.y();
    if (wall_x_) {
        const double depth = y.volumes[row.i_y];
        const std::size_t last = d_.nx - 1;
        if (!x.radial)
            act(0, 0.5 * x.widths[0], x.face_areas[0] / x.volumes[0], x.face_areas[0] * depth);
        act(last, 0.5 * x.widths[last], x.face_areas[d_.nx] / x.volumes[last],
            x.face_areas[d_.nx] * depth);
    }
    if (!wall_y_) return;
    for (const std::size_t end : {std::size_t{0}, d_.ny - 1})
        if (row.i_y == end)
            for (std::size_t i = 0; i < d_.nx; ++i)
                act(i, 0.5 * y.widths[end], 1.0 / y.volumes[end], x.volumes[i]);
}

double BoundaryConditions::add_flux(const Condition& condition, const Row& row,
                                    double* rate) const {
    double total = 0.0;
    visit(condition, row, [&](std::size_t i, double distance, double wall_per_volume, double wall) {
        const double inward = flux(condition, row, i, distance);
        rate[i] += inward * wall_per_volume;
        total += inward * wall;
    });
    return total;
}

double& BoundaryConditions::sink_of(const Condition& condition, WallConductances& sinks) {
    switch (condition.side) {
        case model::Side::top:
            return sinks.top;
        case model::Side::bottom:
            return sinks.bottom;
        case model::Side::outer:
            break;
    }
    return sinks.outer;
}

double BoundaryConditions::add_positive_flux(const Condition& condition, const Row& row,
                                             const WallConductances& sinks, double reference,
                                             double* rate) const {
    WallConductances copy = sinks;
    const double sink = sink_of(condition, copy);
    double total = 0.0;
    visit(condition, row, [&](std::size_t i, double distance, double wall_per_volume, double wall) {
        const double inward = flux(condition, row, i, distance) + sink * (row.u[i] - reference);
        rate[i] += inward * wall_per_volume;
        total += inward * wall;
    });
    return total;
}

void BoundaryConditions::add_time_derivative(const StageState& start, double time, double step,
                                             Worker& worker, std::size_t i_z, std::size_t i_y,
                                             double* derivative, std::size_t stride) const {
    const double* plane = start.u() + group_.offset + i_z * d_.plane;
    const double width = quotient_width * step;
    double* early = worker.wall_values.data();
    double* late = early + n_outputs_ * d_.nxp;
    evaluate(start, plane, group_.stride, i_z, i_y, time - width, worker, early);
    evaluate(start, plane, group_.stride, i_z, i_y, time + width, worker, late);
    for (const Condition& condition : conditions_) {
        if (!touches(condition, i_z)) continue;
        const double* u = plane + i_y * d_.nxp + condition.unknown * group_.stride;
        double* target = derivative + condition.unknown * stride;
        for (const double* values : {early, late}) {
            std::fill(worker.row_buffer.begin(), worker.row_buffer.end(), 0.0);
            add_flux(condition, row(worker, condition, i_z, i_y, u, values),
                     worker.row_buffer.data());
            const double sign = (values == late ? 0.5 : -0.5) / width;
            const double* v[1] = {worker.row_buffer.data()};
            combine(target, target, d_.nxp, &sign, v, 1);
        }
    }
}

void BoundaryConditions::bound_conductances(const StageState& state, Worker& worker,
                                            std::vector<WallConductances>& sinks) const {
    std::fill(sinks.begin(), sinks.end(), WallConductances{});
    for (std::size_t z = 0; z < group_.nz; ++z) {
        if (!touches(z)) continue;
        worker.window.begin(state, z);
        worker.window.advance(z, worker.binder);
        for (std::size_t y = 0; y < d_.ny; ++y) {
            evaluate(state, worker.window.plane(z), worker.window.stride(), z, y, state.time(),
                     worker, worker.wall_values.data());
            for (const Condition& condition : conditions_)
                if (touches(condition, z))
                    raise_sink(
                        condition,
                        row(worker, condition, z, y, worker.window.row(z, y, condition.unknown),
                            worker.wall_values.data()),
                        sinks[condition.unknown]);
        }
    }
}

/// Raises `sink` to the conductance of the condition's wall along the row.
void BoundaryConditions::raise_sink(const Condition& condition, const Row& row,
                                    WallConductances& sink) const {
    if (condition.kind == model::BoundaryKind::flux) return;
    double& bound = sink_of(condition, sink);
    visit(condition, row, [&](std::size_t i, double distance, double, double) {
        bound = std::max(bound, conductance(condition, row, i, distance));
    });
}

double BoundaryConditions::integral_x(const double* plane) const {
    if (!wall_x_) return 0.0;
    const tissue::Axis& x = d_.grid.x();
    double sum = 0.0;
    for (std::size_t y = 0; y < d_.ny; ++y) {
        const double* row = plane + y * d_.nxp;
        double ends = x.face_areas[d_.nx] * row[d_.nx - 1];
        if (!x.radial) ends += x.face_areas[0] * row[0];
        sum += d_.y.volume[y] * ends;
    }
    return sum;
}

double BoundaryConditions::integral_y(const double* plane) const {
    if (!wall_y_) return 0.0;
    double sum = 0.0;
    for (const std::size_t y : {std::size_t{0}, d_.ny - 1})
        for (std::size_t i = 0; i < d_.nx; ++i)
            sum += d_.x.volume[i] * plane[y * d_.nxp + i];
    return sum;
}

}  // namespace neocol::solver
