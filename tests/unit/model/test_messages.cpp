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
    CHECK(rate_messages("parameter.k*signal").find("names stand without their table: 'k'") !=
          std::string::npos);
    CHECK(rate_messages("k*.signal").find("without their table: 'signal'") != std::string::npos);
    CHECK(rate_messages("k. + signal").find("expressions have") != std::string::npos);
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
                   "value = \"K*(1 + sin(k*time))\" }\n") == "accepted");
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
          "m.toml:3:9: error: 'scale' is in ng/mL and needs a unit, but 5 has none\n"
          "    3 | scale = 5\n"
          "      |         ^\n"
          "write it with its unit, such as \"5 ng/mL\"");
    CHECK(messages("[species.u]\nunit = \"ng/mL\"\nrest = 5\nmeaning = \"m\"\n") ==
          "m.toml:3:8: error: bare number where a unit is due: rest of 'u' is in ng/mL\n"
          "    3 | rest = 5\n"
          "      |        ^\n"
          "write \"5 ng/mL\"");
    CHECK(messages("[species.u]\nunit = \"ng/mL\"\nrest = 0\nscale = \"1 ng/mL\"\n"
                   "meaning = \"m\"\n") == "accepted");
}
