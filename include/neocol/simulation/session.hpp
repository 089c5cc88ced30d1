#pragma once

#include <array>
#include <limits>
#include <string_view>

#include <neocol/treatment/wound.hpp>

namespace neocol::simulation {

/// What is known of a session as it was carried out, but for its device, layers and punctures.
struct SessionNumbers : treatment::InjuryNumbers {
    double time = 0.0;           ///< [d]
    double needle_length = 0.0;  ///< [mm]
    /// Peak force on one needle [N]; not a number if the device states its depth, or for wounds.
    double insertion_force = std::numeric_limits<double>::quiet_NaN();
    double rehit_chance = 0.0;  ///< share of punctures that hit an earlier one
    /// Mean radius of the channels at the surface [mm]; not a number where none has a place of its
    /// own: other wounds.
    double hole_radius = std::numeric_limits<double>::quiet_NaN();
};

/// One of these numbers: its name in results, checkpoints, JSON and Python, its unit, what it is.
struct SessionNumber {
    std::string_view name, unit, long_name;
    double SessionNumbers::*member;
    bool is_later = false;  ///< files written before it was there are read without it
};

/// All of them, in their order in results. Tables of results, their reader, checkpoints and JSON
/// follow: a number more is a member above and a line here.
inline constexpr auto session_numbers = std::to_array<SessionNumber>({
    {"time", "d", "time of the session", &SessionNumbers::time},
    {"needle_length", "mm", "needle length", &SessionNumbers::needle_length},
    {"insertion_force", "N", "peak force on one needle", &SessionNumbers::insertion_force},
    {"channel_depth", "mm", "depth of the channels", &SessionNumbers::channel_depth},
    {"puncture_density", "mm-2", "punctures per area of skin", &SessionNumbers::puncture_density},
    {"surface_fraction", "1", "share of the surface inside channels",
     &SessionNumbers::surface_fraction},
    {"wounded_volume", "mm", "wounded volume per area of skin", &SessionNumbers::wounded_volume},
    {"rehit_chance", "1", "share of punctures that hit an earlier one",
     &SessionNumbers::rehit_chance},
    {"hole_radius", "mm", "mean radius of the channels at the surface",
     &SessionNumbers::hole_radius, true},
});

}  // namespace neocol::simulation
