#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <neocol/core/error.hpp>
#include <neocol/study/execute.hpp>
#include <neocol/study/scenario_cases.hpp>

#include "../files.hpp"
#include "scenario_fixture.hpp"

using namespace neocol;
using namespace neocol::study;

namespace {

const char* scenario_text = R"(title = "Decay"
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

struct Pool {
    io::fixture::Shelves shelves;
    ScenarioPool pool;
    std::size_t scenario = pool.add({scenario_text, "case.toml", shelves.library, {}, true});

    ScenarioCase with(const std::string& rate) const {
        return {scenario, {{"parameters.k", rate}}, std::nullopt};
    }
};

using Names = std::optional<std::vector<std::string>>;

/// Records of all cases, by the executor, into a store if it is named; how many were there already.
std::vector<CaseRecord> run_all(ScenarioPool& pool, const std::vector<ScenarioCase>& cases,
                                const Names& observables, const std::string& store, int* n_stored) {
    ScenarioCases list(pool, cases, observables);
    std::vector<CaseRecord> records(cases.size());
    StoreState state(cases.size());
    *n_stored = 0;
    const auto take = [&](std::uint64_t run, const StoredCase& row) {
        REQUIRE(row.status == 0);
        records[run] = CaseRecord::parse(row.records).value();
    };
    if (!store.empty())
        state = list.find_stored(
            store,
            [&](std::uint64_t run, const StoredCase& row) {
                take(run, row);
                ++*n_stored;
            },
            [](const std::string& warning) { FAIL(warning); });
    ExecuteOptions options;
    options.workers = 2;
    options.one_thread_a_case = true;
    options.ended = take;
    execute(list, state, store, options);
    return records;
}

}  // namespace

TEST_CASE("a record is read as it was packed, and cut or lengthened not at all") {
    CaseRecord record;
    record.names = {"a", "b"};
    record.times = {0.0, 1.0, 1.0};
    record.after_jump = {0, 0, 1};
    record.values = {1.0, 2.0, std::numeric_limits<double>::infinity(), 4.0, -5.0, 6.0};
    record.details = "{\"outcomes\": {}}";
    const std::string bytes = record.pack();
    const auto read = CaseRecord::parse(bytes);
    REQUIRE(read);
    CHECK(read->names == record.names);
    CHECK(read->times == record.times);
    CHECK(read->after_jump == record.after_jump);
    CHECK(read->values == record.values);
    CHECK(read->details == record.details);
    for (std::size_t n = 0; n < bytes.size(); ++n)
        CHECK_FALSE(CaseRecord::parse(std::string_view(bytes).substr(0, n)));
    CHECK_FALSE(CaseRecord::parse(bytes + '\0'));
    for (const char* head : {"", "3", "-1 2", "1e9 2", "99999999 99999999", "3 1", "x y"})
        CHECK_FALSE(CaseRecord::parse(head + bytes.substr(bytes.find('\n'))));
    CaseRecord empty;
    empty.details = "{}";
    CHECK(CaseRecord::parse(empty.pack()));
}

TEST_CASE("cases of a pool give the numbers of the closed form, by list after list") {
    Pool rig;
    int n_stored = 0;
    for (int list = 0; list < 2; ++list) {
        const auto records = run_all(rig.pool, {rig.with("0.5 d-1"), rig.with("2 d-1")},
                                     std::nullopt, "", &n_stored);
        for (std::size_t i = 0; i < records.size(); ++i) {
            const CaseRecord& record = records[i];
            REQUIRE(record.times == std::vector<double>{0.0, 0.0, 1.0, 2.0});
            REQUIRE(record.after_jump == std::vector<std::uint8_t>{0, 1, 0, 0});
            const double rate = i == 0 ? 0.5 : 2.0;
            CHECK(record.values[3] == Approx(2.5 * std::exp(-2.0 * rate)).epsilon(1e-5));
            CHECK(record.details.find("\"sessions\"") != std::string::npos);
        }
    }
}

TEST_CASE("a store gives what it has, but not for more than was kept") {
    Pool rig;
    const test::TemporaryFolder folder;
    const std::vector<ScenarioCase> cases{rig.with("0.5 d-1"), rig.with("2 d-1")};
    int n_stored = 0;
    const auto few =
        run_all(rig.pool, cases, std::vector<std::string>{}, folder.file("store"), &n_stored);
    CHECK(n_stored == 0);
    CHECK(few[0].names.empty());
    const auto all = run_all(rig.pool, cases, std::nullopt, folder.file("store"), &n_stored);
    CHECK(n_stored == 0);
    REQUIRE_FALSE(all[0].names.empty());
    const auto again = run_all(rig.pool, {cases[1], rig.with("1 d-1"), cases[0]}, std::nullopt,
                               folder.file("store"), &n_stored);
    CHECK(n_stored == 2);
    CHECK(again[0].values == all[1].values);
    CHECK(again[2].values == all[0].values);
}

TEST_CASE("a case that is invalid is a result, and a person who is none is refused") {
    Pool rig;
    ScenarioCases list(rig.pool, {rig.with("-1 kg"), rig.with("1 d-1")}, std::nullopt);
    CHECK(list.run(0, {}).status == CaseStatus::invalid);
    CHECK(list.model_of(0) == nullptr);
    CHECK(list.run(1, {}).complete());
    CHECK(list.model_of(1) != nullptr);
    ScenarioCase person = rig.with("1 d-1");
    person.person = {"nobody", 3, 3};
    CHECK_THROWS_AS(ScenarioCases(rig.pool, {person}, std::nullopt), InputError);
    person.person = {"nobody", 3, 1};
    CHECK_THROWS_AS(ScenarioCases(rig.pool, {person}, std::nullopt), InputError);
}
