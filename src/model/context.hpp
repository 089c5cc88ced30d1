#pragma once

#include <string>
#include <tuple>

#include <neocol/model/model.hpp>

namespace neocol::model {

/// What an expression may speak of, by where it stands.
struct Context {
    std::string place;  ///< for messages, such as "a derived value"
    Location location = Location::volume;
    bool species = false;
    bool surface_fields_only = false;  ///< of the species, as inputs (boundary conditions)
    bool time = false;
    bool coordinates = false;
    bool wound = false;
    bool quasi_steady = false;  ///< in the equations of quasi-steady fields
    bool integral = false;      ///< under an integral, where there is no other

    auto key() const {
        return std::tuple(location, species, surface_fields_only, time, coordinates, wound,
                          quasi_steady, integral);
    }
};

/// Contexts by the kind of entry.
Context static_context(std::string place);
Context rate_context(std::string place, Location location);
Context injury_context(Location location);
Context boundary_context(Location location);
Context initial_context(Location location);

}  // namespace neocol::model
