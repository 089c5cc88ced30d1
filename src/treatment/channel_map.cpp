#include "channel_map.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <tuple>

#include "overlap.hpp"
#include "plane_index.hpp"

namespace neocol::treatment {

namespace {

/// Representative of a set in a forest of parents, its path shortened.
std::size_t representative(std::vector<std::size_t>& parents, std::size_t i) {
    while (parents[i] != i)
        i = parents[i] = parents[parents[i]];
    return i;
}

/// Channels grouped so that those whose surface holes overlap, directly or through others, stand
/// together; groups and members in the order of the channels.
std::vector<std::vector<std::size_t>> overlapping_groups(const PlaneIndex& index,
                                                         std::span<const Channel> channels) {
    std::vector<std::size_t> parents(channels.size());
    std::iota(parents.begin(), parents.end(), std::size_t{0});
    double largest = 0.0;
    for (const Channel& channel : channels)
        largest = std::max(largest, channel.surface_radius);
    std::vector<std::size_t> near;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        const Channel& channel = channels[i];
        index.near(channel.x, channel.y, channel.surface_radius + largest, near);
        for (const std::size_t j : near) {
            const double reach = channel.surface_radius + channels[j].surface_radius;
            if (j == i || index.distance(j, channel.x, channel.y) >= reach) continue;
            const std::size_t a = representative(parents, i), b = representative(parents, j);
            parents[std::max(a, b)] = std::min(a, b);
        }
    }
    std::vector<std::vector<std::size_t>> groups(channels.size());
    for (std::size_t i = 0; i < channels.size(); ++i)
        groups[representative(parents, i)].push_back(i);
    std::erase_if(groups, [](const auto& group) { return group.empty(); });
    return groups;
}

/// Calls `take(place in Slice::wounded, fraction)` for every voxel or face the channel reaches.
template <typename Take>
void for_each_overlap(const tissue::Grid& grid, const Channel& channel,
                      std::span<const Slice> slices, Take take) {
    const double R = channel.surface_radius;
    if (!(R > 0.0) || !(channel.depth > 0.0)) return;
    const auto columns = cells_between(grid.x(), channel.x - R, channel.x + R);
    const auto rows = cells_between(grid.y(), channel.y - R, channel.y + R);
    for (const Slice& slice : slices) {
        if (slice.z0 >= channel.depth) continue;
        for (const CellSpan& row : rows)
            for (const CellSpan& column : columns) {
                const Rectangle cell = {column.low - channel.x, column.high - channel.x,
                                        row.low - channel.y, row.high - channel.y};
                const double overlap = mean_area_in_rectangle(channel, cell, slice.z0, slice.z1);
                if (overlap <= 0.0) continue;
                const double area = (cell.x1 - cell.x0) * (cell.y1 - cell.y0);
                take(slice.wounded + row.index * grid.nx_padded() + column.index, overlap / area);
            }
    }
}

/// Adds a group of overlapping channels: 1 - prod(1 - fraction) at every place.
void add_union(const tissue::Grid& grid, std::span<const Channel> channels,
               const std::vector<std::size_t>& group, std::span<const Slice> slices) {
    struct Part {
        double* place;
        std::size_t channel;
        double fraction;
    };
    std::vector<Part> parts;
    for (const std::size_t i : group)
        for_each_overlap(
            grid, channels[i], slices,
            [&](double* place, double fraction) {
                parts.push_back({place, i, fraction});
            });
    std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
        return std::tie(a.place, a.channel) < std::tie(b.place, b.channel);
    });
    for (auto part = parts.begin(); part != parts.end();) {
        double* const place = part->place;
        double spared = 1.0;
        while (part != parts.end() && part->place == place) {
            // A channel may reach a wide cell from both sides of a periodic wall.
            double fraction = 0.0;
            const std::size_t channel = part->channel;
            for (; part != parts.end() && part->place == place && part->channel == channel; ++part)
                fraction += part->fraction;
            spared *= 1.0 - std::min(fraction, 1.0);
        }
        *place += 1.0 - spared;
    }
}

}  // namespace

double Slice::share_between(double from, double to) const {
    if (!(z1 > z0)) return z0 >= from && z0 < to ? 1.0 : 0.0;
    return std::max(0.0, std::min(z1, to) - std::max(z0, from)) / (z1 - z0);
}

SlicedMap::SlicedMap(const tissue::Grid& grid, double depth) {
    const std::size_t plane = grid.nx_padded() * grid.ny();
    for (auto* volume : {&map.wounded, &map.removed, &map.hole_radius, &map.hole_depth})
        volume->assign(grid.n_padded(), 0.0);
    for (auto* face : {&map.surface_wounded, &map.surface_removed, &map.surface_hole_radius,
                       &map.surface_hole_depth, &map.junction_wounded, &map.junction_removed,
                       &map.junction_hole_radius, &map.junction_hole_depth})
        face->assign(plane, 0.0);

    const bool well_mixed = grid.geometry() == tissue::Geometry::well_mixed;
    const auto& edges = grid.z().edges;
    for (std::size_t k = 0; k < grid.nz(); ++k) {
        const std::size_t start = grid.row(k, 0);
        slices.push_back({map.wounded.data() + start, map.removed.data() + start,
                          map.hole_radius.data() + start, map.hole_depth.data() + start,
                          well_mixed ? 0.0 : edges[k], well_mixed ? depth : edges[k + 1]});
    }
    const double surface = edges.front(), junction = edges[grid.junction()];
    slices.push_back({map.surface_wounded.data(), map.surface_removed.data(),
                      map.surface_hole_radius.data(), map.surface_hole_depth.data(), surface,
                      surface});
    slices.push_back({map.junction_wounded.data(), map.junction_removed.data(),
                      map.junction_hole_radius.data(), map.junction_hole_depth.data(), junction,
                      junction});
}

std::vector<CellSpan> cells_between(const tissue::Axis& axis, double low, double high) {
    std::vector<CellSpan> cells;
    const auto& edges = axis.edges;
    const int n_images = axis.periodic ? 1 : 0;
    for (int image = -n_images; image <= n_images; ++image) {
        const double shift = image * axis.length();
        const auto first = std::upper_bound(edges.begin(), edges.end(), low - shift);
        const auto i_first = std::max<std::ptrdiff_t>(first - edges.begin() - 1, 0);
        for (auto i = static_cast<std::size_t>(i_first); i < axis.size() && edges[i] + shift < high;
             ++i)
            if (edges[i + 1] + shift > low)
                cells.push_back({i, edges[i] + shift, edges[i + 1] + shift});
    }
    return cells;
}

void map_discs(const tissue::Grid& grid, std::span<const Channel> channels,
               std::span<const Slice> slices) {
    const PlaneIndex index(grid, channels);
    for (const auto& group : overlapping_groups(index, channels))
        if (group.size() == 1)
            for_each_overlap(grid, channels[group[0]], slices,
                             [](double* place, double fraction) { *place += fraction; });
        else
            add_union(grid, channels, group, slices);
    // Disjoint holes fill a voxel at most; rounding may say a little more.
    for (const Slice& slice : slices)
        for (std::size_t i = 0; i < grid.nx_padded() * grid.ny(); ++i)
            slice.wounded[i] = std::min(slice.wounded[i], 1.0);
}

void map_axis_channel(const tissue::Grid& grid, const Channel& channel,
                      std::span<const Slice> slices) {
    const tissue::Axis& r = grid.x();
    for (const Slice& slice : slices)
        for (std::size_t i = 0; i < r.size(); ++i)
            slice.wounded[i] = std::min(
                mean_area_in_ring(channel, r.edges[i], r.edges[i + 1], slice.z0, slice.z1) /
                    r.volumes[i],
                1.0);
}

void map_holes(const tissue::Grid& grid, std::span<const Channel> channels,
               std::span<const Slice> slices) {
    if (channels.empty()) return;
    const bool many = grid.geometry() == tissue::Geometry::patch && channels.size() > 1;
    std::vector<std::size_t> nearest(grid.nx() * grid.ny(), 0);
    if (many) {
        const PlaneIndex index(grid, channels);
        for (std::size_t j = 0; j < grid.ny(); ++j)
            for (std::size_t i = 0; i < grid.nx(); ++i)
                nearest[j * grid.nx() + i] =
                    index.nearest(grid.x().centres[i], grid.y().centres[j]);
    }
    std::vector<double> radius(channels.size());
    for (const Slice& slice : slices) {
        for (std::size_t c = 0; c < channels.size(); ++c)
            radius[c] = std::sqrt(mean_area(channels[c], slice.z0, slice.z1) / std::numbers::pi);
        for (std::size_t j = 0; j < grid.ny(); ++j)
            for (std::size_t i = 0; i < grid.nx(); ++i) {
                const std::size_t c = nearest[j * grid.nx() + i];
                slice.hole_radius[j * grid.nx_padded() + i] = radius[c];
                slice.hole_depth[j * grid.nx_padded() + i] = channels[c].depth;
            }
    }
}

}  // namespace neocol::treatment
