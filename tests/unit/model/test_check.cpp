#include <catch2/catch.hpp>

#include <neocol/model/check.hpp>

#include "model_text.hpp"

using namespace neocol;
using namespace neocol::model;
using neocol::model::test::common;
using neocol::model::test::load;

namespace {

std::string warnings(const std::string& lines) {
    const Model model = parse_model(lines + common, "m.toml");
    std::string text;
    for (const Diagnostic& diagnostic : lint(model))
        text += render(diagnostic, "warning") + '\n';
    return text;
}

}  // namespace

TEST_CASE("parameters and derived values that nothing uses are named") {
    const Model model = parse_model(
        "[derived.a]\nvalue = \"2*k\"\nunit = \"d-1\"\nmeaning = \"m\"\n[process.p]\n"
        "rate = \"signal*k\"\nchanges = { signal = -1 }\nmeaning = \"m\"\n" +
            common,
        "m.toml");
    CHECK(unused(model) == std::vector<std::string>{"K", "width", "a"});
    CHECK(unused(load("demo")).empty());
}

TEST_CASE("a value used only through an unused one is unused too") {
    const Model model = parse_model(
        "[derived.a]\nvalue = \"2*k\"\nunit = \"d-1\"\nmeaning = \"m\"\n"
        "[derived.b]\nvalue = \"a*2\"\nunit = \"d-1\"\nmeaning = \"m\"\n" +
            common,
        "m.toml");
    CHECK(unused(model) == std::vector<std::string>{"k", "K", "width", "a", "b"});
}

TEST_CASE("a denominator that can be 0 is a warning, one that cannot is none") {
    CHECK(warnings("[process.p]\nrate = \"k*cell*signal/K*(width/width)/cell*cell\"\n"
                   "changes = { cell = 1 }\nmeaning = \"m\"\n")
              .find("process 'p': the denominator 'cell' can be 0") != std::string::npos);
    CHECK(warnings("[process.p]\nrate = \"k*width/width*signal*K/(K + signal)*hill(signal, K, 2)*"
                   "fraction(signal, K)/(1 + (signal/K)^2)/(2*K - K)*K\"\n"
                   "changes = { signal = 1 }\nmeaning = \"m\"\n")
              .find("denominator") == std::string::npos);
}

TEST_CASE("a denominator whose parts cannot conspire to be 0 is no warning") {
    // Interval arithmetic takes the two `q` for different numbers: 1 - q/(1 + q) would reach 1 -
    // 3/2.
    const std::string lines =
        "[parameter.q]\nvalue = 2\nrange = [1, 3]\nmeaning = \"m\"\nsource = \"chosen\"\n"
        "evidence = \"design\"\n[derived.share]\nvalue = \"1 - q/(1 + q)\"\nunit = \"1\"\n"
        "meaning = \"m\"\n[process.p]\nrate = \"k*K*width/width*signal/K/share\"\n"
        "changes = { signal = 1 }\nmeaning = \"m\"\n";
    CHECK(warnings(lines).find("denominator") == std::string::npos);
}

TEST_CASE("species that nothing changes are named") {
    const std::string all = warnings("[injury]\nsignal = \"K*k*width/k/width\"\n");
    CHECK(all.find("species 'cell' never changes") != std::string::npos);
    CHECK(all.find("species 'signal' never changes") == std::string::npos);
}

TEST_CASE("ranges of parameters decide whether a denominator can be 0") {
    const auto range = [](const std::string& low) {
        return warnings("[parameter.q]\nvalue = 2\nrange = [" + low +
                        ", 3]\nmeaning = \"m\"\n"
                        "source = \"chosen\"\nevidence = \"design\"\n[process.p]\n"
                        "rate = \"k*K*width/width*signal/K/(q - 1)\"\n"
                        "changes = { signal = 1 }\nmeaning = \"m\"\n");
    };
    CHECK(range("1.5").find("denominator") == std::string::npos);
    CHECK(range("0.5").find("the denominator 'q - 1' can be 0") != std::string::npos);
}

TEST_CASE("nominal inputs follow layers and derived values") {
    const Model model = load("demo");
    const auto find = [&](Input::Kind kind, const std::string& name, int layer) {
        const std::vector<double> values = nominal_inputs(model, layer);
        for (std::size_t i = 0; i < model.inputs.size(); ++i)
            if (model.inputs[i].kind == kind && model.inputs[i].name == name) return values[i];
        return -1.0;
    };
    CHECK(find(Input::Kind::parameter, "D_signal", 0) == 0.1);
    CHECK(find(Input::Kind::parameter, "D_signal", 1) == 0.3);
    CHECK(find(Input::Kind::derived, "capacity", 1) == Approx(1000.0 / (1.0 - 0.1 / 0.5)));
    CHECK(find(Input::Kind::derived, "synthesis", 1) == Approx(0.01 * 2e8 / 1000.0));
}

TEST_CASE("the example of the documentation is a valid model without notes") {
    const std::string page =
        neocol::test::read_text(std::string(NEOCOL_SOURCE_DIR) + "/docs/model-language.md");
    const std::string fence = "```toml\n";
    const std::size_t begin = page.find(fence) + fence.size();
    const std::string text = page.substr(begin, page.find("```", begin) - begin);
    const Model model = parse_model(text, "first.toml");
    CHECK(model.species.size() == 3);
    CHECK(model.processes.size() == 5);
    CHECK(unused(model).empty());
    CHECK(lint(model).empty());
}
