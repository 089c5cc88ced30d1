#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>

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
        for (int i = 0; i < 10; ++i) {
            b.keys.push_back({"case, \"" + std::to_string(i) + "\""});
        }
        b.run = [this](std::size_t i, const CaseOptions&) {
            ++runs;
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

TEST_CASE("a batch that goes on from its table repeats no case and gives the same bits") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
    options.table = folder.file("t.csv");
    options.threads = 3;
    const auto whole = run_batch(counted.batch(), options);
    CHECK(counted.runs == 10);
    // Cut in the middle of a line, as a kill may leave it.
    const std::string text = test::read_text(options.table);
    fs::resize_file(options.table, text.size() / 2);
    const auto again = run_batch(counted.batch(), options);
    CHECK(counted.runs > 12);
    CHECK(counted.runs < 18);
    for (std::size_t i = 0; i < 10; ++i) {
        CHECK(again[i].status == whole[i].status);
        const bool same = again[i].values[0] == whole[i].values[0];
        CHECK((same || (i == 4 && std::isnan(again[i].values[0]))));
    }
    const int before = counted.runs;
    run_batch(counted.batch(), options);
    CHECK(counted.runs == before);
}

TEST_CASE("a flipped bit in a table costs one case at most, is told, and a copy is kept") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
    options.table = folder.file("t.csv");
    const auto whole = run_batch(counted.batch(), options);
    const std::string text = test::read_text(options.table);
    for (std::size_t at = 0; at < text.size(); at += 13) {
        std::string flipped = text;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        folder.write("t.csv", flipped);
        std::string warning;
        options.warn = [&](const std::string& words) { warning = words; };
        const int before = counted.runs;
        const auto again = run_batch(counted.batch(), options);
        INFO("byte " << at);
        CHECK(counted.runs - before <= 2);  // two where a line end was hit
        for (std::size_t i = 0; i < 10; ++i) {
            CHECK(again[i].status == whole[i].status);
            CHECK((again[i].values[0] == whole[i].values[0] || i == 4));
        }
        if (at + 200 < text.size()) {  // what stands at the end may be what a kill left
            CHECK_THAT(warning, Catch::Contains("damaged in line"));
            CHECK_THAT(warning, Catch::Contains("t.csv.damaged-"));
        }
        const int then = counted.runs;
        run_batch(counted.batch(), options);
        CHECK(counted.runs == then);
    }
}

TEST_CASE("a table that cannot be read is no empty one") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
    options.table = folder.file("t.csv");
    fs::create_directory(options.table);
    CHECK_THROWS_AS(run_batch(counted.batch(), options), IoError);
    CHECK(counted.runs == 0);
    fs::remove(options.table);
    folder.write("t.csv", "notes of mine\nthat are no table\n");
    CHECK_THROWS_AS(run_batch(counted.batch(), options), IoError);
    CHECK(test::read_text(options.table) == "notes of mine\nthat are no table\n");
}

TEST_CASE("doubtful cases keep their values in the table and are left out of statistics") {
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
    options.table = folder.file("t.csv");
    auto rows = run_batch(batch, options);
    CHECK_THAT(test::read_text(options.table), Catch::Contains("doubtful,bound 'b' was broken,2,"));
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
    options.table = folder.file("t.csv");
    std::size_t failed = 0;
    options.progress = [&](const BatchProgress& p) { failed = p.failed; };
    const auto rows = run_batch(counted.batch(), options);
    CHECK(failed == 1);
    CHECK(rows[4].status == CaseStatus::failed);
    CHECK(std::isnan(rows[4].values[0]));
    CHECK(rows[5].values[0] == 1.0 / 8.0);
    const auto read = run_batch(counted.batch(), options);
    CHECK(read[4].reason == "not finite, \"nan\" at once");
}

TEST_CASE("a table of other cases is refused, unless it may be replaced") {
    const test::TemporaryFolder folder;
    Counted counted;
    BatchOptions options;
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
    options.progress = [&](const BatchProgress& p) { stop = p.done == 3; };
    const auto rows = run_batch(counted.batch(), options);
    CHECK(rows[2].status == CaseStatus::complete);
    CHECK(rows[3].status == CaseStatus::stopped);
    CHECK(counted.runs == 3);
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
    options.table = "/nonexistent/folder/t.csv";
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
