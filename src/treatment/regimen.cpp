#include <neocol/treatment/regimen.hpp>

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/random.hpp>
#include <neocol/treatment/pattern.hpp>

namespace neocol::treatment {

namespace {

/// Streams of random numbers that sessions draw from; two of one session are independent.
enum class Draw : std::uint64_t { count = 1, places = 2 };

CounterRandom stream(std::uint64_t seed, std::uint64_t i_session, Draw draw) {
    return CounterRandom(seed, i_session << 8 | static_cast<std::uint64_t>(draw));
}

void check_density(const Session& session) {
    if (!(session.puncture_density >= 0.0) || !std::isfinite(session.puncture_density))
        throw InputError(fmt::format("puncture density must not be negative, but is {} mm-2",
                                     session.puncture_density));
}

/// Mean exactly `expected`: rounded up with the chance of its fractional part.
std::size_t rounded_at_random(double expected, double uniform) {
    if (expected > 1e8)
        throw InputError(fmt::format("{:.3g} punctures in one session", expected),
                         "is the density in the unit meant? 250 cm-2 is 2.5 mm-2");
    return static_cast<std::size_t>(std::floor(expected + uniform));
}

}  // namespace

Channel nominal_channel(const Session& session) {
    const Device& device = session.device;
    const double depth = channel_depth(device, session.needle_length);
    return {0.0, 0.0, hole_radius(device, depth), depth, device.taper_start};
}

std::vector<Channel> draw_positions(const Session& session, double length_x, double length_y,
                                    std::uint64_t seed, std::uint64_t i_session) {
    check_density(session);
    const Plane plane = {length_x, length_y};
    if (!(length_x > 0.0) || !(length_y > 0.0))
        throw InputError(
            fmt::format("punctures need a plane, not {} mm by {} mm", length_x, length_y));
    const CounterRandom count = stream(seed, i_session, Draw::count);
    const CounterRandom places = stream(seed, i_session, Draw::places);
    const std::size_t n =
        rounded_at_random(session.puncture_density * plane.area(), count.uniform(0));
    const std::vector<Point> points =
        row_of(patterns, session.device.pattern).points(session.device, n, plane, places);
    std::vector<Channel> channels(points.size(), nominal_channel(session));
    for (std::size_t i = 0; i < points.size(); ++i) {
        channels[i].x = points[i].x;
        channels[i].y = points[i].y;
    }
    return channels;
}

Wound make_wound(const Session& session, const tissue::Grid& grid, std::uint64_t seed,
                 std::uint64_t i_session) {
    if (session.wound) return *session.wound;
    check_density(session);
    Channels wound;
    wound.coring = session.device.coring;
    wound.density = session.puncture_density;
    if (grid.geometry() != tissue::Geometry::patch) {
        if (session.puncture_density > 0.0) wound.channels = {nominal_channel(session)};
        return wound;
    }
    if (!session.positions.empty()) {
        wound.channels = session.positions;
        return wound;
    }
    wound.channels = draw_positions(session, grid.x().length(), grid.y().length(), seed, i_session);
    for (Channel& channel : wound.channels) {
        channel.x += grid.x().edges.front();
        channel.y += grid.y().edges.front();
    }
    return wound;
}

double rehit_chance(const Regimen& regimen, std::size_t i_session) {
    const Session& session = regimen.sessions.at(i_session);
    if (session.wound) return 0.0;
    double expected = 0.0;  // earlier punctures within reach of a new one
    for (std::size_t j = 0; j < i_session; ++j) {
        const Session& earlier = regimen.sessions[j];
        if (earlier.wound) continue;
        const double reach =
            nominal_channel(session).surface_radius + nominal_channel(earlier).surface_radius;
        expected += earlier.puncture_density * std::numbers::pi * reach * reach;
    }
    return -std::expm1(-expected);
}

}  // namespace neocol::treatment
