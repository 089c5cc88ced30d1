#include "discretisation/state_norms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "discretisation/parallel.hpp"
#include "discretisation/vector_loops.hpp"
#include "discretisation/vectorise.hpp"

namespace neocol::solver {

namespace {

struct PlaneSums {
    double content = 0.0, square = 0.0, least = 0.0;
};

NEOCOL_CLONES
PlaneSums sum_plane(const double* __restrict area, const double* __restrict u, double reference,
                    std::size_t count) {
    double content[lanes] = {}, square[lanes] = {}, least[lanes];
    std::fill(least, least + lanes, std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < count; i += lanes)
        for (std::size_t k = 0; k < lanes; ++k) {
            const double value = u[i + k], deviation = value - reference;
            content[k] += area[i + k] * value;
            square[k] += area[i + k] * (deviation * deviation);
            least[k] = value < least[k] ? value : least[k];
        }
    return {sum_lanes(content), sum_lanes(square), *std::min_element(least, least + lanes)};
}

}  // namespace

StateNorms state_norms(const Discretisation& d, const double* state, int threads) {
    const std::size_t n_species = d.model.species.size();
    StateNorms m{std::vector<double>(n_species, 0.0), std::vector<double>(n_species, 0.0),
                 std::vector<double>(n_species, 0.0)};
    for (const Group& group : d.groups) {
        std::vector<PlaneSums> sums(group.n_unknowns * group.nz);
        parallel_ranges(threads, group.nz, [&](std::size_t, std::size_t begin, std::size_t end) {
            for (std::size_t s = 0; s < group.n_unknowns; ++s)
                for (std::size_t z = begin; z < end; ++z)
                    sums[s * group.nz + z] = sum_plane(
                        d.area.data(), state + group.offset + s * group.stride + z * d.plane,
                        d.rest_is_fixed ? group.rest[s][z] : 0.0, d.plane);
        });
        double volume = 0.0;
        for (const double thickness : group.thickness)
            volume += thickness * d.total_area;
        for (std::size_t s = 0; s < group.n_unknowns; ++s) {
            const auto species = static_cast<std::size_t>(group.system->unknowns[s]);
            double square = 0.0, least = std::numeric_limits<double>::infinity();
            for (std::size_t z = 0; z < group.nz; ++z) {
                const PlaneSums& plane = sums[s * group.nz + z];
                m.content[species] += group.thickness[z] * plane.content;
                square += group.thickness[z] * plane.square;
                least = std::min(least, plane.least);
            }
            m.deviation[species] = std::sqrt(square / volume);
            m.least[species] = least;
        }
    }
    return m;
}

void fill_padding(const Discretisation& d, double* state) {
    if (d.nx == d.nxp) return;
    for (const Group& group : d.groups)
        for (std::size_t s = 0; s < group.n_unknowns; ++s)
            for (std::size_t r = 0; r < group.nz * d.ny; ++r) {
                double* row = state + group.offset + s * group.stride + r * d.nxp;
                std::fill(row + d.nx, row + d.nxp, row[d.nx - 1]);
            }
}

}  // namespace neocol::solver
