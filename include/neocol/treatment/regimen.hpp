#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <neocol/core/time.hpp>
#include <neocol/tissue/grid.hpp>
#include <neocol/treatment/device.hpp>
#include <neocol/treatment/wound.hpp>

namespace neocol::treatment {

/// One treatment of a course, as described; positions are drawn when it is carried out.
struct Session {
    Time time;
    Device device;
    double needle_length = 0.0;      ///< [mm]
    double puncture_density = 0.0;   ///< [mm-2]
    std::optional<Wound> wound;      ///< an excision, punch, ... in place of the device's channels
    std::vector<Channel> positions;  ///< punctures read from an earlier result; empty: drawn
};

struct Regimen {
    std::vector<Session> sessions;  ///< in order of time
};

/// The channel that the device of a session makes with its needle, at the origin.
/// \throws InputError  lengths or ratios that no needle has
Channel nominal_channel(const Session& session);

/// Where the punctures of one session fall in the periodic plane [0, length_x) x [0, length_y).
///
/// The number of punctures is density * area, rounded up or down at random so that its mean is
/// exact; square and hexagonal lattices keep the density by choosing their pitch to tile the plane,
/// and start at a random offset, so later sessions fall between earlier ones. `roller_passes` rolls
/// a drum with `rows` rings of needles in random directions along the plane until the density is
/// reached. Every place is as likely to be hit as any other. See pattern.hpp.
///
/// \param seed       of the run
/// \param i_session  sessions of one run draw independent positions
/// \throws InputError  negative density, no positive plane, a roller without its drum's sizes
std::vector<Channel> draw_positions(const Session& session, double length_x, double length_y,
                                    std::uint64_t seed, std::uint64_t i_session);

/// The wound a session makes on a grid: channels at drawn or given positions in a patch, one
/// channel on the axis in `single_channel`, density alone elsewhere; or the session's own wound.
/// Positions given in the session are used as they stand (patch).
Wound make_wound(const Session& session, const tissue::Grid& grid, std::uint64_t seed,
                 std::uint64_t i_session);

/// Expected share of punctures in a session that fall on a puncture of an earlier one (centres
/// nearer than the two radii), random placement:
///
///     1 - exp(-sum_j n_j pi (r_j + r)^2) over earlier sessions j
///
/// Sessions with wounds of other shapes do not count. The first session's is 0.
/// \throws std::out_of_range  no such session
double rehit_chance(const Regimen& regimen, std::size_t i_session);

}  // namespace neocol::treatment
