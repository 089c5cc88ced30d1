#include <neocol/tissue/grid.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::tissue {

namespace {

void check_edges(const std::vector<double>& edges) {
    if (edges.size() < 2)
        throw InputError(fmt::format("an axis needs at least two edges, not {}", edges.size()));
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        // Written so that a NaN fails too.
        if (!(edges[i] < edges[i + 1]) || !std::isfinite(edges[i]) || !std::isfinite(edges[i + 1]))
            throw InputError(
                fmt::format("edges of an axis must ascend: edge {} is at {} mm, the next at {} mm",
                            i, edges[i], edges[i + 1]));
    }
}

Axis axis_between(std::vector<double> edges) {
    check_edges(edges);
    Axis axis;
    const std::size_t n = edges.size() - 1;
    axis.centres.resize(n);
    axis.widths.resize(n);
    axis.volumes.resize(n);
    axis.face_areas.resize(n + 1);
    for (std::size_t i = 0; i < n; ++i) {
        axis.centres[i] = 0.5 * (edges[i] + edges[i + 1]);
        axis.widths[i] = edges[i + 1] - edges[i];
    }
    axis.edges = std::move(edges);
    return axis;
}

/// How many cells of the wanted progression fit between the surface and a depth, as a real number
/// k.
///
/// Growing part: depth = s (g^k - 1)/(g - 1), whose cell between k and k + 1 has size s g^k. It
/// begins below `fine_to`, ends where d depth/dk has reached the largest size, and goes on with
/// that slope. As d depth/dk never grows faster than g^k, neighbours never differ by more than g.
class Progression {
public:
    explicit Progression(const Spacing& spacing) : spacing_(spacing) {
        if (spacing.growth > 1.0 && spacing.largest > spacing.smallest) {
            log_growth_ = std::log(spacing.growth);
            const double power = spacing.largest * (spacing.growth - 1.0) /
                                 (spacing.smallest * log_growth_);  // g^k at the end of growth
            cells_of_growth_ = std::log(power) / log_growth_;
            end_of_growth_ = spacing.smallest * (power - 1.0) / (spacing.growth - 1.0);
            fine_cells_ = spacing.fine_to / spacing.smallest;
        } else {
            spacing_.largest = spacing.smallest;
            spacing_.fine_to = 0.0;
        }
    }

    double cells(double depth) const {
        if (depth < spacing_.fine_to) return depth / spacing_.smallest;
        const double below = depth - spacing_.fine_to;
        if (below < end_of_growth_)
            return fine_cells_ +
                   std::log1p((spacing_.growth - 1.0) * below / spacing_.smallest) / log_growth_;
        return fine_cells_ + cells_of_growth_ + (below - end_of_growth_) / spacing_.largest;
    }

    double depth(double n_cells) const {
        if (n_cells < fine_cells_) return n_cells * spacing_.smallest;
        const double below = n_cells - fine_cells_;
        if (below < cells_of_growth_)
            return spacing_.fine_to +
                   spacing_.smallest * std::expm1(below * log_growth_) / (spacing_.growth - 1.0);
        return spacing_.fine_to + end_of_growth_ + (below - cells_of_growth_) * spacing_.largest;
    }

private:
    Spacing spacing_;
    double log_growth_ = 1.0;       // unused where nothing grows
    double fine_cells_ = 0.0;       // cells above `fine_to`
    double end_of_growth_ = 0.0;    // distance below `fine_to` from which cells are equal again
    double cells_of_growth_ = 0.0;  // cells in that distance
};

void check_spacing(const Spacing& spacing) {
    if (!(spacing.smallest > 0.0) || !std::isfinite(spacing.smallest))
        throw InputError(fmt::format("spacing must be positive, not {} mm", spacing.smallest));
    if (!(spacing.largest >= spacing.smallest) || !std::isfinite(spacing.largest))
        throw InputError(fmt::format("the largest spacing, {} mm, is below the smallest, {} mm",
                                     spacing.largest, spacing.smallest));
    if (!(spacing.growth >= 1.0) || !std::isfinite(spacing.growth))
        throw InputError(
            fmt::format("growth of spacing must be at least 1, not {}", spacing.growth),
            "1.1 lets neighbouring cells differ by 10 %");
    if (!(spacing.fine_to >= 0.0) || !std::isfinite(spacing.fine_to))
        throw InputError(
            fmt::format("cells cannot begin to grow at a depth of {} mm", spacing.fine_to));
}

void check_cell_count(double n) {
    if (!(n <= static_cast<double>(largest_axis)))
        throw InputError(fmt::format("{:.3g} cells along one axis", n),
                         fmt::format("at most {} are supported: is the spacing in the unit meant?",
                                     largest_axis));
}

void check_axes(Geometry geometry, const Axis& x, const Axis& y, const Axis& z) {
    const auto absent = [](const Axis& axis) {
        return axis.size() == 1 && !axis.radial && axis.volumes[0] == 1.0;
    };
    const auto fail = [&](const char* what) {
        throw InputError(fmt::format("geometry {}: {}", to_string(geometry), what));
    };
    if (x.size() == 0 || y.size() == 0 || z.size() == 0) fail("an axis has no cells");
    if (y.radial || z.radial) fail("only x can be radial");
    if (z.periodic) fail("depth cannot be periodic");
    if (x.radial != (geometry == Geometry::single_channel))
        fail(x.radial ? "x cannot be radial" : "x must be radial");
    if (x.radial && x.edges.front() != 0.0) fail("r must start at 0");
    const bool has_x = geometry == Geometry::section || geometry == Geometry::single_channel ||
                       geometry == Geometry::patch;
    if (!has_x && !absent(x)) fail("x must be one cell of size 1");
    if (geometry != Geometry::patch && !absent(y)) fail("y must be one cell of size 1");
    if (geometry == Geometry::well_mixed && !absent(z)) fail("z must be one cell of size 1");
}

void check_layers(const std::vector<int>& layer_of_z, std::size_t nz) {
    if (layer_of_z.size() != nz)
        throw InputError(
            fmt::format("{} layer indices for {} cells of depth", layer_of_z.size(), nz));
    for (std::size_t i = 0; i < nz; ++i) {
        const int above = i == 0 ? 0 : layer_of_z[i - 1];
        if (layer_of_z[i] < above)
            throw InputError(
                fmt::format("layer indices must not fall with depth: {} below {} at cell {}",
                            layer_of_z[i], above, i));
    }
}

double extent(const Axis& axis) {
    if (!axis.radial) return axis.length();
    const double inner = axis.edges.front(), outer = axis.edges.back();
    return std::numbers::pi * (outer - inner) * (outer + inner);
}

}  // namespace

const char* to_string(Geometry geometry) {
    return name_of(geometry).data();  // a literal
}

Axis cartesian_axis(std::vector<double> edges, bool periodic) {
    Axis axis = axis_between(std::move(edges));
    axis.periodic = periodic;
    axis.volumes = axis.widths;
    std::fill(axis.face_areas.begin(), axis.face_areas.end(), 1.0);
    return axis;
}

Axis radial_axis(std::vector<double> edges) {
    Axis axis = axis_between(std::move(edges));
    if (axis.edges.front() < 0.0)
        throw InputError(
            fmt::format("a radial axis cannot start at {} mm, below 0", axis.edges.front()));
    axis.radial = true;
    for (std::size_t i = 0; i < axis.edges.size(); ++i)
        axis.face_areas[i] = 2.0 * std::numbers::pi * axis.edges[i];
    for (std::size_t i = 0; i < axis.size(); ++i) {
        // The factored form loses nothing where a thin ring is far out.
        axis.volumes[i] = std::numbers::pi * axis.widths[i] * (axis.edges[i] + axis.edges[i + 1]);
    }
    return axis;
}

std::vector<double> uniform_edges(double length, std::size_t n) {
    if (!(length > 0.0) || !std::isfinite(length))
        throw InputError(fmt::format("an axis must have a positive length, not {} mm", length));
    if (n == 0) throw InputError("an axis needs at least one cell");
    check_cell_count(static_cast<double>(n));
    std::vector<double> edges(n + 1);
    for (std::size_t i = 0; i < n; ++i)
        edges[i] = length * static_cast<double>(i) / static_cast<double>(n);
    edges[n] = length;
    return edges;
}

std::vector<double> layered_edges(const std::vector<double>& thicknesses, const Spacing& spacing) {
    check_spacing(spacing);
    if (thicknesses.empty()) throw InputError("skin without layers cannot be divided into cells");
    const Progression progression(spacing);
    std::vector<double> edges = {0.0};
    double top = 0.0;
    for (std::size_t i_layer = 0; i_layer < thicknesses.size(); ++i_layer) {
        if (!(thicknesses[i_layer] > 0.0) || !std::isfinite(thicknesses[i_layer]))
            throw InputError(fmt::format("thickness of layer {} must be positive, not {} mm",
                                         i_layer + 1, thicknesses[i_layer]));
        const double bottom = top + thicknesses[i_layer];
        const double first = progression.cells(top), last = progression.cells(bottom);
        check_cell_count(last);
        // A whole number of cells that rounding lifts a little must not become one more.
        const double n = std::max(1.0, std::ceil((last - first) * (1.0 - 1e-9)));
        const auto n_cells = static_cast<std::size_t>(n);
        for (std::size_t i = 1; i < n_cells; ++i)
            edges.push_back(progression.depth(first + (last - first) * static_cast<double>(i) / n));
        edges.push_back(bottom);
        top = bottom;
    }
    check_edges(edges);
    return edges;
}

std::vector<int> layers_of_cells(const std::vector<double>& edges,
                                 const std::vector<double>& thicknesses) {
    check_edges(edges);
    if (thicknesses.empty()) throw InputError("skin without layers");
    std::vector<int> layers(edges.size() - 1);
    std::size_t i_layer = 0;
    double bottom = thicknesses[0];
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const double centre = 0.5 * (edges[i] + edges[i + 1]);
        while (centre > bottom && i_layer + 1 < thicknesses.size())
            bottom += thicknesses[++i_layer];
        layers[i] = static_cast<int>(i_layer);
    }
    return layers;
}

Grid::Grid(Geometry geometry, Axis x, Axis y, Axis z, std::vector<int> layer_of_z)
    : geometry_(geometry),
      x_(std::move(x)),
      y_(std::move(y)),
      z_(std::move(z)),
      layer_of_z_(std::move(layer_of_z)) {
    check_axes(geometry_, x_, y_, z_);
    check_layers(layer_of_z_, z_.size());
    if (layer_of_z_.front() == 0) {
        const auto below = std::find_if(layer_of_z_.begin(), layer_of_z_.end(),
                                        [](int layer) { return layer > 0; });
        if (below != layer_of_z_.end())
            junction_ = static_cast<std::size_t>(below - layer_of_z_.begin());
    }
}

double Grid::area() const {
    return extent(x_) * extent(y_);
}

}  // namespace neocol::tissue
