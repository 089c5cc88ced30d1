#include <catch2/catch.hpp>

#include <neocol/model/describe.hpp>

#include "model_text.hpp"

using namespace neocol::model;
using neocol::model::test::load;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a description names every species, process, parameter and outcome of the model") {
    const Model model = load("demo");
    const std::string text = describe(model, Format::text);
    for (const Species& species : model.species)
        CHECK(contains(text, "d " + species.name + "/dt = "));
    for (const Process& process : model.processes)
        CHECK(contains(text, "R[" + process.name + "] = " + process.text + '\n'));
    for (const Parameter& parameter : model.parameters) {
        CHECK(contains(text, "  " + parameter.name + ' '));
        CHECK(contains(text, parameter.meaning));
    }
    for (const Outcome& outcome : model.outcomes)
        CHECK(contains(text, outcome.meaning));
}

TEST_CASE("the equation of a species has its transport and its processes with their yields") {
    const std::string text = describe(load("demo"), Format::text);
    CHECK(
        contains(text, "  d signal/dt = div(D[signal] grad signal) - R[clearance] - R[uptake]\n"));
    CHECK(contains(text,
                   "  d cell/dt = div(D[cell] rest(cell) grad(cell/rest(cell))) - div(S[cell, "
                   "signal] cell grad signal) + R[division] - R[death]\n"));
    CHECK(contains(text, "  d matrix/dt = synthesis*R[synthesis_of_matrix] - R[turnover]\n"));
    const std::string prey = describe(load("predator_prey"), Format::text);
    CHECK(contains(prey, "  d predator/dt = efficiency*R[predation] - R[starvation]\n"));
}

TEST_CASE("the parameter table has value, unit, range, meaning, source and evidence") {
    CHECK(contains(describe(load("demo"), Format::markdown),
                   "| $K_{\\mathrm{signal}}$ | 2 | ng/mL | 0.5 to 8 | loguniform | half-saturation "
                   "of everything the signal does | chosen | design |\n"));
    CHECK(contains(describe(load("demo"), Format::latex),
                   "$K_{\\mathrm{signal}}$ & 2 & ng/mL & 0.5 to 8 & loguniform & half-saturation "
                   "of everything the signal does & chosen & design \\\\\n"));
}

TEST_CASE("expressions become mathematics") {
    const std::string page = describe(load("demo"), Format::latex);
    CHECK(contains(page,
                   "\\[ \\mathrm{response}\\left(a\\right) = 1 + a\\,\\frac{\\mathrm{signal}"
                   "^{n_{\\mathrm{response}}}}{K_{\\mathrm{signal}}^{n_{\\mathrm{response}}} "
                   "+ \\mathrm{signal}^{n_{\\mathrm{response}}}} \\]"));
    CHECK(contains(page,
                   "\\[ \\mathrm{synthesis} = \\frac{k_{\\mathrm{turnover}}\\,\\overline{"
                   "\\mathrm{matrix}}}{\\overline{\\mathrm{cell}}} \\]"));
    CHECK(contains(page, "mean\\_signal"));
    CHECK(contains(describe(load("forced"), Format::latex),
                   "a\\,\\cos\\left(\\frac{\\pi\\,z}{L}\\right)"));
}

TEST_CASE("moments, regions and conditions read as sentences") {
    const std::string text = describe(load("demo"), Format::text);
    CHECK(contains(text,
                   "relative change of matrix, 28 d after the last session, against just before"));
    CHECK(contains(
        text,
        "first time above the threshold of closure of 99 %, from the first session to the end"));
    CHECK(contains(text, "mean, dermis, 0 to 0.5 mm deep"));
    CHECK(contains(text, "when mean_signal rises above 8 ng/mL"));
    CHECK(contains(text, "at 10 d, 20 d"));
    CHECK(contains(text, "permeability of epidermis / dermis [mm d-1]"));
}

TEST_CASE("JSON gives values in the units of the file and escapes text") {
    const std::string json = describe_json(load("demo"));
    CHECK(contains(json,
                   "{\"name\": \"killed\", \"value\": 50, \"unit\": \"%\", \"low\": 20, "
                   "\"high\": 90, "));
    CHECK(contains(json, "\"changes\": {\"matrix\": \"synthesis\"}"));
    CHECK(contains(json, "\"rest\": {\"dermis\": \"cell_rest*perfusion\"}"));
    Model model = load("decay");
    model.title = "a \"b\"\n\\c";
    CHECK(contains(describe_json(model), "\"title\": \"a \\\"b\\\"\\u000A\\\\c\""));
}
