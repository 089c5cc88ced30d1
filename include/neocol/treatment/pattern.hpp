#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <neocol/core/random.hpp>
#include <neocol/core/words.hpp>

namespace neocol::treatment {

struct Device;

/// Lateral arrangement of punctures. A pattern more is a value here, a row of `patterns` below and
/// the function that places its points; reader, schema and sessions follow.
enum class Pattern { square, hexagonal, roller_passes, random };

/// A place on the skin [mm].
struct Point {
    double x = 0.0, y = 0.0;
};

/// The rectangle [0, length_x) x [0, length_y) of skin that patterns fill. Lengths [mm].
struct Plane {
    double length_x = 0.0, length_y = 0.0;

    double area() const { return length_x * length_y; }
};

/// `n` independent, uniformly distributed points; numbers 2i and 2i + 1 of `random` place point i.
std::vector<Point> random_points(std::size_t n, const Plane& plane, const CounterRandom& random);

/// Exactly `n` points of a lattice that continues across the periodic walls of the plane.
///
/// Of all lattices with n points that have the plane's periods (rows of n_x points, n_y = n/n_x
/// rows, each shifted against the one before by m/n_y of the pitch) the one is taken whose cell is
/// nearest to a square, or to a rhombus of two equilateral triangles. So the density is exact, and
/// the lattice may stand askew. Cost O(sum of the divisors of n). \param pattern  square or
/// hexagonal \param origin   of the lattice
std::vector<Point> lattice_points(Pattern pattern, std::size_t n, const Plane& plane, Point origin);

/// How a roller crosses the plane once.
struct Pass {
    double angle = 0.0;   ///< of rolling, from x towards y [rad]
    double across = 0.0;  ///< shift of the strokes across their direction, in drum widths
    std::uint64_t first_number = 0;  ///< of `random`: turn of the drum at the start of each stroke
};

/// Punctures that one pass of a roller leaves in the plane.
///
/// The pass covers the skin by strokes side by side, each a drum width wide. The drum's `rows`
/// rings stand drum_width / rows apart and carry needles / rows needles each, in line from ring to
/// ring; it rolls without slipping, so that a ring pierces every pi drum_diameter rows / needles.
/// The turn of the drum at the start of a stroke is drawn from `random`.
/// \throws InputError  needles, rows, drum_diameter or drum_width are not given
std::vector<Point> roller_pass(const Device& device, const Plane& plane, const Pass& pass,
                               const CounterRandom& random);

/// Exactly `n` punctures of passes in random directions, each complete but for the last, of which a
/// random selection is taken; the whole is shifted at random in the periodic plane, so that every
/// place is as likely as any other.
/// \throws InputError  as `roller_pass`
std::vector<Point> roller_points(const Device& device, std::size_t n, const Plane& plane,
                                 const CounterRandom& random);

/// A pattern and how it places `n` punctures in a plane.
struct PatternKind {
    Word<Pattern> word;
    std::vector<Point> (*points)(const Device& device, std::size_t n, const Plane& plane,
                                 const CounterRandom& random);
};

/// A lattice whose origin is drawn.
std::vector<Point> square_pattern(const Device&, std::size_t n, const Plane&, const CounterRandom&);
std::vector<Point> hexagonal_pattern(const Device&, std::size_t n, const Plane&,
                                     const CounterRandom&);
std::vector<Point> random_pattern(const Device&, std::size_t n, const Plane&, const CounterRandom&);

inline constexpr auto patterns = std::to_array<PatternKind>({
    {{Pattern::square, "square", "a square lattice"}, square_pattern},
    {{Pattern::hexagonal, "hexagonal", "a lattice of equilateral triangles"}, hexagonal_pattern},
    {{Pattern::roller_passes, "roller_passes",
      "rows of a drum's rings, pass after pass in random directions"},
     roller_points},
    {{Pattern::random, "random", "independent places"}, random_pattern},
});

}  // namespace neocol::treatment

template <>
inline constexpr auto neocol::words<neocol::treatment::Pattern> =
    neocol::words_of(neocol::treatment::patterns);
