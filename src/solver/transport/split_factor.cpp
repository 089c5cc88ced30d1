#include "transport/split_factor.hpp"

namespace neocol::solver {

namespace {

/// Lateral line of diffusivity times gh `dg`; wall conductance `sink` times gh at both open ends
/// (a face of area 0, as the axis of a channel, has none).
void factor_lateral(const AxisStencil& stencil, const tissue::Axis& axis, double dg, double sink,
                    LineFactor& out) {
    const std::size_t n = stencil.size();
    std::vector<double> conductance(n + 1), sinks(n, 0.0);
    const std::vector<double> ones(n, 1.0);
    for (std::size_t i = 0; i <= n; ++i)
        conductance[i] = dg * stencil.conductance[i];
    if (!stencil.periodic && n > 1) {
        if (!axis.radial) sinks[0] += sink * axis.face_areas[0];
        sinks[n - 1] += sink * axis.face_areas[n];
    }
    factor({stencil.volume, ones, conductance, sinks, stencil.periodic}, out);
}

}  // namespace

void build_split_factor(const Discretisation& d, const Group& group, const Transport& t,
                        std::span<const double> damping, const WallConductances& sinks, double gh,
                        SplitFactor& out) {
    out.runs.clear();
    out.in_x = d.nx > 1;
    out.in_y = d.ny > 1;
    for (std::size_t z = 0; z < group.nz;) {
        std::size_t last = z + 1;
        while (last < group.nz && group.layer[last] == group.layer[z] &&
               t.diffusivity[last] == t.diffusivity[z] && damping[last] == damping[z])
            ++last;
        if (t.diffusivity[z] > 0.0 || sinks.outer > 0.0) {
            SplitFactor::Run run;
            run.first = z;
            run.last = last;
            const double dg = gh * t.diffusivity[z] / damping[z];
            const double sink = gh * sinks.outer / damping[z];
            if (out.in_x) factor_lateral(d.x, d.grid.x(), dg, sink, run.x);
            if (out.in_y) factor_lateral(d.y, d.grid.y(), dg, sink, run.y);
            out.runs.push_back(std::move(run));
        }
        z = last;
    }
    out.in_z = group.nz > 1 || sinks.top > 0.0 || sinks.bottom > 0.0;
    if (!out.in_z) return;
    std::vector<double> conductance(group.nz + 1), sink(group.nz, 0.0), weight(group.nz);
    for (std::size_t z = 0; z < group.nz; ++z)
        weight[z] = t.weight[z] * damping[z];
    for (std::size_t z = 0; z <= group.nz; ++z)
        conductance[z] = gh * t.conductance[z];
    sink[0] += gh * sinks.top * t.weight[0];
    sink[group.nz - 1] += gh * sinks.bottom * t.weight[group.nz - 1];
    factor({group.thickness, weight, conductance, sink, false}, out.z);
}

}  // namespace neocol::solver
