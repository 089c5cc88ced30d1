#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include <neocol/core/document.hpp>
#include <neocol/core/table.hpp>
#include <neocol/core/text_limits.hpp>
#include <neocol/core/units.hpp>

#include "../long_text.hpp"

using namespace neocol;

using neocol::test::contains;
using neocol::test::repeated;
using neocol::test::seconds;

namespace {

/// What a text is refused with; "read" if it is not.
std::string refusal(const std::string& text) {
    try {
        Document::parse(text, "a.toml");
    } catch (const InputError& error) {
        return error.what();
    }
    return "read";
}

}  // namespace

TEST_CASE("keys of endless parts are refused where they stand") {
    const std::string key = repeated("a.", 100'000) + "a";
    CHECK(contains(refusal("x = 1\n" + key + " = 1\n"), "a.toml:2:"));
    for (const std::string& text :
         {key + " = 1\n", "[" + key + "]\n", "[[" + key + "]]\n", "x = { " + key + " = 1 }\n",
          "x = [{ y = 1, " + key + " = 1 }]\n", repeated("\"a\" . ", 100'000) + "a = 1\n",
          // Quotes that belong to a string do not hide what follows it.
          "x = { y = \"\"\"z\"\"\"\", " + key + " = 1 }\n",
          "x = { y = '''z''''', " + key + " = 1 }\n"})
        CHECK(contains(refusal(text), "a key of more than 32 parts"));
    CHECK(refusal(repeated("a.", 31) + "a = 1\n") == "read");
    CHECK(refusal("x = '" + key + "' # " + key + "\n") == "read");
    CHECK(refusal("x = \"\"\"\n" + key + " \\\" " + key + "\"\"\"\n") == "read");
}

TEST_CASE("tables and lists without end in each other are refused where they stand") {
    const std::size_t n = 100'000;
    CHECK(contains(refusal("x = " + repeated("[", n) + repeated("]", n)),
                   "a.toml:1:37: error: tables and lists stand more than 32 deep"));
    CHECK(contains(refusal("x = " + repeated("{ a = ", n) + "1" + repeated("}", n)),
                   "more than 32 deep"));
    // None alone is too deep.
    const std::string parts = repeated("a.", 29) + "a";
    CHECK(contains(refusal("[" + parts + "]\n" + parts + " = 1\n"), "more than 32 deep"));
    CHECK(contains(refusal("[" + parts + "]\nb = " + repeated("[", 10) + repeated("]", 10)),
                   "more than 32 deep"));
    CHECK(refusal("x = " + repeated("[", 30) + repeated("]", 30)) == "read");
}

TEST_CASE("a text that is too long, or holds too many keys, is refused") {
    CHECK(contains(refusal(std::string(text_limits::file_bytes, '#') + "\nx = 1\n"),
                   "at most 16 MB are read"));
    std::string keys;
    for (int i = 0; i < 510'000; ++i)
        keys += std::to_string(i) + "=1\n";
    CHECK(contains(refusal(keys), "more than 500000 keys"));
    CHECK(contains(refusal("x = [" + repeated("1,", 510'000) + "]"), "more than 500000 keys"));
    CHECK(contains(refusal(std::string(501, 'k') + " = 1"), "a key of more than 500 bytes"));
    CHECK(refusal(std::string(500, 'k') + " = 1") == "read");
}

TEST_CASE("a hundred faults are shown, and that there may be more") {
    std::string text;
    for (int i = 0; i < 50'000; ++i)
        text += "key_" + std::to_string(i) + " = 1\n";
    const Document document = Document::parse(text, "a.toml");
    std::vector<std::string> names;
    for (int i = 0; i < 2'000; ++i)
        names.push_back("name_" + std::to_string(i));
    std::vector<Key> known;
    for (const std::string& name : names)
        known.push_back(keys::flag(name, ""));
    Diagnostics faults;
    const Table table{.keys = known};
    CHECK(seconds([&] {
              CHECK_THROWS_AS(check_keys(document.root(), table, faults), InputError);
          }) < 5.0);
    try {
        faults.throw_if_any();
        FAIL("nothing thrown");
    } catch (const InputError& error) {
        REQUIRE(error.diagnostics.size() == text_limits::faults + 1);
        CHECK(error.diagnostics.back().message == "100 faults were found, and there may be more");
    }
}

TEST_CASE("of a long line only the part around the fault is shown") {
    const std::string line = "x = [" + repeated("1, ", 300) + "nonsense, " + repeated("1, ", 300);
    const std::string message = refusal(line);
    CHECK(message.size() < 600);
    CHECK(contains(message, "nonsense"));
    const std::string longer = "x = [" + repeated("1, ", 30'000) + "nonsense]";
    CHECK(contains(refusal(longer), "a.toml:1:90007: error"));
    CHECK(refusal(longer).size() < 300);
    // Nor is the whole of a text that stands where a name is due.
    const Diagnostic fault{
        {"a.toml", 1, 1, 1}, "unknown name '" + repeated("é", 1'000'000) + "'", "", ""};
    CHECK(render(fault).size() < 2'100);
    CHECK(render(fault).ends_with("é..."));
}

TEST_CASE("time grows in proportion to a text, also on one line") {
    std::string quoted = "x = {";
    for (int i = 0; i < 100'000; ++i)
        quoted += (i > 0 ? ", " : "") + std::string("\"é") + std::to_string(i) + "\" = \"é\"";
    quoted += "}";
    CHECK(seconds([&] {
              const Document document = Document::parse(quoted, "a.toml");
              const DocumentNode table = document.root().get("x");
              int columns = 0;
              for (const std::string& key : table.keys())
                  columns = std::max(columns, table.get(key).key_position().column);
              CHECK(columns > 1'000'000);
          }) < 10.0);
}

TEST_CASE("units have a length and a range") {
    const UnitSystem units;
    const auto refused = [&](const std::string& text) {
        try {
            units.parse_quantity(text);
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string("read");
    };
    CHECK(contains(refused("1 " + repeated("m ", 100'000)), "at most 200 are read"));
    CHECK(contains(refused("1 " + repeated("(", 150) + "m" + repeated(")", 150)), "at most 200"));
    CHECK(contains(refused("1 m" + repeated("^2", 90)), "is no unit"));
    CHECK(contains(refused("1 m255 m255 m255 m255"), "beyond the range of numbers"));
    CHECK(contains(refused("1e300 m4"), "beyond the range of numbers"));
    CHECK(contains(refused("0 S^9"), "beyond the range of numbers"));
    CHECK(contains(refused("1e308 km"), "beyond the range of numbers"));
    CHECK(refused("1 mm3") == "read");
}
