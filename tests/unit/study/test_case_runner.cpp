#include <catch2/catch.hpp>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/useful_threads.hpp>
#include <neocol/files/files.hpp>
#include <neocol/study/case_runner.hpp>

#include "../files.hpp"
#include "scenario_fixture.hpp"

using namespace neocol;
using namespace neocol::study;
namespace fs = std::filesystem;

namespace {

/// Decay of one factor after one session: level(t) = level(0+) exp(-k t).
const char* well_mixed_text = R"(title = "Decay"
model = "tiny"
[skin]
site = "knee"
[regimen]
sessions = 1
wound = { shape = "region", fraction = 0.5, from = "0 mm", to = "2 mm" }
[domain]
geometry = "well_mixed"
layer = "dermis"
[run]
until = "2 day"
tolerance = 1e-6
[output]
every = "1 day"
times = "common"
)";

struct Family {
    CaseRunner runner(const char* text = well_mixed_text) {
        CaseFamily family{text, "case.toml", shelves.library, {}, true};
        return CaseRunner(std::move(family));
    }
    io::fixture::Shelves shelves;
};

}  // namespace

TEST_CASE("a small case gets no threads that would wait for each other") {
    CHECK(useful_threads(1, 64) == 1);
    CHECK(useful_threads(19'999, 64) == 1);
    CHECK(useful_threads(20'000, 64) == 2);
    CHECK(useful_threads(1'000'000, 64) == 51);
    CHECK(useful_threads(1'000'000, 4) == 4);
    CHECK(useful_threads(0, 0) == 1);
    CHECK(useful_threads(1'000'000, -3) == 1);
    Family family;
    CaseRunner runner = family.runner();
    CaseOptions many;
    many.threads = 64;
    CHECK(runner.run({}, many).threads == 1);
}

TEST_CASE("a case gives observables at the scheduled times, and right after its sessions") {
    Family family;
    CaseRunner runner = family.runner();
    const CaseResult result = runner.run({{"parameters.k", "0.5 d-1"}});
    INFO(result.reason);
    REQUIRE(result.complete());
    REQUIRE(result.times == std::vector<double>{0.0, 0.0, 1.0, 2.0});
    REQUIRE(result.after_jump == std::vector<std::uint8_t>{0, 1, 0, 0});
    // Half of the skin takes the dose of 5 ng/mL.
    CHECK(result.observables[1] == Approx(2.5).epsilon(1e-12));
    CHECK(result.observables[3] == Approx(2.5 * std::exp(-1.0)).epsilon(1e-5));
    CHECK(result.sessions.size() == 1);
    CHECK(result.hash.size() == 24);
}

TEST_CASE("cases run at once on several threads give what they give alone") {
    Family family;
    CaseRunner runner = family.runner();
    const auto overrides = [](int i) {
        return std::vector<io::Override>{{"parameters.k", std::to_string(i + 1) + " d-1"}};
    };
    std::vector<CaseResult> together(4);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back(
            [&, i] { together[static_cast<std::size_t>(i)] = runner.run(overrides(i)); });
    }
    for (std::thread& thread : threads)
        thread.join();
    for (int i = 0; i < 4; ++i) {
        const CaseResult alone = family.runner().run(overrides(i));
        REQUIRE(alone.complete());
        CHECK(together[static_cast<std::size_t>(i)].observables == alone.observables);
        CHECK(together[static_cast<std::size_t>(i)].hash == alone.hash);
    }
}

TEST_CASE("a case whose scenario is faulty is a result with the fault, no exception") {
    Family family;
    CaseRunner runner = family.runner();
    const CaseResult result = runner.run({{"parameters.k", "3 mm"}});
    CHECK(result.status == CaseStatus::invalid);
    CHECK(result.reason.find("'k'") != std::string::npos);
    CHECK(result.times.empty());
}

TEST_CASE("a case that fails names what it sets beyond the declared range") {
    Family family;
    CaseRunner runner = family.runner();
    const CaseResult failed = runner.run({{"parameters.dose", "1e308 ng/mL"}});
    REQUIRE(failed.status == CaseStatus::failed);
    CHECK(failed.reason.ends_with("\nbeyond the declared range: dose"));
    // Far beyond it, and well.
    CHECK(runner.run({{"parameters.dose", "100 ng/mL"}}).reason.empty());
}

TEST_CASE("a case that takes too long ends at its time limit") {
    Family family;
    CaseRunner runner = family.runner();
    CaseOptions options;
    options.time_limit = 1e-9;
    const CaseResult result = runner.run({}, options);
    CHECK(result.status == CaseStatus::timed_out);
    CHECK(result.reason.find("time limit of 1e-09 s") != std::string::npos);
}

TEST_CASE("a case ends as stopped when the flag is set") {
    Family family;
    CaseRunner runner = family.runner();
    const std::atomic<bool> stop{true};
    CaseOptions options;
    options.stop = &stop;
    const CaseResult result = runner.run({}, options);
    CHECK(result.status == CaseStatus::stopped);
    CHECK(result.outcomes.empty());
}

TEST_CASE("a case killed without a warning goes on from its checkpoint to the same bits") {
    Family family;
    // Some 400,000 steps.
    const std::vector<io::Override> slow{{"run.largest_step", "0.000005 day"}};
    CaseRunner runner = family.runner();
    const CaseResult calm = runner.run(slow);
    REQUIRE(calm.complete());
    const fs::path folder = fs::temp_directory_path() / fmt::format("neocol_case_{}", getpid());
    fs::create_directories(folder);
    CaseOptions options;
    options.checkpoint = (folder / "run-0").string();
    options.checkpoint_after = 0.0;
    options.checkpoint_every = 0.05;
    const fs::path checkpoint = options.checkpoint + ".checkpoint";
    const pid_t child = fork();
    if (child == 0) {
        runner.run(slow, options);
        _exit(0);
    }
    for (int i = 0; i < 6000 && !fs::exists(checkpoint); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(fs::exists(checkpoint));
    const CaseResult resumed = runner.run(slow, options);
    CHECK(resumed.complete());
    CHECK(resumed.past_seconds > 0.0);
    CHECK(resumed.steps == calm.steps);
    CHECK(resumed.times == calm.times);
    CHECK(resumed.observables == calm.observables);
    CHECK_FALSE(fs::exists(checkpoint));
    fs::remove_all(folder);
}

TEST_CASE("a damaged checkpoint of a case is told of and kept, and the case begins anew") {
    Family family;
    const test::TemporaryFolder folder;
    std::vector<std::string> warnings;
    CaseFamily given{well_mixed_text, "case.toml", family.shelves.library, {}, true};
    given.compile.warn = [&](const std::string& text) { warnings.push_back(text); };
    CaseRunner runner(std::move(given));
    const CaseResult calm = runner.run({});
    std::atomic<bool> stop{true};
    CaseOptions options;
    options.checkpoint = folder.file("run-0");
    options.checkpoint_after = 0.0;
    options.stop = &stop;
    REQUIRE(runner.run({}, options).status == CaseStatus::stopped);
    const std::string path = options.checkpoint + ".checkpoint";
    std::string bytes = files::read(path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    files::write(path, bytes);
    stop = false;
    const CaseResult anew = runner.run({}, options);
    CHECK(anew.complete());
    CHECK(anew.observables == calm.observables);
    CHECK_FALSE(fs::exists(path));
    CHECK(files::read(path + ".damaged-1") == bytes);
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings.front(), Catch::Contains("run-0.checkpoint: is not as neocol wrote it") &&
                                     Catch::Contains("run-0.checkpoint.damaged-1"));
}
