#include <neocol/treatment/dose.hpp>

#include <cmath>
#include <numbers>

#include "overlap.hpp"

namespace neocol::treatment {

namespace {

Dose dose(const Regimen& regimen, std::size_t i_session) {
    const Session& session = regimen.sessions[i_session];
    Dose result;
    if (session.wound) return result;
    const Channel channel = nominal_channel(session);
    const double n = session.puncture_density;
    const Device& device = session.device;
    if (device.punctures_per_pass > 0.0 ||
        (device.kind == DeviceKind::roller && device.needles > 0 && device.drum_diameter > 0.0 &&
         device.drum_width > 0.0))
        result.passes = n / punctures_per_pass(device);
    result.channel_depth = channel.depth;
    result.hole_diameter = 2.0 * channel.surface_radius;
    result.area_fraction = n * std::numbers::pi * channel.surface_radius * channel.surface_radius;
    result.wounded_volume = n * volume(channel);
    result.mean_distance = n > 0.0 ? 1.0 / std::sqrt(n) : 0.0;
    result.rehit_chance = rehit_chance(regimen, i_session);
    return result;
}

}  // namespace

std::vector<Dose> doses(const Regimen& regimen) {
    std::vector<Dose> result;
    for (std::size_t i = 0; i < regimen.sessions.size(); ++i)
        result.push_back(dose(regimen, i));
    return result;
}

std::vector<double> layer_fractions(const Channel& channel, double density,
                                    const std::vector<double>& thicknesses) {
    std::vector<double> fractions;
    double top = 0.0;
    for (const double thickness : thicknesses) {
        fractions.push_back(density * mean_area(channel, top, top + thickness));
        top += thickness;
    }
    return fractions;
}

}  // namespace neocol::treatment
