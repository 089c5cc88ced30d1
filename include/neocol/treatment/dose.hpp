#pragma once

#include <vector>

#include <neocol/treatment/regimen.hpp>

namespace neocol::treatment {

/// A session in the terms of the treatment room, from device and density alone.
struct Dose {
    double passes = 0.0;          ///< of the device for its density, 0 if it has no passes
    double channel_depth = 0.0;   ///< [mm]
    double hole_diameter = 0.0;   ///< [mm]
    double area_fraction = 0.0;   ///< n pi R^2, share of the surface inside holes [1]
    double wounded_volume = 0.0;  ///< n times the channel's volume, per area of skin [mm]
    double mean_distance = 0.0;   ///< 1/sqrt(n), between neighbours of a square lattice [mm]
    double rehit_chance = 0.0;    ///< see rehit_chance
};

/// Doses of all sessions of a course; of a session with a wound of another shape only zeros.
std::vector<Dose> doses(const Regimen& regimen);

/// Share of each layer's volume inside channels of density n [mm-2], for layers of these
/// thicknesses [mm] from the surface down: n times the mean cross-section over the layer.
std::vector<double> layer_fractions(const Channel& channel, double density,
                                    const std::vector<double>& thicknesses);

}  // namespace neocol::treatment
