#include <catch2/catch.hpp>

#include "model_text.hpp"

using neocol::model::test::messages;
using neocol::model::test::process;
using neocol::model::test::rate_messages;

namespace {

/// A switch of two options, in front of the lines under test.
std::string with_switch(const std::string& lines) {
    return messages(
        "[switch.loss]\nvalue = \"slow\"\nmeaning = \"m\"\n"
        "options = [\"slow\", \"fast\"]\n" +
        lines);
}

std::string of_rate(const std::string& rate) {
    return with_switch(process(rate));
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
    CHECK(define("options = { a = \"one\", b = \"other\" }\n")
              .find("missing key 'value' in [switch.s]") != std::string::npos);
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
    return with_tensor(process(rate, changes));
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
