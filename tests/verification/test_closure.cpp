// How far the screening geometry is from the true puncture pattern, and a coarse grid from a fine
// one, in outcomes of a small model with the features that matter: immobile debris, a signal that
// reaches neighbouring channels, cells that answer to it beyond proportion and a matrix that stays.

#include <catch2/catch.hpp>

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

double gain(const Loaded& loaded, Geometry geometry, int sessions, double interval, double spacing,
            treatment::Pattern pattern, double width = 0.0, std::uint64_t seed = 1) {
    simulation::Scenario s = scenario(geometry, (sessions - 1) * interval + 28.0, 1e-3, 100.0);
    for (int i = 0; i < sessions; ++i) {
        s.regimen.sessions.push_back(session(i * interval, pattern));
    }
    s.domain.spacing = {spacing, spacing, 1.0};
    s.domain.thickness = 1.0;
    s.domain.width = width;
    s.run.seed = seed;
    return run(s, loaded, 2).summary.outcomes[0].value;
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

TEST_CASE("four sessions: the error of lateral mixing against random patches, by interval") {
    const Loaded loaded = Loaded::compiled(needling_model());
    for (const double interval : {3.0, 28.0}) {
        const double single =
            gain(loaded, Geometry::single_channel, 4, interval, 0.06, treatment::Pattern::random);
        double patch = 0.0;
        for (const std::uint64_t seed : {1u, 2u, 3u}) {
            patch += gain(loaded, Geometry::patch, 4, interval, 0.06, treatment::Pattern::random,
                          1.26, seed) /
                     3.0;
        }
        INFO(interval << ": " << single << " " << patch);
        CHECK(claim(topic,
                    "four sessions every " + std::to_string(static_cast<int>(interval)) +
                        " d: relative difference of the gain of matrix between single_channel and "
                        "the mean of three random patches of 1.26 mm, cells of 60 um",
                    std::abs(single / patch - 1.0), 0.05));
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
