// How far the screening geometry is from the true puncture pattern, and a coarse grid from a fine
// one, in outcomes of a small model with the features that matter: immobile debris, a signal that
// reaches neighbouring channels, cells that answer to it beyond proportion and a matrix that stays.

#include <catch2/catch.hpp>

#include <numbers>

#include <fmt/format.h>

#include <neocol/simulation/domain.hpp>

#include "../../src/simulation/wounding.hpp"
#include "model_text.hpp"
#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;
using tissue::Geometry;

namespace {

const std::string topic = "closure";

std::string needling_model() {
    return std::string(
               "[model]\nname = \"needling\"\ntitle = \"debris, signal, cells, matrix\"\n") +
           "[species.debris]\nunit = \"1\"\nscale = 1\nmeaning = \"debris\"\n"
           "[species.signal]\nunit = \"ng/mL\"\nscale = \"1 ng/mL\"\nmeaning = \"signal\"\n"
           "[species.cells]\nunit = \"1\"\nrest = 1\nmeaning = \"cells\"\n"
           "[species.matrix]\nunit = \"1\"\nrest = 1\nmeaning = \"matrix\"\n" +
           parameter("d", "0.5 /day") + parameter("s", "600 ng/mL/day") + parameter("c", "9 /day") +
           parameter("D", "0.3 mm2/day") + parameter("D_cells", "0.03 mm2/day") +
           parameter("p", "1 /day") + parameter("K", "3 ng/mL") + parameter("q", "0.1 /day") +
           parameter("m", "0.02 /day") + parameter("cut", "0.05") + parameter("kill", "0.3") +
           wound_processes("d*debris*cells", "4") + process("synthesis", "m*cells", "matrix = 1") +
           process("turnover", "m*matrix", "matrix = -1") +
           "[injury]\ndebris = \"debris + wounded*(1 - debris)\"\n"
           "cells = \"cells*(1 - kill*wounded)\"\nmatrix = \"matrix*(1 - cut*wounded)\"\n"
           "[observable.matrix]\nvalue = \"matrix\"\nunit = \"1\"\nmeaning = \"matrix\"\n"
           "[outcome.gain]\nof = \"matrix\"\nmeasure = \"relative_change\"\n"
           "at = \"28 day after last session\"\nunit = \"1\"\nmeaning = \"gain of matrix\"\n";
}

treatment::Session session(double time, treatment::Pattern pattern) {
    treatment::Session s;
    s.time = time;
    s.device.pattern = pattern;
    s.device.needle_diameter = 0.2;
    s.device.depth_ratio = 0.8;
    s.device.hole_ratio = 0.8;
    s.device.taper_start = 0.5;
    s.needle_length = 0.75;
    s.puncture_density = 2.5;
    return s;
}

constexpr double tolerance = 1e-3, after_last = 28.0;  // [d]

simulation::Scenario course(Geometry geometry, int sessions, double interval, double spacing,
                            treatment::Pattern pattern) {
    simulation::Scenario s =
        scenario(geometry, (sessions - 1) * interval + after_last, tolerance, 100.0);
    for (int i = 0; i < sessions; ++i)
        s.regimen.sessions.push_back(session(i * interval, pattern));
    s.domain.spacing = {spacing, spacing, 1.0};
    s.domain.thickness = 1.0;
    return s;
}

double gain(const Loaded& loaded, Geometry geometry, int sessions, double interval, double spacing,
            treatment::Pattern pattern, double width = 0.0, std::uint64_t seed = 1) {
    simulation::Scenario s = course(geometry, sessions, interval, spacing, pattern);
    s.domain.width = width;
    s.run.seed = seed;
    return run(s, loaded, 2).summary.outcomes[0].value;
}

/// Area of a territory over the mean area, and the share of the surface such territories cover.
struct Size {
    double area, share;
};

/// Three Gauss points of the areas of the Voronoi cells of random points, which follow a gamma
/// distribution of shape 3.5 and mean 1 (Ferenc and Neda, Physica A 2007;385:518-526): abscissas x
/// and weights of generalised Laguerre (alpha 2.5) at n = 3, area x/3.5, share weight * area. The
/// shares add up to 1 and so do share/area: the wounded share of the surface is exact.
const std::vector<Size> random_sizes = {{0.521377086593107, 0.257365167276871},
                                        {1.37535606471077, 0.65239562904061},
                                        {2.81755256298184, 0.0902392036825194}};

/// Territories of several sizes, each a single channel. Before every session but the first the
/// state is mixed: over all territories (a new pattern knows nothing of the old one) or within
/// each.
class Territories {
public:
    enum class Mix { over_all, within };

    Territories(const Loaded& loaded, simulation::Scenario s, const std::vector<Size>& sizes,
                Mix mix)
        : loaded_(loaded), scenario_(std::move(s)), mix_(mix) {
        solver::StepperOptions options;
        options.tolerance = scenario_.run.tolerance;
        const double density = scenario_.regimen.sessions[0].puncture_density;
        for (const Size& size : sizes) {
            scenario_.domain.width = std::sqrt(size.area / (std::numbers::pi * density));
            members_.push_back(
                {size.share, std::make_unique<Rig<>>(
                                 loaded, simulation::make_grid(scenario_, loaded.model), options)});
        }
    }

    /// Mean of a species over all tissue at the end of the course.
    double mean_at_end(std::size_t species) {
        const auto& sessions = scenario_.regimen.sessions;
        for (std::size_t i = 0; i < sessions.size(); ++i) {
            if (i > 0) mix();
            const double until =
                i + 1 < sessions.size() ? sessions[i + 1].time : scenario_.run.until;
            for (const Member& m : members_) {
                Rig<>& rig = *m.rig;
                simulation::Wounding(rig.problem, rig.stepper->binder())
                    .carry_out(scenario_, i, rig.stepper->state(), sessions[i].time);
                rig.stepper->restart(sessions[i].time);
                rig.run(until);
            }
        }
        double mean = 0.0;
        for (const Member& m : members_) {
            const tissue::Grid& grid = m.rig->grid;
            double content = 0.0, volume = 0.0;
            for (std::size_t z = 0; z < grid.nz(); ++z) {
                for (std::size_t x = 0; x < grid.nx(); ++x) {
                    content += grid.volume(z, 0, x) * m.rig->at(species, z, 0, x);
                    volume += grid.volume(z, 0, x);
                }
            }
            mean += m.share * content / volume;
        }
        return mean;
    }

private:
    struct Member {
        double share;
        std::unique_ptr<Rig<>> rig;
    };

    void mix() {
        for (const Member& m : members_)
            simulation::mix_laterally(m.rig->problem, m.rig->stepper->state());
        for (std::size_t s = 0; s < loaded_.model.species.size() && mix_ == Mix::over_all; ++s) {
            for (std::size_t z = 0; z < members_[0].rig->grid.nz(); ++z) {
                double mean = 0.0;
                for (const Member& m : members_)
                    mean += m.share * m.rig->at(s, z);
                for (const Member& m : members_) {
                    double* row = m.rig->stepper->state().field(m.rig->fields.fields()[s]) +
                                  m.rig->grid.row(z, 0);
                    std::fill_n(row, m.rig->grid.nx(), mean);
                }
            }
        }
    }

    const Loaded& loaded_;
    simulation::Scenario scenario_;
    Mix mix_;
    std::vector<Member> members_;
};

double gain_of(const Loaded& loaded, const simulation::Scenario& s, const std::vector<Size>& sizes,
               Territories::Mix mix = Territories::Mix::over_all) {
    return Territories(loaded, s, sizes, mix).mean_at_end(loaded.species("matrix")) - 1.0;
}

/// Gain of matrix in patches that differ in their random punctures.
struct Patches {
    double mean = 0.0, range = 0.0;
};

Patches random_patches(const Loaded& loaded, int sessions, int seeds, double interval) {
    double sum = 0.0, least = 1e300, most = -1e300;
    for (int seed = 1; seed <= seeds; ++seed) {
        const double of_seed =
            gain(loaded, Geometry::patch, sessions, interval, 0.06, treatment::Pattern::random,
                 2.52, static_cast<std::uint64_t>(seed));
        sum += of_seed;
        least = std::min(least, of_seed);
        most = std::max(most, of_seed);
    }
    return {sum / seeds, most - least};
}

}  // namespace

TEST_CASE("one session: a single channel agrees with a patch of channels on a square lattice") {
    const Loaded loaded = Loaded::compiled(needling_model());
    const double single =
        gain(loaded, Geometry::single_channel, 1, 0.0, 0.03, treatment::Pattern::square);
    const double patch = gain(loaded, Geometry::patch, 1, 0.0, 0.03, treatment::Pattern::square,
                              1.0 / std::sqrt(2.5));
    INFO(single << " " << patch);
    CHECK(
        claim(topic,
              "one session on a square lattice: relative difference of the gain of matrix between "
              "single_channel and patch",
              std::abs(single / patch - 1.0), 0.03));
}

TEST_CASE("four sessions: one territory stepped here is the single channel with lateral mixing") {
    const Loaded loaded = Loaded::compiled(needling_model());
    const simulation::Scenario s =
        course(Geometry::single_channel, 4, 7.0, 0.06, treatment::Pattern::random);
    const double single =
        gain(loaded, Geometry::single_channel, 4, 7.0, 0.06, treatment::Pattern::random);
    CHECK(claim(topic,
                "four sessions every 7 d: relative difference of the gain of matrix between "
                "single_channel and the quadrature with one size",
                std::abs(gain_of(loaded, s, {{1.0, 1.0}}) / single - 1.0), 1e-6));
}

TEST_CASE("sizes of territories: their error against random patches, by number and interval") {
    const Loaded loaded = Loaded::compiled(needling_model());
    struct Case {
        int sessions, seeds;
        double interval;
    };
    for (const Case& c : {Case{1, 6, 0.0}, Case{4, 6, 3.0}, Case{4, 6, 7.0}, Case{4, 6, 28.0}}) {
        const Patches patches = random_patches(loaded, c.sessions, c.seeds, c.interval);
        const simulation::Scenario s = course(Geometry::single_channel, c.sessions, c.interval,
                                              0.06, treatment::Pattern::random);
        const std::string where =
            (c.sessions == 1 ? "one session"
                             : fmt::format("four sessions every {:g} d", c.interval)) +
            ": relative difference of the gain of matrix between ";
        const std::string against = fmt::format(
            " and the mean of {} random patches of 2.52 mm (16 punctures a session, cells of 60 "
            "um), "
            "which range over {:.1f} % of it",
            c.seeds, 100.0 * patches.range / patches.mean);
        const auto check = [&](const char* closure, double value) {
            INFO(where << closure << ": " << value << " " << patches.mean << " " << patches.range);
            CHECK(claim(topic, fmt::format("{}{}{}", where, closure, against),
                        std::abs(value / patches.mean - 1.0), 0.05));
        };
        check("one size of territory", gain_of(loaded, s, {{1.0, 1.0}}));
        check("three sizes mixed together", gain_of(loaded, s, random_sizes));
        if (c.sessions > 1) {
            check("three sizes mixed each by itself",
                  gain_of(loaded, s, random_sizes, Territories::Mix::within));
        }
    }
}

TEST_CASE("outcomes on cells of 20 and 40 um agree with those on 10 um") {
    const Loaded loaded = Loaded::compiled(needling_model());
    const auto at = [&](double spacing) {
        return gain(loaded, Geometry::single_channel, 2, 14.0, spacing, treatment::Pattern::random);
    };
    const double fine = at(0.01);
    for (const auto& [spacing, name, limit] : {std::tuple{0.02, "20", 0.01}, {0.04, "40", 0.05}}) {
        const double difference = std::abs(at(spacing) / fine - 1.0);
        INFO(name << ": " << difference);
        CHECK(claim(topic,
                    std::string("relative difference of the gain of matrix between cells of ") +
                        name + " um and of 10 um",
                    difference, limit));
    }
}
