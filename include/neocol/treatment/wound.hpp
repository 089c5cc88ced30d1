#pragma once

#include <array>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/core/table.hpp>
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

/// A size of a wound: the key that gives it, and where it is stored.
template <typename Shape>
struct WoundSize {
    Key key;
    double Shape::*member;
};

/// What files, printers and schemas know of a wound's shape, specialised below each: `name`,
/// `meaning`, `sizes`, `deepest` (the size that says how deep it goes), and whether it `has_place`
/// in the plane. A new shape is a struct with this beside it, a member of Wound, and what it does
/// to a grid (wound.cpp).
template <typename Shape>
struct WoundShape;

namespace sizes {
inline constexpr Key of(std::string_view name, std::string_view meaning) {
    return keys::quantity(name, quantities::length, limits::positive, meaning).required();
}
inline constexpr Key place(std::string_view name, std::string_view meaning) {
    return keys::quantity(name, quantities::length, limits::not_negative, meaning);
}
}  // namespace sizes

/// A disc of skin taken out about the axis (single_channel) or the middle of the plane (patch), a
/// strip of this half-width in the middle (section), or all of it (column, well_mixed).
struct Excision {
    double radius = 0.0, depth = 0.0;
};
template <>
struct WoundShape<Excision> {
    static constexpr std::string_view name = "excision";
    static constexpr std::string_view meaning = "a disc of skin taken out, in the middle";
    static constexpr auto sizes = std::to_array<WoundSize<Excision>>({
        {sizes::of("radius", "of the disc, half the width of a strip"), &Excision::radius},
        {sizes::of("depth", "to which skin is taken out"), &Excision::depth},
    });
    static constexpr auto deepest = &Excision::depth;
    static constexpr bool has_place = true;
};

/// A biopsy punch: an excision by diameter.
struct Punch {
    double diameter = 0.0, depth = 0.0;
};
template <>
struct WoundShape<Punch> {
    static constexpr std::string_view name = "punch";
    static constexpr std::string_view meaning = "a biopsy punch: an excision by diameter";
    static constexpr auto sizes = std::to_array<WoundSize<Punch>>({
        {sizes::of("diameter", "of the punch"), &Punch::diameter},
        {sizes::of("depth", "to which skin is taken out"), &Punch::depth},
    });
    static constexpr auto deepest = &Punch::depth;
    static constexpr bool has_place = true;
};

/// A cylinder of tissue taken out by a coring needle: like an excision, about (x, y). In
/// single_channel x = y = 0.
struct Core {
    double x = 0.0, y = 0.0, diameter = 0.0, depth = 0.0;
};
template <>
struct WoundShape<Core> {
    static constexpr std::string_view name = "core";
    static constexpr std::string_view meaning = "a cylinder taken out by a coring needle";
    static constexpr auto sizes = std::to_array<WoundSize<Core>>({
        {sizes::place("x", "of its axis"), &Core::x},
        {sizes::place("y", "of its axis"), &Core::y},
        {sizes::of("diameter", "of the cylinder"), &Core::diameter},
        {sizes::of("depth", "of the cylinder"), &Core::depth},
    });
    static constexpr auto deepest = &Core::depth;
    static constexpr bool has_place = true;
};

/// A straight cut along y about the line at x, parted but not taken out; section and patch only.
struct Incision {
    double x = 0.0, width = 0.0, depth = 0.0;
};
template <>
struct WoundShape<Incision> {
    static constexpr std::string_view name = "incision";
    static constexpr std::string_view meaning = "a straight cut along y, parted and not taken out";
    static constexpr auto sizes = std::to_array<WoundSize<Incision>>({
        {sizes::place("x", "of the line it follows"), &Incision::x},
        {sizes::of("width", "of the gap"), &Incision::width},
        {sizes::of("depth", "of the cut"), &Incision::depth},
    });
    static constexpr auto deepest = &Incision::depth;
    static constexpr bool has_place = true;
};

/// A share of every voxel between two depths, hurt but not taken out, without a hole. In well_mixed
/// the depths do not matter.
struct Slab {
    double fraction = 1.0, from = 0.0, to = 0.0;
};
template <>
struct WoundShape<Slab> {
    static constexpr std::string_view name = "region";
    static constexpr std::string_view meaning = "a share of the tissue between two depths, hurt";
    static constexpr auto sizes = std::to_array<WoundSize<Slab>>({
        {keys::quantity("fraction", quantities::pure, limits::share, "share that is hurt")
             .required(),
         &Slab::fraction},
        {sizes::place("from", "upper depth"), &Slab::from},
        {sizes::of("to", "lower depth"), &Slab::to},
    });
    static constexpr auto deepest = &Slab::to;
    static constexpr bool has_place = false;
};

using Wound = std::variant<Channels, Excision, Punch, Core, Incision, Slab>;

/// Whether a wound stands at a place of the plane; others are the same everywhere in it.
bool has_place(const Wound& wound);

/// What `wound = { shape = ..., ... }` of a scenario may hold.
extern const Table wound_table;

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

/// What a session did to the skin, in numbers.
struct InjuryNumbers {
    double channel_depth = 0.0;     ///< of the deepest; of other wounds, their depth [mm]
    double puncture_density = 0.0;  ///< as counted in a patch, else as described [mm-2]
    double surface_fraction = 0.0;  ///< of the skin surface opened
    double wounded_volume = 0.0;    ///< per area of skin [mm]
};
/// And by layer.
struct InjurySummary : InjuryNumbers {
    std::vector<double> layer_fraction;  ///< wounded volume per layer of the grid
};
/// Sums an injury map up.
InjurySummary summarise(const tissue::Grid& grid, const Wound& wound, const InjuryMap& map);

}  // namespace neocol::treatment
