#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <neocol/core/document.hpp>
#include <neocol/core/json.hpp>
#include <neocol/core/quoting.hpp>

using namespace neocol;

namespace {

const std::string awkward = "say \"a\\b\",\n\ttab, bell \x07, delete \x7f, \xC3\xA9";

}  // namespace

TEST_CASE("a JSON string escapes quotes, backslashes and control characters, and nothing else") {
    CHECK(json_string("plain 'text', caf\xC3\xA9 / more") ==
          "\"plain 'text', caf\xC3\xA9 / more\"");
    CHECK(json_string("a\"b\\c") == R"("a\"b\\c")");
    CHECK(json_string("\n\x1f") == R"("\u000A\u001F")");
    CHECK(json_string("") == "\"\"");
}

TEST_CASE("a JSON number reads back to the same bits, and what is not finite is null") {
    for (const double value : {0.1, -1.0 / 3.0, 1e-300, 12345678901234.5})
        CHECK(std::stod(json_number(value)) == value);
    CHECK(json_number(2.0) == "2");
    CHECK(json_number(std::numeric_limits<double>::quiet_NaN()) == "null");
    CHECK(json_number(-std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("a TOML string is read back as it was written") {
    const Document document = Document::parse("text = " + toml_string(awkward), "made up");
    CHECK(document.root().get("text").string() == awkward);
}

TEST_CASE("a CSV cell has quotes only where a comma or a quote needs them") {
    CHECK(csv_cell("collagen, new") == "\"collagen, new\"");
    CHECK(csv_cell("the \"new\" one") == "\"the \"\"new\"\" one\"");
    CHECK(csv_cell("mg mm-3; dry") == "mg mm-3; dry");
    CHECK(csv_cell("two\r\nlines") == "two  lines");
    CHECK(csv_cell("").empty());
}

TEST_CASE("a CSV number is empty where there is none") {
    CHECK(csv_number(std::numeric_limits<double>::quiet_NaN()).empty());
    CHECK(csv_number(0.25) == "0.25");
    CHECK(std::stod(csv_number(0.1)) == 0.1);
}

TEST_CASE("a shell word keeps blanks, variables and single quotes") {
    CHECK(shell_word("my study/$HOME") == "'my study/$HOME'");
    CHECK(shell_word("it's") == R"('it'\''s')");
}

TEST_CASE("a JSON object keeps the order of its members and the kinds of their values") {
    CHECK(JsonObject().str() == "{}");
    JsonObject object{{"text", "a \"word\""},
                      {"number", 0.5},
                      {"missing", std::numeric_limits<double>::quiet_NaN()},
                      {"count", std::size_t{3}},
                      {"yes", true},
                      {"none", std::optional<double>{}},
                      {"some", std::optional<double>{2.5}},
                      {"numbers", std::vector<double>{1.0, 2.5}},
                      {"words", std::vector<std::string>{"a", "b"}}};
    object.add("inner", JsonObject{{"k", false}});
    CHECK(object.str() == R"({"text": "a \"word\"", "number": 0.5, "missing": null, "count": 3, )"
                          R"("yes": true, "none": null, "some": 2.5, "numbers": [1, 2.5], )"
                          R"("words": ["a", "b"], "inner": {"k": false}})");
}

TEST_CASE("a JSON list prints every element once, text in quotes and objects without") {
    CHECK(Json(std::vector<double>{}).str() == "[]");
    const std::vector<int> numbers{1, 2};
    CHECK(Json::list(numbers, [](int i) { return 2.0 * i; }).str() == "[2, 4]");
    CHECK(Json::list(numbers, [](int) { return std::string("{}"); }).str() == R"(["{}", "{}"])");
    CHECK(Json::list(numbers, [](int i) {
              return JsonObject{{"i", i}};
          }).str() == R"([{"i": 1}, {"i": 2}])");
}
