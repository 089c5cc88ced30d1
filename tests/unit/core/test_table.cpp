#include <catch2/catch.hpp>

#include <stdexcept>

#include <neocol/core/evidence.hpp>
#include <neocol/core/table_reader.hpp>

using namespace neocol;

namespace {

constexpr Key length_key = keys::quantity("", quantities::length, limits::positive, "a length");
constexpr auto part_keys = std::to_array<Key>({keys::flag("ok", "so it is").required()});
constexpr Table part_table{.meaning = "a part", .keys = part_keys};
constexpr Key part_entry = keys::table("", part_table, "a part");
constexpr Table parts_table{.others = &part_entry};
constexpr auto round_keys = std::to_array<Key>(
    {keys::quantity("radius", quantities::length, limits::positive, "its").required()});
constexpr auto flat_keys = std::to_array<Key>({keys::flag("thin", "it is")});
constexpr auto variants = std::to_array<Variant>({{"uniform", flat_keys}, {"normal", round_keys}});
constexpr auto shape_keys =
    std::to_array<Key>({keys::choice<Law>("law", "law", "which it is").required()});
constexpr Table shape_table{.keys = shape_keys, .by = "law", .variants = variants};
constexpr auto table_keys = std::to_array<Key>({
    keys::text("title", "what it is"),
    keys::flag("on", "whether it is"),
    keys::whole("count", 1, 10, "how many"),
    keys::quantity("depth", quantities::length, limits::positive, "how deep"),
    keys::time("at", limits::not_negative, "when"),
    keys::choice<Evidence>("evidence", "grade of evidence", "how well"),
    keys::list("lengths", length_key, "that are sold"),
    keys::table("part", part_table, "a part"),
    keys::tables("parts", part_table, "parts"),
    keys::table("named", parts_table, "parts by name"),
    keys::table("shape", shape_table, "a shape"),
});
constexpr Table table{.meaning = "all kinds of values", .keys = table_keys};

/// What reading every key of a text says.
std::string faults_of(const std::string& text) {
    const UnitSystem units;
    Diagnostics faults;
    const Document document = Document::parse(text, "a.toml");
    const TableReader root(document.root(), table, ValueReader(units, faults));
    root.text("title");
    root.flag("on");
    root.whole("count");
    root.quantity("depth");
    root.time("at");
    root.choice<Evidence>("evidence");
    root.quantities("lengths");
    root.table("part").flag("ok");
    for (const TableReader& part : root.tables("parts"))
        part.flag("ok");
    for (const auto& [name, part] : root.named("named"))
        part.flag("ok");
    root.table("shape").choice<Law>("law");
    check_keys(document.root(), table, faults);
    std::string all;
    for (const Diagnostic& fault : faults.list())
        all += render(fault) + "\n";
    return all;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a table gives its values by kind") {
    const UnitSystem units;
    Diagnostics faults;
    std::vector<ReadValue> record;
    const Document document = Document::parse(
        "title = \"x\"\non = true\ncount = 3\ndepth = \"1500 um\"\nat = \"2 week\"\n"
        "evidence = \"design\"\nlengths = [\"1 mm\", \"2 mm\"]\n[named.a]\nok = false\n",
        "a.toml");
    const TableReader root(document.root(), table, ValueReader(units, faults, &record, "file"));
    CHECK(root.text("title") == "x");
    CHECK(root.flag("on") == true);
    CHECK(root.whole("count") == 3);
    CHECK(root.quantity("depth") == Approx(1.5));
    CHECK(root.time("at")->days() == 14.0);
    CHECK(root.choice<Evidence>("evidence") == Evidence::design);
    CHECK(root.quantities("lengths") == std::vector<double>{1.0, 2.0});
    REQUIRE(root.named("named").size() == 1);
    CHECK(root.named("named")[0].second.flag("ok") == false);
    CHECK_FALSE(root.table("part"));
    CHECK_FALSE(root.table("part").flag("ok"));
    CHECK(faults.empty());
    REQUIRE(record.size() >= 4);
    CHECK(record[3].key == "depth");
    CHECK(record[3].value == "1500 um");
    CHECK(record[3].origin == "file");
}

TEST_CASE("a value of a wrong kind gets one wording with its place") {
    CHECK(faults_of("title = 3\n") ==
          "a.toml:1:9: error: 'title' must be a text in quotes, but is a whole number\n"
          "    1 | title = 3\n"
          "      |         ^\n");
    for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
             {"on = 1", "'on' must be true or false, but is a whole number"},
             {"count = 2.5", "'count' must be a whole number, but is a number"},
             {"count = 11", "'count' is 11, but must lie between 1 and 10"},
             {"depth = true", "'depth' must be a number with its unit, but is true or false"},
             {"depth = 2", "'depth' is a length and needs a unit, but 2 has none"},
             {"depth = 0", "'depth' is a length and needs a unit, but 0 has none"},
             {"depth = \"2 day\"", "but '2 day' has the unit 'day', which is a time"},
             {"depth = \"0 mm\"", "'depth' is 0 mm, but must be above 0 mm"},
             {"at = \"-1 day\"", "'at' is negative: -1 day"},
             {"evidence = 3", "'evidence' must be a text in quotes, but is a whole number"},
             {"lengths = 3", "'lengths' must be a list in square brackets, but is a whole number"},
             {"lengths = [\"1 mm\", 2]", "'lengths[2]' is a length and needs a unit"},
             {"part = 3", "'part' must be a table of keys, but is a whole number"},
             {"parts = 3", "'parts' must be a list of tables, but is a whole number"},
             {"named.a = 3", "'a' must be a table of keys, but is a whole number"}}) {
        INFO(text);
        CHECK(contains(faults_of(text), message));
    }
}

TEST_CASE("names that are not known come with those that are and the nearest") {
    const std::string faults = faults_of("evidence = \"mesured\"\n");
    CHECK(contains(faults, "a.toml:1:12: error: unknown grade of evidence 'mesured'"));
    CHECK(contains(faults, "did you mean 'measured'?"));
}

TEST_CASE("keys that are not declared are faults with the nearest that is, wherever they stand") {
    const std::string faults = faults_of(
        "tilte = \"x\"\n[part]\nok = true\nko = 1\n[[parts]]\nok = true\n[[parts]]\nok = true\n"
        "oks = 1\n[named.a]\nok = true\nokk = 2\n");
    CHECK(contains(faults, "a.toml:1:1: error: unknown key 'tilte' at top level"));
    CHECK(contains(faults, "did you mean 'title'?"));
    CHECK(contains(faults, "a.toml:4:1: error: unknown key 'ko' in [part]"));
    CHECK(contains(faults, "unknown key 'oks' in [parts[2]]"));
    CHECK(contains(faults, "unknown key 'okk' in [named.a]"));
}

TEST_CASE("looking at a document leaves no trace: the same keys are unknown whatever was read") {
    const Document document = Document::parse("tilte = 1\ntitle = \"x\"\n", "a.toml");
    Diagnostics first, second;
    check_keys(document.root(), table, first);
    document.root().get("tilte");
    check_keys(document.root(), table, second);
    REQUIRE(first.list().size() == 1);
    REQUIRE(second.list().size() == 1);
    CHECK(first.list()[0].message == second.list()[0].message);
}

TEST_CASE("a key that is missing is told once, where its table starts") {
    CHECK(contains(faults_of("[part]\n"), "a.toml:1:2: error: missing key 'ok' in [part]"));
    CHECK(faults_of("title = \"x\"\n").empty());
}

TEST_CASE("further keys follow from the key that chooses them") {
    CHECK(faults_of("[shape]\nlaw = \"uniform\"\nthin = true\n").empty());
    CHECK(contains(faults_of("[shape]\nlaw = \"normal\"\nthin = true\nradius = \"1 mm\"\n"),
                   "unknown key 'thin' in [shape]"));
    CHECK(contains(faults_of("[shape]\nlaw = \"normal\"\n"), "missing key 'radius' in [shape]"));
    // Of none that is known: one fault, not one a key.
    const std::string faults = faults_of("[shape]\nlaw = \"norml\"\nthin = true\n");
    CHECK(contains(faults, "unknown law 'norml'"));
    CHECK_FALSE(contains(faults, "unknown key"));
}

TEST_CASE("reading what is not declared is a defect") {
    const UnitSystem units;
    Diagnostics faults;
    const Document document = Document::parse("title = \"x\"\n", "a.toml");
    const TableReader root(document.root(), table, ValueReader(units, faults));
    CHECK_THROWS_AS(root.text("titel"), std::logic_error);
    CHECK_THROWS_AS(root.flag("title"), std::logic_error);
}
