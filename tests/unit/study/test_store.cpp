#include <neocol/study/store.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <study/case_ranges.hpp>
#include <study/segment.hpp>

using namespace neocol;
using namespace neocol::study;

namespace fs = std::filesystem;

namespace {

/// A list of which nothing is run here.
class Numbers final : public CaseList {
public:
    explicit Numbers(std::uint64_t n) : n_(n) {}
    std::string id() const override { return "numbers"; }
    std::uint64_t size() const override { return n_; }
    std::uint64_t identity(std::uint64_t run) override { return ~run * 7; }
    bool fits(const StoredCase& row) const override { return row.outcomes.size() <= 2; }
    CaseResult run(std::uint64_t, const CaseOptions&) override { return {}; }
    void keep(const CaseResult&, StoredCase&) const override {}

private:
    std::uint64_t n_;
};

StoredCase row_of(Numbers& list, std::uint64_t run, CaseStatus status = CaseStatus::complete,
                  std::uint32_t attempt = 0) {
    StoredCase row;
    row.run = run;
    row.attempt = attempt;
    row.identity = list.identity(run);
    row.status = static_cast<std::uint8_t>(status);
    row.hash = fmt::format("hash {}", run);
    row.reason = status == CaseStatus::complete ? "" : "why, in \"quotes\"\nand lines";
    row.host = "here";
    row.ended = "2026-11-30T00:00:00Z";
    row.reached = std::nan("");
    row.total_seconds = 0.1;
    row.steps = 3;
    row.outcomes = {0.1 * static_cast<double>(run), std::nan("")};
    row.censored = {0, 1};
    row.n_records = 1;
    row.records = std::string("\0\1\2\n", 4);
    return row;
}

/// A folder that goes with the test.
struct Folder {
    Folder() : path(fs::temp_directory_path() / fmt::format("neocol_store_{}", ::getpid())) {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
    std::string store() const { return (path / "results").string(); }
    std::vector<std::string> segments() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(store()))
            if (entry.path().extension() == ".segment")
                names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
    fs::path path;
};

void write(const Folder& folder, Numbers& list, const std::vector<StoredCase>& rows,
           const std::string& name = "all") {
    const StoreState state = read_store(folder.store(), list);
    StoreWriter writer(folder.store(), list, state, name);
    for (const StoredCase& row : rows) {
        writer.start(row.run, row.attempt);
        writer.end(row.run, row.attempt, false);
        writer.add(row);
    }
    writer.close();
}

}  // namespace

TEST_CASE("numbers of cases in a name are read back, and nothing else is") {
    using study::detail::case_ranges;
    using study::detail::cases_in;
    for (const auto& [numbers, text] :
         std::vector<std::pair<std::vector<std::uint64_t>, std::string>>{
             {{7}, "7"},
             {{0, 1, 2, 3}, "0-3"},
             {{0, 1}, "0-1"},
             {{3, 19, 35, 51}, "3-51s16"},
             {{3, 19}, "3,19"},
             {{0, 1, 2, 9, 11, 13, 20}, "0-2,9-13s2,20"}}) {
        CHECK(case_ranges(numbers) == text);
        CHECK(cases_in(text, 1000) == numbers);
    }
    for (const char* text : {"", "x", "3-1", "1,1", "2,1", "0-99999999999", "1-2s0", "01", "1-",
                             "-1", "1--2", "1 2", "99999999999999999999", "0-1000"})
        CHECK_FALSE(cases_in(text, 1000).has_value());
    const study::detail::SegmentName name{"3-of-16", "abc", 12, {3, 19, 35}};
    CHECK(name.text() == "3-of-16.abc-000012.3-35s16.segment");
    REQUIRE(study::detail::SegmentName::parse(name.text()).has_value());
    CHECK(study::detail::SegmentName::parse(name.text())->cases == name.cases);
    for (const char* text : {"a.segment", "a.b-1.segment", "a.b-1.0", "a.b-x.0.segment",
                             "a.b-1.0.more.segment", ".segment"})
        CHECK_FALSE(study::detail::SegmentName::parse(text).has_value());
}

TEST_CASE("a row of a store is what was added, to the bit") {
    const Folder folder;
    Numbers list(10);
    write(folder, list, {row_of(list, 3), row_of(list, 4, CaseStatus::failed)});
    const StoreState state = read_store(folder.store(), list);
    CHECK(state.n_complete() == 1);
    CHECK(state.n_failed() == 1);
    CHECK(state.n_to_do() == 8);
    StoreReader store(folder.store(), list, state);
    const StoredCase stored = store.read(3), expected = row_of(list, 3);
    CHECK(stored.outcomes[0] == expected.outcomes[0]);
    CHECK(std::isnan(stored.outcomes[1]));
    CHECK(std::isnan(stored.reached));
    CHECK(stored.censored == expected.censored);
    CHECK(stored.records == expected.records);
    CHECK(stored.identity == expected.identity);
    CHECK(store.read(4).reason == row_of(list, 4, CaseStatus::failed).reason);
    CHECK_THROWS_AS(store.read(5), IoError);
}

TEST_CASE("small segments are put together and full ones are left") {
    const Folder folder;
    Numbers list(3000);
    for (std::uint64_t run = 0; run < 40; ++run)
        write(folder, list, {row_of(list, run)});
    CHECK(folder.segments().size() == 1);
    std::vector<StoredCase> rows;
    for (std::uint64_t run = 40; run < 3000; ++run)
        rows.push_back(row_of(list, run));
    write(folder, list, rows);
    CHECK(folder.segments().size() <= 5);
    CHECK(read_store(folder.store(), list).n_complete() == 3000);
    // Of another part's writer nothing is touched.
    const auto before = folder.segments();
    write(folder, list, {row_of(list, 0)}, "0-of-2");
    CHECK(folder.segments().size() == before.size() + 1);
}

TEST_CASE("scattered cases make several segments with names that fit") {
    const Folder folder;
    Numbers list(100'000'000);
    std::vector<StoredCase> rows;
    for (std::uint64_t k = 0; k < 200; ++k)
        rows.push_back(row_of(list, 400'000 * k + k * k * 7));
    StoreState state;
    StoreWriter writer(folder.store(), list, state, "all");
    for (const StoredCase& row : rows)
        writer.add(row);
    writer.close();
    std::size_t n = 0;
    for (const std::string& name : folder.segments()) {
        CHECK(name.size() < 220);
        REQUIRE(study::detail::SegmentName::parse(name).has_value());
        n += study::detail::SegmentName::parse(name)->cases.size();
    }
    CHECK(n == rows.size());
}

TEST_CASE("of several results of a case that with values stands, then the latest attempt") {
    const Folder folder;
    Numbers list(3);
    write(folder, list, {row_of(list, 0, CaseStatus::failed), row_of(list, 1)}, "a");
    write(folder, list,
          {row_of(list, 0, CaseStatus::timed_out, 1), row_of(list, 1, CaseStatus::failed, 1)}, "b");
    const StoreState state = read_store(folder.store(), list);
    CHECK(state.state[0] == static_cast<std::uint8_t>(CaseStatus::timed_out));
    CHECK(state.state[1] == 0);
}

TEST_CASE("a case asked for again is to do until it has a later result") {
    const Folder folder;
    Numbers list(3);
    write(folder, list, {row_of(list, 0, CaseStatus::failed), row_of(list, 1)});
    ask_again(folder.store(), read_store(folder.store(), list), {0, 1});
    StoreState state = read_store(folder.store(), list);
    CHECK(state.attempts[0] == 1);
    CHECK(is_to_do(state.state[0]));
    CHECK(state.state[1] == 0);
    write(folder, list, {row_of(list, 0, CaseStatus::failed, 1)});
    state = read_store(folder.store(), list);
    CHECK(is_failed(state.state[0]));
}

TEST_CASE("a case that ends every program that starts it is lost, until it is asked for again") {
    const Folder folder;
    Numbers list(3);
    for (int k = 0; k < most_lost_starts; ++k) {
        const StoreState state = read_store(folder.store(), list);
        CHECK(state.open[2] == k);
        CHECK(is_to_do(state.state[2]));
        StoreWriter writer(folder.store(), list, state, "all");
        writer.start(1, 0);
        writer.end(1, 0, false);
        writer.add(row_of(list, 1));
        writer.start(0, 0);
        writer.end(0, 0, true);
        writer.start(2, 0);  // with what ended before
        // And there the program ends: what was added is not sealed, and no start ends.
    }
    StoreState state = read_store(folder.store(), list);
    CHECK(state.state[2] == state_lost);
    CHECK(state.open[0] == 0);
    CHECK(is_to_do(state.state[1]));
    ask_again(folder.store(), state, {2});
    state = read_store(folder.store(), list);
    CHECK(is_to_do(state.state[2]));
    write(folder, list, {row_of(list, 2, CaseStatus::complete, 1)});
    CHECK(read_store(folder.store(), list).state[2] == 0);
}

TEST_CASE("two writers of one part are harmless to each other") {
    const Folder folder;
    Numbers list(100);
    const StoreState state = read_store(folder.store(), list);
    StoreWriter a(folder.store(), list, state, "all"), b(folder.store(), list, state, "all");
    for (std::uint64_t run = 0; run < 100; ++run) {
        a.start(run, 0);
        b.start(run, 0);
        a.add(row_of(list, run));
        b.add(row_of(list, run));
    }
    a.close();
    b.close();
    const StoreState after = read_store(folder.store(), list);
    CHECK(after.n_complete() == 100);
    CHECK(after.damage.empty());
    // Both put the segments together that they know of, at the same time.
    StoreWriter c(folder.store(), list, after, "all"), d(folder.store(), list, after, "all");
    c.close();
    d.close();
    CHECK(read_store(folder.store(), list).n_complete() == 100);
    CHECK(folder.segments().size() == 1);
}

TEST_CASE("a segment that went away is found in the one it was put into") {
    const Folder folder;
    Numbers list(4);
    {
        StoreWriter a(folder.store(), list, read_store(folder.store(), list), "x");
        a.add(row_of(list, 0));
        a.close();
        StoreWriter b(folder.store(), list, read_store(folder.store(), list), "y");
        b.add(row_of(list, 1));
        b.close();
    }
    const StoreState state = read_store(folder.store(), list);
    write(folder, list, {row_of(list, 2)}, "x");  // puts case 0 and 2 together
    StoreReader store(folder.store(), list, state);
    CHECK(store.read(0).hash == "hash 0");
    CHECK(store.read(1).hash == "hash 1");
}

TEST_CASE("a result of another plan row is not put in the place of the one that counts") {
    const Folder folder;
    Numbers list(4);
    StoredCase other = row_of(list, 2);
    other.identity ^= 1;  // as of an edited plan
    other.outcomes = {-1.0, -1.0};
    write(folder, list, {other});
    CHECK(read_store(folder.store(), list).state[2] == state_damaged);
    write(folder, list, {row_of(list, 2)});
    write(folder, list, {row_of(list, 3)});
    const StoreState state = read_store(folder.store(), list);
    REQUIRE(state.state[2] == 0);
    CHECK(StoreReader(folder.store(), list, state).read(2).outcomes[0] ==
          row_of(list, 2).outcomes[0]);
}
