#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>
#include <numbers>

#include <neocol/model/parse.hpp>
#include <neocol/simulation/parameters.hpp>
#include <neocol/simulation/simulation.hpp>
#include <neocol/simulation/validate.hpp>

#include "../files.hpp"

using namespace neocol;
using namespace neocol::simulation;

namespace {

struct Recorder : Observer {
    std::vector<double> times, damage, signal;
    std::vector<SessionRecord> sessions;
    std::vector<EventRecord> events;
    void observables(double t, std::span<const double> v) override {
        times.push_back(t);
        damage.push_back(v[0]);
        signal.push_back(v[1]);
        if (stop != nullptr && times.size() == stop_at) stop->store(true);
    }
    void event(const EventRecord& record) override { events.push_back(record); }
    void session(const SessionRecord& record) override { sessions.push_back(record); }
    void checkpoint(const Checkpoint& checkpoint) override { checkpoints.push_back(checkpoint); }
    std::vector<Checkpoint> checkpoints;
    std::atomic<bool>* stop = nullptr;  ///< set at so many records
    std::size_t stop_at = 0;
};

treatment::Session session(double time) {
    treatment::Session s;
    s.time = time;
    s.device.needle_diameter = 0.1;
    s.device.depth_ratio = 0.5;
    s.device.hole_ratio = 1.0;
    s.needle_length = 1.0;
    s.puncture_density = 2.0;
    return s;
}

Scenario scenario(tissue::Geometry geometry) {
    Scenario s;
    s.title = "test";
    s.domain.geometry = geometry;
    s.domain.spacing = {0.05, 0.05, 1.0};
    s.domain.thickness = 1.0;
    s.run.until = 10.0;
    s.run.tolerance = 1e-6;
    s.output.every = 0.5;
    return s;
}

struct Run {
    model::Model model;
    kernel::CompiledModel interpreted;
    Recorder recorder;
    RunSummary summary;

    explicit Run(const Scenario& s, int threads = 1, const RunControl& control = {},
                 std::string text = test::model_text("wound"), std::atomic<bool>* stop = nullptr,
                 std::size_t stop_at = 0)
        : model(model::parse_model(std::move(text), "wound.toml")),
          interpreted(kernel::CompiledModel::interpret(model)) {
        recorder.stop = stop;
        recorder.stop_at = stop_at;
        Simulation simulation(s, interpreted, threads);
        Observer* observers[] = {&recorder};
        summary = simulation.run(observers, control);
    }
};

/// Volume of one channel of the test's device: a cone of depth 0.5 mm and radius 0.05 mm.
constexpr double cone = std::numbers::pi * 0.05 * 0.05 * 0.5 / 3.0;

}  // namespace

TEST_CASE("a session wounds the channels' volume and the budget books it as injected") {
    Scenario s = scenario(tissue::Geometry::single_channel);
    s.regimen.sessions = {session(1.0)};
    const Run run(s);
    CHECK(run.summary.budget.injected[0] == Approx(cone).epsilon(1e-10));
    for (const double residual : run.summary.budget.residual())
        CHECK(std::abs(residual) < 1e-12);
    CHECK(run.recorder.sessions.size() == 1);
}

TEST_CASE("damage decays exactly and the outcomes read it") {
    Scenario s = scenario(tissue::Geometry::single_channel);
    s.regimen.sessions = {session(0.0)};
    const Run run(s);
    for (std::size_t i = 0; i < run.recorder.times.size(); ++i) {
        const double t = run.recorder.times[i];
        const double exact = i == 0 ? 0.0 : cone * std::exp(-0.5 * t);
        // The tolerance is relative to the largest value.
        CHECK(run.recorder.damage[i] == Approx(exact).epsilon(1e-5).margin(1e-6 * cone));
    }
    CHECK(run.summary.outcomes[0].value == Approx(cone).epsilon(1e-9));
    const double half = 2.0 * std::log(cone / 1e-3);
    CHECK(run.summary.outcomes[1].value == Approx(half).epsilon(1e-4));
}

TEST_CASE("records rise strictly, are dense after a jump, and hold the value before it") {
    Scenario s = scenario(tissue::Geometry::column);
    s.regimen.sessions = {session(2.0), session(4.25)};
    const Run run(s);
    const auto& t = run.recorder.times;
    CHECK(std::adjacent_find(t.begin(), t.end(), std::greater_equal<>()) == t.end());
    REQUIRE(run.recorder.events.size() == 4);  // a wash three days after each session
    const double minute = 1.0 / 1440.0;
    for (const EventRecord& event : run.recorder.events) {
        const auto at = std::find(t.begin(), t.end(), event.time);
        REQUIRE(at != t.end());
        CHECK(*std::next(at) == Approx(event.time + minute).epsilon(1e-14));
        const auto i = static_cast<std::size_t>(at - t.begin());
        CHECK(event.before == std::vector{run.recorder.damage[i], run.recorder.signal[i]});
    }
    CHECK(run.recorder.events[0].causes == std::vector<std::string>{"session 1"});
    CHECK(run.recorder.events[0].after[0] > run.recorder.events[0].before[0]);
    CHECK(t.front() == 0.0);
    CHECK(t.back() == 10.0);
    CHECK(std::count(t.begin(), t.end(), 7.5) == 1);
}

TEST_CASE(
    "what falls on one moment is one jump: dated events by name, the session, what follows it") {
    Scenario s = scenario(tissue::Geometry::column);
    s.regimen.sessions = {session(2.0)};
    const std::string text =
        test::model_text("wound") +
        "[event.rinse]\nat = [\"48 h\", \"2 day\"]\n"
        "changes = { signal = \"signal + rest(signal)\" }\n"
        "[event.dose]\nat = \"2880 min\"\nchanges = { signal = \"2*signal\" }\n"
        "[event.seal]\nafter_each_session = \"0 s\"\n"
        "changes = { damage = \"0.5*damage\" }\n"
        "[event.alarm]\nwhen = \"damage > 0.001 mm3\"\n"
        "changes = { signal = \"0.5*signal\" }\n"
        "[event.last]\nat = \"10 day\"\nchanges = { signal = \"2*signal\" }\n";
    const Run run(s, 1, {}, text);
    REQUIRE(run.recorder.events.size() >= 3);
    const EventRecord& jump = run.recorder.events[0];
    CHECK(jump.time == 2.0);
    CHECK(jump.causes == std::vector<std::string>{"dose", "rinse", "session 1", "seal", "alarm"});
    // The end is a moment like any other: its record is the one before the jump.
    const EventRecord& last = run.recorder.events.back();
    CHECK(last.time == 10.0);
    CHECK(last.after[1] == Approx(2.0 * last.before[1]));
    CHECK(run.recorder.times.back() == 10.0);
    CHECK(run.recorder.signal.back() == last.before[1]);
}

TEST_CASE("the start is a moment like any other") {
    Scenario s = scenario(tissue::Geometry::column);
    s.regimen.sessions = {session(0.0)};
    s.output.dense = false;
    const Run run(s);
    REQUIRE(!run.recorder.events.empty());
    CHECK(run.recorder.events[0].time == 0.0);
    CHECK(run.recorder.events[0].before[0] == 0.0);
    CHECK(run.recorder.events[0].after[0] > 0.0);
    CHECK(run.recorder.damage[0] == 0.0);
    // Common times are those of the interval alone.
    REQUIRE(run.recorder.times.size() == 21);
    for (std::size_t i = 0; i < run.recorder.times.size(); ++i)
        CHECK(run.recorder.times[i] == 0.5 * static_cast<double>(i));
}

TEST_CASE("an event's time and interval may be parameters that the scenario sets") {
    Scenario s = scenario(tissue::Geometry::well_mixed);
    treatment::Session whole;
    whole.wound = treatment::Slab{0.5, 0.0, 1.0};
    s.regimen.sessions = {whole};
    const std::string text =
        test::model_text("wound") +
        "[parameter.t_dose]\nvalue = \"1 day\"\nmeaning = \"m\"\nsource = \"s\"\n"
        "evidence = \"design\"\n"
        "[event.dose]\nat = \"t_dose\"\nevery = \"36 h\"\nuntil = \"6 day\"\n"
        "changes = { damage = \"damage + 0.125\" }\n"
        "[event.shift]\nwhen = \"damage > 2*signal\"\nchanges = { signal = \"signal\" }\n";
    s.parameters["t_dose"] = 2.5;
    std::vector<double> doses;
    try {
        const Run run(s, 1, {}, text);
        FAIL("observables of different units are compared");
    } catch (const InputError& error) {
        CHECK(std::string(error.what()).find("'damage' is in mm3, its threshold in ng/mL") !=
              std::string::npos);
    }
    const Run run(s, 1, {}, text.substr(0, text.find("[event.shift]")));
    for (const EventRecord& event : run.recorder.events)
        if (event.causes == std::vector<std::string>{"dose"}) doses.push_back(event.time);
    CHECK(doses == std::vector<double>{2.5, 4.0, 5.5});
    s.parameters["t_dose"] = -1.0;
    const model::Model model =
        model::parse_model(text.substr(0, text.find("[event.shift]")), "wound.toml");
    const auto faults = validate(s, model);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].key == "parameters.t_dose");
}

TEST_CASE("an event after each session acts on the state before it") {
    Scenario s = scenario(tissue::Geometry::column);
    s.regimen.sessions = {session(1.0)};
    s.output.every = 1.0;
    const Run run(s);
    // The wash on day 4 halves the signal; the record of day 4 is the moment before it.
    Scenario later = s;
    later.run.until = 4.0;
    const Run until_wash(later);
    CHECK(until_wash.recorder.times.back() == 4.0);
    const double injected = run.summary.budget.injected[1];
    CHECK(injected == Approx(-0.5 * until_wash.recorder.signal.back()).epsilon(1e-4));
}

TEST_CASE("mixing between sessions keeps every content") {
    Scenario s = scenario(tissue::Geometry::single_channel);
    s.regimen.sessions = {session(0.0), session(2.0)};
    const Run mixed(s);
    s.domain.lateral_mix = false;
    const Run apart(s);
    for (const double residual : mixed.summary.budget.residual())
        CHECK(std::abs(residual) < 1e-12);
    // Linear processes: what happens does not depend on where, but re-hits wound less when not
    // mixed.
    CHECK(mixed.summary.budget.injected[0] > apart.summary.budget.injected[0]);
}

TEST_CASE("a run has the same bits for any number of threads") {
    Scenario s = scenario(tissue::Geometry::patch);
    s.domain.width = 2.0;
    s.run.until = 3.0;
    s.run.tolerance = 1e-3;
    s.regimen.sessions = {session(0.0)};
    const Run serial(s, 1), three(s, 3);
    CHECK(serial.recorder.signal == three.recorder.signal);
    CHECK(serial.summary.steps.accepted == three.summary.steps.accepted);
}

TEST_CASE("a well-mixed run by Odeint agrees with the exact solution and closes its budget") {
    Scenario s = scenario(tissue::Geometry::well_mixed);
    treatment::Session whole;
    whole.wound = treatment::Slab{0.5, 0.0, 1.0};
    s.regimen.sessions = {whole};
    const Run run(s, 1);
    for (std::size_t i = 1; i < run.recorder.times.size(); ++i) {
        CHECK(run.recorder.damage[i] ==
              Approx(0.5 * std::exp(-0.5 * run.recorder.times[i])).epsilon(1e-5));
    }
    for (const double residual : run.summary.budget.residual())
        CHECK(std::abs(residual) < 1e-12);
}

namespace {

void check_same(const Run& a, const Run& b) {
    CHECK(a.recorder.times == b.recorder.times);
    CHECK(a.recorder.signal == b.recorder.signal);
    CHECK(a.recorder.damage == b.recorder.damage);
    REQUIRE(a.recorder.events.size() == b.recorder.events.size());
    for (std::size_t k = 0; k < a.recorder.events.size(); ++k) {
        CHECK(a.recorder.events[k].time == b.recorder.events[k].time);
        CHECK(a.recorder.events[k].causes == b.recorder.events[k].causes);
        CHECK(a.recorder.events[k].before == b.recorder.events[k].before);
        CHECK(a.recorder.events[k].after == b.recorder.events[k].after);
    }
    CHECK(a.recorder.sessions.size() == b.recorder.sessions.size());
    CHECK(a.summary.budget.process == b.summary.budget.process);
    CHECK(a.summary.budget.current == b.summary.budget.current);
    CHECK(a.summary.budget.injected == b.summary.budget.injected);
    CHECK(a.summary.steps.accepted == b.summary.steps.accepted);
    CHECK(a.summary.smallest_value == b.summary.smallest_value);
    for (std::size_t k = 0; k < a.summary.outcomes.size(); ++k) {
        const OutcomeValue &x = a.summary.outcomes[k], &y = b.summary.outcomes[k];
        CHECK((x.value == y.value || (std::isnan(x.value) && std::isnan(y.value))));
        CHECK(x.censored == y.censored);
    }
}

}  // namespace

TEST_CASE("a run resumed from any checkpoint has the bits of the unbroken run") {
    for (const auto geometry : {tissue::Geometry::single_channel, tissue::Geometry::column,
                                tissue::Geometry::well_mixed}) {
        Scenario s = scenario(geometry);
        s.run.tolerance = 1e-4;
        s.regimen.sessions = {session(0.0), session(2.0), session(4.25)};
        for (treatment::Session& session : s.regimen.sessions)
            if (geometry == tissue::Geometry::well_mixed)
                session.wound = treatment::Slab{0.5, 0.0, 1.0};
        const Run whole(s);
        RunControl often;
        often.checkpoints.every = 0.0;
        const Run watched(s, 1, often);
        check_same(whole, watched);
        const auto& all = watched.recorder.checkpoints;
        REQUIRE(all.size() > 20);
        for (std::size_t i = 0; i < all.size(); i += 7) {
            RunControl control;
            control.past = &all[i];
            check_same(whole, Run(s, 2, control));
        }
    }
}

TEST_CASE("a fork right after a session equals the run of its own") {
    Scenario s = scenario(tissue::Geometry::single_channel);
    s.run.tolerance = 1e-4;
    s.regimen.sessions = {session(0.0), session(2.0), session(4.25)};
    RunControl after;
    after.checkpoints.after_sessions = 0.0;
    const Run first(s, 1, after);
    REQUIRE(first.recorder.checkpoints.size() == 3);
    const Checkpoint& second = first.recorder.checkpoints[1];
    CHECK(second.after_session);
    CHECK(second.time == 2.0);
    CHECK(second.next_landing == 3.0);  // the wash after the first session
    s.regimen.sessions = {session(0.0), session(2.0), session(3.5), session(6.0)};
    RunControl control;
    control.past = &second;
    check_same(Run(s), Run(s, 1, control));
}

TEST_CASE("a stop request and the limit of wall time end a run between steps with a checkpoint") {
    Scenario s = scenario(tissue::Geometry::column);
    s.regimen.sessions = {session(1.0)};
    std::atomic<bool> stop{true};
    RunControl control;
    control.stop = &stop;
    control.checkpoints.when_stopped = true;
    const Run stopped(s, 1, control);
    CHECK(stopped.summary.status == RunStatus::interrupted);
    REQUIRE(stopped.recorder.checkpoints.size() == 1);
    CHECK(stopped.recorder.checkpoints[0].time == 0.0);
    control.stop = nullptr;
    control.max_wall_seconds = 0.0;
    const Run limited(s, 1, control);
    CHECK(limited.summary.status == RunStatus::interrupted);
    CHECK(limited.summary.steps.accepted == 1);  // at least one, so that something is gained
}

TEST_CASE("a stop is heard among the records of a step, and the resumed run has all of them") {
    for (const auto geometry : {tissue::Geometry::column, tissue::Geometry::well_mixed}) {
        Scenario s = scenario(geometry);
        s.run.tolerance = 1e-3;
        s.output.every = 0.001;
        s.regimen.sessions = {session(0.0), session(4.25)};
        for (treatment::Session& session : s.regimen.sessions)
            if (geometry == tissue::Geometry::well_mixed)
                session.wound = treatment::Slab{0.5, 0.0, 1.0};
        const Run whole(s);
        const std::size_t n_records = whole.recorder.times.size();
        REQUIRE(n_records > 10'000);
        REQUIRE(whole.summary.steps.accepted < n_records / 20);
        std::size_t n_before_landing = 0;
        for (const std::size_t n : {std::size_t{3}, std::size_t{700}, std::size_t{3000},
                                    std::size_t{4200}, n_records / 2, n_records - 40}) {
            CAPTURE(n, n_records);
            std::atomic<bool> stop{false};
            RunControl control;
            control.stop = &stop;
            control.checkpoints.when_stopped = true;
            const Run cut(s, 1, control, test::model_text("wound"), &stop, n);
            REQUIRE(cut.summary.status == RunStatus::interrupted);
            CHECK(cut.recorder.times.size() <= n + 2);
            REQUIRE(cut.recorder.checkpoints.size() == 1);
            const Checkpoint& checkpoint = cut.recorder.checkpoints[0];
            n_before_landing += checkpoint.time == checkpoint.next_landing;
            RunControl again;
            again.past = &checkpoint;
            check_same(whole, Run(s, 1, again));
        }
        CHECK(n_before_landing > 0);
    }
}

TEST_CASE("a checkpoint of another grid is refused") {
    Scenario s = scenario(tissue::Geometry::column);
    s.regimen.sessions = {session(1.0)};
    RunControl often;
    often.checkpoints.every = 0.0;
    const Run run(s, 1, often);
    s.domain.spacing = {0.1, 0.1, 1.0};
    RunControl control;
    REQUIRE(!run.recorder.checkpoints.empty());
    control.past = &run.recorder.checkpoints.front();
    CHECK_THROWS_AS(Run(s, 1, control), Error);
}

TEST_CASE("parameters vary by site and age, and overrides scale with them") {
    const model::Model model = model::parse_model(test::model_text("wound"), "wound.toml");
    std::size_t k = 0;
    while (model.inputs[k].name != "k")
        ++k;
    tissue::Skin skin;
    const auto value = [&](const std::map<std::string, double>& overrides) {
        return make_environment(model, skin, overrides).by_layer[0][k];
    };
    CHECK(value({}) == Approx(0.5));
    skin.site = "back";
    CHECK(value({}) == Approx(1.0));
    skin.age = 50.0 * 365.2422;
    CHECK(value({}) == Approx(1.0 * 0.35 / 0.5));
    CHECK(value({{"k", 0.25}}) == Approx(0.25 * 2.0 * 0.7));
}

TEST_CASE("a scenario's faults are all found and name their keys") {
    const model::Model model = model::parse_model(test::model_text("wound"), "wound.toml");
    Scenario s = scenario(tissue::Geometry::single_channel);
    s.regimen.sessions = {session(5.0), session(3.0), session(12.0)};
    s.regimen.sessions[0].needle_length = 4.0;
    s.output.fields = {"damge"};
    s.parameters["kk"] = 1.0;
    std::vector<std::string> keys;
    for (const Fault& fault : validate(s, model))
        keys.push_back(fault.key);
    CHECK(keys == std::vector<std::string>{"session[1].needle_length", "session[2].at",
                                           "session[3].at", "output.fields[1]", "parameters.kk"});
}
