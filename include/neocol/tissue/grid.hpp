#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <neocol/core/aligned.hpp>
#include <neocol/core/words.hpp>

namespace neocol::tissue {

enum class Geometry { well_mixed, column, section, single_channel, patch };

/// "well_mixed", "column", ...
const char* to_string(Geometry geometry);

}  // namespace neocol::tissue

namespace neocol {

template <>
inline constexpr auto words<tissue::Geometry> = std::to_array<Word<tissue::Geometry>>({
    {tissue::Geometry::well_mixed, "well_mixed", "one compartment of one layer, no space"},
    {tissue::Geometry::column, "column", "depth alone, wounds as area fractions"},
    {tissue::Geometry::section, "section", "depth and one direction along the skin"},
    {tissue::Geometry::single_channel, "single_channel",
     "depth and distance from the axis of one channel, within its territory"},
    {tissue::Geometry::patch, "patch", "a block of skin with every channel at its place"},
});

}  // namespace neocol

namespace neocol::tissue {

/// One direction of a tensor-product grid: cells between edges, areas and volumes of its factor.
///
/// Cartesian: face area 1, volume = width.
/// Radial: face area 2 pi r, volume pi (r_outer^2 - r_inner^2).
struct Axis {
    std::vector<double> edges;       ///< n + 1, ascending [mm]
    std::vector<double> centres;     ///< n [mm]
    std::vector<double> widths;      ///< n [mm]
    std::vector<double> face_areas;  ///< n + 1 [1 or mm]
    std::vector<double> volumes;     ///< n [mm or mm2]
    bool periodic = false;
    bool radial = false;

    std::size_t size() const { return centres.size(); }
    double length() const { return edges.back() - edges.front(); }
};

/// \throws InputError  fewer than two edges, not finite, or not ascending
Axis cartesian_axis(std::vector<double> edges, bool periodic = false);
/// Rings about the axis r = 0; centres are the middles of the edges.
/// \throws InputError  as above, or an edge below 0
Axis radial_axis(std::vector<double> edges);
/// `n` equal cells from 0 to `length` [mm]: n + 1 edges.
/// \throws InputError  no positive length, no cell, or more than `largest_axis` cells
std::vector<double> uniform_edges(double length, std::size_t n);

/// Cells that one axis may have: a spacing mistaken by a unit is refused before memory is.
inline constexpr std::size_t largest_axis = 1'000'000;

/// How fine an axis is divided: equal cells, or cells that grow away from a depth.
struct Spacing {
    double smallest = 0.02;  ///< [mm]
    double largest = 0.02;   ///< [mm]
    double growth = 1.0;     ///< ratio of neighbours, at most
    double fine_to = 0.0;    ///< depth to which cells keep the smallest size [mm]
};

/// Edges from 0 to the sum of `thicknesses` with an edge exactly at every layer boundary and at
/// least one cell per layer.
///
/// Wanted are sizes `smallest` down to `fine_to`, then smallest * growth^k, held at `largest`. Each
/// layer takes the smallest whole number of cells that makes none of them larger than wanted, and
/// divides itself by the progression's own law. So no cell exceeds `largest`, neighbours within a
/// layer differ by at most `growth`, and a jump at a boundary is at most a factor of 2 beyond that
/// (the last cell of a layer that holds a fraction more than a whole number), unless a layer is
/// thinner than one cell. \throws InputError  a thickness or size is not positive, growth below 1,
/// largest below smallest,
///         or more than `largest_axis` cells
std::vector<double> layered_edges(const std::vector<double>& thicknesses, const Spacing& spacing);

/// Index of the layer that holds each cell's centre; the last layer reaches to the bottom.
std::vector<int> layers_of_cells(const std::vector<double>& edges,
                                 const std::vector<double>& thicknesses);

/// Tissue grid: z grows downward from the skin surface; x is r in `single_channel`.
///
/// Axes a geometry does not have hold one cell of size 1. Values are stored [z][y][x], x
/// contiguous, rows of x padded to a multiple of `lanes`. In `section` y is one cell; in `column` x
/// and y are; in `well_mixed` all three, and the compartment has no depth.
class Grid {
public:
    /// \param layer_of_z  layer index of every z cell, from 0, never falling
    /// \throws InputError  axes do not suit the geometry, or layers do not suit z
    Grid(Geometry geometry, Axis x, Axis y, Axis z, std::vector<int> layer_of_z);

    Geometry geometry() const { return geometry_; }
    const Axis& x() const { return x_; }
    const Axis& y() const { return y_; }
    const Axis& z() const { return z_; }
    std::size_t nx() const { return x_.size(); }
    std::size_t ny() const { return y_.size(); }
    std::size_t nz() const { return z_.size(); }
    std::size_t nx_padded() const { return padded(nx()); }
    std::size_t n_blocks() const { return nx_padded() / lanes; }
    /// Voxels without padding, and with it.
    std::size_t n_voxels() const { return nx() * ny() * nz(); }
    std::size_t n_padded() const { return nx_padded() * ny() * nz(); }
    /// Where row (z, y) starts in an array with padding.
    std::size_t row(std::size_t i_z, std::size_t i_y) const {
        return (i_z * ny() + i_y) * nx_padded();
    }
    int layer(std::size_t i_z) const { return layer_of_z_[i_z]; }
    /// Volume of a voxel [mm3]; in `column` per mm2 of skin, in `section` per mm.
    double volume(std::size_t i_z, std::size_t i_y, std::size_t i_x) const {
        return z_.volumes[i_z] * y_.volumes[i_y] * x_.volumes[i_x];
    }
    /// Skin area of the domain [mm2].
    double area() const;
    /// First z cell below the dermal-epidermal junction (the boundary of layers 0 and 1); 0 if
    /// there is one layer only.
    std::size_t junction() const { return junction_; }

private:
    Geometry geometry_;
    Axis x_, y_, z_;
    std::vector<int> layer_of_z_;
    std::size_t junction_ = 0;
};

}  // namespace neocol::tissue
