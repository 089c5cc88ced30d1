#include <neocol/treatment/device.hpp>

#include <algorithm>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::treatment {

double channel_depth(const Device& device, double needle_length) {
    if (!(needle_length > 0.0))
        throw InputError(fmt::format("needle length must be positive, not {} mm", needle_length));
    const Insertion& insertion = device.insertion;
    if (device.depth_ratio == 0.0 && insertion.tip_diameter > 0.0 && insertion.speed > 0.0) {
        const double depth = pierced_depth(insertion, needle_length);
        if (depth > 0.0) return depth;
        throw InputError(
            fmt::format(
                "needles of {:.4g} mm do not pierce this skin, which gives way by {:.4g} mm",
                needle_length, yield_before_piercing(insertion)),
            "take longer or sharper needles, a faster device, or skin stretched taut "
            "(skin.compliance below 1)");
    }
    if (!(device.depth_ratio > 0.0 && device.depth_ratio <= 1.0))
        throw InputError(
            fmt::format("depth_ratio must lie between 0 and 1, not be {}", device.depth_ratio),
            "it is channel depth / needle length; 0.2 and 0.77 have been measured");
    return device.depth_ratio * needle_length;
}

double insertion_force(const Device& device) {
    const Insertion& insertion = device.insertion;
    if (device.depth_ratio == 0.0 && insertion.tip_diameter > 0.0 && insertion.speed > 0.0)
        return insertion_force(insertion);
    return std::numeric_limits<double>::quiet_NaN();
}

double hole_radius(const Device& device, double channel_depth) {
    const double share =
        device.tip_length > 0.0 ? std::min(channel_depth / device.tip_length, 1.0) : 1.0;
    return share * hole_radius(device);
}

double hole_radius(const Device& device) {
    if (!(device.needle_diameter > 0.0))
        throw InputError(
            fmt::format("needle diameter must be positive, not {} mm", device.needle_diameter));
    if (!(device.hole_ratio > 0.0))
        throw InputError(fmt::format("hole_ratio must be positive, not {}", device.hole_ratio),
                         "it is hole diameter / needle diameter; 0.5 has been measured");
    return 0.5 * device.hole_ratio * device.needle_diameter;
}

double punctures_per_pass(const Device& device) {
    if (device.punctures_per_pass > 0.0) return device.punctures_per_pass;
    if (device.kind == DeviceKind::roller && device.needles > 0 && device.drum_diameter > 0.0 &&
        device.drum_width > 0.0)
        return device.needles / (std::numbers::pi * device.drum_diameter * device.drum_width);
    throw InputError(
        fmt::format("device '{}' does not say how many punctures a pass makes", device.name),
        "give puncture_density, or punctures_per_pass, or a roller's needles, "
        "drum_diameter and drum_width");
}

}  // namespace neocol::treatment
