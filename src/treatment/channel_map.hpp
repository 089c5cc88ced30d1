#pragma once

#include <span>
#include <vector>

#include <neocol/tissue/grid.hpp>
#include <neocol/treatment/wound.hpp>

namespace neocol::treatment {

/// One depth of an injury map: a layer of voxels between z0 and z1, or with z0 = z1 the plane of
/// the skin surface or of the junction. Arrays are planes of the grid, rows padded.
struct Slice {
    double *wounded = nullptr, *removed = nullptr, *hole_radius = nullptr, *hole_depth = nullptr;
    double z0 = 0.0, z1 = 0.0;

    /// Share of the slice's depth between two depths; of a plane, whether it lies between them.
    double share_between(double from, double to) const;
};

/// A map of zeros, and the slices it is written by.
///
/// In well_mixed the one voxel reaches from 0 to `depth`, the wound's own.
struct SlicedMap {
    InjuryMap map;
    std::vector<Slice> slices;

    SlicedMap(const tissue::Grid& grid, double depth);
};

/// A cell of an axis that reaches into an interval, wrapped where the axis is periodic.
struct CellSpan {
    std::size_t index = 0;
    double low = 0.0, high = 0.0;  ///< edges, shifted by whole periods next to the interval
};

/// Cells of an axis that overlap low < x < high. \pre high - low is at most a period
std::vector<CellSpan> cells_between(const tissue::Axis& axis, double low, double high);

/// Sets `wounded` in a patch: channels that overlap at the surface as their union, others summed.
void map_discs(const tissue::Grid& grid, std::span<const Channel> channels,
               std::span<const Slice> slices);

/// Sets `wounded` in single_channel: one channel on the axis.
void map_axis_channel(const tissue::Grid& grid, const Channel& channel,
                      std::span<const Slice> slices);

/// Sets `hole_radius` and `hole_depth` from the nearest channel, elsewhere than in a patch from the
/// first one.
void map_holes(const tissue::Grid& grid, std::span<const Channel> channels,
               std::span<const Slice> slices);

}  // namespace neocol::treatment
