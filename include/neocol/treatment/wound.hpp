#pragma once

#include <span>
#include <variant>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/tissue/grid.hpp>

namespace neocol::treatment {

/// A cone-ended cylinder: the hole radius is `surface_radius` down to `taper_start` * depth and falls
/// linearly to zero at `depth`. Lengths [mm].
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
/// A disc of skin taken out (radial and patch), a strip of this width (section), or all of it
/// (column, well_mixed).
struct Excision {
    double radius = 0.0, depth = 0.0;
};
/// A biopsy punch: an excision by diameter.
struct Punch {
    double diameter = 0.0, depth = 0.0;
};
/// A cylinder of tissue taken out by a coring needle.
struct Core {
    double x = 0.0, y = 0.0, diameter = 0.0, depth = 0.0;
};
/// A straight cut along y, parted but not taken out.
struct Incision {
    double x = 0.0, width = 0.0, depth = 0.0;
};
/// A share of every voxel between two depths.
struct Slab {
    double fraction = 1.0, from = 0.0, to = 0.0;
};

using Wound = std::variant<Channels, Excision, Punch, Core, Incision, Slab>;

/// What one session did to every voxel and to the surface. Arrays in grid layout with padding
/// (zero there); surface arrays one plane.
struct InjuryMap {
    AlignedVector wounded;      ///< volume fraction inside wounds, 0 to 1
    AlignedVector removed;      ///< volume fraction taken out, at most `wounded`
    AlignedVector hole_radius;  ///< of the nearest channel at this depth [mm], 0 below it
    AlignedVector hole_depth;   ///< of the nearest channel [mm]
    AlignedVector surface_wounded, surface_removed, surface_hole_radius, surface_hole_depth;
    AlignedVector junction_wounded, junction_removed, junction_hole_radius, junction_hole_depth;
};

/// Fraction of every voxel's volume that lies inside the channels.
///
/// Exact in z and by area in the plane, so that
///
///     sum_i wounded[i] * volume[i] = total channel volume inside the grid
///
/// holds to rounding on any grid, also where a channel is thinner than a voxel, except where
/// channels overlap: overlapping channels act as their union (1 - prod(1 - fraction)).
/// In `single_channel` one channel stands on the axis; in `column`, `section` and `well_mixed` the
/// channels' area is spread over the plane at their density.
///
/// \throws InputError  a channel is deeper than the grid, or starts outside it
InjuryMap injury_map(const tissue::Grid& grid, const Wound& wound);

/// What a session did, for people: lengths [mm], densities [mm-2], fractions of volume by layer.
struct InjurySummary {
    double density = 0.0;
    double channel_depth = 0.0;
    double surface_fraction = 0.0;
    std::vector<double> layer_fraction;  ///< wounded volume per layer of the grid
    double wounded_volume = 0.0;         ///< per mm2 of skin [mm]
};
InjurySummary summarise(const tissue::Grid& grid, const Wound& wound, const InjuryMap& map);

}  // namespace neocol::treatment
