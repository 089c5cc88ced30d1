#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <neocol/tissue/grid.hpp>

#include "../../../src/treatment/overlap.hpp"

#include <neocol/treatment/wound.hpp>

namespace neocol::treatment {

inline tissue::Axis absent() {
    return tissue::cartesian_axis({0.0, 1.0});
}

/// Edges from 0 whose cells grow by a ratio, n of them over `length`.
inline std::vector<double> graded_edges(double length, std::size_t n, double ratio) {
    std::vector<double> edges = {0.0};
    double width = 1.0;
    for (std::size_t i = 0; i < n; ++i, width *= ratio)
        edges.push_back(edges.back() + width);
    for (double& edge : edges)
        edge *= length / edges[n];
    edges[n] = length;
    return edges;
}

/// Depth from 0 to 1 mm in three layers with boundaries at 0.1 and 0.3 mm.
inline tissue::Axis depth_axis(const tissue::Spacing& spacing) {
    return tissue::cartesian_axis(tissue::layered_edges({0.1, 0.2, 0.7}, spacing));
}

inline std::vector<int> depth_layers(const tissue::Axis& z) {
    return tissue::layers_of_cells(z.edges, {0.1, 0.2, 0.7});
}

inline tissue::Grid patch(std::vector<double> x, std::vector<double> y,
                          const tissue::Spacing& depth, bool periodic = true) {
    const tissue::Axis z = depth_axis(depth);
    return tissue::Grid(tissue::Geometry::patch, tissue::cartesian_axis(std::move(x), periodic),
                        tissue::cartesian_axis(std::move(y), periodic), z, depth_layers(z));
}

inline tissue::Grid section(std::vector<double> x, const tissue::Spacing& depth,
                            bool periodic = false) {
    const tissue::Axis z = depth_axis(depth);
    return tissue::Grid(tissue::Geometry::section, tissue::cartesian_axis(std::move(x), periodic),
                        absent(), z, depth_layers(z));
}

inline tissue::Grid territory(std::vector<double> r, const tissue::Spacing& depth) {
    const tissue::Axis z = depth_axis(depth);
    return tissue::Grid(tissue::Geometry::single_channel, tissue::radial_axis(std::move(r)),
                        absent(), z, depth_layers(z));
}

inline tissue::Grid column(const tissue::Spacing& depth) {
    const tissue::Axis z = depth_axis(depth);
    return tissue::Grid(tissue::Geometry::column, absent(), absent(), z, depth_layers(z));
}

inline tissue::Grid well_mixed() {
    return tissue::Grid(tissue::Geometry::well_mixed, absent(), absent(), absent(), {0});
}

/// Sum over voxels of value * volume [mm3].
inline double integral(const tissue::Grid& grid, const AlignedVector& values) {
    double sum = 0.0;
    for (std::size_t k = 0; k < grid.nz(); ++k)
        for (std::size_t j = 0; j < grid.ny(); ++j)
            for (std::size_t i = 0; i < grid.nx(); ++i)
                sum += values[grid.row(k, j) + i] * grid.volume(k, j, i);
    return sum;
}

/// Sum over one plane of value * area [mm2].
inline double plane_integral(const tissue::Grid& grid, const AlignedVector& values) {
    double sum = 0.0;
    for (std::size_t j = 0; j < grid.ny(); ++j)
        for (std::size_t i = 0; i < grid.nx(); ++i)
            sum += values[grid.row(0, j) + i] * grid.x().volumes[i] * grid.y().volumes[j];
    return sum;
}

}  // namespace neocol::treatment
