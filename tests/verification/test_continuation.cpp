// A run that goes on from a checkpoint, a fork, and kernels called with rows of other lengths: the
// same bits.

#include <catch2/catch.hpp>

#include <cstring>

#include <neocol/simulation/parameters.hpp>

#include "rig.hpp"

using namespace neocol;
using namespace neocol::verification;
using tissue::Geometry;

namespace {

const std::string topic = "invariants";

const Loaded& microneedling() {
    static const Loaded loaded =
        Loaded::compiled(model_text("models/microneedling.toml"), "microneedling");
    return loaded;
}

/// Keeps checkpoints beside what Record keeps.
class Keeper : public Record {
public:
    std::vector<simulation::Checkpoint> checkpoints;
    void checkpoint(const simulation::Checkpoint& c) override { checkpoints.push_back(c); }
};

simulation::Scenario course(Geometry geometry, double last_session) {
    simulation::Scenario s = scenario(geometry, 17.0, 1e-2, 1.0);
    s.skin.site = "test";
    s.skin.age = 12000.0;
    s.skin.phototype = 3;
    for (const std::string& name : microneedling().model.layers) {
        tissue::Layer layer;
        layer.name = name;
        layer.thickness = 0.3;
        for (const std::string& property : microneedling().model.properties)
            layer.properties[property] = 1.0;
        s.skin.layers.push_back(layer);
    }
    s.domain.spacing = {0.15, 0.15, 1.0};
    s.domain.thickness = 0.9;
    s.domain.width = geometry == Geometry::patch ? 0.6 : 0.0;
    for (const double time : {0.0, 7.0, last_session}) {
        treatment::Session session;
        session.time = time;
        session.device.pattern = treatment::Pattern::random;
        session.device.needle_diameter = 0.2;
        session.device.depth_ratio = 0.8;
        session.device.hole_ratio = 0.5;
        session.device.taper_start = 0.5;
        session.needle_length = 0.75;
        session.puncture_density = 2.5;
        s.regimen.sessions.push_back(session);
    }
    return s;
}

Keeper carry_out(const simulation::Scenario& s, const simulation::RunControl& control,
                 int threads = 1) {
    Keeper keeper;
    const Loaded& loaded = microneedling();
    simulation::Simulation simulation(s, *loaded.compiled_model, threads);
    simulation::Observer* observers[] = {&keeper};
    keeper.summary = simulation.run(observers, control);
    return keeper;
}

/// Records, contents, budgets and steps that differ between two runs.
double differences(const Record& a, const Record& b) {
    double n = a.times == b.times ? 0.0 : 1.0;
    for (std::size_t i = 0; i < a.values.size() && i < b.values.size(); ++i)
        n += std::memcmp(a.values[i].data(), b.values[i].data(), 8 * a.values[i].size()) == 0 ? 0
                                                                                              : 1;
    const solver::Budget &x = a.summary.budget, &y = b.summary.budget;
    n += x.current == y.current && x.process == y.process && x.injected == y.injected ? 0.0 : 1.0;
    n += a.summary.steps.accepted == b.summary.steps.accepted ? 0.0 : 1.0;
    return n;
}

}  // namespace

TEST_CASE("a resumed run is the unbroken run to the last bit") {
    for (const Geometry geometry : {Geometry::single_channel, Geometry::patch}) {
        const simulation::Scenario s = course(geometry, 14.0);
        simulation::RunControl often;
        often.checkpoints.every = 0.0;
        const Keeper whole = carry_out(s, {}), watched = carry_out(s, often);
        const std::string where = std::string(" (") + tissue::to_string(geometry) + ")";
        CHECK(claim(topic, "records and budgets that a checkpoint after every step changes" + where,
                    differences(whole, watched), 0.0));
        double different = 0.0;
        int resumed = 0;
        for (std::size_t i = 3; i < watched.checkpoints.size();
             i += watched.checkpoints.size() / 3) {
            simulation::RunControl control;
            control.past = &watched.checkpoints[i];
            different += differences(whole, carry_out(s, control, 1 + resumed % 2));
            ++resumed;
        }
        REQUIRE(resumed >= 3);
        CHECK(claim(topic,
                    "records and budgets that differ in " + std::to_string(resumed) +
                        " runs resumed with 1 or 2 threads" + where,
                    different, 0.0));
    }
}

TEST_CASE("a fork right after a session is the run of its own to the last bit") {
    simulation::RunControl after;
    after.checkpoints.after_sessions = 0.0;
    const Keeper first = carry_out(course(Geometry::single_channel, 14.0), after);
    REQUIRE(first.checkpoints.size() == 3);
    const simulation::Scenario other = course(Geometry::single_channel, 10.0);
    simulation::RunControl control;
    control.past = &first.checkpoints[1];
    CHECK(claim(topic, "records and budgets that differ between a fork and the run of its own",
                differences(carry_out(other, {}), carry_out(other, control)), 0.0));
}

TEST_CASE("a kernel gives the same bits block by block as over a whole row") {
    const Loaded& loaded = microneedling();
    const simulation::Scenario s = course(Geometry::patch, 14.0);
    simulation::Scenario wide = s;
    wide.domain.width = 6.0;
    wide.domain.length = 0.3;
    wide.run.until = 0.5;
    simulation::Simulation simulation(wide, *loaded.compiled_model, 1);
    simulation.run({});
    const tissue::Grid& grid = simulation.grid();
    const tissue::FieldTable fields(loaded.model, grid);
    const solver::Environment environment =
        simulation::make_environment(loaded.model, wide.skin, wide.parameters);
    const solver::RowBinder binder(
        solver::Problem{loaded.model, loaded.compiled_model->kernels(), grid, fields, environment});
    solver::RowBinder::Scratch scratch = binder.make_scratch();
    const model::System& system = loaded.model.systems.front();
    const kernel::Kernel& kernel = *loaded.compiled_model->kernels().front();
    const std::size_t n = kernel.n_unknowns(), stride = grid.nx_padded();
    REQUIRE(grid.n_blocks() >= 4);
    double different = 0.0;
    AlignedVector whole(n * stride), parts(n * stride), of_voxel(n * lanes);
    for (std::size_t z = 0; z < grid.nz(); ++z) {
        const kernel::Row row = binder.bind(system, z, 0, simulation.state().data(), 0.5, scratch);
        kernel.rates(row, whole.data(), stride, nullptr, nullptr);
        std::vector<const double*> inputs(row.inputs, row.inputs + loaded.model.inputs.size());
        for (std::size_t block = 0; block < row.n_blocks; ++block) {
            kernel::Row single = row;
            single.n_blocks = 1;
            single.state = row.state + block * lanes;
            std::vector<const double*> moved = inputs;
            for (std::size_t k = 0; k < moved.size(); ++k)
                if (moved[k] != nullptr)
                    moved[k] += static_cast<std::ptrdiff_t>(block) * row.advance[k];
            single.inputs = moved.data();
            kernel.rates(single, of_voxel.data(), lanes, nullptr, nullptr);
            for (std::size_t u = 0; u < n; ++u)
                std::copy_n(of_voxel.data() + u * lanes, lanes,
                            parts.data() + u * stride + block * lanes);
        }
        different += std::memcmp(whole.data(), parts.data(), 8 * whole.size()) == 0 ? 0.0 : 1.0;
    }
    CHECK(claim(topic, "rows whose rates depend on the number of blocks a kernel is called with",
                different, 0.0));
}
