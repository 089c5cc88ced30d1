#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace neocol::study {

/// Points of the unit cube [0, 1)^dimensions, one a row.
struct PointSet {
    std::size_t dimensions = 0;
    std::vector<double> values;  ///< [point][dimension]

    std::size_t size() const { return dimensions == 0 ? 0 : values.size() / dimensions; }
    std::span<const double> point(std::size_t i) const {
        return std::span(values).subspan(i * dimensions, dimensions);
    }
};

/// A Latin hypercube: in every dimension each of the n equal intervals holds one point, placed at
/// random in it. The same seed gives the same points.
PointSet latin_hypercube(std::size_t n, std::size_t dimensions, std::uint64_t seed);

/// A Latin hypercube that grew: the points of each size are those of the size before and new ones
/// in the intervals that were empty, so that it is one at every size.
/// Source: Sallaberry, Helton, Hora 2008, doi:10.1016/j.ress.2007.04.005
/// \pre every size is a multiple of the one before; there is one
PointSet grown_latin_hypercube(std::span<const std::size_t> sizes, std::size_t dimensions,
                               std::uint64_t seed);

/// The first n points of Sobol's low-discrepancy sequence (direction numbers of Joe and Kuo 2008),
/// moved by a random digital shift of `seed`; seed 0 leaves them unmoved. Best with n a power of 2.
/// \throws InputError  more than 3667 dimensions
PointSet sobol_points(std::size_t n, std::size_t dimensions, std::uint64_t seed);

/// Points on random paths along which one dimension after the other jumps once.
struct MorrisDesign {
    PointSet points;                 ///< paths * (dimensions + 1) points, path after path
    std::vector<std::size_t> moved;  ///< [path][step]: the dimension that changed
    std::size_t paths = 0;
};

/// Morris's design on a grid of p levels (p even), each jump p / (2 (p - 1)) up or down; no path
/// touches the same point twice. Levels stand at the middles of p equal intervals, so that no point
/// lies on a border, where unbounded distributions have no value; a jump is then 1/2.
///
/// Source: Morris 1991, doi:10.1080/00401706.1991.10484804
MorrisDesign morris_paths(std::size_t paths, std::size_t dimensions, std::uint64_t seed,
                          std::size_t levels = 4);

/// The points that Sobol' indices are estimated from: n rows A, n rows B, then for every dimension
/// i the n rows of A with their column i taken from B; n (dimensions + 2) points in all.
///
/// Source: Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018
PointSet saltelli_points(std::size_t n, std::size_t dimensions, std::uint64_t seed);

}  // namespace neocol::study
