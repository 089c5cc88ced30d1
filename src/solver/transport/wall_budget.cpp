#include "transport/wall_budget.hpp"

#include <algorithm>

#include "discretisation/vector_loops.hpp"

namespace neocol::solver {

WallBudget::WallBudget(const Discretisation& d, const Group& group, const BoundaryConditions& walls,
                       const Tiling& tiling)
    : d_(d),
      group_(group),
      walls_(walls),
      tiling_(tiling),
      flux_(group.nz * walls.conditions().size(), 0.0),
      sides_(flux_.size(), 0.0),
      depth_(tiling.strips.size() * walls.conditions().size(), 0.0) {}

void WallBudget::reset() {
    std::fill(flux_.begin(), flux_.end(), 0.0);
    std::fill(sides_.begin(), sides_.end(), 0.0);
}

void WallBudget::reset_depth() {
    std::fill(depth_.begin(), depth_.end(), 0.0);
}

void WallBudget::book_sides(std::size_t s, const double* field, bool along_x, std::size_t begin,
                            std::size_t end) {
    for (std::size_t k = 0; k < n_conditions(); ++k) {
        const BoundaryConditions::Condition& condition = walls_.conditions()[k];
        if (condition.unknown != s || condition.side != model::Side::outer) continue;
        for (std::size_t z = begin; z < end; ++z)
            sides_[z * n_conditions() + k] += along_x ? walls_.integral_x(field + z * d_.plane)
                                                      : walls_.integral_y(field + z * d_.plane);
    }
}

void WallBudget::book_depth(std::size_t s, const double* field, std::size_t i_strip) {
    const Tile& strip = tiling_.strips[i_strip];
    for (std::size_t k = 0; k < n_conditions(); ++k) {
        const BoundaryConditions::Condition& condition = walls_.conditions()[k];
        if (condition.unknown != s || condition.side == model::Side::outer) continue;
        const std::size_t z = condition.side == model::Side::top ? 0 : group_.nz - 1;
        double sum[lanes] = {};
        add_product(sum, d_.area.data() + strip.first, field + z * d_.plane,
                    strip.n_blocks * lanes);
        depth_[i_strip * n_conditions() + k] = sum_lanes(sum);
    }
}

double WallBudget::inward(std::size_t k, const std::vector<WallConductances>& sinks,
                          const std::vector<std::vector<double>>& damping) const {
    const BoundaryConditions::Condition& condition = walls_.conditions()[k];
    const WallConductances& sink = sinks[condition.unknown];
    const std::vector<double>& damped = damping[condition.unknown];
    const bool outer = condition.side == model::Side::outer;
    double sum = 0.0;
    for (std::size_t z = 0; z < group_.nz; ++z) {
        const std::size_t at = z * n_conditions() + k;
        sum += flux_[at] * (outer ? group_.thickness[z] : 1.0);
        if (outer) sum -= sink.outer / damped[z] * sides_[at] * group_.thickness[z];
    }
    const double end = condition.side == model::Side::top ? sink.top / damped.front()
                                                          : sink.bottom / damped.back();
    for (std::size_t strip = 0; !outer && strip < tiling_.strips.size(); ++strip)
        sum -= end * depth_[strip * n_conditions() + k];
    return sum;
}

}  // namespace neocol::solver
