#pragma once

#include <string>

namespace neocol::treatment {

enum class DeviceKind { roller, pen, stamp };
/// Lateral arrangement of punctures; roller passes follow the drum's rows.
enum class Pattern { square, hexagonal, roller_passes, random };

/// A needling device as the scenario or a device file gives it. Lengths [mm].
struct Device {
    std::string name, title, source;
    DeviceKind kind = DeviceKind::roller;
    Pattern pattern = Pattern::random;
    double needle_diameter = 0.25;  ///< of the shaft, or of the base of a conical needle
    double depth_ratio = 1.0;       ///< channel depth / needle length in soft skin on its bed
    double hole_ratio = 1.0;        ///< hole diameter after recoil / needle diameter
    double coring = 0.0;            ///< share of the channel's tissue that is taken out
    double punctures_per_pass = 0.0;  ///< [mm-2]; 0: passes cannot be asked for
    int needles = 0;
    int rows = 0;                   ///< roller: rings of needles across the drum
    double drum_diameter = 0.0, drum_width = 0.0;  ///< roller
};

/// Depth of the channel a needle leaves [mm].
double channel_depth(const Device& device, double needle_length);
/// Radius of the hole at the skin surface right after withdrawal [mm].
double hole_radius(const Device& device);

}  // namespace neocol::treatment
