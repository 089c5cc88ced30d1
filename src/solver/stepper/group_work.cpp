#include "stepper/group_work.hpp"

#include <algorithm>

namespace neocol::solver {

Workspace::Workspace(const Discretisation& d) : next(d.fields) {
    for (AlignedVector& stage : stages)
        stage.assign(d.fields.size(), 0.0);
    weighted.assign(d.fields.size(), 0.0);
}

void GroupWork::set_damping(double gh) {
    for (std::size_t s = 0; s < damping.size(); ++s)
        std::fill(damping[s].begin(), damping[s].end(), 1.0 + gh * losses.values()[s]);
}

GroupWork::GroupWork(const Discretisation& d, const RestBalance& balance, std::size_t i_group_,
                     Reconstruction reconstruction, int threads)
    : i_group(i_group_),
      tiling(d, d.groups[i_group_]),
      losses(d, d.groups[i_group_], tiling),
      walls(d, d.groups[i_group_]),
      wall_budget(d, d.groups[i_group_], walls, tiling),
      rhs(d, balance, i_group_, tiling, walls, wall_budget, reconstruction),
      reaction(d, d.groups[i_group_], tiling),
      transport(d, d.groups[i_group_], tiling, wall_budget),
      factors(d.groups[i_group_].n_unknowns),
      wall_conductances(d.groups[i_group_].n_unknowns),
      linearised(d.groups[i_group_].n_unknowns),
      is_linearised(d.groups[i_group_].n_unknowns, 0),
      damping(d.groups[i_group_].n_unknowns, std::vector<double>(d.groups[i_group_].nz, 1.0)) {
    const Group& group = d.groups[i_group];
    for (int i = 0; i < threads; ++i)
        workers.emplace_back(d, group, tiling);
    for (std::size_t s = 0; s < group.n_unknowns; ++s)
        if (group.transport[s].per_voxel || !group.transport[s].taxis.empty())
            linearised[s] = LinearisedTransport(d, group);
    errors.resize(tiling.strips.size() * group.n_unknowns * lanes);
    least.resize(errors.size());
}

}  // namespace neocol::solver
