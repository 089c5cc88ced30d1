// What must hold whatever the tolerance: closed budgets, no negative values, symmetry, equal
// results of equal problems in different geometries, back ends and numbers of threads.

#include <catch2/catch.hpp>

#include <cstring>

#include "model_text.hpp"
#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;
using tissue::Geometry;

namespace {

const std::string topic = "invariants";

/// Debris in a few voxels, the signal it makes, cells that divide under the signal and eat debris.
/// \param more  of `[transport.cells]`, such as taxis
std::string wound_model(const std::string& hurt, const std::string& more = {}) {
    return "[model]\nname = \"wound\"\ntitle = \"debris, signal, cells\"\n" +
           std::string(
               "[species.debris]\nunit = \"1\"\nscale = 1\nmeaning = \"debris\"\n"
               "[species.signal]\nunit = \"ng/mL\"\nscale = \"1 ng/mL\"\n"
               "meaning = \"signal\"\n"
               "[species.cells]\nunit = \"1\"\nrest = 1\nmeaning = \"cells\"\n") +
           parameter("L", "1 mm") + parameter("kill", "0.95") + parameter("d", "0.3 /day") +
           parameter("s", "60 ng/mL/day") + parameter("c", "12 /day") +
           parameter("D", "0.6 mm2/day") + parameter("D_cells", "0.02 mm2/day") +
           parameter("p", "1.5 /day") + parameter("K", "2 ng/mL") + parameter("q", "0.05 /day") +
           function("hurt", hurt) +
           "[initial]\ndebris = \"hurt\"\nsignal = \"0\"\ncells = \"1 - kill*hurt\"\n" +
           wound_processes("d*debris*(1 + cells)", "3") + more +
           "[observable.cells]\nvalue = \"cells\"\nunit = \"1\"\nmeaning = \"cells\"\n";
}

solver::StepperOptions options(double tolerance, int threads = 1) {
    solver::StepperOptions o;
    o.tolerance = tolerance;
    o.threads = threads;
    return o;
}

/// All values of a species, without padding.
template <typename R>
std::vector<double> values(const R& rig, std::size_t species) {
    std::vector<double> result;
    for (std::size_t z = 0; z < rig.grid.nz(); ++z) {
        for (std::size_t y = 0; y < rig.grid.ny(); ++y)
            for (std::size_t x = 0; x < rig.grid.nx(); ++x)
                result.push_back(rig.at(species, z, y, x));
    }
    return result;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), 8 * a.size()) == 0;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        worst = std::max(worst, std::abs(a[i] - b[i]));
    return worst;
}

const Geometry spatial[] = {Geometry::column, Geometry::section, Geometry::single_channel,
                            Geometry::patch};

std::size_t cells_of(Geometry geometry) {
    return geometry == Geometry::patch ? 16 : 40;
}

}  // namespace

TEST_CASE("budgets close and nothing turns negative under harsh starts") {
    // Two or three voxels a side hold everything; at 25 um a fast diffuser smears them in minutes.
    const Loaded loaded(wound_model("1 - smoothstep(0.0999, 0.1001, z/L)"));
    const Loaded spot(
        wound_model("(1 - smoothstep(0.0999, 0.1001, z/L))*"
                    "(1 - smoothstep(0.0999, 0.1001, x/L))"));
    for (const double tolerance : {1e-2, 1e-4}) {
        for (const Geometry geometry : spatial) {
            const Loaded& model = geometry == Geometry::column ? loaded : spot;
            Rig<> rig(model, unit_grid(geometry, cells_of(geometry)), options(tolerance));
            double smallest = 0.0;
            while (rig.stepper->time() < 3.0) {
                rig.stepper->step(3.0);
                for (std::size_t s = 0; s < 3; ++s)
                    smallest = std::min(smallest, rig.smallest(s));
            }
            const std::string where = std::string(tissue::to_string(geometry)) + ", tolerance " +
                                      (tolerance > 1e-3 ? "1e-2" : "1e-4");
            INFO(where << ": smallest " << smallest << ", residual " << rig.budget_residual());
            CHECK(claim(topic, "budget residual over turnover after a harsh start (" + where + ")",
                        rig.budget_residual(), 1e-11));
            CHECK(claim(topic,
                        "most negative value over the species' scale, after every step of a harsh "
                        "start (" +
                            where + ")",
                        -smallest, 1e-3 * tolerance));
        }
    }
}

TEST_CASE("budgets close on wide periodic patches with taxis") {
    // Rows and columns of more voxels than are solved side by side.
    const Loaded loaded(
        wound_model("(1 - smoothstep(0.2, 0.3, z/L))*(1 - smoothstep(0.2, 0.3, x/L))"
                    "*(1 - smoothstep(0.2, 0.3, y/L))",
                    "taxis = [{ toward = \"signal\", sensitivity = \"X\" }]\n" +
                        parameter("X", "0.02 mm2 mL/(ng day)")));
    for (const auto& [nx, ny] : {std::pair{72u, 9u}, {9u, 72u}, {136u, 5u}}) {
        tissue::Grid grid(
            Geometry::patch, tissue::cartesian_axis(tissue::uniform_edges(1.0, nx), true),
            tissue::cartesian_axis(tissue::uniform_edges(1.0, ny), true),
            tissue::cartesian_axis(tissue::uniform_edges(1.0, 6)), std::vector<int>(6, 0));
        Rig<> rig(loaded, std::move(grid), options(1e-3));
        rig.run(2.0);
        const std::string where = std::to_string(nx) + " x " + std::to_string(ny);
        INFO(where << ": residual " << rig.budget_residual());
        CHECK(claim(topic, "budget residual over turnover with taxis, periodic patch of " + where,
                    rig.budget_residual(), 1e-11));
    }
}

TEST_CASE("a wide periodic grid repeats a narrow one") {
    // Taxis, diffusion that varies with cells, a field in balance, a field on the surface; the
    // start repeats every half millimetre.
    const std::string wave =
        "0.25*(1 + sin(2*pi*x/P))*(1 + cos(2*pi*y/P))*(1 - smoothstep(0.2, 0.6, z/L))";
    std::string text =
        wound_model(wave, "taxis = [{ toward = \"signal\", sensitivity = \"X\" }]\n" +
                              parameter("X", "0.02 mm2 mL/(ng day)") + parameter("P", "0.5 mm") +
                              parameter("k", "36 /day") + parameter("D_air", "1 mm2/day"));
    text +=
        "[species.air]\nquasi_steady = true\nunit = \"1\"\nscale = 1\nmeaning = \"air\"\n"
        "[boundary.air]\ntop = { type = \"fixed\", value = \"1\" }\n"
        "[surface.cover]\nat = \"surface\"\nunit = \"1\"\nscale = 1\nmeaning = \"cover\"\n" +
        diffusivity("air", "D_air") + diffusivity("cover", "D_cells") +
        process("use", "k*air*cells", "air = -1") + process("loss", "q*cells*air", "cells = -1") +
        process("growth", "d*cells*(1 - cover)", "cover = 1") + "at = \"surface\"\n";
    text.insert(text.find("[species"), "stationary = false\nbalance = \"none\"\n");
    const std::string varying = "diffusivity = \"D_cells\"";
    text.replace(text.find(varying), varying.size(), "diffusivity = \"D_cells*(1 + cells)\"");
    const Loaded loaded(text);
    const auto rig_of = [&](Geometry geometry, std::size_t repeats_x, std::size_t repeats_y) {
        const auto axis = [](std::size_t repeats) {
            const double width = repeats > 0 ? 0.5 * static_cast<double>(repeats) : 1.0;
            return tissue::cartesian_axis(
                tissue::uniform_edges(width, std::max<std::size_t>(10 * repeats, 1)), repeats > 0);
        };
        return Rig<>(loaded,
                     tissue::Grid(geometry, axis(repeats_x), axis(repeats_y),
                                  tissue::cartesian_axis(tissue::uniform_edges(0.5, 5)),
                                  std::vector<int>(5, 0)),
                     options(1e-3));
    };
    struct Wide {
        Geometry geometry;
        std::size_t x, y;
    };
    for (const Wide& shape : {Wide{Geometry::patch, 8, 2}, Wide{Geometry::patch, 2, 8},
                              Wide{Geometry::patch, 14, 1}, Wide{Geometry::section, 20, 0}}) {
        Rig<> narrow = rig_of(shape.geometry, 1, shape.y > 0 ? 1 : 0),
              wide = rig_of(shape.geometry, shape.x, shape.y);
        narrow.run(1.0);
        wide.run(1.0);
        double worst = 0.0;
        for (const char* name : {"debris", "signal", "cells", "air", "cover"}) {
            const std::size_t s = loaded.species(name);
            const std::size_t nz = std::string(name) == "cover" ? 1 : wide.grid.nz();
            for (std::size_t z = 0; z < nz; ++z)
                for (std::size_t y = 0; y < wide.grid.ny(); ++y)
                    for (std::size_t x = 0; x < wide.grid.nx(); ++x)
                        worst = std::max(worst, std::abs(wide.at(s, z, y, x) -
                                                         narrow.at(s, z, y % narrow.grid.ny(),
                                                                   x % narrow.grid.nx())));
        }
        const std::string where = std::string(tissue::to_string(shape.geometry)) + " of " +
                                  std::to_string(wide.grid.nx()) + " x " +
                                  std::to_string(wide.grid.ny());
        INFO(where << ": " << worst);
        CHECK(claim(topic, "periodic " + where + ", largest difference from one of a single period",
                    worst, 1e-9));
    }
}

TEST_CASE("a symmetric start stays symmetric to rounding") {
    // Symmetric about the diagonal x = z (section, patch), where the split sweeps differ most.
    const Loaded loaded(wound_model("exp(-(x*x + z*z)/(0.02*L*L))"));
    for (const bool graded : {false, true}) {
        Rig<> rig(loaded, unit_grid(Geometry::section, 32, graded), options(1e-4));
        rig.run(2.0);
        double worst = 0.0;
        for (std::size_t z = 0; z < 32; ++z)
            for (std::size_t x = 0; x < z; ++x)
                worst = std::max(worst, std::abs(rig.at(2, z, 0, x) - rig.at(2, x, 0, z)));
        const std::string where = graded ? " (graded)" : " (uniform)";
        INFO(where << worst);
        CHECK(claim(topic, "asymmetry about x = z at tolerance 1e-4" + where, worst, 1e-12));
    }
    const Loaded mirrored(wound_model("exp(-((x - 0.5*L)*(x - 0.5*L) + z*z)/(0.02*L*L))"));
    Rig<> rig(mirrored, unit_grid(Geometry::section, 32), options(1e-4));
    rig.run(2.0);
    double worst = 0.0;
    for (std::size_t z = 0; z < 32; ++z)
        for (std::size_t x = 0; x < 16; ++x)
            worst = std::max(worst, std::abs(rig.at(2, z, 0, x) - rig.at(2, z, 0, 31 - x)));
    CHECK(
        claim(topic, "asymmetry of a state mirrored in x, over the species' scale", worst, 1e-12));
}

TEST_CASE("a column, a uniform section and a uniform patch are the same run") {
    const Loaded loaded(wound_model("exp(-z*z/(0.02*L*L))"));
    Rig<> column(loaded, unit_grid(Geometry::column, 24), options(1e-4));
    column.run(3.0);
    for (const Geometry geometry : {Geometry::section, Geometry::single_channel, Geometry::patch}) {
        Rig<> rig(loaded, unit_grid(geometry, 24), options(1e-4));
        rig.run(3.0);
        double worst = 0.0;
        for (std::size_t s = 0; s < 3; ++s)
            for (std::size_t z = 0; z < 24; ++z)
                worst = std::max(worst, std::abs(rig.at(s, z, 0, 5) - column.at(s, z)));
        INFO(tissue::to_string(geometry) << worst);
        CHECK(claim(topic,
                    std::string("difference between a column and a laterally uniform ") +
                        tissue::to_string(geometry),
                    worst, 1e-11));
    }
}

TEST_CASE("a well-mixed run by neocol's stepper agrees with Odeint's") {
    const Loaded loaded(wound_model("1"));
    Rig<> own(loaded, unit_grid(Geometry::well_mixed, 1), options(1e-7));
    Rig<solver::OdeintStepper> odeint(loaded, unit_grid(Geometry::well_mixed, 1), options(1e-10));
    own.run(5.0);
    odeint.run(5.0);
    double worst = 0.0;
    for (std::size_t s = 0; s < 3; ++s)
        worst = std::max(worst, std::abs(own.at(s) - odeint.at(s)));
    INFO(worst);
    CHECK(claim(topic, "difference between neocol's stepper and Odeint's at tolerance 1e-7", worst,
                1e-6));
}

TEST_CASE("the number of threads does not change a bit") {
    const Loaded loaded(wound_model("exp(-(x*x + z*z)/(0.02*L*L))"));
    Rig<> serial(loaded, unit_grid(Geometry::patch, 20), options(1e-3, 1));
    serial.run(1.0);
    for (const int threads : {2, 4}) {
        Rig<> more(loaded, unit_grid(Geometry::patch, 20), options(1e-3, threads));
        more.run(1.0);
        for (std::size_t s = 0; s < 3; ++s)
            CHECK(same_bits(values(serial, s), values(more, s)));
        CHECK(claim(topic, "difference between 1 and " + std::to_string(threads) + " threads",
                    largest_difference(values(serial, 2), values(more, 2)), 0.0));
    }
}

TEST_CASE("compiled kernels give the interpreter's bits over a whole run") {
    const std::string text = wound_model("exp(-(x*x + z*z)/(0.02*L*L))");
    const Loaded interpreted(text);
    const Loaded compiled = Loaded::compiled(text);
    REQUIRE(compiled.compiled_model->kernels()[0]->backend() !=
            interpreted.compiled_model->kernels()[0]->backend());
    for (const Geometry geometry : {Geometry::section, Geometry::single_channel}) {
        Rig<> a(interpreted, unit_grid(geometry, 24), options(1e-4));
        Rig<> b(compiled, unit_grid(geometry, 24), options(1e-4));
        a.run(2.0);
        b.run(2.0);
        for (std::size_t s = 0; s < 3; ++s)
            CHECK(same_bits(values(a, s), values(b, s)));
        CHECK(claim(topic,
                    std::string("difference between interpreter and compiled kernels (") +
                        tissue::to_string(geometry) + ")",
                    largest_difference(values(a, 2), values(b, 2)), 0.0));
    }
}

TEST_CASE("rest keeps its bits for ten years, for random parameters too") {
    const Loaded loaded(source_text("models/published/egberts1d.toml"), "egberts1d");
    std::uint64_t seed = 20260101;
    const auto draw = [&] {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return static_cast<double>(seed >> 11) / 9007199254740992.0;
    };
    double changed = 0.0;
    for (int i = 0; i < 5; ++i) {
        const std::map<std::string, double> parameters{
            {"rho_rest", 1e8 * (0.9 + 0.35 * draw())},  // pg/mm3
            {"d_M", 0.002 + 0.058 * draw()},
            {"c_wound", 0.0},
            {"N_wound", 10.0},  // cell/mm3: as at rest
        };
        std::map<std::string, double> at_rest = parameters;
        at_rest["rho_wound"] = parameters.at("rho_rest");
        Rig<> rig(loaded, unit_grid(Geometry::column, 16), options(1e-4), at_rest);
        const auto before = values(rig, 3);
        rig.run(3652.0);
        changed += same_bits(before, values(rig, 3)) ? 0.0 : 1.0;
    }
    CHECK(claim(topic, "parameter draws of egberts1d whose rest moved in ten years", changed, 0.0));
}
