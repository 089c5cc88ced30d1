#include <neocol/study/design_points.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/random.hpp>

#include "sobol_sequence.hpp"

namespace neocol::study {
namespace {

constexpr std::uint64_t latin_stream = 0x6c68730000000000;
constexpr std::uint64_t shift_stream = 0x736f626f6c000000;
constexpr std::uint64_t morris_stream = 0x6d6f727269730000;

/// A random order of 0 .. n - 1, from the numbers of `random` from `first` on.
std::vector<std::size_t> random_order(std::size_t n, const CounterRandom& random,
                                      std::uint64_t first) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = n; i > 1; --i) {
        const double u = random.uniform(first + i);
        const auto j = std::min(i - 1, static_cast<std::size_t>(u * static_cast<double>(i)));
        std::swap(order[i - 1], order[j]);
    }
    return order;
}

}  // namespace

PointSet latin_hypercube(std::size_t n, std::size_t dimensions, std::uint64_t seed) {
    PointSet set{dimensions, std::vector<double>(n * dimensions)};
    for (std::size_t d = 0; d < dimensions; ++d) {
        const CounterRandom random(seed, latin_stream + d);
        const std::vector<std::size_t> order = random_order(n, random, n);
        for (std::size_t i = 0; i < n; ++i) {
            set.values[i * dimensions + d] =
                (static_cast<double>(order[i]) + random.uniform(i)) / static_cast<double>(n);
        }
    }
    return set;
}

PointSet grown_latin_hypercube(std::span<const std::size_t> sizes, std::size_t dimensions,
                               std::uint64_t seed) {
    PointSet set = latin_hypercube(sizes.front(), dimensions, seed);
    for (const std::size_t n : sizes.subspan(1)) {
        const std::size_t before = set.size();
        const auto width = static_cast<double>(n);
        set.values.resize(n * dimensions);
        for (std::size_t d = 0; d < dimensions; ++d) {
            std::vector<bool> taken(n, false);
            for (std::size_t i = 0; i < before; ++i) {
                const double u = set.values[i * dimensions + d];
                taken[std::min(n - 1, static_cast<std::size_t>(u * width))] = true;
            }
            std::vector<std::size_t> empty;
            for (std::size_t k = 0; k < n; ++k)
                if (!taken[k]) empty.push_back(k);
            // Sizes double at least: no number of the stream serves twice.
            const CounterRandom random(seed, latin_stream + d);
            const std::vector<std::size_t> order = random_order(empty.size(), random, 3 * n);
            for (std::size_t i = before; i < n; ++i)
                set.values[i * dimensions + d] =
                    (static_cast<double>(empty[order[i - before]]) + random.uniform(2 * n + i)) /
                    width;
        }
    }
    return set;
}

PointSet sobol_points(std::size_t n, std::size_t dimensions, std::uint64_t seed) {
    if (dimensions > most_sobol_dimensions) {
        throw InputError(fmt::format("Sobol's sequence has {} dimensions at most, not {}",
                                     most_sobol_dimensions, dimensions),
                         "vary fewer parameters, or use a Latin hypercube");
    }
    PointSet set{dimensions, sobol_sequence(n, dimensions)};
    if (seed == 0) return set;
    for (std::size_t d = 0; d < dimensions; ++d) {
        // The exclusive or of the first 53 binary digits is the digital shift.
        const double u = CounterRandom(seed, shift_stream).uniform(d);
        const auto shift = static_cast<std::uint64_t>(u * 0x1p53);
        for (std::size_t i = 0; i < n; ++i) {
            double& value = set.values[i * dimensions + d];
            const auto digits = static_cast<std::uint64_t>(value * 0x1p53);
            value = static_cast<double>(digits ^ shift) * 0x1p-53;
        }
    }
    return set;
}

MorrisDesign morris_paths(std::size_t paths, std::size_t dimensions, std::uint64_t seed,
                          std::size_t levels) {
    if (levels < 2 || levels % 2 != 0) {
        throw InputError(
            fmt::format("a Morris design needs an even number of levels, not {}", levels));
    }
    MorrisDesign design;
    design.paths = paths;
    design.points.dimensions = dimensions;
    const auto half = static_cast<double>(levels / 2), all = static_cast<double>(levels);
    for (std::size_t t = 0; t < paths; ++t) {
        const CounterRandom random(seed, morris_stream + t);
        std::vector<double> x(dimensions);
        std::vector<bool> up(dimensions);
        for (std::size_t d = 0; d < dimensions; ++d) {
            const double level = std::min(half - 1.0, std::floor(random.uniform(2 * d) * half));
            up[d] = random.uniform(2 * d + 1) < 0.5;
            x[d] = (level + 0.5) / all + (up[d] ? 0.0 : 0.5);
        }
        design.points.values.insert(design.points.values.end(), x.begin(), x.end());
        for (const std::size_t d : random_order(dimensions, random, 2 * dimensions)) {
            x[d] += up[d] ? 0.5 : -0.5;
            design.moved.push_back(d);
            design.points.values.insert(design.points.values.end(), x.begin(), x.end());
        }
    }
    return design;
}

PointSet saltelli_points(std::size_t n, std::size_t dimensions, std::uint64_t seed) {
    const PointSet both = sobol_points(n, 2 * dimensions, seed);
    PointSet set{dimensions, {}};
    set.values.reserve(n * (dimensions + 2) * dimensions);
    for (const std::size_t offset : {std::size_t{0}, dimensions}) {
        for (std::size_t i = 0; i < n; ++i) {
            const auto row = both.point(i).subspan(offset, dimensions);
            set.values.insert(set.values.end(), row.begin(), row.end());
        }
    }
    for (std::size_t d = 0; d < dimensions; ++d) {
        for (std::size_t i = 0; i < n; ++i) {
            const auto row = both.point(i);
            set.values.insert(set.values.end(), row.begin(),
                              row.begin() + static_cast<std::ptrdiff_t>(dimensions));
            set.values[set.values.size() - dimensions + d] = row[dimensions + d];
        }
    }
    return set;
}

}  // namespace neocol::study
