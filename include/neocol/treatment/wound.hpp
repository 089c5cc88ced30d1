#pragma once

#include <span>
#include <variant>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/tissue/grid.hpp>

namespace neocol::treatment {

/// A cone-ended cylinder: the hole radius is `surface_radius` down to `taper_start` * depth and
/// falls linearly to zero at `depth`. Lengths [mm].
struct Channel {
    double x = 0.0, y = 0.0;
    double surface_radius = 0.0;
    double depth = 0.0;
    double taper_start = 0.0;  ///< 0: a cone, 1: a cylinder
};

/// All punctures of one session; `coring` is the share of the channel's tissue that is taken out.
struct Channels {
    std::vector<Channel> channels;
    double coring = 0.0;
    double density = 0.0;  ///< [mm-2], for geometries that hold one channel or none
};
/// A disc of skin taken out about the axis (single_channel) or the middle of the plane (patch), a
/// strip of this half-width in the middle (section), or all of it (column, well_mixed).
struct Excision {
    double radius = 0.0, depth = 0.0;
};
/// A biopsy punch: an excision by diameter.
struct Punch {
    double diameter = 0.0, depth = 0.0;
};
/// A cylinder of tissue taken out by a coring needle: like an excision, about (x, y). In
/// single_channel x = y = 0.
struct Core {
    double x = 0.0, y = 0.0, diameter = 0.0, depth = 0.0;
};
/// A straight cut along y about the line at x, parted but not taken out; section and patch only.
struct Incision {
    double x = 0.0, width = 0.0, depth = 0.0;
};
/// A share of every voxel between two depths, hurt but not taken out, without a hole. In well_mixed
/// the depths do not matter.
struct Slab {
    double fraction = 1.0, from = 0.0, to = 0.0;
};

using Wound = std::variant<Channels, Excision, Punch, Core, Incision, Slab>;

/// What one session did to every voxel and to the surface. Arrays in grid layout with padding
/// (zero there); surface and junction arrays one plane: area fractions at the depth of the skin
/// surface and of the dermal-epidermal junction (of the surface where the grid has one layer).
struct InjuryMap {
    AlignedVector wounded;  ///< volume fraction inside wounds, 0 to 1
    AlignedVector removed;  ///< volume fraction taken out, at most `wounded`
    AlignedVector
        hole_radius;           ///< of the nearest hole, r.m.s. over the voxel's depth [mm]; 0 below
    AlignedVector hole_depth;  ///< of the nearest hole [mm]
    AlignedVector surface_wounded, surface_removed, surface_hole_radius, surface_hole_depth;
    AlignedVector junction_wounded, junction_removed, junction_hole_radius, junction_hole_depth;
};

/// Fraction of every voxel's volume that lies inside the wound.
///
/// Overlaps are exact (see overlap.hpp), so that
///
///     sum_i wounded[i] * volume[i] = total channel volume inside the grid
///
/// holds to rounding on any grid, also where a channel is thinner than a voxel or crosses a
/// periodic wall. Channels whose holes overlap at the surface act as their union, 1 - prod(1 -
/// fraction) in each voxel: exact in voxels that a hole fills, an estimate in voxels that
/// several fill in part. In `single_channel` one channel stands on the axis. In `column`, `section`
/// and `well_mixed` the channels' mean cross-section is spread over the plane at
/// `Channels::density`; in `well_mixed` over the channels' own depth, which the compartment stands
/// for.
///
/// Cost: voxels near the wound, plus one visit of every voxel.
/// \throws InputError  a wound is deeper than the grid or starts outside it, a hole is wider than a
///         periodic plane or its territory, channels cover more than the whole plane, sizes are
///         negative, or the geometry cannot hold this wound
InjuryMap injury_map(const tissue::Grid& grid, const Wound& wound);

/// What a session did, for people: lengths [mm], densities [mm-2], fractions of volume by layer.
struct InjurySummary {
    double density = 0.0;        ///< of channels: as counted in a patch, else as described
    double channel_depth = 0.0;  ///< of the deepest; of other wounds, their depth
    double surface_fraction = 0.0;
    std::vector<double> layer_fraction;  ///< wounded volume per layer of the grid
    double wounded_volume = 0.0;         ///< per mm2 of skin [mm]
};
/// Sums an injury map up.
InjurySummary summarise(const tissue::Grid& grid, const Wound& wound, const InjuryMap& map);

}  // namespace neocol::treatment
