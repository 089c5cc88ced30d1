#include <neocol/treatment/pattern.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/treatment/device.hpp>

namespace neocol::treatment {

namespace {

/// x brought into [0, length) by whole periods.
double wrapped(double x, double length) {
    const double inside = x - length * std::floor(x / length);
    // Next to a wall rounding may end up on or just beyond it: that is the wall at 0.
    return inside >= 0.0 && inside < length ? inside : 0.0;
}

/// A lattice with the plane's periods: n_rows rows of n_points points, row j shifted by
/// j * shift / n_rows of the pitch.
struct Lattice {
    std::size_t n_points = 1, n_rows = 1, shift = 0;
};

/// How far the lattice's cell is from a square or from two equilateral triangles; 0 is perfect.
double misfit(Pattern pattern, const Lattice& lattice, const Plane& plane) {
    const double pitch = plane.length_x / static_cast<double>(lattice.n_points);
    Point u = {pitch, 0.0};
    Point v = {pitch * static_cast<double>(lattice.shift) / static_cast<double>(lattice.n_rows),
               plane.length_y / static_cast<double>(lattice.n_rows)};
    // Lagrange's reduction: u and v become the two shortest independent vectors.
    const auto dot = [](const Point& a, const Point& b) { return a.x * b.x + a.y * b.y; };
    while (true) {
        if (dot(v, v) < dot(u, u)) std::swap(u, v);
        const double k = std::round(dot(u, v) / dot(u, u));
        if (k == 0.0) break;
        const Point w = {v.x - k * u.x, v.y - k * u.y};
        if (!(dot(w, w) < dot(v, v))) break;
        v = w;
    }
    const double lengths = dot(v, v) / dot(u, u) - 1.0;
    const double cosine = 2.0 * std::abs(dot(u, v)) / dot(u, u);  // 0 in a square, 1 in a triangle
    return lengths + (pattern == Pattern::hexagonal ? 1.0 - cosine : cosine);
}

Lattice best_lattice(Pattern pattern, std::size_t n, const Plane& plane) {
    Lattice best;
    double smallest = std::numeric_limits<double>::infinity();
    for (std::size_t n_rows = 1; n_rows <= n; ++n_rows) {
        if (n % n_rows != 0) continue;
        for (std::size_t shift = 0; shift < n_rows; ++shift) {
            const Lattice lattice = {n / n_rows, n_rows, shift};
            const double cost = misfit(pattern, lattice, plane);
            // The same lattice, or its mirror image, found again must not win by rounding.
            if (cost < smallest * (1.0 - 1e-9) - 1e-12) {
                smallest = cost;
                best = lattice;
            }
        }
    }
    return best;
}

/// Patterns that need no drum.
std::string other_patterns() {
    std::string names;
    for (const PatternKind& kind : patterns) {
        if (kind.word.value == Pattern::roller_passes) continue;
        names.append(names.empty() ? "" : ", ").append(kind.word.name);
    }
    return names;
}

void check_drum(const Device& device) {
    if (device.needles > 0 && device.rows > 0 && device.needles >= device.rows &&
        device.drum_diameter > 0.0 && device.drum_width > 0.0)
        return;
    throw InputError(
        fmt::format("device '{}' lacks the sizes of its drum: needles {}, rows {}, drum_diameter "
                    "{} mm, drum_width {} mm",
                    device.name, device.needles, device.rows, device.drum_diameter,
                    device.drum_width),
        "give all four, or another pattern: " + other_patterns());
}

/// Whole numbers k with first <= k <= last of which origin + k * step lies in [low, high].
std::pair<long, long> steps_within(double low, double high, double origin, double step) {
    return {static_cast<long>(std::ceil((low - origin) / step)),
            static_cast<long>(std::floor((high - origin) / step))};
}

}  // namespace

std::vector<Point> random_points(std::size_t n, const Plane& plane, const CounterRandom& random) {
    std::vector<Point> points(n);
    for (std::size_t i = 0; i < n; ++i)
        points[i] = {plane.length_x * random.uniform(2 * i),
                     plane.length_y * random.uniform(2 * i + 1)};
    return points;
}

std::vector<Point> lattice_points(Pattern pattern, std::size_t n, const Plane& plane,
                                  Point origin) {
    std::vector<Point> points;
    points.reserve(n);
    if (n == 0) return points;
    const Lattice lattice = best_lattice(pattern, n, plane);
    const double pitch = plane.length_x / static_cast<double>(lattice.n_points);
    const double row_pitch = plane.length_y / static_cast<double>(lattice.n_rows);
    for (std::size_t j = 0; j < lattice.n_rows; ++j)
        for (std::size_t i = 0; i < lattice.n_points; ++i) {
            const double along = static_cast<double>(i) + static_cast<double>(j * lattice.shift) /
                                                              static_cast<double>(lattice.n_rows);
            points.push_back(
                {wrapped(origin.x + pitch * along, plane.length_x),
                 wrapped(origin.y + row_pitch * static_cast<double>(j), plane.length_y)});
        }
    return points;
}

std::vector<Point> roller_pass(const Device& device, const Plane& plane, const Pass& pass,
                               const CounterRandom& random) {
    check_drum(device);
    const double ring_spacing = device.drum_width / device.rows;
    const double pitch =
        std::numbers::pi * device.drum_diameter * device.rows / static_cast<double>(device.needles);
    const Point along = {std::cos(pass.angle), std::sin(pass.angle)};
    const Point across = {-along.y, along.x};
    // Extent of the plane along and across the direction of rolling.
    const auto extent = [&](const Point& direction) {
        const double x = direction.x * plane.length_x, y = direction.y * plane.length_y;
        return std::pair{std::min(x, 0.0) + std::min(y, 0.0), std::max(x, 0.0) + std::max(y, 0.0)};
    };
    const auto [along_low, along_high] = extent(along);
    const auto [across_low, across_high] = extent(across);

    // Rings are counted from the start of the stroke that covers the low end of the plane.
    const double origin = across_low + (pass.across - 1.0) * device.drum_width + 0.5 * ring_spacing;
    const auto [first_ring, last_ring] =
        steps_within(across_low, across_high, origin, ring_spacing);
    std::vector<Point> points;
    for (long ring = first_ring; ring <= last_ring; ++ring) {
        const long stroke = ring / device.rows;  // ring >= 0, as pass.across - 1 <= 0
        const double turn =
            random.uniform(pass.first_number + static_cast<std::uint64_t>(stroke)) * pitch;
        const double v = origin + static_cast<double>(ring) * ring_spacing;
        const auto [first, last] = steps_within(along_low, along_high, turn, pitch);
        for (long k = first; k <= last; ++k) {
            const double u = turn + static_cast<double>(k) * pitch;
            const Point point = {u * along.x + v * across.x, u * along.y + v * across.y};
            if (point.x >= 0.0 && point.x < plane.length_x && point.y >= 0.0 &&
                point.y < plane.length_y)
                points.push_back(point);
        }
    }
    return points;
}

std::vector<Point> roller_points(const Device& device, std::size_t n, const Plane& plane,
                                 const CounterRandom& random) {
    // Disjoint ranges of random numbers: one of 2^20 per pass, then the selection, then the shift.
    constexpr std::uint64_t per_pass = std::uint64_t{1} << 20;
    constexpr std::uint64_t selection = std::uint64_t{1} << 60, shift = std::uint64_t{1} << 61;
    check_drum(device);
    std::vector<Point> points;
    for (std::uint64_t i_pass = 0; points.size() < n; ++i_pass) {
        const std::uint64_t first = i_pass * per_pass;
        const Pass pass = {2.0 * std::numbers::pi * random.uniform(first),
                           random.uniform(first + 1), first + 2};
        auto more = roller_pass(device, plane, pass, random);
        const std::size_t wanted = n - points.size();
        if (more.size() > wanted) {
            for (std::size_t i = 0; i < wanted; ++i) {  // the start of a Fisher-Yates shuffle
                const double share = random.uniform(selection + i);
                const auto left = static_cast<double>(more.size() - i);
                std::swap(more[i], more[i + static_cast<std::size_t>(share * left)]);
            }
            more.resize(wanted);
        }
        points.insert(points.end(), more.begin(), more.end());
    }
    const Point by = {plane.length_x * random.uniform(shift),
                      plane.length_y * random.uniform(shift + 1)};
    for (Point& point : points)
        point = {wrapped(point.x + by.x, plane.length_x), wrapped(point.y + by.y, plane.length_y)};
    return points;
}

namespace {

Point random_origin(const Plane& plane, const CounterRandom& random) {
    return {plane.length_x * random.uniform(0), plane.length_y * random.uniform(1)};
}

}  // namespace

std::vector<Point> square_pattern(const Device&, std::size_t n, const Plane& plane,
                                  const CounterRandom& random) {
    return lattice_points(Pattern::square, n, plane, random_origin(plane, random));
}

std::vector<Point> hexagonal_pattern(const Device&, std::size_t n, const Plane& plane,
                                     const CounterRandom& random) {
    return lattice_points(Pattern::hexagonal, n, plane, random_origin(plane, random));
}

std::vector<Point> random_pattern(const Device&, std::size_t n, const Plane& plane,
                                  const CounterRandom& random) {
    return random_points(n, plane, random);
}

}  // namespace neocol::treatment
