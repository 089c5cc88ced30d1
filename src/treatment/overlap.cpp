#include "overlap.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace neocol::treatment {

namespace {

constexpr double pi = std::numbers::pi;

/// Area of the disc of radius R inside [0, a] x [0, b]. \pre a, b >= 0
double quadrant_area(double a, double b, double R) {
    if (a * a + b * b <= R * R) return a * b;
    a = std::min(a, R);
    b = std::min(b, R);
    if (a == 0.0 || b == 0.0) return 0.0;
    const double s = std::sqrt((R - a) * (R + a)), t = std::sqrt((R - b) * (R + b));
    // asin(a/R) as an arctangent: near a = R the quotient has lost what the square root needs.
    return 0.5 * (a * s + b * t + R * R * (std::atan2(a, s) + std::atan2(b, t) - 0.5 * pi));
}

/// Integral over R, from a to R, of minus half the circular segment beyond the line at distance a:
/// of (a sqrt(R^2 - a^2) - R^2 acos(a/R)) / 2. Zero for R <= a.
double segment_integral(double a, double R) {
    if (R <= a) return 0.0;
    const double cubed = R * R * R;
    if (a == 0.0) return -cubed * pi / 12.0;
    const double s = std::sqrt((R - a) * (R + a));
    return a * R * s / 3.0 - a * a * a * std::log((R + s) / a) / 6.0 -
           cubed * std::atan2(s, a) / 6.0;
}

/// Integral of quadrant_area(a, b, R) over R from R0 to R1. \pre a, b >= 0, R0 <= R1
///
/// Below the corner's distance c the area is pi R^2/4 less the two half segments; above it is a b.
double quadrant_integral(double a, double b, double R0, double R1) {
    if (a == 0.0 || b == 0.0) return 0.0;
    const double c = std::hypot(a, b);
    double sum = 0.0;
    if (R1 > c) sum += a * b * (R1 - std::max(R0, c));
    if (R0 < c) {
        const double m = std::min(R1, c);
        sum += pi / 12.0 * (m - R0) * (m * m + m * R0 + R0 * R0);
        sum += segment_integral(a, m) - segment_integral(a, R0);
        sum += segment_integral(b, m) - segment_integral(b, R0);
    }
    return sum;
}

/// Signed sum over the rectangle's corners of an integral over [0, |a|] x [0, |b|].
template <typename Quadrant>
double over_corners(const Rectangle& box, Quadrant quadrant) {
    const auto at = [&](double a, double b) {
        const double value = quadrant(std::abs(a), std::abs(b));
        return (a < 0.0) == (b < 0.0) ? value : -value;
    };
    return (at(box.x1, box.y1) - at(box.x0, box.y1)) - (at(box.x1, box.y0) - at(box.x0, box.y0));
}

double area(const Rectangle& box) {
    return (box.x1 - box.x0) * (box.y1 - box.y0);
}

/// Distances from the axis of the rectangle's nearest and farthest point.
double nearest(const Rectangle& box) {
    return std::hypot(std::max({box.x0, -box.x1, 0.0}), std::max({box.y0, -box.y1, 0.0}));
}
double farthest(const Rectangle& box) {
    return std::hypot(std::max(std::abs(box.x0), std::abs(box.x1)),
                      std::max(std::abs(box.y0), std::abs(box.y1)));
}

/// The part of a channel between two depths: a cylinder of the surface radius, then a cone whose
/// radius falls from `wide` to `narrow`, by 1 over a depth of `slope`.
struct Piece {
    double cylinder = 0.0;  // height [mm]
    double wide = 0.0, narrow = 0.0, slope = 0.0;
};

Piece piece_between(const Channel& channel, double z0, double z1) {
    const double shoulder = channel.taper_start * channel.depth;
    Piece piece;
    piece.cylinder = std::max(0.0, std::min(z1, shoulder) - z0);
    const double from = std::max(z0, shoulder), to = std::min(z1, channel.depth);
    if (to > from && channel.surface_radius > 0.0) {
        // The slope of the whole taper, not of this piece: pieces then add up to rounding.
        piece.slope = (channel.depth - shoulder) / channel.surface_radius;
        piece.wide = radius_at(channel, from);
        piece.narrow = radius_at(channel, to);
    }
    return piece;
}

/// Integral over depth of a cross-section, from that cross-section and from its integral over R.
template <typename Area, typename RadialIntegral>
double integrate(const Piece& piece, double surface_radius, Area cross_section,
                 RadialIntegral radial_integral) {
    double sum = 0.0;
    if (piece.cylinder > 0.0) sum += piece.cylinder * cross_section(surface_radius);
    if (piece.slope > 0.0) sum += piece.slope * radial_integral(piece.narrow, piece.wide);
    return sum;
}

double disc_in_ring(double radius, double r0, double r1) {
    const double outer = std::min(r1, radius);
    return outer > r0 ? pi * (outer - r0) * (outer + r0) : 0.0;
}

/// Integral over R from R0 to R1 of the area of the disc R inside the disc r.
double disc_integral(double r, double R0, double R1) {
    double sum = 0.0;
    if (R1 > r) sum += pi * r * r * (R1 - std::max(R0, r));
    if (R0 < r) {
        const double m = std::min(R1, r);
        sum += pi / 3.0 * (m - R0) * (m * m + m * R0 + R0 * R0);
    }
    return sum;
}

}  // namespace

double radius_at(const Channel& channel, double z) {
    if (z >= channel.depth) return 0.0;
    const double shoulder = channel.taper_start * channel.depth;
    if (z <= shoulder) return channel.surface_radius;
    return channel.surface_radius * (channel.depth - z) / (channel.depth - shoulder);
}

double volume(const Channel& channel) {
    const double cylinder_share = channel.taper_start + (1.0 - channel.taper_start) / 3.0;
    return pi * channel.surface_radius * channel.surface_radius * channel.depth * cylinder_share;
}

double disc_in_rectangle(double radius, const Rectangle& rectangle) {
    if (radius <= nearest(rectangle)) return 0.0;
    if (radius >= farthest(rectangle)) return area(rectangle);
    const double overlap =
        over_corners(rectangle, [&](double a, double b) { return quadrant_area(a, b, radius); });
    return std::clamp(overlap, 0.0, area(rectangle));
}

double mean_area_in_rectangle(const Channel& channel, const Rectangle& rectangle, double z0,
                              double z1) {
    if (!(z1 > z0)) return disc_in_rectangle(radius_at(channel, z0), rectangle);
    if (radius_at(channel, z0) <= nearest(rectangle)) return 0.0;
    if (radius_at(channel, z1) >= farthest(rectangle)) return area(rectangle);
    const double overlap = integrate(
        piece_between(channel, z0, z1), channel.surface_radius,
        [&](double R) { return disc_in_rectangle(R, rectangle); },
        [&](double R0, double R1) {
            return over_corners(
                rectangle, [&](double a, double b) { return quadrant_integral(a, b, R0, R1); });
        });
    return std::clamp(overlap / (z1 - z0), 0.0, area(rectangle));
}

double mean_area_in_ring(const Channel& channel, double r0, double r1, double z0, double z1) {
    if (!(z1 > z0)) return disc_in_ring(radius_at(channel, z0), r0, r1);
    const double whole = disc_in_ring(r1, r0, r1);
    if (radius_at(channel, z0) <= r0) return 0.0;
    if (radius_at(channel, z1) >= r1) return whole;
    const double overlap = integrate(
        piece_between(channel, z0, z1), channel.surface_radius,
        [&](double R) { return disc_in_ring(R, r0, r1); },
        [&](double R0, double R1) {
            return disc_integral(r1, R0, R1) - disc_integral(r0, R0, R1);
        });
    return std::clamp(overlap / (z1 - z0), 0.0, whole);
}

double mean_area(const Channel& channel, double z0, double z1) {
    const auto disc = [](double R) { return pi * R * R; };
    if (!(z1 > z0)) return disc(radius_at(channel, z0));
    const double sum = integrate(
        piece_between(channel, z0, z1), channel.surface_radius, disc,
        [](double R0, double R1) { return pi / 3.0 * (R1 - R0) * (R1 * R1 + R1 * R0 + R0 * R0); });
    return sum / (z1 - z0);
}

}  // namespace neocol::treatment
