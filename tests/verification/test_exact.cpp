// Closed-form solutions: diffusion and decay, a Robin surface, reaction fronts, nonlinear
// diffusion, layers.

#include <catch2/catch.hpp>

#include <numbers>

#include "model_text.hpp"
#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;
using tissue::Geometry;

namespace {

const std::string topic = "exact solutions";

std::string header(const std::string& layers = "[\"tissue\"]") {
    return "[model]\nname = \"exact\"\ntitle = \"an exact solution\"\nlayers = " + layers +
           "\nstationary = false\nbalance = \"none\"\n" +
           "[species.u]\nunit = \"1\"\nrest = \"none\"\nscale = 1\nmeaning = \"unknown\"\n";
}

solver::StepperOptions options(double tolerance) {
    solver::StepperOptions o;
    o.tolerance = tolerance;
    o.largest_step = 1e300;
    return o;
}

const char* name_of(Geometry geometry) {
    return tissue::to_string(geometry);
}

/// Error of a Gaussian about the origin that spreads and decays, on n cells a side.
double heat_kernel_error(Geometry geometry, std::size_t n, bool graded, int dimensions) {
    constexpr double D = 0.01, k = 0.7, t0 = 0.5, t1 = 0.75;
    const std::string square = geometry == Geometry::column           ? "z*z"
                               : geometry == Geometry::section        ? "x*x + z*z"
                               : geometry == Geometry::single_channel ? "r*r + z*z"
                                                                      : "x*x + y*y + z*z";
    const Loaded loaded(header() + parameter("D", "0.01 mm2/day") + parameter("k", "0.7 /day") +
                        parameter("t_0", "0.5 day") + "[initial]\nu = \"exp(-(" + square +
                        ")/(4*D*t_0))\"\n[transport.u]\ndiffusivity = \"D\"\n" +
                        "[process.decay]\nrate = \"k*u\"\nchanges = { u = -1 }\n" +
                        "meaning = \"decay\"\n");
    Rig<> rig(loaded, unit_grid(geometry, n, graded), options(1e-7));
    rig.run(t1);
    const double dim = dimensions;
    return rig
        .error(0,
               [&](double x, double y, double z) {
                   double r2 = z * z;
                   if (geometry != Geometry::column) r2 += x * x;
                   if (geometry == Geometry::patch) r2 += y * y;
                   return std::pow(t0 / (t0 + t1), 0.5 * dim) * std::exp(-k * t1) *
                          std::exp(-r2 / (4.0 * D * (t0 + t1)));
               })
        .l2;
}

}  // namespace

TEST_CASE("a heat kernel spreads and decays at second order in every geometry and grading") {
    for (const auto& [geometry, n, dimensions] : {std::tuple{Geometry::column, std::size_t{64}, 1},
                                                  {Geometry::section, 32, 2},
                                                  {Geometry::single_channel, 32, 3},
                                                  {Geometry::patch, 16, 3}}) {
        for (const bool graded : {false, true}) {
            const double coarse = heat_kernel_error(geometry, n, graded, dimensions);
            const double fine = heat_kernel_error(geometry, 2 * n, graded, dimensions);
            const std::string where =
                std::string(name_of(geometry)) + (graded ? ", graded" : ", uniform");
            INFO(where << ": " << coarse << " " << fine);
            CHECK(claim(topic, "heat kernel with decay, order in space (" + where + ")",
                        order(coarse, fine), 1.9, true));
            CHECK(claim(topic,
                        "heat kernel with decay, relative L2 error on " + std::to_string(2 * n) +
                            " cells a side (" + where + ")",
                        fine, geometry == Geometry::patch ? 2e-2 : 5e-3));
        }
    }
}

TEST_CASE("a Robin surface takes up as the closed form of a half-space says") {
    constexpr double D = 0.01, h = 0.05, t = 1.0;
    const auto error = [&](std::size_t n) {
        const Loaded loaded(header() + parameter("D", "0.01 mm2/day") +
                            parameter("h", "0.05 mm/day") + "[transport.u]\ndiffusivity = \"D\"\n" +
                            "[boundary.u]\ntop = { type = \"robin\", coefficient = \"h\", "
                            "value = \"1\" }\n");
        Rig<> rig(loaded, unit_grid(Geometry::column, n), options(1e-8));
        rig.run(t);
        return rig
            .error(0,
                   [&](double, double, double z) {
                       const double a = z / (2.0 * std::sqrt(D * t)), b = h * std::sqrt(t / D);
                       return std::erfc(a) - std::exp(h * z / D + h * h * t / D) * std::erfc(a + b);
                   })
            .maximum;
    };
    const double coarse = error(100), fine = error(200);
    INFO(coarse << " " << fine);
    CHECK(
        claim(topic, "Robin surface, largest error over the surface value, 200 cells", fine, 2e-4));
    CHECK(claim(topic, "Robin surface, order in space", order(coarse, fine), 1.9, true));
}

TEST_CASE("the Ablowitz-Zeppetella front travels as its closed form says") {
    // u = (1 + exp((z - z_0)/sqrt(6) - 5 t/6))^-2 solves u_t = u_zz + u (1 - u).
    const auto exact = [](double z, double t) {
        return std::pow(1.0 + std::exp((z - 20.0) / std::sqrt(6.0) - 5.0 * t / 6.0), -2.0);
    };
    const auto error = [&](double spacing) {
        const Loaded loaded(header() + parameter("D", "1 mm2/day") + parameter("k", "1 /day") +
                            parameter("L", "1 mm") +
                            "[initial]\nu = \"(1 + exp((z/L - 20)/sqrt(6)))^(-2)\"\n[transport.u]\n"
                            "diffusivity = \"D\"\n[process.growth]\nrate = \"k*u*(1 - u)\"\n"
                            "changes = { u = 1 }\nmeaning = \"growth\"\n");
        const auto n = static_cast<std::size_t>(std::lround(80.0 / spacing));
        tissue::Axis none = tissue::cartesian_axis({0.0, 1.0});
        Rig<> rig(loaded,
                  tissue::Grid(Geometry::column, none, none,
                               tissue::cartesian_axis(tissue::uniform_edges(80.0, n)),
                               std::vector<int>(n, 0)),
                  options(1e-7));
        rig.run(10.0);
        return rig.error(0, [&](double, double, double z) { return exact(z, 10.0); }).maximum;
    };
    const double coarse = error(0.4), fine = error(0.2);
    INFO(coarse << " " << fine);
    CHECK(claim(topic, "Ablowitz-Zeppetella front, largest error after 10 d, cells of 0.2 mm", fine,
                2e-3));
    CHECK(
        claim(topic, "Ablowitz-Zeppetella front, order in space", order(coarse, fine), 1.9, true));
}

TEST_CASE("a Fisher-KPP front runs at 2 sqrt(D r) within one per cent") {
    const Loaded loaded(header() + parameter("D", "1 mm2/day") + parameter("k", "1 /day") +
                        parameter("edge", "1 mm") +
                        "[initial]\nu = \"1 - smoothstep(9, 11, z/edge)\"\n[transport.u]\n"
                        "diffusivity = \"D\"\n[process.growth]\nrate = \"k*u*(1 - u)\"\n"
                        "changes = { u = 1 }\nmeaning = \"growth\"\n");
    const std::size_t n = 2200;
    tissue::Axis none = tissue::cartesian_axis({0.0, 1.0});
    Rig<> rig(loaded,
              tissue::Grid(Geometry::column, none, none,
                           tissue::cartesian_axis(tissue::uniform_edges(440.0, n)),
                           std::vector<int>(n, 0)),
              options(1e-5));
    const auto content = [&] {
        double sum = 0.0;
        for (std::size_t z = 0; z < n; ++z)
            sum += rig.at(0, z) * rig.grid.volume(z, 0, 0);
        return sum;
    };
    rig.run(150.0);
    const double before = content();
    rig.run(200.0);
    const double speed = (content() - before) / 50.0;
    // Bramson: the front lags by 3/2 ln t, so its speed falls short by 3/(2 t).
    const double bramson = 2.0 - 1.5 * std::log(200.0 / 150.0) / 50.0;
    INFO("speed " << speed << ", Bramson " << bramson);
    CHECK(claim(topic, "Fisher-KPP front, relative error of the speed against 2 sqrt(D r)",
                std::abs(speed / 2.0 - 1.0), 0.01));
    CHECK(claim(topic, "Fisher-KPP front, relative error against Bramson's correction",
                std::abs(speed / bramson - 1.0), 0.005));
}

TEST_CASE("diffusion that grows with density spreads as Barenblatt's solution") {
    // u_t = (u^2)_zz: diffusivity 2 u; u = t^(-1/3) (C - z^2/(12 t^(2/3))) where positive.
    constexpr double C = 0.05, t0 = 0.1, t1 = 0.5;
    const auto exact = [](double z, double t) {
        return std::max(0.0,
                        std::pow(t, -1.0 / 3.0) * (C - z * z / (12.0 * std::pow(t, 2.0 / 3.0))));
    };
    const auto errors = [&](std::size_t n) {
        const Loaded loaded(header() + parameter("D", "1 mm2/day") + parameter("t_0", "0.1") +
                            parameter("C", "0.05") + parameter("L", "1 mm") +
                            "[initial]\nu = \"max(0, t_0^(-1/3)*(C - z*z/(12*L*L*t_0^(2/3))))\"\n"
                            "[transport.u]\ndiffusivity = \"2*D*max(u, 0)\"\n");
        Rig<> rig(loaded, unit_grid(Geometry::column, n), options(1e-6));
        rig.run(t1 - t0);
        CHECK(rig.smallest(0) >= -1e-6);
        CHECK(rig.budget_residual() < 1e-11);
        return rig.error(0, [&](double, double, double z) { return exact(z, t1); });
    };
    const double coarse = errors(100).l1, fine = errors(200).l1;
    INFO(coarse << " " << fine);
    CHECK(claim(topic, "Barenblatt's solution, L1 error over the peak, 200 cells", fine, 2e-3));
    CHECK(claim(topic, "Barenblatt's solution, L1 order in space (kink at the front)",
                order(coarse, fine), 0.9, true));
}

TEST_CASE("steady diffusion through layers, a partition and a membrane is exact") {
    // Layers of 0.4 and 0.6 mm; u/K jumps by flux/P at the interface.
    constexpr double D1 = 0.02, D2 = 0.3, K1 = 1.0, K2 = 0.25, P = 0.4;
    const double resistance = 0.4 / (D1 * K1) + 1.0 / P + 0.6 / (D2 * K2);
    const double flux = 1.0 / resistance;  // from u/K = 1 at the top to u/K = 0 at the bottom
    const Loaded loaded(header("[\"upper\", \"lower\"]") +
                        parameter("D", "0.02 mm2/day", "{ lower = \"0.3 mm2/day\" }") +
                        parameter("K", "0.25") + parameter("P", "0.4 mm/day") +
                        "[transport.u]\ndiffusivity = \"D\"\npartition = { lower = \"K\" }\n"
                        "permeability = { \"upper / lower\" = \"P\" }\n[boundary.u]\n"
                        "top = { type = \"fixed\", value = \"1\" }\nbottom = { type = \"fixed\", "
                        "value = \"0\" }\n");
    for (const bool graded : {false, true}) {
        std::vector<double> edges = tissue::uniform_edges(1.0, 20);
        if (graded) {
            for (std::size_t i = 0; i <= 20; ++i) {
                const double x = edges[i] < 0.4 ? edges[i] / 0.4 : (1.0 - edges[i]) / 0.6;
                if (i != 8) {
                    edges[i] = edges[i] < 0.4 ? 0.4 * x * (0.5 + 0.5 * x)
                                              : 1.0 - 0.6 * x * (0.5 + 0.5 * x);
                }
            }
        }
        std::vector<int> layers(20, 1);
        std::fill(layers.begin(), layers.begin() + 8, 0);
        tissue::Axis none = tissue::cartesian_axis({0.0, 1.0});
        Rig<> rig(loaded,
                  tissue::Grid(Geometry::column, none, none, tissue::cartesian_axis(edges), layers),
                  options(1e-8));
        rig.run(1000.0);
        const double worst = rig.error(0,
                                       [&](double, double, double z) {
                                           return z < 0.4 ? K1 * (1.0 - flux * z / (D1 * K1))
                                                          : K2 * flux * (1.0 - z) / (D2 * K2);
                                       })
                                 .maximum;
        const std::string where = graded ? " (graded)" : " (uniform)";
        INFO(where << worst);
        CHECK(claim(topic, "steady layered diffusion, largest error" + where, worst, 1e-7));
    }
}

TEST_CASE("a quasi-steady field follows its exact solution while what consumes it decays") {
    // 0 = D u'' - k u c with c(t) = exp(-g t): u = cosh(m (L - z))/cosh(m L), m^2 = k c/D.
    constexpr double t = 2.0;
    const auto exact = [](double, double, double z) {
        const double m = 6.0 * std::exp(-0.5 * 0.5 * t);
        return std::cosh(m * (1.0 - z)) / std::cosh(m);
    };
    const auto errors = [&](Geometry geometry, std::size_t n, bool graded) {
        const Loaded loaded(
            "[model]\nname = \"balance\"\ntitle = \"a field in balance\"\nlayers = [\"tissue\"]\n"
            "stationary = false\nbalance = \"none\"\n"
            "[species.u]\nquasi_steady = true\nunit = \"1\"\nscale = 1\nmeaning = \"field\"\n"
            "[species.c]\nunit = \"1\"\nrest = 1\nmeaning = \"consumer\"\n" +
            parameter("D", "1 mm2/day") + parameter("k", "36 /day") + parameter("g", "0.5 /day") +
            diffusivity("u", "D") + "[boundary.u]\ntop = { type = \"fixed\", value = \"1\" }\n" +
            process("use", "k*u*c", "u = -1") + process("loss", "g*c", "c = -1"));
        Rig<> rig(loaded, unit_grid(geometry, n, graded), options(1e-6));
        rig.run(t);
        return rig.error(0, exact).l2;
    };
    for (const Geometry geometry :
         {Geometry::column, Geometry::section, Geometry::single_channel, Geometry::patch}) {
        for (const bool graded : {false, true}) {
            const std::size_t n = geometry == Geometry::column  ? 40
                                  : geometry == Geometry::patch ? 8
                                                                : 16;
            const double coarse = errors(geometry, n, graded),
                         fine = errors(geometry, 2 * n, graded);
            const std::string where =
                std::string(" (") + name_of(geometry) + (graded ? ", graded)" : ", uniform)");
            INFO(where << coarse << " " << fine);
            CHECK(claim(topic,
                        "quasi-steady field, relative L2 error on " + std::to_string(2 * n) +
                            " cells a side" + where,
                        fine, 5e-3));
            CHECK(claim(topic, "quasi-steady field, order in space" + where, order(coarse, fine),
                        1.9, true));
        }
    }
}

TEST_CASE("blood that exchanges with the tissue follows the solution of two compartments") {
    // m' = -k (m - b), b' = k (m - b)/s - g b, m(0) = 1/2, b(0) = 0: m the tissue's mean.
    constexpr double k = 2.0, s = 0.25, g = 0.5, tolerance = 1e-6;
    const auto loaded = [&](const std::string& clearance) {
        return Loaded(
            "[model]\nname = \"blood\"\ntitle = \"tissue and blood\"\n"
            "layers = [\"tissue\"]\nstationary = false\nbalance = \"none\"\n"
            "[species.drug]\nunit = \"1\"\nscale = 1\nmeaning = \"in tissue\"\n"
            "[surface.blood]\nat = \"surface\"\nunit = \"1\"\nscale = 1\n"
            "meaning = \"in blood\"\n[initial]\ndrug = \"z/L\"\n" +
            parameter("k", "2 /day") + parameter("s", "0.25") + parameter("g", clearance) +
            parameter("L", "1 mm") + parameter("D", "0.1 mm2/day") + diffusivity("drug", "D") +
            process("given", "k*(drug - blood)", "drug = -1") +
            process("taken", "k*(mean(drug) - blood)/s", "blood = 1") + "at = \"surface\"\n" +
            process("cleared", "g*blood", "blood = -1") + "at = \"surface\"\n");
    };
    const Loaded open = loaded("0.5 /day");
    const double half = 0.5 * (k + k / s + g), root = std::sqrt(half * half - k * g);
    const auto blood = [&](double t) {
        return 0.5 * k / s * (std::exp((root - half) * t) - std::exp(-(root + half) * t)) /
               (2.0 * root);
    };
    for (const Geometry geometry :
         {Geometry::column, Geometry::section, Geometry::single_channel, Geometry::patch}) {
        Rig<> rig(open, unit_grid(geometry, 6), options(tolerance));
        const std::size_t b = open.species("blood");
        double worst = 0.0, spread = 0.0;
        for (int day = 1; day <= 5; ++day) {
            rig.run(day);
            worst = std::max(worst, std::abs(rig.at(b) / blood(day) - 1.0));
            for (std::size_t y = 0; y < rig.grid.ny(); ++y)
                for (std::size_t x = 0; x < rig.grid.nx(); ++x)
                    spread = std::max(spread, std::abs(rig.at(b, 0, y, x) - rig.at(b)));
        }
        const std::string where = std::string(" (") + name_of(geometry) + ")";
        INFO(where << worst << " " << spread);
        CHECK(claim(topic, "tissue and blood, largest relative error over tolerance" + where,
                    worst / tolerance, 20.0));
        CHECK(claim(topic, "tissue and blood, spread of the blood over the surface" + where, spread,
                    0.0));
    }
    const Loaded closed = loaded("0 /day");
    Rig<> rig(closed, unit_grid(Geometry::patch, 6), options(tolerance));
    rig.run(5.0);
    double mean = 0.0;
    for (std::size_t z = 0; z < 6; ++z)
        for (std::size_t y = 0; y < 6; ++y)
            for (std::size_t x = 0; x < 6; ++x)
                mean += rig.at(closed.species("drug"), z, y, x) / 216.0;
    const double lost = std::abs(mean + s * rig.at(closed.species("blood")) - 0.5) / 0.5;
    CHECK(claim(topic, "tissue and blood without clearance, drug lost over tolerance (patch)",
                lost / tolerance, 1.0));
}
