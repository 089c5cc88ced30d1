#include <catch2/catch.hpp>

#include "model_text.hpp"

using neocol::model::test::messages;

TEST_CASE("a parameter needs value, meaning, source and evidence") {
    CHECK(messages("[parameter.q]\n") ==
          "m.toml:1:12: error: missing key 'value' in [parameter.q]\n"
          "    1 | [parameter.q]\n"
          "      |            ^\n"
          "add value = \"2 ng/mL\", or a bare number if it has no unit\n"
          "m.toml:1:12: error: missing key 'meaning' in [parameter.q]\n"
          "    1 | [parameter.q]\n"
          "      |            ^\n"
          "add meaning = \"...\"\n"
          "m.toml:1:12: error: missing key 'source' in [parameter.q]\n"
          "    1 | [parameter.q]\n"
          "      |            ^\n"
          "add source = \"...\"\n"
          "m.toml:1:12: error: missing key 'evidence' in [parameter.q]\n"
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
              .find("'range[2]' is in ng/mL, but '8 mm' has the unit 'mm', which is a length") !=
          std::string::npos);
    CHECK(parameter(rest + "range = [\"4 ng/mL\", \"8 ng/mL\"]\n")
              .find("the range leaves out the value 2 ng/mL") != std::string::npos);
    CHECK(parameter("source = \"dale1997: table\"\nevidence = \"design\"\n") ==
          "m.toml:4:11: error: unknown reference 'dale1997'\n"
          "    4 | source = \"dale1997: table\"\n"
          "      |           ^~~~~~~~\n"
          "known: dale1996; did you mean 'dale1996'?");
    CHECK(parameter("source = \"chosen\"\nevidence = \"mesured\"\n")
              .find("unknown grade of evidence 'mesured'") != std::string::npos);
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
          "m.toml:1:10: error: missing key 'changes' in [process.p]\n"
          "    1 | [process.p]\n"
          "      |          ^\n"
          "add changes = { species = 1 }\n"
          "m.toml:3:1: error: unknown key 'change' in [process.p]\n"
          "    3 | change = { signal = 1 }\n"
          "      | ^~~~~~\n"
          "known: at, changes, in, meaning, rate, source, stops_below, when; did you mean "
          "'changes'?");
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
