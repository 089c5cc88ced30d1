#include "context.hpp"

#include <utility>

namespace neocol::model {

Context static_context(std::string place) {
    return {.place = std::move(place)};
}

Context rate_context(std::string place, Location location) {
    return {.place = std::move(place),
            .location = location,
            .species = true,
            .time = true,
            .coordinates = true};
}

Context injury_context(Location location) {
    Context context = rate_context("[injury]", location);
    context.wound = true;
    return context;
}

Context boundary_context(Location location) {
    Context context = rate_context("a boundary condition", location);
    context.surface_fields_only = true;
    return context;
}

Context initial_context(Location location) {
    return {.place = "[initial]", .location = location, .coordinates = true};
}

}  // namespace neocol::model
