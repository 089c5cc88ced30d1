#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <neocol/tissue/grid.hpp>
#include <neocol/treatment/wound.hpp>

namespace neocol::treatment {

/// Channels sorted into bins of the plane of a patch, so that near ones are found without visiting
/// all. Distances are the shortest across periodic walls.
class PlaneIndex {
public:
    /// \pre channels lie on the grid's plane and outlive the index
    PlaneIndex(const tissue::Grid& grid, std::span<const Channel> channels);

    double distance(std::size_t i, double x, double y) const;
    /// Index of the channel nearest to (x, y). \pre there is one
    std::size_t nearest(double x, double y) const;
    /// Indices of channels within `reach` of (x, y), perhaps more than once, perhaps a few further.
    void near(double x, double y, double reach, std::vector<std::size_t>& members) const;

private:
    struct Direction {
        double start = 0.0, length = 0.0, bin = 0.0;
        long n = 1;
        bool periodic = false;

        Direction(const tissue::Axis& axis, double wanted_bin);
        long index(double position) const;
        double difference(double a, double b) const;
    };
    /// Channels of bin (i, j), wrapped where periodic; none outside where not.
    std::span<const std::size_t> bin(long i, long j) const;

    std::span<const Channel> channels_;
    Direction x_, y_;
    std::vector<std::size_t> starts_;  // of each bin in members_
    std::vector<std::size_t> members_;
};

}  // namespace neocol::treatment
