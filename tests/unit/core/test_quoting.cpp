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
    const std::string text = "say \"a\\b\",\n\ttab, \xC3\xA9";
    const Document document = Document::parse("text = " + toml_string(text), "made up");
    CHECK(document.root().get("text").string() == text);
}

TEST_CASE("a text or key with control characters is refused where it stands") {
    for (const std::string& hidden :
         {toml_string(awkward), std::string("\"\\u001b[2J\""), std::string("\"a\\u009bb\""),
          std::string("\"a\\u202Eb\""), std::string("\"\\r\"")}) {
        CAPTURE(hidden);
        CHECK_THROWS_WITH(Document::parse("title = \"fine\"\n[a]\nb = [" + hidden + "]", "made up"),
                          Catch::Contains("made up:3:6") && Catch::Contains("control character"));
    }
    CHECK_THROWS_WITH(Document::parse("\"a\\u001b\" = 1", "made up"),
                      Catch::Contains("made up:1:1"));
    CHECK_NOTHROW(Document::parse("a = \"\"\"one\r\ntwo\tthree\"\"\"", "made up"));
}

TEST_CASE("what is printed cannot work on a terminal") {
    CHECK(printable("plain, caf\xC3\xA9\n\ttab") == "plain, caf\xC3\xA9\n\ttab");
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(printable("\x1b[31mred\x07") == mark + "[31mred" + mark);
    CHECK(printable("a\rb\x7f") == "a" + mark + "b" + mark);
    CHECK(printable("\xC2\x9b"
                    "1m") == mark + "1m");
    CHECK(printable("\xE2\x80\xAE"
                    "evil") == mark + "evil");
    CHECK(printable("\xff\xC3") == mark + mark);
    CHECK(printable("\xC0\xAF\xED\xA0\x80") == mark + mark + mark + mark + mark);
    neocol::Diagnostic fault{{"a\x1b.toml", 1, 1, 1}, "bad \x1b]0;x\x07", "x = \x1b[2J", "so\x1b"};
    CHECK(render(fault).find('\x1b') == std::string::npos);
    CHECK(std::string(neocol::IoError("a\x1b", "b\x9b").what()).find('\x1b') == std::string::npos);
}

TEST_CASE("a CSV cell of text is no formula, and a number stays one") {
    for (const char* text :
         {"=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-", "=HYPERLINK(1)"})
        CHECK(csv_cell(text).front() == '\'');
    for (const char* text : {"-1", "-1.5e-3", "+2", "0.5", "-0", "1e300", "a=b", "x-y"})
        CHECK(csv_cell(text) == text);
    CHECK(csv_cell("=a,b") == "\"'=a,b\"");
    CHECK(csv_cell("a\x1b[2J").find('\x1b') == std::string::npos);
}

TEST_CASE("XML, Markdown and LaTeX take text as text") {
    CHECK(xml_text("R&D <1> \"x\" 'y'") == "R&amp;D &lt;1&gt; &quot;x&quot; &#39;y&#39;");
    CHECK(markdown_text("[a](javascript:1) <b> | `c` *d* _e_ \\") ==
          "\\[a\\](javascript:1) \\<b> \\| \\`c\\` \\*d\\* \\_e\\_ \\\\");
    CHECK(markdown_text("a\n\n# b") == "a  # b");
    CHECK(latex_text("\\input{x} 5% $a_1^2$ ~#&\n\nb") ==
          "\\textbackslash{}input\\{x\\} 5\\% \\$a\\_1\\^{}2\\$ \\~{}\\#\\&  b");
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
    CHECK(Json::list(
              numbers, [](int i) { return 2.0 * i; })
              .str() == "[2, 4]");
    CHECK(Json::list(
              numbers, [](int) { return std::string("{}"); })
              .str() == R"(["{}", "{}"])");
    CHECK(Json::list(numbers, [](int i) {
              return JsonObject{{"i", i}};
          }).str() == R"([{"i": 1}, {"i": 2}])");
}
