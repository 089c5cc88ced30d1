#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <thread>

#include <neocol/core/error.hpp>
#include <neocol/study/case_batch.hpp>
#include <neocol/study/uncertain.hpp>

#include "../files.hpp"

using namespace neocol;
using namespace neocol::study;
namespace fs = std::filesystem;

namespace {

/// Ten cases of which case i gives 1/(i + 3); case 4 fails. Counts how often cases run.
struct Counted {
    Batch batch(const std::string& signature = "one") {
        Batch b;
        b.key_columns = {"name"};
        b.value_columns = {"y [1]"};
        b.signature = signature;
        for (int i = 0; i < 10; ++i)
            b.keys.push_back({"case, \"" + std::to_string(i) + "\""});
        b.run = [this](std::size_t i, const CaseOptions&) {
            ++runs;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            CaseResult result;
            result.reached = 1.0 / (static_cast<double>(i) + 3.0);
            if (i == 4) {
                result.status = CaseStatus::failed;
                result.reason = "not finite, \"nan\"\nat once";
            }
            return result;
        };
        b.reduce = [](const CaseResult& result) { return std::vector{result.reached}; };
        return b;
    }
    std::atomic<int> runs{0};
};

}  // namespace

TEST_CASE("a batch that goes on from its store repeats no case and gives the same bits") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
    options.store = folder.file("store");
    options.table = folder.file("t.csv");
    options.threads = 3;
    std::atomic<bool> stop{false};
    options.stop = &stop;
    options.progress = [&](const BatchProgress& p) { stop = p.done >= 3; };
    run_batch(counted.batch(), options);
    const int before = counted.runs;
    CHECK(before < 10);
    CHECK_FALSE(fs::exists(options.table));
    stop = false;
    options.progress = {};
    const auto again = run_batch(counted.batch(), options);
    CHECK(counted.runs == 10);
    Counted other;
    const auto whole = run_batch(other.batch(), {});
    for (std::size_t i = 0; i < 10; ++i) {
        CHECK(again[i].status == whole[i].status);
        const bool same = again[i].values[0] == whole[i].values[0];
        CHECK((same || (i == 4 && std::isnan(again[i].values[0]))));
    }
    const std::string table = test::read_text(options.table);
    run_batch(counted.batch(), options);
    CHECK(counted.runs == 10);
    CHECK(test::read_text(options.table) == table);
}

TEST_CASE("a flipped bit in a batch's store costs the cases of its segment, and is told") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
    options.store = folder.file("store");
    options.n_tasks = 2;
    for (options.task = 0; options.task < 2; ++options.task)
        run_batch(counted.batch(), options);
    options.task = 0;
    options.n_tasks = 1;
    std::string path;
    for (const auto& entry : fs::directory_iterator(options.store))
        if (entry.path().filename().string().starts_with("1-of-2.") &&
            entry.path().extension() == ".segment")
            path = entry.path();
    std::string bytes = test::read_text(path);
    bytes[bytes.size() / 2] ^= 4;
    folder.write("store/" + fs::path(path).filename().string(), bytes);
    std::string warning;
    options.warn = [&](const std::string& words) { warning = words; };
    const auto rows = run_batch(counted.batch(), options);
    CHECK(counted.runs == 15);
    CHECK(rows[3].values[0] == 1.0 / 6.0);
    CHECK_THAT(warning, Catch::Contains("its cases are to do: 1-9s2"));
    run_batch(counted.batch(), options);
    CHECK(counted.runs == 15);
}

TEST_CASE("a store that cannot be read is no empty one") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
    options.store = folder.file("store");
    fs::create_directories(options.store + "/all.0-000000.3.segment");
    CHECK_THROWS_AS(run_batch(counted.batch(), options), IoError);
    CHECK(counted.runs == 0);
}

TEST_CASE("doubtful cases keep their values in store and table and are left out of statistics") {
    const test::TemporaryFolder folder;
    Counted counted;
    Batch batch = counted.batch();
    batch.run = [](std::size_t i, const CaseOptions&) {
        CaseResult result;
        result.reached = 2.0;
        if (i == 7) {
            result.status = CaseStatus::doubtful;
            result.reason = "bound 'b' was broken";
        }
        return result;
    };
    BatchOptions options;
    options.store = folder.file("store");
    options.table = folder.file("t.csv");
    auto rows = run_batch(batch, options);
    CHECK_THAT(test::read_text(options.table),
               Catch::Contains("doubtful,bound 'b' was broken,2\n"));
    CHECK(rows[7].values[0] == 2.0);
    rows = run_batch(batch, options);  // as read back
    CHECK(rows[7].status == CaseStatus::doubtful);
    const BatchCount n = leave_out_doubtful(rows);
    CHECK(n.doubtful == 1);
    CHECK(n.failed == 0);
    CHECK(std::isnan(rows[7].values[0]));
    CHECK(rows[6].values[0] == 2.0);
    CHECK_THAT(doubtful_text(n.doubtful, n.first_doubt), Catch::Contains("bound 'b'"));
}

TEST_CASE("a case that fails is a row with its reason, and the others go on") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
    options.store = folder.file("store");
    options.table = folder.file("t.csv");
    std::size_t failed = 0;
    options.progress = [&](const BatchProgress& p) { failed = p.failed; };
    const auto rows = run_batch(counted.batch(), options);
    CHECK(failed == 1);
    CHECK(rows[4].status == CaseStatus::failed);
    CHECK(std::isnan(rows[4].values[0]));
    CHECK(rows[5].values[0] == 1.0 / 8.0);
    const auto read = run_batch(counted.batch(), options);
    CHECK(read[4].reason == "not finite, \"nan\"\nat once");
    CHECK_THAT(test::read_text(options.table),
               Catch::Contains("failed,\"not finite, \"\"nan\"\" at once\","));
}

TEST_CASE("a store of other cases is refused, unless it may be replaced") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
    options.store = folder.file("store");
    options.table = folder.file("t.csv");
    run_batch(counted.batch("one"), options);
    CHECK_THROWS_AS(run_batch(counted.batch("two"), options), InputError);
    options.overwrite = true;
    run_batch(counted.batch("two"), options);
    CHECK(counted.runs == 20);
}

TEST_CASE("a batch that is stopped leaves the missing cases marked as stopped") {
    Counted counted;
    std::atomic<bool> stop{false};
    BatchOptions options;
    options.stop = &stop;
    options.progress = [&](const BatchProgress& p) { stop = p.done >= 3; };
    const auto rows = run_batch(counted.batch(), options);
    CHECK(rows[2].status == CaseStatus::complete);
    CHECK(rows[9].status == CaseStatus::stopped);
    CHECK(counted.runs < 10);
}

TEST_CASE("an error that is no case's own ends the batch") {
    Counted counted;
    Batch batch = counted.batch();
    batch.run = [](std::size_t, const CaseOptions&) -> CaseResult {
        throw IoError("model.toml", "gone");
    };
    BatchOptions options;
    options.threads = 2;
    CHECK_THROWS_AS(run_batch(batch, options), IoError);
    options.store = "/proc/nonexistent/folder";
    CHECK_THROWS_AS(run_batch(batch, options), IoError);
}

TEST_CASE("patterns stand for names as in a shell") {
    CHECK(matches("K_TF", "K_*"));
    CHECK(matches("K_TF", "*T?"));
    CHECK(matches("K_TF", "K_TF"));
    CHECK(matches("abcabd", "*ab?"));
    CHECK_FALSE(matches("K_TF", "K_"));
    CHECK_FALSE(matches("K_T", "K_T?"));
}

TEST_CASE("parameters are chosen by pattern, evidence and declared distribution") {
    model::Model model;
    model.name = "m";
    for (const auto& [name, evidence, distribution] : {std::tuple{"K_a", "design", "uniform"},
                                                       {"K_b", "code", "uniform"},
                                                       {"K_c", "code", ""}}) {
        model::Parameter p;
        p.name = name;
        p.evidence = evidence;
        p.distribution = distribution;
        p.value = 1.5;
        p.low = 1.0;
        p.high = 2.0;
        model.parameters.push_back(p);
    }
    CHECK(choose_parameters(model, {}, {}).size() == 2);
    CHECK(choose_parameters(model, {"K_*"}, {"code"}).at(0).name == "K_b");
    CHECK_THROWS_WITH(choose_parameters(model, {"K_x"}, {}), Catch::Contains("no parameter"));
    CHECK_THROWS_WITH(choose_parameters(model, {"K_c"}, {}), Catch::Contains("no declared"));
    CHECK_THROWS_WITH(choose_parameters(model, {}, {"guess"}), Catch::Contains("guess"));
    const io::Override set = set_parameter(choose_parameters(model, {"K_a"}, {})[0], 0.1);
    CHECK(set.key == "parameters.K_a");
    CHECK(std::strtod(set.value.c_str(), nullptr) == 0.1);
}
