#include <neocol/treatment/insertion.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::treatment {
namespace {

constexpr double sharp_force = 0.029;      // [N] at the reference speed
constexpr double force_per_area = 40.0;    // [N/mm2]
constexpr double reference_speed = 43200;  // [mm/d], 0.5 mm/s
constexpr double speed_exponent = -0.432;  // ln(0.0215/0.029)/ln 2
constexpr double least_share = 0.1;
constexpr double cheek_stiffness = 0.073;  // [N/mm] under tips up to sharp_tip
constexpr double contact_modulus = 6.0;    // [N/mm2] a wider tip lies on more skin
constexpr double sharp_tip = 0.02;         // [mm]

}  // namespace

double insertion_force(double tip_diameter, double speed) {
    if (!(tip_diameter > 0.0))
        throw InputError(fmt::format("tip diameter must be positive, not {} mm", tip_diameter));
    if (!(speed > 0.0)) throw InputError(fmt::format("speed must be positive, not {} mm/d", speed));
    const double area = 0.25 * std::numbers::pi * tip_diameter * tip_diameter;
    const double share = std::max(std::pow(speed / reference_speed, speed_exponent), least_share);
    return (sharp_force + force_per_area * area) * share;
}

double yield_before_piercing(const Insertion& insertion) {
    const double stiffness =
        cheek_stiffness + contact_modulus * std::max(insertion.tip_diameter - sharp_tip, 0.0);
    return insertion.skin_compliance * insertion_force(insertion.tip_diameter, insertion.speed) /
           stiffness;
}

double pierced_depth(const Insertion& insertion, double needle_length) {
    const double left = needle_length - yield_before_piercing(insertion);
    return std::max(left, 0.0) / (1.0 + insertion.grip * insertion.skin_compliance);
}

}  // namespace neocol::treatment
