#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>

using namespace neocol;

TEST_CASE("a diagnostic shows place, line, caret and a way out") {
    const Diagnostic diagnostic{{"scenarios/roller.toml", 14, 12, 12},
                                "unknown device 'dermarollr'",
                                "device   = \"dermarollr\"",
                                "known: dermaroller, pen, stamp; did you mean 'dermaroller'?"};
    CHECK(render(diagnostic) ==
          "scenarios/roller.toml:14:12: error: unknown device 'dermarollr'\n"
          "   14 | device   = \"dermarollr\"\n"
          "      |            ^~~~~~~~~~~~\n"
          "known: dermaroller, pen, stamp; did you mean 'dermaroller'?");
}

TEST_CASE("a caret stands below its character after tabs and wide characters") {
    CHECK(render({{"m.toml", 1, 4, 1}, "no", "\t\xc2\xb5=x", ""}) ==
          "m.toml:1:4: error: no\n    1 | \t\xc2\xb5=x\n      | \t  ^");
}

TEST_CASE("an underline never passes the end of its line") {
    CHECK(render({{"m.toml", 2, 3, 40}, "no", "abcd", ""}) ==
          "m.toml:2:3: error: no\n    2 | abcd\n      |   ^~");
}

TEST_CASE("a diagnostic without a place is one line") {
    CHECK(render({{}, "no such thing", {}, {}}) == "error: no such thing");
    CHECK(render({{"a.toml", 0, 0, 1}, "empty file", {}, {}}) == "a.toml: error: empty file");
}

TEST_CASE("diagnostics are thrown together, in the order of the text, each once") {
    Diagnostics diagnostics;
    CHECK_NOTHROW(diagnostics.throw_if_any());
    diagnostics.add({{"a.toml", 9, 1, 1}, "second", {}, {}});
    diagnostics.add({{"a.toml", 3, 1, 1}, "first", {}, {}});
    diagnostics.add({{"a.toml", 9, 1, 1}, "second", {}, {}});
    try {
        diagnostics.throw_if_any();
        FAIL("nothing thrown");
    } catch (const InputError& error) {
        REQUIRE(error.diagnostics.size() == 2);
        CHECK(std::string(error.what()) == "a.toml:3:1: error: first\na.toml:9:1: error: second");
    }
}
