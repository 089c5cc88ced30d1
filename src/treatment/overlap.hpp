#pragma once

#include <neocol/treatment/wound.hpp>

namespace neocol::treatment {

/// A rectangle in the plane of the skin, relative to the axis of a hole. Lengths [mm].
struct Rectangle {
    double x0 = 0.0, x1 = 0.0, y0 = 0.0, y1 = 0.0;
};

/// Radius of a channel at depth z [mm], 0 at its tip and below.
double radius_at(const Channel& channel, double z);

/// Volume of a whole channel [mm3]: pi R^2 depth (taper_start + (1 - taper_start)/3).
double volume(const Channel& channel);

/// Area of a disc about the origin inside a rectangle [mm2], in closed form.
///
/// With h(a, b, R) the area of the disc inside [0, a] x [0, b],
///
///     h = a b                                                  where a^2 + b^2 <= R^2
///     h = (a sqrt(R^2 - a^2) + b sqrt(R^2 - b^2)
///          + R^2 (asin(a/R) + asin(b/R) - pi/2)) / 2           elsewhere, a and b at most R
///
/// the area is the signed sum of h over the four corners.
double disc_in_rectangle(double radius, const Rectangle& rectangle);

/// Mean cross-section of a channel inside a rectangle between depths z0 and z1 [mm2]; with z0 = z1
/// the cross-section at that depth.
///
/// The integral over z is taken in closed form: along the taper the radius is linear in z, and h
/// above has an elementary antiderivative in R. Exactly 0 outside the hole, exactly the rectangle's
/// area deep inside it.
/// \pre z0 <= z1
double mean_area_in_rectangle(const Channel& channel, const Rectangle& rectangle, double z0,
                              double z1);

/// Likewise inside the ring r0 <= r < r1 about the channel's axis [mm2].
double mean_area_in_ring(const Channel& channel, double r0, double r1, double z0, double z1);

/// Likewise in the whole plane [mm2].
double mean_area(const Channel& channel, double z0, double z1);

}  // namespace neocol::treatment
