#include <catch2/catch.hpp>

#include <neocol/core/text_limits.hpp>
#include <neocol/model/check.hpp>
#include <neocol/model/describe.hpp>

#include "../long_text.hpp"
#include "model_text.hpp"

using namespace neocol;
using namespace neocol::model;
using namespace neocol::model::test;

using neocol::test::contains;
using neocol::test::repeated;

namespace {

constexpr std::size_t many = 100'000;

/// Messages, and that they took little processor time.
std::string timely(const std::string& lines) {
    std::string found;
    CHECK(neocol::test::seconds([&] { found = messages(lines); }) < 15.0);
    return found;
}

}  // namespace

TEST_CASE("expressions without end are refused where the limit is passed") {
    const std::string parts = "more than 20000 numbers, names and operators";
    CHECK(contains(rate_messages("k*signal" + repeated("+k*signal", many)),
                   "an expression of 900008 bytes, and at most 200000 are read"));
    CHECK(contains(rate_messages("K" + repeated("+K", 90'000)), parts));
    CHECK(contains(rate_messages("K" + repeated("+K", 90'000)), "m.toml:2:20009"));
    CHECK(contains(rate_messages("K" + repeated("*K", 90'000)), parts));
    CHECK(contains(rate_messages("K" + repeated("/K", 90'000)), parts));
    CHECK(contains(rate_messages(repeated("+", many) + "K"), parts));
    CHECK(contains(rate_messages("min(K" + repeated(",K", 90'000) + ")"), parts));
    const std::string deep = "expression nested too deeply: more than 200 levels";
    CHECK(contains(rate_messages("2" + repeated("^2", 9'000)), deep));
    CHECK(contains(rate_messages(repeated("(", 90'000) + "K" + repeated(")", 90'000)), deep));
    CHECK(contains(rate_messages(repeated("-", 90'000) + "K"), deep));
    CHECK(contains(rate_messages(repeated("exp(", 4'000) + "1" + repeated(")", 4'000)), deep));
    CHECK(contains(rate_messages(repeated("2^-", 4'000) + "1"), deep));
    CHECK(contains(
        messages("[function.f]\nvalue = \"" + repeated("2^", 9'000) + "2\"\nmeaning = \"f\"\n"),
        deep));
}

TEST_CASE("sums and products of thousands of terms are read, differentiated and printed") {
    const std::string rate =
        "k*(signal" + repeated("+signal*hill(signal,K,2)-signal/2", 1'000) + ")";
    const std::string lines =
        process(rate) + process("k*signal" + repeated("*2/2", 2'000)).replace(0, 11, "[process.q]");
    REQUIRE(timely(lines) == "accepted");
    const Model model = parse_model(lines + common, "m.toml");
    CHECK(describe(model, Format::latex).size() > 1'000);
    CHECK(lint(model).size() < 10);
    // d/ds of k (s + 1000 (s h(s) - s/2)) at s = K = 3: k (1 + 1000 (1/2 + 3/6 - 1/2))
    const System& volume = model.systems.front();
    const std::vector<double> inputs = nominal_inputs(model, 0);
    const double found = model.graph.evaluate(volume.process_jacobian.front().value,
                                              std::vector<double>{3.0, 100.0, 0.0}, inputs);
    CHECK(found == Approx(2.0 * (1.0 + 500.0)));
}

TEST_CASE("functions that grow as they are put in are refused") {
    std::string lines = "[function.f0]\narguments = [\"x\"]\nvalue = \"x + 1\"\nmeaning = \"f\"\n";
    for (int i = 1; i < 60; ++i)
        lines += "[function.f" + std::to_string(i) + "]\narguments = [\"x\"]\nvalue = \"f" +
                 std::to_string(i - 1) + "(x) + f" + std::to_string(i - 1) +
                 "(x)\"\nmeaning = \"f\"\n";
    const std::string wide = timely(lines + process("k*K*f59(1)"));
    CHECK(contains(wide, "the model's expressions have more than 2000000 parts"));
    CHECK(contains(wide, "error: with functions put in"));
    lines = "[function.f0]\narguments = [\"x\"]\nvalue = \"x + 1\"\nmeaning = \"f\"\n";
    for (int i = 1; i < 2'000; ++i)
        lines += "[function.f" + std::to_string(i) + "]\narguments = [\"x\"]\nvalue = \"f" +
                 std::to_string(i - 1) + "(x)\"\nmeaning = \"f\"\n";
    CHECK(contains(timely(lines + process("k*K*f1999(1)")), "nested more than 400 deep"));
    CHECK(contains(timely(lines + process("k*K*f50(1)")), "nested more than 400 deep"));
}

TEST_CASE("a graph that is endless as a tree is printed in part") {
    std::string lines = "[function.f0]\nvalue = \"signal/K + 1\"\nmeaning = \"f\"\n";
    for (int i = 1; i < 100; ++i)
        lines += "[function.f" + std::to_string(i) + "]\nvalue = \"f" + std::to_string(i - 1) +
                 "*f" + std::to_string(i - 1) + " - 1\"\nmeaning = \"f\"\n";
    const Model model = parse_model(lines + process("k*K/f99") + common, "m.toml");
    std::string said;
    for (const Diagnostic& warning : lint(model))
        said += warning.message;
    CHECK(contains(said, "can be 0"));
    CHECK(said.size() < 1'000);
    const std::string nested = repeated("hill(", 60) + "signal" + repeated(",K,2)*K", 60);
    const Model hills = parse_model(process("k*" + nested) + common, "m.toml");
    CHECK(describe(hills, Format::latex).size() < 2'000'000);
}

TEST_CASE("chains of derived values as long as a file are ordered, and circles found") {
    const auto derived = [](int i, const std::string& value) {
        return "[derived.d" + std::to_string(i) + "]\nunit = \"1\"\nvalue = \"" + value +
               "\"\nmeaning = \"d\"\n";
    };
    std::string lines;
    for (int i = 0; i < 20'000; ++i)
        lines += derived(i, "d" + std::to_string(i + 1) + " + 1");
    CHECK(timely(lines + derived(20'000, "1") + process("k*K*d0")) == "accepted");
    const std::string circle = timely(lines + derived(20'000, "d0") + process("k*K*d0"));
    CHECK(contains(circle, "'d0' needs itself: d0 -> d1 -> "));
    CHECK(circle.size() < 1'000);
}

TEST_CASE("powers of units end at a fault") {
    CHECK(contains(rate_messages("sqrt(sqrt(sqrt(sqrt(width))))"), "no unit has the power 0.5"));
    CHECK(contains(rate_messages("width^1e300"), "no unit has the power 1e+300"));
    CHECK(contains(rate_messages("width^1001"), "no unit has the power 1001"));
    CHECK(contains(rate_messages("((width^1000)^1000)"), "no unit has the power 1000"));
    CHECK(contains(rate_messages("width^600*width^600"), "a unit with a power beyond 1000"));
    CHECK(contains(rate_messages("1/width^600/width^600"), "a unit with a power beyond 1000"));
}

TEST_CASE("numbers of species, layers, arguments, options and derivatives have limits") {
    const auto species = [](std::size_t n) {
        std::string lines;
        for (std::size_t i = 0; i < n; ++i)
            lines +=
                "[species.s" + std::to_string(i) + "]\nunit = \"1\"\nrest = 1\nmeaning = \"s\"\n";
        return lines;
    };
    CHECK(contains(timely(species(2'000)), "more than 1000 species"));
    std::string sum = "s0";
    for (int i = 1; i < 900; ++i)
        sum += "+s" + std::to_string(i);
    std::string changes = "s0 = 1";
    for (int i = 1; i < 900; ++i)
        changes += ", s" + std::to_string(i) + " = 1";
    CHECK(contains(timely(species(900) + process("k*(" + sum + ")", changes)),
                   "m.toml: error: the model's rates and their derivatives have more than 3e+07 "
                   "parts"));
    std::string names = "\"a0\"";
    for (int i = 1; i < 5'000; ++i)
        names += ", \"a" + std::to_string(i) + "\"";
    CHECK(contains(timely("[function.f]\narguments = [" + names +
                          "]\nvalue = \"1\"\nmeaning = "
                          "\"f\"\n"),
                   "more than 100 arguments of a function"));
    CHECK(contains(timely("[switch.s]\noptions = [" + names +
                          "]\nvalue = \"a0\"\nmeaning = "
                          "\"s\"\n"),
                   "more than 1000 options of a switch"));
    std::string layered = common;
    layered.replace(layered.find("\"dermis\"]"), 9, "\"dermis\", " + names + "]");
    CHECK_THROWS_WITH(parse_model(layered, "m.toml"), Catch::Contains("more than 100 layers"));
}
