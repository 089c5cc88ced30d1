#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include <catch2/catch.hpp>

#include "build_model.hpp"

using namespace neocol;
using namespace neocol::test;
using std::numbers::pi;
using tissue::Geometry;

namespace {

double order(double coarse, double fine) {
    return std::log2(coarse / fine);
}

/// Edges from 0 to 1 whose cells grow smoothly, e-fold from end to end.
std::vector<double> graded(std::size_t n) {
    std::vector<double> edges(n + 1);
    for (std::size_t i = 0; i <= n; ++i)
        edges[i] = std::expm1(static_cast<double>(i) / static_cast<double>(n)) / std::expm1(1.0);
    edges[n] = 1.0;
    return edges;
}

tissue::Grid graded_grid(Geometry geometry, std::size_t n) {
    const auto none = [] { return tissue::cartesian_axis({0.0, 1.0}); };
    tissue::Axis x = geometry == Geometry::single_channel ? tissue::radial_axis(graded(n))
                     : geometry == Geometry::column       ? none()
                                                          : tissue::cartesian_axis(graded(n));
    tissue::Axis y = geometry == Geometry::patch ? tissue::cartesian_axis(graded(n)) : none();
    return tissue::Grid(geometry, std::move(x), std::move(y), tissue::cartesian_axis(graded(n)),
                        std::vector<int>(n, 0));
}

/// Error of a species at t = `until` against f, with steps so small that space is what errs.
double spatial_error(ModelBuilder& m, tissue::Grid grid, double until,
                     const std::function<double(double, double, double)>& initial,
                     const std::function<double(double, double, double)>& exact,
                     double tolerance = 1e-7) {
    solver::StepperOptions options;
    options.tolerance = tolerance;
    Rig rig(m, std::move(grid), options);
    rig.fill(0, initial);
    rig.stepper->start(0.0);
    rig.run(until);
    return rig.error(0, exact);
}

/// First zero of f between a and b, where it changes sign.
double root(const std::function<double(double)>& f, double a, double b) {
    for (int i = 0; i < 200; ++i) {
        const double middle = 0.5 * (a + b);
        ((f(a) > 0.0) == (f(middle) > 0.0) ? a : b) = middle;
    }
    return 0.5 * (a + b);
}

}  // namespace

TEST_CASE("diffusion is of second order in space in every geometry, equal cells and graded") {
    for (const Geometry geometry :
         {Geometry::column, Geometry::section, Geometry::single_channel, Geometry::patch})
        for (const bool is_graded : {false, true}) {
            const double d = 0.1, until = 0.5;
            // Lowest modes: cos(pi x) on lines, J0(j11 r) on the disc.
            const double j11 = 3.8317059702075123;
            const bool radial = geometry == Geometry::single_channel;
            const bool has_x = geometry != Geometry::column, has_y = geometry == Geometry::patch;
            double rate = pi * pi;
            if (has_x) rate += radial ? j11 * j11 : pi * pi;
            if (has_y) rate += pi * pi;
            const auto mode = [&](double x, double y, double z) {
                double value = std::cos(pi * z);
                if (has_x) value *= radial ? std::cyl_bessel_j(0.0, j11 * x) : std::cos(pi * x);
                if (has_y) value *= std::cos(pi * y);
                return value;
            };
            double errors[3];
            const std::size_t first = geometry == Geometry::patch ? 6 : 10;
            for (std::size_t k = 0; k < 3; ++k) {
                ModelBuilder m;
                m.diffuse(m.add_species("a"), {d});
                m.finish();
                const std::size_t n = first << k;
                errors[k] = spatial_error(
                    m, is_graded ? graded_grid(geometry, n) : make_grid(geometry, n), until,
                    [&](double x, double y, double z) { return 1.0 + mode(x, y, z); },
                    [&](double x, double y, double z) {
                        return 1.0 + std::exp(-d * rate * until) * mode(x, y, z);
                    },
                    1e-5);
            }
            CAPTURE(tissue::to_string(geometry), is_graded, errors[0], errors[1], errors[2]);
            CHECK(order(errors[0], errors[1]) > 1.9);
            CHECK(order(errors[1], errors[2]) > 1.9);
        }
}

TEST_CASE("diffusion relative to layered rest is of second order across the interface") {
    // Mode of two layers: w1 cos(k1 z) above, w2 A cos(k2 (1 - z)) below, continuous in u/w.
    const double d1 = 0.2, d2 = 0.05, w1 = 3.0, w2 = 1.0, a = 0.5;
    const auto k2 = [&](double k1) { return k1 * std::sqrt(d1 / d2); };
    const double k1 = root(
        [&](double k) {
            return d1 * w1 * k * std::sin(k * a) * std::cos(k2(k) * (1 - a)) +
                   d2 * w2 * k2(k) * std::sin(k2(k) * (1 - a)) * std::cos(k * a);
        },
        0.5, 2.0);
    const double amplitude = std::cos(k1 * a) / std::cos(k2(k1) * (1 - a));
    const auto state = [&](double t, double z) {
        const double decay = std::exp(-d1 * k1 * k1 * t);
        return z < a ? w1 * (1.0 + 0.5 * decay * std::cos(k1 * z))
                     : w2 * (1.0 + 0.5 * decay * amplitude * std::cos(k2(k1) * (1 - z)));
    };
    double errors[3];
    for (std::size_t k = 0; k < 3; ++k) {
        ModelBuilder m({"upper", "lower"});
        m.diffuse(m.add_species("a", {w1, w2}), {d1, d2}).relative_to_rest = true;
        m.finish();
        const std::size_t n = std::size_t{10} << k;
        std::vector<int> layers(n, 0);
        std::fill(layers.begin() + static_cast<std::ptrdiff_t>(n / 2), layers.end(), 1);
        const auto none = [] { return tissue::cartesian_axis({0.0, 1.0}); };
        errors[k] = spatial_error(
            m,
            tissue::Grid(Geometry::column, none(), none(),
                         tissue::cartesian_axis(tissue::uniform_edges(1.0, n)), layers),
            1.0, [&](double, double, double z) { return state(0.0, z); },
            [&](double, double, double z) { return state(1.0, z); });
    }
    CAPTURE(errors[0], errors[1], errors[2]);
    CHECK(order(errors[0], errors[1]) > 1.9);
    CHECK(order(errors[1], errors[2]) > 1.9);
}

TEST_CASE("a Robin wall is of second order in space and what it lets out is booked") {
    const double d = 0.3, k = 0.5;
    const double beta =
        root([&](double b) { return b * std::sin(b) * d - k * std::cos(b); }, 0.1, 1.5);
    for (const model::Side side : {model::Side::top, model::Side::bottom}) {
        double errors[3];
        for (std::size_t i = 0; i < 3; ++i) {
            ModelBuilder m;
            const int a = m.add_species("a");
            m.diffuse(a, {d});
            m.add_boundary(a, side, model::BoundaryKind::robin, m.number(0.0), m.number(k));
            m.finish();
            solver::StepperOptions options;
            options.tolerance = 1e-7;
            Rig rig(m, make_grid(Geometry::column, std::size_t{10} << i), options);
            const auto mode = [&](double, double, double z) {
                return std::cos(beta * (side == model::Side::top ? 1.0 - z : z));
            };
            rig.fill(a, mode);
            rig.stepper->start(0.0);
            rig.run(1.0);
            const double decay = std::exp(-d * beta * beta);
            errors[i] =
                rig.error(a, [&](double x, double y, double z) { return decay * mode(x, y, z); });
            CHECK(rig.worst_residual() < 1e-12);
            CHECK(rig.stepper->budget().transported[0] ==
                  Approx((decay - 1.0) * std::sin(beta) / beta).epsilon(1e-2));
        }
        CHECK(order(errors[0], errors[1]) > 1.9);
        CHECK(order(errors[1], errors[2]) > 1.9);
    }
}

TEST_CASE("a diffusivity that depends on the species is of second order in space") {
    // Barenblatt-free check: u_t = (u u_x)_x is solved by u = (z^2/6 + c)/(1 - t) only for c = 0
    // up to the walls, so the walls hold the exact values there.
    double errors[3];
    for (std::size_t i = 0; i < 3; ++i) {
        ModelBuilder m;
        m.model.stationary = false;
        const int a = m.add_species("a");
        m.model.transports.push_back({});
        m.model.transports.back().species = a;
        m.model.transports.back().diffusivity = m.u(a);
        m.model.transports.back().linear = false;
        model::Graph& g = m.model.graph;
        m.add_boundary(a, model::Side::bottom, model::BoundaryKind::fixed,
                       g.divide(m.number(1.0 / 6.0), g.subtract(m.number(1.0), m.time())));
        m.finish();
        const auto exact = [](double t) {
            return [t](double, double, double z) { return z * z / (6.0 * (1.0 - t)); };
        };
        errors[i] = spatial_error(m, make_grid(Geometry::column, std::size_t{10} << i), 0.3,
                                  exact(0.0), exact(0.3), 1e-6);
    }
    CAPTURE(errors[0], errors[1], errors[2]);
    CHECK(order(errors[0], errors[1]) > 1.8);
    CHECK(order(errors[1], errors[2]) > 1.8);
}

TEST_CASE("taxis transports along a frozen gradient at second order") {
    // toward = z at rest 0: velocity chi; a Gaussian moves by chi t.
    for (const bool limited : {false, true}) {
        double errors[3];
        for (std::size_t i = 0; i < 3; ++i) {
            ModelBuilder m;
            const int a = m.add_species("a"), c = m.add_species("c");
            m.model.transports.push_back({});
            m.model.transports.back().species = a;
            m.model.transports.back().taxis.push_back({c, m.number(0.2), {}});
            m.finish();
            solver::StepperOptions options;
            options.fixed_step = 0.5 / static_cast<double>(std::size_t{64} << i);
            options.limit_taxis = limited;
            Rig rig(m, make_grid(Geometry::column, std::size_t{64} << i), options);
            // On a background, away from the walls where it piles up or drains.
            const auto blob = [](double z) {
                return 0.2 + std::exp(-0.5 * (z * z) / (0.06 * 0.06));
            };
            rig.fill(
                a, [&](double, double, double z) { return blob(z - 0.45); });
            rig.fill(c, [](double, double, double z) { return z; });
            rig.stepper->start(0.0);
            rig.run(0.5);
            double sum = 0.0;
            for (std::size_t z = rig.grid.nz() / 4; z < 3 * rig.grid.nz() / 4; ++z) {
                const double wrong = rig.at(a, z, 0, 0) - blob(rig.grid.z().centres[z] - 0.55);
                sum += wrong * wrong;
            }
            errors[i] = std::sqrt(2.0 * sum / static_cast<double>(rig.grid.nz()));
            const solver::Budget& budget = rig.stepper->budget();
            CHECK(budget.current[0] == Approx(budget.initial[0]).epsilon(1e-13));
            if (limited) CHECK(rig.minimum(a) >= -1e-9);
        }
        CAPTURE(limited, errors[0], errors[1], errors[2]);
        // The limiter flattens smooth extrema, which costs some of the order in the norm.
        CHECK(order(errors[0], errors[1]) > (limited ? 1.6 : 1.9));
        CHECK(order(errors[1], errors[2]) > (limited ? 1.6 : 1.9));
    }
}

TEST_CASE("steps are of third order in time, with split and with exact factors") {
    for (const Geometry geometry : {Geometry::section, Geometry::single_channel, Geometry::patch})
        for (const auto factor :
             {solver::StepperOptions::Factor::split, solver::StepperOptions::Factor::exact}) {
            std::vector<double> results[4];
            for (std::size_t k = 0; k < 4; ++k) {
                ModelBuilder m;
                m.model.stationary = false;
                const int a = m.add_species("a"), b = m.add_species("b");
                model::Graph& g = m.model.graph;
                m.add_process(g.multiply(m.u(a), m.u(a)), {{a, -1.0}, {b, 1.0}});
                m.add_process(g.make(model::Operation::sine, g.multiply(m.number(6.0), m.time())),
                              {{b, 1.0}});
                m.diffuse(a, {0.05});
                m.diffuse(b, {0.02});
                m.add_boundary(a, model::Side::top, model::BoundaryKind::robin,
                               g.make(model::Operation::cosine, m.time()), m.number(0.5));
                m.finish();
                solver::StepperOptions options;
                options.factor = factor;
                options.fixed_step = k == 3 ? 1.0 / 256 : 1.0 / static_cast<double>(10 << k);
                Rig rig(m, make_grid(geometry, 8), options);
                rig.fill(
                    a,
                    [](double x, double y, double z) {
                        return 1.0 + 0.5 * std::cos(pi * x) * std::cos(pi * y) * std::cos(pi * z);
                    });
                rig.fill(b, [](double, double, double) { return 1.0; });
                rig.stepper->start(0.0);
                rig.run(1.0);
                CHECK(rig.worst_residual() < 1e-12);
                for (std::size_t s = 0; s < 2; ++s)
                    for (std::size_t z = 0; z < 8; ++z)
                        results[k].push_back(rig.at(static_cast<int>(s), z, 0, rig.grid.nx() / 2));
            }
            double errors[3];
            for (std::size_t k = 0; k < 3; ++k) {
                errors[k] = 0.0;
                for (std::size_t i = 0; i < results[k].size(); ++i)
                    errors[k] = std::max(errors[k], std::abs(results[k][i] - results[3][i]));
            }
            CAPTURE(tissue::to_string(geometry), static_cast<int>(factor), errors[0], errors[1],
                    errors[2]);
            CHECK(order(errors[0], errors[1]) > 2.8);
            CHECK(order(errors[1], errors[2]) > 2.8);
        }
}
