#pragma once

namespace neocol::treatment {

/// What decides how deep a needle goes.
struct Insertion {
    double tip_diameter = 0.0;     ///< of the blunt end that meets the skin [mm]
    double speed = 0.0;            ///< of the needle against the skin [mm/d]
    double grip = 0.0;             ///< skin dragged along per depth pierced, on the cheek [1]
    double skin_compliance = 1.0;  ///< give of the skin on its bed under a needle, cheek = 1
};

/// Force at which a needle pierces the skin [N].
///
/// (0.029 N + 40 N/mm2 * tip area) * max((speed / 0.5 mm/s)^-0.432, 0.1). Measured: 0.029 N at
/// 0.5 mm/s and 0.0215 N at 1 mm/s (Olatunji 2013, doi:10.1002/jps.23439), which gives the
/// exponent; linear in tip area, 0.1 to 3 N for blunt tips (Davis 2004,
/// doi:10.1016/j.jbiomech.2003.12.010). Chosen: the slope of 40 N/mm2, which spans that range up
/// to tips of 0.3 mm, and the floor, as nothing was measured at a pen's speed.
/// \throws InputError  diameter or speed is not positive
double insertion_force(double tip_diameter, double speed);

/// How far the skin gives way before it is pierced [mm]: insertion force over the stiffness of the
/// skin on its bed. Under tips up to 20 um 0.073 N/mm on the cheek (chosen: a needle rolled by hand
/// then gives 0.1 mm). A wider tip lies on more skin, so that its stiffness grows with the width as
/// under a flat punch, by 6 N/mm2 (chosen: needles of 0.7 mm with tips of 60 to 160 um pierced,
/// Davis 2004).
double yield_before_piercing(const Insertion& insertion);

/// Depth that a needle of that length [mm] pierces [mm], 0 if it is too short to pierce at all.
///
///     depth + yield + grip * compliance * depth = length
///
/// The needle's whole length is skin pierced, skin pushed in before the tip broke it, and skin
/// dragged along the shaft. With the shipped values: a roller of 1.5 mm pierces 0.97 mm of cheek,
/// one of 3 mm 2.0 mm, one of 0.77 mm on a rat's soft thin skin 0.15 mm (measured: 0.1525,
/// Kalluri 2011).
double pierced_depth(const Insertion& insertion, double needle_length);

}  // namespace neocol::treatment
