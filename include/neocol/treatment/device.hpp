#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <neocol/core/words.hpp>
#include <neocol/treatment/insertion.hpp>
#include <neocol/treatment/pattern.hpp>

namespace neocol::treatment {

enum class DeviceKind { roller, pen, stamp };

}  // namespace neocol::treatment

namespace neocol {

template <>
inline constexpr auto words<treatment::DeviceKind> = std::to_array<Word<treatment::DeviceKind>>({
    {treatment::DeviceKind::roller, "roller", "a drum with rings of needles, rolled over the skin"},
    {treatment::DeviceKind::pen, "pen", "needles that a motor drives in and out"},
    {treatment::DeviceKind::stamp, "stamp", "a plate of needles, pressed in"},
});

}  // namespace neocol

namespace neocol::treatment {

/// A needling device as the scenario or a device file gives it. Lengths [mm].
struct Device {
    std::string name, title, source;
    DeviceKind kind = DeviceKind::roller;
    Pattern pattern = Pattern::random;
    double needle_diameter = 0.25;    ///< of the shaft, or of the base of a conical needle
    double depth_ratio = 1.0;         ///< channel depth / needle length; 0: by `insertion`
    Insertion insertion;              ///< tip, speed, skin: decide the depth if no ratio is given
    double hole_ratio = 1.0;          ///< hole diameter after recoil / needle diameter
    double tip_length = 0.0;          ///< needle narrows over this length from its tip; 0: unknown
    double taper_start = 0.0;         ///< share of the channel's depth at which it begins to narrow
    double coring = 0.0;              ///< share of the channel's tissue that is taken out
    double punctures_per_pass = 0.0;  ///< [mm-2]; 0: passes cannot be asked for
    int needles = 0;
    int rows = 0;                                  ///< roller: rings of needles across the drum
    double drum_diameter = 0.0, drum_width = 0.0;  ///< roller
};

/// Depth of the channel a needle leaves [mm]: depth_ratio * needle_length, or by the law of
/// pierced_depth() if the device has a tip and a speed instead of a ratio.
///
/// Skin yields before it is pierced, so channels are shallower than needles are long. Measured:
/// 0.20 for a 770 um roller on thin rat skin (Kalluri 2011, doi:10.1208/s12248-011-9288-3), 0.77
/// for a pressed 600 um array on human skin (Donnelly 2011). One ratio per device is an
/// approximation: it rises with needle length, speed and stretch of the skin.
/// \throws InputError  the length is not positive, the ratio outside (0, 1], the device has neither
///         ratio nor tip and speed, or the needle is too short to pierce the skin
double channel_depth(const Device& device, double needle_length);

/// Radius of the hole at the skin surface right after withdrawal [mm]: hole_ratio *
/// needle_diameter / 2.
///
/// Elastic recoil narrows the hole: 70.7 um were measured for needles of 140 um base (Kalluri
/// 2011), a ratio of 0.5. \throws InputError  the diameter or the ratio is not positive
double hole_radius(const Device& device);

/// The same of a channel so deep [mm]: a needle that narrows over its `tip_length` and does not
/// sink in so far leaves a hole as wide as it is at the skin's surface.
double hole_radius(const Device& device, double channel_depth);

/// Peak force on one needle as it pierces the skin [N], by the law of insertion;
/// not a number if the device states a depth ratio instead of its tip and speed.
double insertion_force(const Device& device);

/// Punctures per area of one pass [mm-2]: as given, else of a roller needles / (pi drum_diameter
/// drum_width), each needle piercing once a turn.
/// \throws InputError  the device has neither
double punctures_per_pass(const Device& device);

}  // namespace neocol::treatment
