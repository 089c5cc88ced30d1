#include <catch2/catch.hpp>

#include <neocol/core/document.hpp>
#include <neocol/core/text_parts.hpp>

using namespace neocol;

namespace {

std::string refusal(std::string text) {
    try {
        Document::parse(std::move(text), "a.toml");
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a document gives values, kinds and key paths") {
    const Document document = Document::parse(
        "title = \"x\"\nn = 3\nf = 2.5\nok = true\n[run]\nuntil = \"1 day\"\n[[session]]\nat = 1\n"
        "[[session]]\nat = 2\n",
        "a.toml");
    const DocumentNode root = document.root();
    CHECK(root.get("title").string() == "x");
    CHECK(root.get("n").number() == 3.0);
    CHECK(root.get("n").integer() == 3);
    CHECK(root.get("f").number() == 2.5);
    CHECK_FALSE(root.get("f").integer().has_value());
    CHECK(root.get("ok").boolean() == true);
    CHECK(root.get("run").get("until").key_path() == "run.until");
    CHECK(root.get("session").elements().at(1).get("at").key_path() == "session[2].at");
    CHECK_FALSE(root.get("none").get("deeper"));
    CHECK(root.keys() == std::vector<std::string>{"title", "n", "f", "ok", "run", "session"});
}

TEST_CASE("a fault points at characters inside a string") {
    const Document document = Document::parse("[p]\n  rate = \"k * fibro\"  # c\n", "a.toml");
    const DocumentNode rate = document.root().get("p").get("rate");
    CHECK(render(rate.fault("unknown name 'fibro'", "", 4, 5)) ==
          "a.toml:2:15: error: unknown name 'fibro'\n"
          "    2 |   rate = \"k * fibro\"  # c\n"
          "      |               ^~~~~");
    CHECK(render(rate.fault("no")) ==
          "a.toml:2:10: error: no\n"
          "    2 |   rate = \"k * fibro\"  # c\n"
          "      |          ^~~~~~~~~~~");
    CHECK(render(rate.fault_at_key("no")) ==
          "a.toml:2:3: error: no\n"
          "    2 |   rate = \"k * fibro\"  # c\n"
          "      |   ^~~~");
}

TEST_CASE("a fault points into multi-line strings and past escapes") {
    const Document document = Document::parse(
        "a = \"\"\"\nk_1 *\n  wrong + 2\"\"\"\nb = \"\\u00b5m wrong\"\nc = \"\"\"x \\\n   "
        "wrong\"\"\"\n",
        "a.toml");
    const auto at = [&](const char* key) {
        const DocumentNode node = document.root().get(key);
        const std::size_t offset = node.string().find("wrong");
        const SourcePosition place = node.position(offset, 5);
        return std::vector<int>{place.line, place.column, place.length};
    };
    CHECK(at("a") == std::vector<int>{3, 3, 5});
    CHECK(at("b") == std::vector<int>{4, 14, 5});
    CHECK(at("c") == std::vector<int>{6, 4, 5});
}

TEST_CASE("changes are laid over a document: tables join, all else is replaced") {
    const Document base =
        Document::parse("a = 1\n[t]\nx = 1\ny = 2\n[[s]]\nat = 1\n[[s]]\nat = 2\n", "a.toml");
    std::vector<Document> changes;
    for (const char* text : {"t.x = 5", "t.z = 6", "s.\"[2]\".at = 7", "s.\"[3]\".at = 8",
                             "none.\"[1]\" = 1", "a = { b = 1 }"})
        changes.push_back(Document::parse(text, "--set"));
    std::vector<std::string> refused;
    const Document made = Document::overlaid(
        base, changes, [&](const Document&, const std::string& why) { refused.push_back(why); });
    const DocumentNode root = made.root();
    CHECK(root.get("t").get("x").integer() == 5);
    CHECK(root.get("t").get("x").is_overlaid());
    CHECK(root.get("t").get("x").position().path == "--set");
    CHECK_FALSE(root.get("t").get("y").is_overlaid());
    CHECK(root.get("t").keys() == std::vector<std::string>{"x", "y", "z"});
    CHECK(root.get("t").key_position().path == "a.toml");
    CHECK(root.get("s").elements().at(1).get("at").integer() == 7);
    CHECK(root.get("s").elements().at(1).get("at").key_path() == "s[2].at");
    CHECK(root.get("a").get("b").integer() == 1);
    CHECK(refused == std::vector<std::string>{"'s' has 2 elements, there is no s[3]",
                                              "the scenario has no list 'none'"});
    // The document itself is as it was.
    CHECK(base.root().get("t").get("x").integer() == 1);
    CHECK(base.root().get("s").elements().at(1).get("at").integer() == 2);
}

TEST_CASE("empty and binary files are refused") {
    CHECK(refusal(" \n") ==
          "a.toml: error: empty file\na TOML text is expected; docs/ describes its keys");
    CHECK(refusal(std::string("\x7f"
                              "ELF\0\1",
                              6))
              .find("a.toml: error: not a text file") == 0);
    CHECK(refusal("a = \"\xff\"").find("a.toml: error: not a text file") == 0);
}

TEST_CASE("a syntax error names its place") {
    const std::string message = refusal("a = 1\nb = \nc = 2\n");
    CHECK(message.find("a.toml:2:") == 0);
    CHECK(message.find("    2 | b = ") != std::string::npos);
    CHECK(refusal("a = 1\na = 2\n").find("a.toml:2:") == 0);
    for (const char* broken : {"a = { = 1 }", "a = { ^ = 1 }", "[a.]", "[.a]", "a. = 1", "[[]]"})
        CHECK(refusal(broken).find("a.toml:1:") == 0);
}

TEST_CASE("a text with what it includes is one, and is taken apart again") {
    const std::string text = join_parts("a = 1\n", {{"m/b.toml", "[t]\nb = 2\n"}, {"c.toml", ""}});
    CHECK(text == "a = 1\n#: file m/b.toml\n[t]\nb = 2\n#: file c.toml\n");
    const std::vector<TextPart> parts = split_parts(text);
    REQUIRE(parts.size() == 3);
    CHECK(parts[0].text == "a = 1\n");
    CHECK((parts[1].name == "m/b.toml" && parts[1].text == "[t]\nb = 2\n"));
    CHECK((parts[2].name == "c.toml" && parts[2].text.empty()));
    CHECK(split_parts("x = \"#: file no\"\n").size() == 1);
    CHECK(join_parts("a = 1", {{"b", ""}}) == "a = 1\n#: file b\n");
}

TEST_CASE("the head of an extended model lies under that of the model that extends it") {
    const Document whole = Document::parse_parts(
        join_parts("[model]\nname = \"own\"\nextends = \"base\"\ninclude = [\"more.toml\"]\n"
                   "[model.units]\nA = \"of one's own\"\n",
                   {{"base.toml",
                     "[model]\nname = \"base\"\nlayers = [\"skin\"]\n"
                     "include = [\"base/part.toml\"]\nunits.B = \"of the base\"\n"
                     "[p.k]\nvalue = 1\n"},
                    {"base/part.toml", "[p.l]\nvalue = 2\n"},
                    {"more.toml", "[p.m]\nvalue = 3\n"}}),
        "own.toml");
    const DocumentNode model = whole.root().get("model");
    CHECK(model.get("name").string() == "own");
    CHECK(model.get("layers").elements().size() == 1);
    CHECK(model.get("units").keys() == std::vector<std::string>{"A", "B"});
    REQUIRE(model.get("include").elements().size() == 2);
    CHECK(model.get("include").elements()[1].string() == "base/part.toml");
    CHECK(whole.root().get("p").keys() == std::vector<std::string>{"k", "l", "m"});
    CHECK(model.get("name").part().empty());
    CHECK(model.get("layers").part() == "base.toml");
    CHECK(whole.root().get("p").get("m").part() == "more.toml");
}

TEST_CASE("files that are included are united table by table, and keep their places") {
    const auto parse = [](std::string main, std::string included) {
        return Document::parse_parts(
            join_parts(std::move(main), {{"m/b.toml", std::move(included)}}), "models/a.toml");
    };
    const Document whole =
        parse("[p.k]\nvalue = 1\n[q]\nx = 1\n", "# a comment\n[p.l]\nvalue = 2\n[r]\ny = 3\n");
    CHECK(whole.root().get("p").keys() == std::vector<std::string>{"k", "l"});
    CHECK(whole.root().get("r").get("y").number() == 3.0);
    CHECK(whole.included() == std::vector<std::string>{"m/b.toml"});
    const DocumentNode value = whole.root().get("p").get("l").get("value");
    CHECK(render(value.fault("is wrong")) ==
          "models/m/b.toml:3:9: error: is wrong\n    3 | value = 2\n      |         ^");
    CHECK(split_parts(whole.text()).size() == 2);

    const auto refused = [&](std::string main, std::string included) -> std::string {
        try {
            parse(std::move(main), std::move(included));
        } catch (const InputError& error) {
            return error.what();
        }
        return "accepted";
    };
    CHECK_THAT(refused("[p.k]\nvalue = 1\n", "\n[p.k]\nvalue = 2\n"),
               Catch::Contains("models/m/b.toml:2") && Catch::Contains("'p.k' is there already") &&
                   Catch::Contains("models/a.toml:1 has it"));
    CHECK_THAT(refused("[p]\n", "x = 1\n"), Catch::Contains("outside any table"));
    CHECK_THAT(refused("p = 1\n", "[p]\nx = 1\n"), Catch::Contains("is no table in the file"));
    CHECK_THAT(refused("[p]\n", "[p\n"), Catch::Contains("models/m/b.toml:1"));
}
