#pragma once

namespace neocol::treatment {

/// Numbers of the law of insertion. They are parameters in models/microneedling/insertion.toml,
/// where their sources stand; io/insertion_law.hpp brings them here.
struct InsertionLaw {
    double sharp_force = 0.0;      ///< of a sharp needle at the reference speed [N]
    double force_per_area = 0.0;   ///< [N/mm2]
    double reference_speed = 0.0;  ///< [mm/d]
    double speed_exponent = 0.0;
    double least_share = 0.0;      ///< of the force at the reference speed
    double stiffness = 0.0;        ///< of the cheek on its bed under a sharp tip [N/mm]
    double contact_modulus = 0.0;  ///< [N/mm2]
    double sharp_tip = 0.0;        ///< widest tip that meets no more skin than a sharp one [mm]
    bool operator==(const InsertionLaw&) const = default;
};

/// What decides how deep a needle goes.
struct Insertion {
    double tip_diameter = 0.0;     ///< of the blunt end that meets the skin [mm]
    double speed = 0.0;            ///< of the needle against the skin [mm/d]
    double grip = 0.0;             ///< skin dragged along per depth pierced, on the cheek [1]
    double skin_compliance = 1.0;  ///< give of the skin on its bed under a needle, cheek = 1
    InsertionLaw law{};
};

/// Force at which a needle pierces the skin [N].
///
///     (sharp_force + force_per_area * tip area)
///         * max((speed / reference_speed)^speed_exponent, least_share)
/// \throws InputError  diameter, speed or reference speed is not positive, or a force is negative
double insertion_force(const Insertion& insertion);

/// How far the skin gives way before it is pierced [mm]: insertion force over the stiffness of the
/// skin on its bed,
///
///     compliance * force / (stiffness + contact_modulus * max(tip diameter - sharp_tip, 0))
///
/// as a wider tip lies on more skin, so that its stiffness grows with the width as under a flat
/// punch. \throws InputError  as insertion_force; the stiffness is not positive
double yield_before_piercing(const Insertion& insertion);

/// Depth that a needle of that length [mm] pierces [mm], 0 if it is too short to pierce at all.
///
///     depth + yield + grip * compliance * depth = length
///
/// The needle's whole length is skin pierced, skin pushed in before the tip broke it, and skin
/// dragged along the shaft. With the shipped law: a roller of 1.5 mm pierces 0.97 mm of cheek,
/// one of 3 mm 2.0 mm, one of 0.77 mm on a rat's soft thin skin 0.15 mm (measured: 0.1525,
/// Kalluri 2011).
double pierced_depth(const Insertion& insertion, double needle_length);

}  // namespace neocol::treatment
