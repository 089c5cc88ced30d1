#include <neocol/simulation/domain.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace neocol::simulation {
namespace {

using tissue::Geometry;

/// Cells of one size that fill a length.
std::vector<double> lateral_edges(double length, const tissue::Spacing& spacing) {
    const double n = std::max(1.0, std::round(length / spacing.smallest));
    return tissue::uniform_edges(length, static_cast<std::size_t>(n));
}

double largest_density(const treatment::Regimen& regimen) {
    double density = 0.0;
    for (const treatment::Session& session : regimen.sessions)
        if (!session.wound) density = std::max(density, session.puncture_density);
    return density;
}

struct Depth {
    std::vector<double> edges;
    std::vector<int> layer_of_z;
};

Depth depth_axis(const Scenario& scenario, const model::Model& model) {
    std::vector<double> thicknesses;
    std::vector<int> layers;
    double left = scenario.domain.thickness;
    for (std::size_t i = 0; i < scenario.skin.layers.size() && left > 0.0; ++i) {
        const tissue::Layer& layer = scenario.skin.layers[i];
        const bool last = i + 1 == scenario.skin.layers.size();
        const double thickness = last ? left : std::min(layer.thickness, left);
        thicknesses.push_back(thickness);
        layers.push_back(model.find_layer(layer.name));
        left -= thickness;
        if (left < 1e-9 * scenario.domain.thickness) left = 0.0;
    }
    if (layers.empty()) {
        thicknesses.push_back(scenario.domain.thickness);
        layers.push_back(0);
    }
    Depth depth{tissue::layered_edges(thicknesses, scenario.domain.spacing), {}};
    double bottom = 0.0;
    std::size_t i_layer = 0;
    bottom = thicknesses.front();
    for (std::size_t i = 0; i + 1 < depth.edges.size(); ++i) {
        const double centre = 0.5 * (depth.edges[i] + depth.edges[i + 1]);
        while (centre > bottom && i_layer + 1 < thicknesses.size())
            bottom += thicknesses[++i_layer];
        depth.layer_of_z.push_back(layers[i_layer]);
    }
    return depth;
}

tissue::Axis single() {
    return tissue::cartesian_axis({0.0, 1.0});
}

}  // namespace

double territory_radius(const Scenario& scenario) {
    if (scenario.domain.width > 0.0) return scenario.domain.width;
    const double density = largest_density(scenario.regimen);
    // Without punctures any width will do: the wound's own size then has to be given.
    constexpr double default_density = 2.5;  // [mm-2]
    return 1.0 / std::sqrt(std::numbers::pi * (density > 0.0 ? density : default_density));
}

tissue::Grid make_grid(const Scenario& scenario, const model::Model& model) {
    const Domain& domain = scenario.domain;
    if (domain.geometry == Geometry::well_mixed) {
        const int layer = domain.layer.empty() ? 0 : model.find_layer(domain.layer);
        return {Geometry::well_mixed, single(), single(), single(), {layer}};
    }
    Depth depth = depth_axis(scenario, model);
    tissue::Axis z = tissue::cartesian_axis(std::move(depth.edges));
    tissue::Axis x = single(), y = single();
    if (domain.geometry == Geometry::single_channel) {
        x = tissue::radial_axis(lateral_edges(territory_radius(scenario), domain.spacing));
    } else if (domain.geometry == Geometry::section) {
        const double width = domain.width > 0.0 ? domain.width : default_section_width;
        x = tissue::cartesian_axis(lateral_edges(width, domain.spacing), domain.periodic);
    } else if (domain.geometry == Geometry::patch) {
        const double width = domain.width > 0.0 ? domain.width : default_patch_width;
        const double length = domain.length > 0.0 ? domain.length : width;
        x = tissue::cartesian_axis(lateral_edges(width, domain.spacing), domain.periodic);
        y = tissue::cartesian_axis(lateral_edges(length, domain.spacing), domain.periodic);
    }
    return {domain.geometry, std::move(x), std::move(y), std::move(z), std::move(depth.layer_of_z)};
}

}  // namespace neocol::simulation
