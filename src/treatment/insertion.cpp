#include <neocol/treatment/insertion.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <neocol/core/error.hpp>

namespace neocol::treatment {
namespace {

/// Numbers of the law go by the names of their parameters.
void require(bool holds, const char* what, double value, const char* unit) {
    if (!holds) throw InputError(fmt::format("{}, not {} {}", what, value, unit));
}

}  // namespace

double insertion_force(const Insertion& insertion) {
    const InsertionLaw& law = insertion.law;
    const double tip = insertion.tip_diameter, speed = insertion.speed;
    require(tip > 0.0, "tip diameter must be positive", tip, "mm");
    require(speed > 0.0, "speed must be positive", speed, "mm/d");
    require(law.reference_speed > 0.0, "insertion_reference_speed must be positive",
            law.reference_speed, "mm/d");
    require(law.sharp_force > 0.0, "insertion_sharp_force must be positive", law.sharp_force, "N");
    require(law.force_per_area >= 0.0, "insertion_force_per_area cannot be negative",
            law.force_per_area, "N/mm2");
    const double area = 0.25 * std::numbers::pi * tip * tip;
    const double share =
        std::max(std::pow(speed / law.reference_speed, law.speed_exponent), law.least_share);
    return (law.sharp_force + law.force_per_area * area) * share;
}

double yield_before_piercing(const Insertion& insertion) {
    const InsertionLaw& law = insertion.law;
    require(law.stiffness > 0.0, "insertion_stiffness must be positive", law.stiffness, "N/mm");
    require(law.contact_modulus >= 0.0, "insertion_contact_modulus cannot be negative",
            law.contact_modulus, "N/mm2");
    const double stiffness =
        law.stiffness + law.contact_modulus * std::max(insertion.tip_diameter - law.sharp_tip, 0.0);
    return insertion.skin_compliance * insertion_force(insertion) / stiffness;
}

double pierced_depth(const Insertion& insertion, double needle_length) {
    const double left = needle_length - yield_before_piercing(insertion);
    return std::max(left, 0.0) / (1.0 + insertion.grip * insertion.skin_compliance);
}

}  // namespace neocol::treatment
