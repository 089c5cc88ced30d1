#include <neocol/treatment/wound.hpp>

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

#include "channel_map.hpp"
#include "overlap.hpp"

namespace neocol::treatment {

namespace {

using tissue::Geometry;

void check_size(const char* what, double value) {
    if (!(value >= 0.0) || !std::isfinite(value))
        throw InputError(fmt::format("{} must not be negative, but is {} mm", what, value));
}

void check_share(const char* what, double value) {
    if (!(value >= 0.0 && value <= 1.0))
        throw InputError(fmt::format("{} must lie between 0 and 1, not be {}", what, value));
}

void check_depth(const tissue::Grid& grid, std::string_view what, double depth) {
    check_size(fmt::format("depth of the {}", what).c_str(), depth);
    if (grid.geometry() == Geometry::well_mixed) return;
    const double bottom = grid.z().edges.back();
    if (depth > bottom * (1.0 + 1e-12))
        throw InputError(
            fmt::format("{} reaches {:.4g} mm deep, but the domain only {:.4g} mm", what, depth,
                        bottom),
            fmt::format("make the domain more than {:.4g} mm thick, or the {} shallower", depth,
                        what));
}

/// That a hole's axis stands on the plane and the hole fits into a periodic one.
void check_place(const tissue::Axis& axis, const char* name, std::string_view what, double position,
                 double radius) {
    const double low = axis.edges.front(), high = axis.edges.back();
    if (!(position >= low && position <= high))
        throw InputError(
            fmt::format("{} starts at {} = {:.6g} mm, outside the grid, which reaches "
                        "from {:.6g} to {:.6g} mm",
                        what, name, position, low, high));
    if (axis.periodic && 2.0 * radius > axis.length() * (1.0 + 1e-12))
        throw InputError(fmt::format("{} is {:.4g} mm wide, but the periodic plane only {:.4g} mm",
                                     what, 2.0 * radius, axis.length()),
                         "make the domain wider, or its lateral walls mirrored");
}

double middle(const tissue::Axis& axis) {
    return 0.5 * (axis.edges.front() + axis.edges.back());
}

/// Maps each kind of wound on one grid.
class Mapper {
public:
    explicit Mapper(const tissue::Grid& grid) : grid_(grid) {}

    InjuryMap operator()(const Channels& wound) const {
        double depth = 0.0;
        for (const Channel& channel : wound.channels) {
            check_channel(channel);
            depth = std::max(depth, channel.depth);
        }
        check_share("coring", wound.coring);
        if (!(wound.density >= 0.0))
            throw InputError(fmt::format("puncture density must not be negative, but is {} mm-2",
                                         wound.density));
        SlicedMap result(grid_, depth);
        switch (grid_.geometry()) {
            case Geometry::patch:
                map_discs(grid_, wound.channels, result.slices);
                break;
            case Geometry::single_channel:
                on_axis(wound, result.slices);
                break;
            default:
                spread(wound, result.slices);
                break;
        }
        map_holes(grid_, wound.channels, result.slices);
        take_out(wound.coring, result.slices);
        return std::move(result.map);
    }

    InjuryMap operator()(const Excision& wound) const {
        return cylinder(WoundShape<Excision>::name, middle(grid_.x()), middle(grid_.y()),
                        wound.radius, wound.depth);
    }

    InjuryMap operator()(const Punch& wound) const {
        return cylinder(WoundShape<Punch>::name, middle(grid_.x()), middle(grid_.y()),
                        0.5 * wound.diameter, wound.depth);
    }

    InjuryMap operator()(const Core& wound) const {
        if (grid_.geometry() == Geometry::single_channel && (wound.x != 0.0 || wound.y != 0.0))
            throw InputError(fmt::format("in single_channel a core stands on the axis, not at x = "
                                         "{} mm, y = {} mm",
                                         wound.x, wound.y),
                             "leave x and y out, or use a patch");
        return cylinder(WoundShape<Core>::name, wound.x, wound.y, 0.5 * wound.diameter,
                        wound.depth);
    }

    InjuryMap operator()(const Incision& wound) const {
        constexpr std::string_view name = WoundShape<Incision>::name;
        if (grid_.geometry() != Geometry::section && grid_.geometry() != Geometry::patch)
            throw InputError(fmt::format("geometry {} cannot hold an incision along y",
                                         tissue::to_string(grid_.geometry())),
                             "use section or patch");
        check_depth(grid_, name, wound.depth);
        check_size("width of the incision", wound.width);
        SlicedMap result(grid_, wound.depth);
        strip(name, wound.x, 0.5 * wound.width, wound.depth, result.slices);
        return std::move(result.map);
    }

    InjuryMap operator()(const Slab& wound) const {
        check_share("fraction of the slab", wound.fraction);
        const bool well_mixed = grid_.geometry() == Geometry::well_mixed;
        if (!well_mixed) {
            check_depth(grid_, "slab", wound.to);
            if (!(wound.from >= 0.0 && wound.from < wound.to))
                throw InputError(
                    fmt::format("a slab must reach from a depth to a larger one, not from {} mm "
                                "to {} mm",
                                wound.from, wound.to));
        }
        SlicedMap result(grid_, wound.to);
        for (const Slice& slice : result.slices)
            fill(slice.wounded,
                 wound.fraction * (well_mixed ? 1.0 : slice.share_between(wound.from, wound.to)));
        return std::move(result.map);
    }

private:
    void check_channel(const Channel& channel) const {
        check_size("hole radius", channel.surface_radius);
        check_share("taper_start", channel.taper_start);
        check_depth(grid_, "channel", channel.depth);
        if (grid_.geometry() != Geometry::patch) return;
        check_place(grid_.x(), "x", "channel", channel.x, channel.surface_radius);
        check_place(grid_.y(), "y", "channel", channel.y, channel.surface_radius);
    }

    void on_axis(const Channels& wound, std::span<const Slice> slices) const {
        if (wound.channels.empty()) return;
        if (wound.channels.size() > 1)
            throw InputError(
                fmt::format("single_channel holds one channel, not {}", wound.channels.size()),
                "use a patch");
        const Channel& channel = wound.channels[0];
        const double territory = grid_.x().edges.back();
        if (channel.surface_radius > territory)
            throw InputError(
                fmt::format("the hole has a radius of {:.4g} mm, its territory one of {:.4g} mm",
                            channel.surface_radius, territory),
                "lower the density or the hole's size");
        map_axis_channel(grid_, channel, slices);
    }

    /// Channels' mean cross-section at their density, the same at every place of the plane.
    void spread(const Channels& wound, std::span<const Slice> slices) const {
        if (wound.channels.empty()) return;
        for (const Slice& slice : slices) {
            double area = 0.0;
            for (const Channel& channel : wound.channels)
                area += mean_area(channel, slice.z0, slice.z1);
            const double fraction =
                wound.density * area / static_cast<double>(wound.channels.size());
            if (fraction > 1.0)
                throw InputError(fmt::format("{:.4g} punctures per mm2 of {:.4g} mm2 each cover "
                                             "more than the whole skin",
                                             wound.density, fraction / wound.density),
                                 "lower the density or the hole's size");
            fill(slice.wounded, fraction);
        }
    }

    /// A cylinder taken out: a disc, a strip where there is no y, all where there is no x.
    InjuryMap cylinder(std::string_view what, double x, double y, double radius,
                       double depth) const {
        check_depth(grid_, what, depth);
        check_size(fmt::format("radius of the {}", what).c_str(), radius);
        const Channel hole = {x, y, radius, depth, 1.0};
        SlicedMap result(grid_, depth);
        switch (grid_.geometry()) {
            case Geometry::patch:
                check_place(grid_.x(), "x", what, x, radius);
                check_place(grid_.y(), "y", what, y, radius);
                map_discs(grid_, {&hole, 1}, result.slices);
                map_holes(grid_, {&hole, 1}, result.slices);
                break;
            case Geometry::single_channel:
                map_axis_channel(grid_, hole, result.slices);
                map_holes(grid_, {&hole, 1}, result.slices);
                break;
            case Geometry::section:
                strip(what, x, radius, depth, result.slices);
                break;
            default:
                for (const Slice& slice : result.slices)
                    fill(slice.wounded, slice.share_between(0.0, depth));
                map_holes(grid_, {&hole, 1}, result.slices);
                break;
        }
        take_out(1.0, result.slices);
        return std::move(result.map);
    }

    /// A strip along y from x - half_width to x + half_width.
    void strip(std::string_view what, double x, double half_width, double depth,
               std::span<const Slice> slices) const {
        check_place(grid_.x(), "x", what, x, half_width);
        const double low = x - half_width, high = x + half_width;
        const auto cells = cells_between(grid_.x(), low, high);
        for (const Slice& slice : slices) {
            const double share = slice.share_between(0.0, depth);
            for (std::size_t j = 0; j < grid_.ny(); ++j)
                for (const CellSpan& cell : cells) {
                    double& place = slice.wounded[j * grid_.nx_padded() + cell.index];
                    const double inside = (std::min(cell.high, high) - std::max(cell.low, low)) /
                                          (cell.high - cell.low);
                    place = std::min(place + share * inside, 1.0);
                }
        }
        const Channel hole = {x, 0.0, half_width, depth, 1.0};
        map_holes(grid_, {&hole, 1}, slices);
    }

    void fill(double* plane, double value) const {
        for (std::size_t j = 0; j < grid_.ny(); ++j)
            std::fill_n(plane + j * grid_.nx_padded(), grid_.nx(), value);
    }

    void take_out(double share, std::span<const Slice> slices) const {
        for (const Slice& slice : slices)
            for (std::size_t i = 0; i < grid_.nx_padded() * grid_.ny(); ++i)
                slice.removed[i] = share * slice.wounded[i];
    }

    const tissue::Grid& grid_;
};

struct DepthOf {
    double operator()(const Channels& wound) const {
        double depth = 0.0;
        for (const Channel& channel : wound.channels)
            depth = std::max(depth, channel.depth);
        return depth;
    }
    template <typename Shape>
    double operator()(const Shape& wound) const {
        return wound.*WoundShape<Shape>::deepest;
    }
};

}  // namespace

bool has_place(const Wound& wound) {
    return std::visit(
        []<typename Shape>(const Shape&) {
            if constexpr (
                requires { WoundShape<Shape>::has_place; })
                return WoundShape<Shape>::has_place;
            return true;
        },
        wound);
}

InjuryMap injury_map(const tissue::Grid& grid, const Wound& wound) {
    return std::visit(Mapper(grid), wound);
}

InjurySummary summarise(const tissue::Grid& grid, const Wound& wound, const InjuryMap& map) {
    InjurySummary summary;
    summary.channel_depth = std::visit(DepthOf{}, wound);
    if (const auto* channels = std::get_if<Channels>(&wound))
        summary.puncture_density =
            grid.geometry() == Geometry::patch
                ? static_cast<double>(channels->channels.size()) / grid.area()
                : channels->density;
    const auto n_layers = static_cast<std::size_t>(grid.layer(grid.nz() - 1)) + 1;
    std::vector<double> wounded(n_layers, 0.0), whole(n_layers, 0.0);
    for (std::size_t k = 0; k < grid.nz(); ++k) {
        const auto layer = static_cast<std::size_t>(grid.layer(k));
        for (std::size_t j = 0; j < grid.ny(); ++j)
            for (std::size_t i = 0; i < grid.nx(); ++i) {
                wounded[layer] += map.wounded[grid.row(k, j) + i] * grid.volume(k, j, i);
                whole[layer] += grid.volume(k, j, i);
            }
    }
    for (std::size_t layer = 0; layer < n_layers; ++layer) {
        summary.layer_fraction.push_back(whole[layer] > 0.0 ? wounded[layer] / whole[layer] : 0.0);
        summary.wounded_volume += wounded[layer] / grid.area();
    }
    for (std::size_t j = 0; j < grid.ny(); ++j)
        for (std::size_t i = 0; i < grid.nx(); ++i)
            summary.surface_fraction += map.surface_wounded[j * grid.nx_padded() + i] *
                                        grid.y().volumes[j] * grid.x().volumes[i] / grid.area();
    return summary;
}

}  // namespace neocol::treatment
