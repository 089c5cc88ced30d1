#pragma once

#include <map>
#include <string>
#include <vector>

namespace neocol::tissue {

/// One layer of skin, from the surface down.
struct Layer {
    std::string name;        ///< such as "papillary_dermis"
    double thickness = 0.0;  ///< [mm]; the last layer reaches to the bottom of the domain
    bool coarse = false;     ///< voxels may grow here, unless the scenario says how they do
    std::map<std::string, double> properties;  ///< such as "perfusion", internal units
};

/// Skin of one person at one place: what a model reads as layers and tissue properties.
struct Skin {
    std::string site = "none";
    std::string condition = "normal";
    double age = 0.0;         ///< [d]
    int phototype = 0;        ///< Fitzpatrick 1 to 6, 0 if unknown
    double compliance = 1.0;  ///< give under a needle relative to the cheek, bed included [1]
    std::vector<Layer> layers;

    /// Sum of the layers' thicknesses [mm].
    double thickness() const;
    /// Where the lowest coarse layers begin, or 0 if the lowest layer is not coarse [mm].
    double coarse_from() const;
};

}  // namespace neocol::tissue
