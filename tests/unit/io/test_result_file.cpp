#include <catch2/catch.hpp>

#include <cmath>

#include <neocol/core/error.hpp>
#include <neocol/io/hdf5_file.hpp>
#include <neocol/io/output_paths.hpp>
#include <neocol/io/result_reader.hpp>
#include <neocol/io/result_writer.hpp>
#include <neocol/io/run_recorder.hpp>
#include <neocol/io/stored_units.hpp>
#include <neocol/io/summary.hpp>

#include "../../../src/io/xdmf.hpp"
#include "made_up_run.hpp"
#include "scenario_fixture.hpp"

using namespace neocol;
using namespace neocol::io;
using neocol::io::fixture::TemporaryFolder;
using simulation::RunStatus;
using tissue::Geometry;

namespace {

std::string write_run(const TemporaryFolder& folder, Geometry geometry,
                      RunStatus status = RunStatus::complete) {
    made_up::Run run(geometry);
    const std::string path = folder.file("run.h5");
    ResultWriter writer(path, {}, {});
    run.tell(writer, status);
    return path;
}

}  // namespace

TEST_CASE("what is written is read back") {
    const TemporaryFolder folder;
    const StoredResult r = read_result(write_run(folder, Geometry::patch));
    CHECK(r.title == "Made up µ");
    CHECK(r.status == "complete");
    CHECK(r.time == std::vector<double>{0, 1, 2, 3});
    REQUIRE(r.events.size() == 1);
    CHECK(r.events[0].time == 1.0);
    CHECK(r.events[0].cause == "session 1, drug");
    CHECK(r.field_times == r.time);
    CHECK(r.field_times_after == std::vector<double>{1});
    REQUIRE(r.find("collagen_mean") != nullptr);
    CHECK(r.find("collagen_mean")->values[3] == Approx(13.0));
    CHECK(r.find("collagen_mean")->before == std::vector{r.find("collagen_mean")->values[1]});
    CHECK(r.find("collagen_mean")->after[0] == Approx(22.0));
    CHECK(r.find("collagen_mean")->units == "mg/mL");
    CHECK(r.find("absent") == nullptr);
    REQUIRE(r.outcomes.size() == 2);
    CHECK(r.outcomes[0].value == Approx(25.0));
    CHECK(r.outcomes[0].definition ==
          "relative change of collagen_mean, 90 d after the last session, against just before the "
          "first session");
    CHECK(r.outcomes[1].censored);
    REQUIRE(r.sessions.size() == 1);
    CHECK(r.sessions[0].device == "roller");
    CHECK(r.sessions[0].layer_fraction == std::vector<double>{0.03, 0.02});
    CHECK(r.geometry == "patch");
    CHECK(r.fields == std::vector<std::string>{"collagen", "cover"});
    REQUIRE(r.bounds.size() == 1);
    CHECK(r.bounds[0].highest == Approx(500.0));
    CHECK(r.numbers.steps_accepted == 12.0);
    REQUIRE(r.resolved.size() == 2);
    CHECK(r.resolved[0].value == "3 day");
}

TEST_CASE("punctures are read back by session") {
    const TemporaryFolder folder;
    const std::string path = write_run(folder, Geometry::patch);
    CHECK(count_sessions(path) == 1);
    const auto channels = read_punctures(path, 0);
    REQUIRE(channels.size() == 2);
    CHECK(channels[1].x == 0.3);
    CHECK(channels[1].depth == 0.6);
    CHECK_THROWS_AS(read_punctures(path, 1), IoError);
}

TEST_CASE("a complete run leaves one file, an interrupted one a .part that opens") {
    const TemporaryFolder folder;
    const std::string path = write_run(folder, Geometry::column);
    CHECK(std::filesystem::exists(path));
    CHECK_FALSE(std::filesystem::exists(path + ".part"));
    CHECK_FALSE(std::filesystem::exists(folder.file("run.csv.part")));

    const TemporaryFolder other;
    const std::string stopped = write_run(other, Geometry::column, RunStatus::interrupted);
    CHECK_FALSE(std::filesystem::exists(stopped));
    CHECK(read_result(stopped + ".part").status == "interrupted");
}

TEST_CASE("a run that throws is marked as failed and keeps its records") {
    const TemporaryFolder folder;
    const std::string path = folder.file("run.h5");
    made_up::Run run(Geometry::column);
    {
        ResultWriter writer(path, {}, {});
        run.begin(writer);
        run.record(writer, 0.0, false);
        run.record(writer, 1.0, false);
        writer.fail("not finite");
    }
    const StoredResult r = read_result(path + ".part");
    CHECK(r.status == "failed");
    CHECK(r.stop_reason == "not finite");
    CHECK(r.time.size() == 2);
    CHECK(std::isnan(r.numbers.wall_seconds));
}

TEST_CASE("records reach the disk while the run goes on") {
    const TemporaryFolder folder;
    const std::string path = folder.file("run.h5");
    made_up::Run run(Geometry::single_channel);
    ResultWriter writer(path, {}, {});
    run.begin(writer);
    run.record(writer, 0.0, false);
    run.record(writer, 1.0, false);
    // A copy stands for what a killed program leaves.
    std::filesystem::copy_file(path + ".part", folder.file("copy.h5"));
    CHECK_THROWS_AS(read_result(folder.file("copy.h5")), IoError);
    const StoredResult r = read_result(folder.file("copy.h5"), hdf5::Trust::written);
    CHECK(r.status == "running");
    CHECK(r.time == std::vector<double>{0, 1});
    CHECK(r.find("collagen_mean")->values[1] == Approx(11.0));
    std::ifstream table(folder.file("run.csv.part"));
    std::string line;
    int lines = 0;
    while (std::getline(table, line))
        ++lines;
    CHECK(lines == 3);
}

TEST_CASE("an existing result is kept unless it may be overwritten") {
    const TemporaryFolder folder;
    const std::string path = write_run(folder, Geometry::column);
    CHECK_THROWS_AS(check_output(path, {}), InputError);
    CHECK_NOTHROW(check_output(path, {.overwrite = true}));
    CHECK_NOTHROW(check_output(folder.file("other.h5"), {}));
    folder.write("other.h5.part", "x");
    CHECK_THROWS_AS(check_output(folder.file("other.h5"), {}), InputError);
    CHECK_THROWS_AS(check_output(folder.file("no/such/run.h5"), {}), IoError);
    CHECK_THROWS_AS(check_output(folder.path.string(), {}), InputError);
}

TEST_CASE("files that are no results are refused") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(read_result(folder.file("absent.h5")), IoError);
    CHECK_THROWS_AS(read_result(folder.write("text.h5", "not HDF5 at all")), IoError);
    hdf5::File::create(folder.file("plain.h5"), "result").close();
    CHECK_THROWS_AS(read_result(folder.file("plain.h5")), IoError);
}

TEST_CASE("equal runs give equal bytes outside provenance") {
    const TemporaryFolder of_a, two;
    const auto bytes = [](const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string a = write_run(of_a, Geometry::patch), b = write_run(two, Geometry::patch);
    const hdf5::File fa = hdf5::File::open(a), fb = hdf5::File::open(b);
    for (const std::string& name : fa.root().group("fields").dataset_names()) {
        CHECK(fa.root().group("fields").dataset(name).read() ==
              fb.root().group("fields").dataset(name).read());
    }
    CHECK(bytes(beside(a, ".xdmf")) == bytes(beside(b, ".xdmf")));
}

TEST_CASE("the XDMF sidecar has one grid per record, each with a time of its own") {
    const TemporaryFolder folder;
    const std::string text = xdmf_text(write_run(folder, Geometry::patch), "run.h5");
    for (const char* part : {"Version=\"2.0\"", "<Time Value=\"1\"/>", "<Time Value=\"1.000001\"/>",
                             "TopologyType=\"3DSMesh\" Dimensions=\"5 3 6\"",
                             "2 0 0 0 1 1 1 1 1 4 2 5", "run.h5:/fields/collagen"}) {
        INFO(part);
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(text.find("cover") == std::string::npos);  // a surface field is no cell value
}

TEST_CASE("attributes are replaced, texts of any length kept") {
    const TemporaryFolder folder;
    hdf5::File file = hdf5::File::create(folder.file("a.h5"), "result");
    const std::string longer(50'000, 'x'), longest(200'000, 'y');
    {
        const hdf5::Group root = file.root();
        root.set("a", "one");
        root.set("a", longer);
        root.set("n", 2.5);
        CHECK(root.text("a") == longer);
        CHECK_THROWS_AS(root.set("b", longest), IoError);
        root.set_long("b", longest);
        CHECK(root.long_text("b") == longest);
        root.set("empty", "");
        CHECK(root.text("empty").empty());
        CHECK(root.number("n") == 2.5);
        CHECK_THROWS_AS(root.text("n"), IoError);
        CHECK_THROWS_AS(root.text("absent"), IoError);
        CHECK_THROWS_AS(root.dataset("absent"), IoError);
    }
    file.close();
}

TEST_CASE("stored units are those other programs know") {
    for (const auto& [given, stored] : std::initializer_list<std::pair<const char*, const char*>>{
             {"cell/mm3", "mm-3"},
             {"cell mm-3", "mm-3"},
             {"cell", "1"},
             {"pg/cell/d", "pg/d"},
             {"ng/mL", "ng/mL"},
             {"day", "d"},
             {"days", "d"},
             {"mg mL-1 hour-1", "mg mL-1 h-1"},
             {"%", "%"},
             {"1", "1"},
             {"d-1", "d-1"},
             {"cell^2/mm6", "mm-6"},
             {"I_ref/d", "I_ref/d"}})
        CHECK(stored_units(given) == stored);
}

TEST_CASE("a summary tells what device, skin and run did") {
    made_up::Run run(Geometry::patch);
    RunRecorder recorder;
    run.tell(recorder, RunStatus::complete);
    const std::string text = summary_text(recorder.result());
    INFO(text);
    for (const char* part :
         {"day 1: roller, needles 1.5 mm", "250 punctures per cm2, 0.6 mm deep, 3 % of the surface",
          "collagen_gain: 25 %", "peak_day: not known, the run ends on day 3", "12 steps",
          "all 1 physical bounds were kept"}) {
        INFO(part);
        CHECK(text.find(part) != std::string::npos);
    }
    const std::string json = summary_json(recorder.result());
    CHECK(json.find("\"puncture_density_per_mm2\": 2.5") != std::string::npos);
    CHECK(json.find("\"status\": \"complete\"") != std::string::npos);
}

TEST_CASE("a summary of a result file is that of the run") {
    const TemporaryFolder folder;
    made_up::Run run(Geometry::patch);
    RunRecorder recorder;
    run.tell(recorder, RunStatus::complete);
    StoredResult stored = read_result(write_run(folder, Geometry::patch));
    stored.numbers.peak_memory_bytes = recorder.result().numbers.peak_memory_bytes;
    CHECK(summary_text(stored) == summary_text(recorder.result()));
}

namespace {

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

void write_numbers(hdf5::File& file, std::size_t n) {
    const hdf5::Group root = file.root();
    const hdf5::Dataset rows =
        root.create("rows", hdf5::Type::float64, {.extents = {hdf5::unlimited}, .chunk = {}});
    std::vector<double> values(n);
    for (std::size_t i = 0; i < n; ++i)
        values[i] = std::sin(static_cast<double>(i));
    rows.append(values, n);
}

}  // namespace

TEST_CASE("what the disk changed behind HDF5's back is found before a file is sealed") {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    hdf5::File file = hdf5::File::create(path, "result");
    write_numbers(file, 100'000);
    file.flush();
    {
        std::fstream other(path, std::ios::in | std::ios::out | std::ios::binary);
        other.seekp(400'000);
        other.put('!');
    }
    CHECK_THROWS_WITH(file.close(), Catch::Contains("does not hold what was written"));
    CHECK_THROWS_AS(hdf5::File::open(path), IoError);
}

TEST_CASE("a flushed file is a whole state, and says that it is being written") {
    const TemporaryFolder folder;
    hdf5::File file = hdf5::File::create(folder.file("a.h5"), "result");
    write_numbers(file, 1000);
    file.flush();
    CHECK(hdf5::kind_of_file(folder.file("a.h5")) == "result");
    CHECK_THROWS_WITH(hdf5::File::open(folder.file("a.h5")), Catch::Contains("is being written"));
    CHECK(hdf5::File::open(folder.file("a.h5"), hdf5::Trust::written)
              .root()
              .dataset("rows")
              .read()
              .size() == 1000);
    file.close();
    CHECK(hdf5::File::open(folder.file("a.h5")).is_sealed());
}

TEST_CASE("equal contents give equal bytes") {
    const TemporaryFolder folder;
    for (const char* name : {"a.h5", "b.h5"}) {
        hdf5::File file = hdf5::File::create(folder.file(name), "result");
        write_numbers(file, 5000);
        file.close();
    }
    CHECK(bytes_of(folder.file("a.h5")) == bytes_of(folder.file("b.h5")));
}

TEST_CASE("texts are stored as characters and read back") {
    const TemporaryFolder folder;
    const std::vector<std::string> names{"alpha", "\u00b5", "", "a longer one"};
    hdf5::File file = hdf5::File::create(folder.file("a.h5"), "result");
    {
        const hdf5::Group root = file.root();
        const hdf5::Dataset scale =
            root.create_texts("name", 12, {.extents = {names.size()}, .chunk = {}}, true);
        scale.write(names);
        const hdf5::Dataset growing =
            root.create_texts("row", 5, {.extents = {hdf5::unlimited}, .chunk = {}});
        growing.append(std::span<const std::string>(names).first(2), 2);
        CHECK_THROWS_AS(growing.append(std::span<const std::string>(names).last(1), 1), IoError);
    }
    file.close();
    const hdf5::File stored = hdf5::File::open(folder.file("a.h5"));
    CHECK(stored.root().dataset("name").read_text() == names);
    CHECK(stored.root().dataset("row").read_text() == std::vector<std::string>{"alpha", "\u00b5"});
    CHECK(stored.root().dataset_names() == std::vector<std::string>{"name", "row"});
}
