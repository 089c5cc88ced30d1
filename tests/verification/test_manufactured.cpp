// Manufactured solutions: sources written in the model language make a chosen field the solution.
// Two species react, diffuse and one climbs the other, in every geometry, uniform and graded; and a
// layered one with partition, membrane and different diffusivities.

#include <catch2/catch.hpp>

#include <numbers>

#include "model_text.hpp"
#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;
using tissue::Geometry;

namespace {

const std::string topic = "manufactured solutions";
constexpr double pi = std::numbers::pi;

std::string species(const std::string& name) {
    return "[species." + name +
           "]\nunit = \"1\"\nrest = \"none\"\nscale = 1\nsigned = true\nmeaning = \"" + name +
           "\"\n";
}

/// P(x) = product of cosines, its Laplacian and the square of its gradient, in mm, as expressions.
struct Shape {
    std::string p, laplacian, gradient2;
    double (*value)(double, double, double);
};

Shape shape_of(Geometry geometry) {
    const std::string cx = "cos(pi*x/L)", cy = "cos(pi*y/L)", cz = "cos(pi*z/L)";
    const std::string sx = "sin(pi*x/L)", sy = "sin(pi*y/L)", sz = "sin(pi*z/L)";
    const std::string cr = "cos(pi*r/L)", sr = "sin(pi*r/L)";
    const auto square = [](const std::string& a) { return "(" + a + ")*(" + a + ")"; };
    switch (geometry) {
        case Geometry::column:
            return {cz, "-pi*pi*" + cz, "pi*pi*" + square(sz),
                    [](double, double, double z) { return std::cos(pi * z); }};
        case Geometry::section:
            return {cx + "*" + cz, "-2*pi*pi*" + cx + "*" + cz,
                    "pi*pi*(" + square(sx + "*" + cz) + " + " + square(cx + "*" + sz) + ")",
                    [](double x, double, double z) { return std::cos(pi * x) * std::cos(pi * z); }};
        case Geometry::single_channel:
            return {cr + "*" + cz, "-(2*pi*pi*" + cr + " + pi*" + sr + "*L/r)*" + cz,
                    "pi*pi*(" + square(sr + "*" + cz) + " + " + square(cr + "*" + sz) + ")",
                    [](double x, double, double z) { return std::cos(pi * x) * std::cos(pi * z); }};
        default:
            return {cx + "*" + cy + "*" + cz, "-3*pi*pi*" + cx + "*" + cy + "*" + cz,
                    "pi*pi*(" + square(sx + "*" + cy + "*" + cz) + " + " +
                        square(cx + "*" + sy + "*" + cz) + " + " +
                        square(cx + "*" + cy + "*" + sz) + ")",
                    [](double x, double y, double z) {
                        return std::cos(pi * x) * std::cos(pi * y) * std::cos(pi * z);
                    }};
    }
}

/// u = 1 + a P with a = 0.5 exp(-t), v = 1 + b P with b = 0.3 (2 + sin t):
/// u' = div(D grad u - chi u grad v) - k u v + S_u,  v' = div(E grad v) + k u v - k v + S_v.
std::string smooth_model(Geometry geometry, bool taxis) {
    const Shape shape = shape_of(geometry);
    std::string text =
        "[model]\nname = \"mms\"\ntitle = \"a manufactured solution\"\nlayers = [\"tissue\"]\n"
        "stationary = false\nbalance = \"none\"\n" +
        species("u") + species("v") + parameter("D", "0.05 mm2/day") +
        parameter("E", "0.02 mm2/day") + parameter("chi", taxis ? "0.03 mm2/day" : "0 mm2/day") +
        parameter("k", "1 /day") + parameter("L", "1 mm") + parameter("day", "1 day");
    text += function("a", "0.5*exp(-time/day)") + function("b", "0.3*(2 + sin(time/day))") +
            function("P", shape.p) + function("lap", shape.laplacian) +
            function("grad2", shape.gradient2) + function("U", "1 + a*P") +
            function("V", "1 + b*P");
    text += function("drift", "chi/(L*L)*(a*b*grad2 + U*b*lap)");
    text += "[initial]\nu = \"1 + 0.5*P\"\nv = \"1 + 0.6*P\"\n[transport.u]\ndiffusivity = \"D\"\n";
    if (taxis) text += "taxis = [{ toward = \"v\", sensitivity = \"chi\" }]\n";
    text += "[transport.v]\ndiffusivity = \"E\"\n";
    text += process("meeting", "k*u*v", "u = -1, v = 1") + process("loss", "k*v", "v = -1") +
            process("source_u", "-a*P/day - D/(L*L)*a*lap + drift + k*U*V", "u = 1") +
            process("source_v", "0.3*cos(time/day)/day*P - E/(L*L)*b*lap - k*U*V + k*V", "v = 1");
    return text;
}

struct Case {
    Geometry geometry;
    std::size_t n;
};
const Case cases[] = {{Geometry::column, 32},
                      {Geometry::section, 16},
                      {Geometry::single_channel, 16},
                      {Geometry::patch, 8}};

struct Errors {
    double l1 = 0.0, l2 = 0.0;
};

Errors smooth_error(const Loaded& loaded, Geometry geometry, std::size_t n, bool graded,
                    bool limited) {
    solver::StepperOptions options;
    options.tolerance = 1e-6;
    options.limit_taxis = limited;
    constexpr double end = 0.5;
    Rig<> rig(loaded, unit_grid(geometry, n, graded), options);
    rig.run(end);
    const Shape shape = shape_of(geometry);
    const auto u = rig.error(
        0, [&](double x, double y,
               double z) { return 1.0 + 0.5 * std::exp(-end) * shape.value(x, y, z); });
    const auto v = rig.error(1, [&](double x, double y, double z) {
        return 1.0 + 0.3 * (2.0 + std::sin(end)) * shape.value(x, y, z);
    });
    return {std::max(u.l1, v.l1), std::max(u.l2, v.l2)};
}

std::string where(Geometry geometry, bool graded) {
    return std::string(tissue::to_string(geometry)) + (graded ? ", graded" : ", uniform");
}

/// exp(-t) Z_i(z) (1 + 0.3 P(lateral)): Z_i = alpha_i + beta_i s + gamma_i s^2, s = z - 1/2,
/// no flux at z = 0 and 1, flux q across the membrane at z = 1/2 where u/K jumps by q/perm.
std::string layered_model(Geometry geometry) {
    const std::string lateral = geometry == Geometry::column           ? "0"
                                : geometry == Geometry::single_channel ? "cos(pi*r/L)"
                                : geometry == Geometry::section        ? "cos(pi*x/L)"
                                                                       : "cos(pi*x/L)*cos(pi*y/L)";
    const std::string laplacian =
        geometry == Geometry::column           ? "0"
        : geometry == Geometry::single_channel ? "-pi*pi*cos(pi*r/L) - pi*sin(pi*r/L)*L/r"
        : geometry == Geometry::section        ? "-pi*pi*cos(pi*x/L)"
                                               : "-2*pi*pi*cos(pi*x/L)*cos(pi*y/L)";
    // q = 0.02, D1 = 0.05, D2 = 0.2: beta = -q/D; K2 = 0.5, perm = 0.1; alpha1 = 1:
    // alpha2 = K2 (alpha1 - q/perm) = 0.4. gamma1 = beta1, gamma2 = -beta2.
    return "[model]\nname = \"mms\"\ntitle = \"layers\"\nlayers = [\"upper\", \"lower\"]\n"
           "stationary = false\nbalance = \"none\"\n" +
           species("u") + parameter("D", "0.05 mm2/day", "{ lower = \"0.2 mm2/day\" }") +
           parameter("K", "0.5") + parameter("membrane", "0.1 mm/day") +
           parameter("alpha", "1", "{ lower = \"0.4\" }") +
           parameter("beta", "-0.4", "{ lower = \"-0.1\" }") +
           parameter("curve", "-0.4", "{ lower = \"0.1\" }") + parameter("L", "1 mm") +
           parameter("day", "1 day") + function("s", "z/L - 0.5") +
           function("Z", "alpha + s*(beta + s*curve)") +
           function("X", "1 + 0.3*(" + lateral + ")") + function("U", "exp(-time/day)*Z*X") +
           "[initial]\nu = \"Z*X\"\n[transport.u]\n" +
           "diffusivity = \"D\"\npartition = { lower = \"K\" }\n" +
           "permeability = { \"upper / lower\" = \"membrane\" }\n" +
           process("source",
                   "-U/day - D/(L*L)*exp(-time/day)*(2*curve*X + 0.3*Z*(" + laplacian + "))",
                   "u = 1");
}

double layered_error(const Loaded& loaded, Geometry geometry, std::size_t n, bool graded) {
    solver::StepperOptions options;
    options.tolerance = 1e-6;
    constexpr double end = 0.5;
    std::vector<int> layers(n, 1);
    tissue::Grid plain = unit_grid(geometry, n, false);
    std::vector<double> edges = plain.z().edges;
    if (graded) {
        for (double& z : edges) {
            const double s = 2.0 * std::abs(z - 0.5);
            z = 0.5 + std::copysign(0.5 * s * (0.5 + 0.5 * s), z - 0.5);
        }
    }
    std::fill(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(n / 2), 0);
    Rig<> rig(loaded,
              tissue::Grid(geometry, plain.x(), plain.y(), tissue::cartesian_axis(edges), layers),
              options);
    rig.run(end);
    return rig
        .error(0,
               [&](double x, double y, double z) {
                   const double s = z - 0.5;
                   const double Z =
                       s < 0 ? 1.0 - 0.4 * s - 0.4 * s * s : 0.4 - 0.1 * s + 0.1 * s * s;
                   double p = 0.0;
                   if (geometry != Geometry::column) p = std::cos(pi * x);
                   if (geometry == Geometry::patch) p *= std::cos(pi * y);
                   return std::exp(-end) * Z * (1.0 + 0.3 * p);
               })
        .l2;
}

}  // namespace

TEST_CASE("reaction and diffusion converge at second order in every geometry and grading") {
    for (const auto& [geometry, n] : cases) {
        const Loaded loaded(smooth_model(geometry, false));
        for (const bool graded : {false, true}) {
            const double coarse = smooth_error(loaded, geometry, n, graded, true).l2;
            const double fine = smooth_error(loaded, geometry, 2 * n, graded, true).l2;
            INFO(where(geometry, graded) << ": " << coarse << " " << fine);
            CHECK(claim(topic,
                        "reaction and diffusion, order in space (" + where(geometry, graded) + ")",
                        order(coarse, fine), 1.9, true));
        }
    }
}

TEST_CASE("unlimited taxis converges at second order in every geometry and grading") {
    for (const auto& [geometry, n] : cases) {
        const Loaded loaded(smooth_model(geometry, true));
        for (const bool graded : {false, true}) {
            const double coarse = smooth_error(loaded, geometry, n, graded, false).l2;
            const double fine = smooth_error(loaded, geometry, 2 * n, graded, false).l2;
            INFO(where(geometry, graded) << ": " << coarse << " " << fine);
            CHECK(claim(topic,
                        "taxis, diffusion and reaction, unlimited, order in space (" +
                            where(geometry, graded) + ")",
                        order(coarse, fine), 1.9, true));
        }
    }
}

TEST_CASE("limited taxis converges nearly at second order in the mean") {
    for (const auto& [geometry, n] : cases) {
        if (geometry == Geometry::patch) continue;
        const Loaded loaded(smooth_model(geometry, true));
        const double coarse = smooth_error(loaded, geometry, 2 * n, false, true).l1;
        const double fine = smooth_error(loaded, geometry, 4 * n, false, true).l1;
        INFO(where(geometry, false) << ": " << coarse << " " << fine);
        CHECK(claim(
            topic,
            "taxis with van Leer's limiter, L1 order in space (" + where(geometry, false) + ")",
            order(coarse, fine), 1.7, true));
    }
}

TEST_CASE("layers with partition and membrane converge at second order in every geometry") {
    for (const auto& [geometry, n] : cases) {
        const Loaded loaded(layered_model(geometry));
        for (const bool graded : {false, true}) {
            const double coarse = layered_error(loaded, geometry, n, graded);
            const double fine = layered_error(loaded, geometry, 2 * n, graded);
            INFO(where(geometry, graded) << ": " << coarse << " " << fine);
            CHECK(claim(
                topic,
                "layers, partition and membrane, order in space (" + where(geometry, graded) + ")",
                order(coarse, fine), 1.9, true));
        }
    }
}

namespace {

/// A stiff pair on a fixed grid with walls of one kind; the error in time alone against steps eight
/// times shorter than the shortest.
struct TimeOrder {
    std::vector<double> errors;
    double last_order() const {
        return order(errors[errors.size() - 2], errors[errors.size() - 1]);
    }
};

std::string wall_model(const std::string& walls) {
    return "[model]\nname = \"walls\"\ntitle = \"order in time\"\nlayers = [\"tissue\"]\n"
           "stationary = false\nbalance = \"none\"\n" +
           species("u") + species("v") + parameter("D", "0.2 mm2/day") +
           parameter("E", "0.05 mm2/day") + parameter("k", "20 /day") + parameter("L", "1 mm") +
           parameter("h", "1 mm/day") + parameter("day", "1 day") +
           "[initial]\nu = \"1 + 0.5*cos(pi*x/L)*cos(pi*z/L)\"\nv = \"0.5\"\n[transport.u]\n"
           "diffusivity = \"D\"\n[transport.v]\ndiffusivity = \"E\"\n" +
           walls + process("meeting", "k*u*v", "u = -1, v = 1") +
           process("loss", "k*v*v", "v = -1") +
           process("source", "(2 + sin(3*time/day))*u/day", "u = 1");
}

TimeOrder time_order(const std::string& walls, solver::StepperOptions::Factor factor) {
    const Loaded loaded(wall_model(walls));
    constexpr double end = 0.4;
    const auto solve = [&](double step) {
        solver::StepperOptions options;
        options.fixed_step = step;
        options.factor = factor;
        options.tolerance = 1.0;
        auto rig = std::make_unique<Rig<>>(loaded, unit_grid(Geometry::section, 12), options);
        rig->run(end);
        return rig;
    };
    const auto reference = solve(end / 1280);
    TimeOrder result;
    for (const int n : {20, 40, 80, 160}) {
        const auto rig = solve(end / n);
        double sum = 0.0;
        for (std::size_t z = 0; z < 12; ++z) {
            for (std::size_t x = 0; x < 12; ++x) {
                for (const std::size_t s : {0u, 1u}) {
                    const double d = rig->at(s, z, 0, x) - reference->at(s, z, 0, x);
                    sum += d * d;
                }
            }
        }
        result.errors.push_back(std::sqrt(sum / 288.0));
    }
    return result;
}

}  // namespace

TEST_CASE("the order in time is 3 with no-flux, Robin and fixed walls") {
    using Factor = solver::StepperOptions::Factor;
    const std::string robin =
        "[boundary.u]\ntop = { type = \"robin\", coefficient = \"h\", value = \"1 + "
        "0.5*sin(4*time/day)\" }\nouter = { type = \"robin\", coefficient = \"h\", value = "
        "\"0.5\" }\n";
    const std::string fixed =
        "[boundary.u]\ntop = { type = \"fixed\", value = \"1 + 0.5*sin(4*time/day)\" }\n"
        "outer = { type = \"fixed\", value = \"1 + 0.5*cos(4*time/day)\" }\n";
    const auto check = [&](const std::string& name, const std::string& walls, Factor factor,
                           double least) {
        const TimeOrder order = time_order(walls, factor);
        INFO(name << ": " << order.errors[0] << " " << order.errors[1] << " " << order.errors[2]
                  << " " << order.errors[3]);
        CHECK(claim(topic, "order in time, " + name, order.last_order(), least, true));
    };
    check("no-flux walls, split factors", "", Factor::split, 2.9);
    check("Robin walls with a time-dependent value, split factors", robin, Factor::split, 2.9);
    check("time-dependent fixed values on two axes, split factors", fixed, Factor::split, 1.9);
    check("no-flux walls, exact factor", "", Factor::exact, 2.9);
    check("Robin walls with a time-dependent value, exact factor", robin, Factor::exact, 2.9);
    check("time-dependent fixed values on two axes, exact factor", fixed, Factor::exact, 1.9);
}
