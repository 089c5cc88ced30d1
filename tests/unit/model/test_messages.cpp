#include <catch2/catch.hpp>

#include "model_text.hpp"

using neocol::model::test::messages;
using neocol::model::test::rate_messages;

TEST_CASE("the common part of these tests is a valid model") {
    CHECK(messages("") == "accepted");
    CHECK(rate_messages("k*signal") == "accepted");
    CHECK(rate_messages("k*(K - signal)*hill(signal, K, 2) + 0") == "accepted");
}

TEST_CASE("a sum of different units names both and underlines the second") {
    CHECK(rate_messages("k*(signal + width)") ==
          "m.toml:2:21: error: cannot add different units: 'signal' is in ng/mL, 'width' is in mm\n"
          "    2 | rate = \"k*(signal + width)\"\n"
          "      |                     ^~~~~\n"
          "in base units pg mm-3 against mm");
    CHECK(rate_messages("k*(signal - 1)") ==
          "m.toml:2:21: error: cannot subtract different units: 'signal' is in ng/mL, '1' is "
          "dimensionless\n"
          "    2 | rate = \"k*(signal - 1)\"\n"
          "      |                     ^\n"
          "a number is dimensionless: make it a parameter with the unit ng/mL");
    CHECK(rate_messages("k*max(signal, width)") ==
          "m.toml:2:23: error: cannot compare by max() different units: 'signal' is in ng/mL, "
          "'width' is in mm\n"
          "    2 | rate = \"k*max(signal, width)\"\n"
          "      |                       ^~~~~\n"
          "in base units pg mm-3 against mm");
}

TEST_CASE("a bare 0 fits any unit in a sum, a product with 0 keeps its unit") {
    CHECK(rate_messages("k*max(signal - K, 0)") == "accepted");
    CHECK(rate_messages("k*(signal + 0*width)").find("cannot add different units") !=
          std::string::npos);
}

TEST_CASE("a rate whose unit does not fit its species says which yield would") {
    CHECK(rate_messages("k*cell") ==
          "m.toml:2:9: error: 'signal' is in ng/mL: its rate of change must be in pg mm-3 d-1, "
          "found cell mm-3 d-1\n"
          "    2 | rate = \"k*cell\"\n"
          "      |         ^~~~~~\n"
          "the rate is in cell mm-3 d-1; a yield in pg cell-1 would fit");
    CHECK(messages("[process.p]\nrate = \"k*cell\"\nchanges = { cell = -1, signal = \"width\" }\n"
                   "meaning = \"m\"\n") ==
          "m.toml:3:33: error: 'signal' is in ng/mL: its rate of change must be in pg mm-3 d-1, "
          "found cell mm-2 d-1\n"
          "    3 | changes = { cell = -1, signal = \"width\" }\n"
          "      |                                 ^~~~~~~\n"
          "the rate is in cell mm-3 d-1; a yield in pg cell-1 would fit");
    CHECK(messages("[process.p]\nrate = \"k*cell\"\nchanges = { signal = \"2 pg/cell\" }\n"
                   "meaning = \"m\"\n") == "accepted");
}

TEST_CASE("a misspelt name comes with the nearest") {
    CHECK(rate_messages("k*signl") ==
          "m.toml:2:11: error: unknown name 'signl'\n"
          "    2 | rate = \"k*signl\"\n"
          "      |           ^~~~~\n"
          "known: K, cell, cover, k, signal, width, time, pi; did you mean 'signal'?");
    CHECK(rate_messages("k*K*Hill(signal, K, 1)").find("did you mean 'hill'?") !=
          std::string::npos);
    CHECK(messages("[injury]\nsignal = \"signal*wonded\"\n").find("did you mean 'wounded'?") !=
          std::string::npos);
}

TEST_CASE("a constant with a unit inside an expression is sent to a parameter") {
    CHECK(rate_messages("k*signal + 2 ng/mL/d") ==
          "m.toml:2:22: error: 'ng' after the number 2\n"
          "    2 | rate = \"k*signal + 2 ng/mL/d\"\n"
          "      |                      ^~\n"
          "write '*' to multiply; a constant with a unit has to be a parameter: [parameter.NAME] "
          "value = \"2 ng/mL/d\"");
    CHECK(rate_messages("signal*2/d") ==
          "m.toml:2:18: error: unknown name 'd'\n"
          "    2 | rate = \"signal*2/d\"\n"
          "      |                  ^\n"
          "'d' is a unit: a constant with a unit has to be a parameter, [parameter.NAME] "
          "value = \"... d\"");
    CHECK(rate_messages("2 k") ==
          "m.toml:2:9: error: 'k' after the number 2\n"
          "    2 | rate = \"2 k\"\n"
          "      |         ^~~\n"
          "write '*' to multiply");
}

TEST_CASE("arguments of functions are counted and must be dimensionless where they have to be") {
    CHECK(rate_messages("k*K*hill(signal, K)") ==
          "m.toml:2:13: error: 'hill' takes 3 arguments, found 2\n"
          "    2 | rate = \"k*K*hill(signal, K)\"\n"
          "      |             ^~~~~~~~~~~~~~~\n"
          "write hill(x, K, n)");
    CHECK(rate_messages("k*K*exp(signal)") ==
          "m.toml:2:17: error: the argument of exp must be dimensionless: 'signal' is in ng/mL\n"
          "    2 | rate = \"k*K*exp(signal)\"\n"
          "      |                 ^~~~~~\n"
          "divide it by a quantity in ng/mL");
    CHECK(rate_messages("k*signal^(signal/K)") ==
          "m.toml:2:18: error: the exponent must be a number, as 'signal' is in ng/mL\n"
          "    2 | rate = \"k*signal^(signal/K)\"\n"
          "      |                  ^~~~~~~~~~\n"
          "divide the base by a quantity of its unit, or write the number");
}

TEST_CASE("faults of syntax point at their character and say what would be right") {
    CHECK(rate_messages("k*(signal") ==
          "m.toml:2:11: error: '(' is never closed\n"
          "    2 | rate = \"k*(signal\"\n"
          "      |           ^\n"
          "add ')'");
    CHECK(rate_messages("k*signal)") ==
          "m.toml:2:17: error: ')' closes nothing\n"
          "    2 | rate = \"k*signal)\"\n"
          "      |                 ^\n"
          "remove it, or open a parenthesis before");
    CHECK(rate_messages("k*") ==
          "m.toml:2:10: error: nothing after '*'\n"
          "    2 | rate = \"k*\"\n"
          "      |          ^\n"
          "the expression ends where a number, a name or '(' is due");
    CHECK(rate_messages("k signal") ==
          "m.toml:2:11: error: 'signal' where an operator is due\n"
          "    2 | rate = \"k signal\"\n"
          "      |           ^~~~~~\n"
          "write '*' to multiply");
    CHECK(rate_messages("k*signal**2").find("powers are written with '^'") != std::string::npos);
    CHECK(rate_messages("k*signal > 2").find("there are no comparisons") != std::string::npos);
    CHECK(rate_messages("k*signal*0,5").find("decimals are written with a point") !=
          std::string::npos);
    CHECK(rate_messages("k*signal/0").find("m.toml:2:18: error: division by 0") == 0);
    CHECK(rate_messages("").find("m.toml:2:9: error: empty expression") == 0);
    CHECK(rate_messages(std::string(5000, '(') + "k").find("nested too deeply") !=
          std::string::npos);
}

TEST_CASE("names are known only where they mean something") {
    CHECK(rate_messages("k*signal*wounded").find("'wounded' cannot be used in a rate\n") !=
          std::string::npos);
    CHECK(messages("[derived.a]\nvalue = \"signal/K\"\nunit = \"1\"\nmeaning = \"m\"\n") ==
          "m.toml:2:10: error: species 'signal' cannot be used in a derived value\n"
          "    2 | value = \"signal/K\"\n"
          "      |          ^~~~~~\n"
          "it is computed once, before the run; rest(signal) is known there");
    CHECK(messages("[boundary.signal]\ntop = { type = \"fixed\", value = \"cell*K\" }\n")
              .find("parameters, time, coordinates and surface fields are known there") !=
          std::string::npos);
    CHECK(messages("[boundary.signal]\ntop = { type = \"robin\", coefficient = \"k*width*cover\", "
                   "value = \"K*sin(k*time)\" }\n") == "accepted");
}

TEST_CASE("circles among derived values, rest values and functions are shown") {
    CHECK(messages("[derived.a]\nvalue = \"b*2\"\nunit = \"1\"\nmeaning = \"m\"\n"
                   "[derived.b]\nvalue = \"a + 1\"\nunit = \"1\"\nmeaning = \"m\"\n") ==
          "m.toml:2:9: error: 'a' needs itself: a -> b -> a\n"
          "    2 | value = \"b*2\"\n"
          "      |         ^~~~~\n"
          "each derived or rest value may use only values that do not need it");
    CHECK(messages("[derived.a]\nvalue = \"rest(other)*2\"\nunit = \"1\"\nmeaning = \"m\"\n"
                   "[species.other]\nrest = \"a\"\nunit = \"1\"\nscale = 1\nmeaning = \"m\"\n")
              .find("'a' needs itself: a -> rest(other) -> a") != std::string::npos);
    CHECK(messages("[function.f]\nvalue = \"g*2\"\nmeaning = \"m\"\n"
                   "[function.g]\nvalue = \"f + 1\"\nmeaning = \"m\"\n")
              .find("function 'f' needs itself: f -> g -> f") != std::string::npos);
}

TEST_CASE("a fault inside a function says who uses it") {
    CHECK(messages("[function.f]\narguments = [\"a\"]\nvalue = \"signal + a\"\nmeaning = \"m\"\n"
                   "[process.p]\nrate = \"k*f(width)\"\nchanges = { signal = 1 }\n"
                   "meaning = \"m\"\n") ==
          "m.toml:3:19: error: cannot add different units: 'signal' is in ng/mL, 'a' is in mm\n"
          "    3 | value = \"signal + a\"\n"
          "      |                   ^\n"
          "in base units pg mm-3 against mm; function 'f' is used in process.p.rate");
}

TEST_CASE("a function that nothing uses is checked too") {
    CHECK(messages("[function.f]\narguments = [\"a\"]\nvalue = \"a*signl\"\nmeaning = \"m\"\n")
              .find("unknown name 'signl'") != std::string::npos);
}

TEST_CASE("a bare number where a unit is due is refused, 0 is not") {
    CHECK(messages("[species.u]\nunit = \"ng/mL\"\nscale = 5\nmeaning = \"m\"\n") ==
          "m.toml:3:9: error: bare number where a unit is due: 'species.u.scale' is in ng/mL\n"
          "    3 | scale = 5\n"
          "      |         ^\n"
          "write \"5 ng/mL\"");
    CHECK(messages("[species.u]\nunit = \"ng/mL\"\nrest = 5\nmeaning = \"m\"\n") ==
          "m.toml:3:8: error: bare number where a unit is due: rest of 'u' is in ng/mL\n"
          "    3 | rest = 5\n"
          "      |        ^\n"
          "write \"5 ng/mL\"");
    CHECK(messages("[species.u]\nunit = \"ng/mL\"\nrest = 0\nscale = \"1 ng/mL\"\n"
                   "meaning = \"m\"\n") == "accepted");
}

TEST_CASE("a parameter needs value, meaning, source and evidence") {
    CHECK(messages("[parameter.q]\n") ==
          "m.toml:1:12: error: [parameter.q] has no 'value'\n"
          "    1 | [parameter.q]\n"
          "      |            ^\n"
          "add value = \"2 ng/mL\", or a bare number if it has no unit\n"
          "m.toml:1:12: error: [parameter.q] has no 'meaning'\n"
          "    1 | [parameter.q]\n"
          "      |            ^\n"
          "add meaning = \"...\"\n"
          "m.toml:1:12: error: [parameter.q] has no 'source'\n"
          "    1 | [parameter.q]\n"
          "      |            ^\n"
          "add source = \"...\"\n"
          "m.toml:1:12: error: [parameter.q] has no 'evidence'\n"
          "    1 | [parameter.q]\n"
          "      |            ^\n"
          "one of measured, abstract, code, secondary, unchecked, fitted, design, derived");
}

TEST_CASE("a parameter's range, source, evidence and variations are checked") {
    const auto parameter = [](const std::string& lines) {
        return messages("[parameter.q]\nvalue = \"2 ng/mL\"\nmeaning = \"m\"\n" + lines);
    };
    const std::string rest = "source = \"chosen\"\nevidence = \"design\"\n";
    CHECK(parameter(rest + "range = [\"1 ng/mL\", \"8 mm\"]\n")
              .find("'parameter.q.range[2]' is in mm, but ng/mL is due") != std::string::npos);
    CHECK(parameter(rest + "range = [\"4 ng/mL\", \"8 ng/mL\"]\n")
              .find("the range leaves out the value 2 ng/mL") != std::string::npos);
    CHECK(parameter("source = \"dale1997: table\"\nevidence = \"design\"\n") ==
          "m.toml:4:11: error: unknown reference 'dale1997'\n"
          "    4 | source = \"dale1997: table\"\n"
          "      |           ^~~~~~~~\n"
          "known: dale1996; did you mean 'dale1996'?");
    CHECK(parameter("source = \"chosen\"\nevidence = \"mesured\"\n")
              .find("unknown evidence 'mesured'") != std::string::npos);
    CHECK(parameter(rest + "by.layer = { dermsi = \"1 ng/mL\" }\n") ==
          "m.toml:6:14: error: unknown layer 'dermsi'\n"
          "    6 | by.layer = { dermsi = \"1 ng/mL\" }\n"
          "      |              ^~~~~~\n"
          "known: epidermis, dermis; did you mean 'dermis'?");
    CHECK(parameter(rest + "by.colour = { red = \"1 ng/mL\" }\n").find("unknown key 'colour'") !=
          std::string::npos);
    CHECK(parameter(rest + "by.age = { \"20 year\" = \"1 ng/mL\", \"80\" = \"1 ng/mL\" }\n")
              .find("'80' is no age") != std::string::npos);
    CHECK(messages("[parameter.q]\nvalue = \"3 month\"\n" + rest + "meaning = \"m\"\n")
              .find("a month has 28 to 31 days") != std::string::npos);
}

TEST_CASE("names are defined once and not taken from the language") {
    CHECK(messages("[function.width]\nvalue = \"K\"\nmeaning = \"m\"\n") ==
          "m.toml:1:11: error: 'width' is defined twice\n"
          "    1 | [function.width]\n"
          "      |           ^~~~~\n"
          "line 14 makes it a parameter; choose another name");
    CHECK(messages("[function.time]\nvalue = \"K\"\nmeaning = \"m\"\n")
              .find("in expressions 'time' is the time; choose another name") != std::string::npos);
    CHECK(messages("[function.\"a b\"]\nvalue = \"K\"\nmeaning = \"m\"\n")
              .find("'a b' cannot be a name") != std::string::npos);
}

TEST_CASE("unknown keys are refused with those that are known") {
    CHECK(messages("[process.p]\nrate = \"k*signal\"\nchange = { signal = 1 }\n"
                   "meaning = \"m\"\n") ==
          "m.toml:1:10: error: [process.p] has no 'changes'\n"
          "    1 | [process.p]\n"
          "      |          ^\n"
          "add changes = { species = 1 }\n"
          "m.toml:3:1: error: unknown key 'change' in [process.p]\n"
          "    3 | change = { signal = 1 }\n"
          "      | ^~~~~~\n"
          "known: at, changes, in, meaning, rate, source, when; did you mean 'changes'?");
    CHECK(messages("[proces.p]\nrate = \"k\"\n").find("did you mean 'process'?") !=
          std::string::npos);
}

TEST_CASE("a process cannot run where a species it changes does not live") {
    CHECK(messages("[process.p]\nrate = \"k*cell\"\nchanges = { cell = 1 }\n"
                   "in = [\"epidermis\", \"dermis\"]\nmeaning = \"m\"\n") ==
          "m.toml:4:6: error: 'cell' does not live in layer 'epidermis', so process 'p' cannot run "
          "there\n"
          "    4 | in = [\"epidermis\", \"dermis\"]\n"
          "      |      ^~~~~~~~~~~~~~~~~~~~~~~\n"
          "leave the layer out");
    CHECK(messages("[process.p]\nat = \"surface\"\nrate = \"k*signal\"\n"
                   "changes = { signal = 1 }\nmeaning = \"m\"\n")
              .find("a process at a surface changes surface fields only") != std::string::npos);
}

TEST_CASE("rest values by layer name every layer of the species and no other") {
    CHECK(messages("[species.u]\nunit = \"1\"\nrest = { dermis = 1 }\nmeaning = \"m\"\n")
              .find("rest of 'u' says nothing of layer 'epidermis'") != std::string::npos);
    CHECK(messages("[species.u]\nunit = \"1\"\nrest = { dermis = 1, epidermis = 2 }\n"
                   "in = [\"dermis\"]\nmeaning = \"m\"\n")
              .find("'u' does not live in layer 'epidermis'") != std::string::npos);
    CHECK(messages("[species.u]\nunit = \"1\"\nmeaning = \"m\"\n") ==
          "m.toml:1:10: error: 'u' rests at 0 and has no 'scale'\n"
          "    1 | [species.u]\n"
          "      |          ^\n"
          "add scale = \"... 1\", a typical size in a wound: tolerances refer to it");
}

TEST_CASE("transport is checked like rates") {
    CHECK(messages("[transport.signal]\ndiffusivity = \"k\"\n")
              .find("diffusivity of 'signal' is in d-1, but mm2 d-1 is due") != std::string::npos);
    CHECK(messages("[transport.signl]\ndiffusivity = \"k*width^2\"\n")
              .find("known: signal, cell, cover; did you mean 'signal'?") != std::string::npos);
    CHECK(messages("[transport.cell]\ndiffusivity = \"k*width^2\"\n"
                   "taxis = [{ toward = \"signal\", sensitivity = \"k\" }]\n")
              .find("sensitivity of 'cell' toward 'signal' is in d-1, but mm5 pg-1 d-1 is due") !=
          std::string::npos);
    CHECK(messages("[transport.signal]\ndiffusivity = \"k*width^2\"\nrelative_to_rest = true\n")
              .find("'signal' has no rest value to move relative to") != std::string::npos);
    CHECK(messages("[transport.signal]\ndiffusivity = \"k*width^2\"\n"
                   "permeability = { \"dermis / epidermis\" = \"k*width\" }\n")
              .find("write two neighbouring layers, upper first, such as \"epidermis / dermis\"") !=
          std::string::npos);
}

TEST_CASE("outcomes know their observable, its unit and their moment") {
    const auto outcome = [](const std::string& lines) {
        return messages("[outcome.o]\nmeaning = \"m\"\n" + lines);
    };
    CHECK(outcome("of = \"mean\"\nmeasure = \"value\"\nunit = \"d\"\nat = \"end\"\n") ==
          "m.toml:5:8: error: measure 'value' of 'mean' cannot be in d\n"
          "    5 | unit = \"d\"\n"
          "      |        ^~~\n"
          "'mean' is in ng/mL: write a unit such as ng/mL");
    CHECK(outcome("of = \"mean\"\nmeasure = \"value\"\nunit = \"ng/mL\"\nat = \"3 day after lst "
                  "session\"\n") ==
          "m.toml:6:6: error: '3 day after lst session' is no moment\n"
          "    6 | at = \"3 day after lst session\"\n"
          "      |      ^~~~~~~~~~~~~~~~~~~~~~~~~\n"
          "write \"90 day after last session\", \"28 day after first session\", \"12 week\" or "
          "\"end\"");
    CHECK(outcome("of = \"maen\"\nmeasure = \"peek\"\nunit = \"ng/mL\"\nat = \"end\"\n")
              .find("did you mean 'peak'?") != std::string::npos);
    CHECK(outcome("of = \"mean\"\nmeasure = \"first_above\"\nunit = \"d\"\n")
              .find("needs one of 'threshold' and 'threshold_relative'") != std::string::npos);
    CHECK(outcome("of = \"mean\"\nmeasure = \"peak\"\nunit = \"ug/mL\"\nfrom = \"2 day before "
                  "first session\"\n") == "accepted");
}

TEST_CASE("conditions of events are checked against their observable") {
    const auto event = [](const std::string& when) {
        return messages("[event.e]\nwhen = \"" + when + "\"\nchanges = { signal = 0 }\n");
    };
    CHECK(event("mean > 2 ng/mL") == "accepted");
    CHECK(event("mean > 2 mm") ==
          "m.toml:2:15: error: 'mean' is in ng/mL, its threshold in mm\n"
          "    2 | when = \"mean > 2 mm\"\n"
          "      |               ^~~~~\n"
          "write when = \"observable > 0.5 mm\", or '<'");
    CHECK(event("maen > 2 ng/mL").find("known: mean; did you mean 'mean'?") != std::string::npos);
    CHECK(event("mean = 2").find("the condition has no '>' or '<'") != std::string::npos);
}

TEST_CASE("all faults of a file come in one pass, in its order") {
    const std::string all = messages(
        "[process.p]\nrate = \"k*signl\"\nchanges = { signal = 1, cel = 1 }\nmeaning = \"m\"\n"
        "[transport.signal]\ndiffusivity = \"k\"\n[injury]\nsignal = \"width\"\n");
    std::size_t at = 0;
    for (const char* place : {"m.toml:2:11: ", "m.toml:3:25: ", "m.toml:6:16: ", "m.toml:8:11: "}) {
        const std::size_t found = all.find(place, at);
        REQUIRE(found != std::string::npos);
        at = found + 1;
    }
}

namespace {

/// A switch of two options, in front of the lines under test.
std::string with_switch(const std::string& lines) {
    return messages(
        "[switch.loss]\nvalue = \"slow\"\nmeaning = \"m\"\n"
        "options = [\"slow\", \"fast\"]\n" +
        lines);
}

std::string of_rate(const std::string& rate) {
    return with_switch("[process.p]\nrate = \"" + rate +
                       "\"\nchanges = { signal = 1 }\nmeaning = \"m\"\n");
}

}  // namespace

TEST_CASE("a switch is no number, and its options are checked wherever they are named") {
    CHECK(of_rate("k*signal*is(loss, fast)") == "accepted");
    CHECK(of_rate("choose(loss, fast: k*signal, slow: 0)") == "accepted");
    CHECK(of_rate("k*signal*loss") ==
          "m.toml:6:18: error: 'loss' is a switch, not a number\n"
          "    6 | rate = \"k*signal*loss\"\n"
          "      |                  ^~~~\n"
          "write is(loss, slow), which is 1 or 0, or choose(loss, slow: ..., fast: ...)");
    CHECK(of_rate("k*signal*is(loss, fsat)") ==
          "m.toml:6:27: error: switch 'loss' has no option 'fsat'\n"
          "    6 | rate = \"k*signal*is(loss, fsat)\"\n"
          "      |                           ^~~~\n"
          "known: slow, fast; did you mean 'fast'?");
    CHECK(of_rate("k*signal*is(k, fast)").find("'k' is a parameter, not a switch") !=
          std::string::npos);
}

TEST_CASE("choose() wants one value of one unit for every option") {
    CHECK(of_rate("choose(loss, fast: k*signal)") ==
          "m.toml:6:9: error: choose() says nothing of option 'slow' of 'loss'\n"
          "    6 | rate = \"choose(loss, fast: k*signal)\"\n"
          "      |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
          "add 'slow: ...'");
    CHECK(of_rate("choose(loss, fast: k*signal, slow: width)")
              .find("cannot choose between different units") != std::string::npos);
    CHECK(of_rate("choose(loss, k*signal, k*signal)").find("says no option") != std::string::npos);
    CHECK(of_rate("choose(loss, fast: k, fast: k)").find("option 'fast' is given twice") !=
          std::string::npos);
    CHECK(of_rate("k*signal*hill(fast: signal, K, 1)").find("'hill' has no argument 'fast:'") !=
          std::string::npos);
    CHECK(of_rate("k:signal").find("':' where an operator is due") != std::string::npos);
}

TEST_CASE("a process hangs on switches and options that exist") {
    const auto when = [](const std::string& text) {
        return with_switch("[process.p]\nrate = \"k*signal\"\nwhen = " + text +
                           "\nchanges = { signal = 1 }\nmeaning = \"m\"\n");
    };
    CHECK(when("{ loss = \"fast\" }") == "accepted");
    CHECK(when("{ loss = [\"fast\", \"slow\"] }") == "accepted");
    CHECK(when("{ los = \"fast\" }").find("unknown switch 'los'") != std::string::npos);
    CHECK(when("{ loss = \"quick\" }").find("switch 'loss' has no option 'quick'") !=
          std::string::npos);
    CHECK(when("\"loss\"").find("write when = { switch = \"option\" }") != std::string::npos);
}

TEST_CASE("a switch needs two options and a default among them") {
    const auto define = [](const std::string& lines) {
        return messages("[switch.s]\nmeaning = \"m\"\n" + lines);
    };
    CHECK(define("value = \"a\"\noptions = [\"a\"]\n").find("a switch needs two options or more") !=
          std::string::npos);
    CHECK(
        define("value = \"c\"\noptions = [\"a\", \"b\"]\n").find("switch 's' has no option 'c'") !=
        std::string::npos);
    CHECK(define("options = { a = \"one\", b = \"other\" }\n").find("[switch.s] has no 'value'") !=
          std::string::npos);
    CHECK(define("value = \"b\"\noptions = { a = \"one\", b = \"other\" }\n") == "accepted");
}

TEST_CASE("a parameter with listed values stands at one of them") {
    const auto define = [](const std::string& lines) {
        return messages(
            "[parameter.q]\nvalue = 2\nmeaning = \"m\"\nsource = \"chosen\"\n"
            "evidence = \"design\"\n" +
            lines);
    };
    CHECK(define("options = [1, 2]\n") == "accepted");
    CHECK(define("options = [1, 3]\n").find("the options leave out the value 2") !=
          std::string::npos);
    CHECK(define("options = [1, 2]\nrange = [1, 3]\n").find("both 'options' and a 'range'") !=
          std::string::npos);
}

namespace {

/// A tensor in front of the lines under test, which begin on line 6.
std::string with_tensor(const std::string& lines) {
    return messages(
        "[species.fibre]\nkind = \"symmetric tensor\"\nunit = \"1\"\n"
        "rest = \"identity/3\"\nmeaning = \"m\"\n" +
        lines);
}

std::string of_fibre(const std::string& rate, const std::string& changes) {
    return with_tensor("[process.p]\nrate = \"" + rate + "\"\nchanges = { " + changes +
                       " }\nmeaning = \"m\"\n");
}

}  // namespace

TEST_CASE("tensors add to tensors and scale with numbers") {
    CHECK(of_fibre("k*(along(x) - fibre)", "fibre = 1") == "accepted");
    CHECK(of_fibre("k*contract(fibre, along(z))*K/trace(fibre)", "signal = 1") == "accepted");
    CHECK(of_fibre("k*signal*anisotropy(fibre)", "signal = 1") == "accepted");
    CHECK(of_fibre("k*signal", "signal = -1, fibre = 0") == "accepted");
    CHECK(of_fibre("k", "fibre = \"along(x) - identity/3\"") == "accepted");
    CHECK(of_fibre("k*(fibre - 1)", "fibre = 1") ==
          "m.toml:7:20: error: a tensor is due beside a tensor, and '1' is a number\n"
          "    7 | rate = \"k*(fibre - 1)\"\n"
          "      |                    ^\n"
          "a number times identity is an isotropic tensor, times along(z) one along z");
    CHECK(of_fibre("k*fibre*fibre", "fibre = 1")
              .find("the product of two tensors is no symmetric tensor") != std::string::npos);
    CHECK(of_fibre("k*exp(fibre)", "fibre = 1")
              .find("an argument of exp() must be a number: 'fibre' is a tensor") !=
          std::string::npos);
}

TEST_CASE("numbers and tensors are not taken for each other") {
    CHECK(
        of_fibre("k*fibre", "signal = 1").find("the rate is a tensor and cannot change 'signal'") !=
        std::string::npos);
    CHECK(of_fibre("k*signal", "fibre = 1").find("the yield of 'fibre' must be a tensor") !=
          std::string::npos);
    CHECK(with_tensor("[observable.o]\nvalue = \"fibre\"\nunit = \"1\"\nmeaning = \"m\"\n")
              .find("a number is due, and 'fibre' is a tensor") != std::string::npos);
    CHECK(with_tensor("[injury]\nfibre = \"wounded\"\n")
              .find("new value of 'fibre' must be a tensor, and this is a number") !=
          std::string::npos);
    CHECK(with_tensor("[injury]\nfibre = \"K*along(x)\"\n")
              .find("new value of 'fibre' is in ng/mL, but a dimensionless tensor is due") !=
          std::string::npos);
    CHECK(with_tensor("[transport.fibre]\ndiffusivity = \"k*width^2\"\n")
              .find("a species is due, and 'fibre' is a tensor") != std::string::npos);
    CHECK(of_fibre("k*component(fibre, xw)*K", "signal = 1").find("no component 'xw'") !=
          std::string::npos);
}

TEST_CASE("what a quasi-steady field cannot do is said where it is asked") {
    const auto with_field = [](const std::string& lines) {
        return messages(
            "[species.oxygen]\nquasi_steady = true\nunit = \"kPa\"\n"
            "scale = \"20 kPa\"\nmeaning = \"m\"\n" +
            lines);
    };
    const std::string tail = "meaning = \"m\"\n";
    CHECK(with_field("[process.p]\nrate = \"k*oxygen\"\nchanges = { oxygen = -1 }\n" + tail) ==
          "accepted");
    CHECK(with_field("[process.p]\nrate = \"k*oxygen\"\nchanges = { oxygen = -1, signal = 0 }\n" +
                     tail)
              .find("changes quasi-steady fields, and 'signal' is stepped") != std::string::npos);
    CHECK(with_field("[injury]\noxygen = 0\n").find("its equation decides it") !=
          std::string::npos);
    CHECK(with_field("[transport.oxygen]\ndiffusivity = \"k*width^2*(1 + signal/K)\"\n")
              .find("varies within a layer") != std::string::npos);
}

TEST_CASE("integrals know their layers, their dimension and that they do not nest") {
    CHECK(rate_messages("k*mean(signal)") == "accepted");
    CHECK(rate_messages("k*integral(signal, dermis)/width^3") == "accepted");
    CHECK(rate_messages("k*K*surface_integral(cover)/width^2") == "accepted");
    CHECK(rate_messages("k*integral(signal)").find("its rate of change must be in") !=
          std::string::npos);
    CHECK(rate_messages("k*mean(signal, dermas)").find("unknown layer 'dermas'") !=
          std::string::npos);
    CHECK(rate_messages("k*mean(signal*mean(signal))/K")
              .find("there is no integral under an integral") != std::string::npos);
}
