#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <map>

#include <neocol/core/error.hpp>
#include <neocol/study/cohort.hpp>
#include <neocol/study/cohort_compare.hpp>
#include <neocol/study/cohort_statistics.hpp>
#include <neocol/study/parameter_draws.hpp>

using namespace neocol;
using namespace neocol::study;

namespace {

const std::string cohort_text = R"(title = "Some persons"
[age]
distribution = "uniform"
range = ["20 year", "60 year"]
source = "chosen"
evidence = "design"
[phototype]
shares = { 2 = 0.25, 4 = 0.75 }
source = "chosen"
evidence = "design"
[thickness.dermis]
distribution = "lognormal"
median = 1
range = [0.5, 2]
source = "chosen"
evidence = "design"
[property.perfusion]
distribution = "uniform"
range = [0.8, 1.2]
source = "chosen"
evidence = "design"
)";

std::string fault_of(const std::string& text) {
    try {
        read_cohort(text, "cohort.toml");
    } catch (const InputError& error) {
        return error.what();
    }
    return "none";
}

model::Model tiny() {
    model::Model model;
    model.name = "tiny";
    model.properties = {"perfusion"};
    model.property_units = {Unit{}};
    for (const char* name : {"a", "b"}) {
        model::Parameter p;
        p.name = name;
        p.unit = model.units.parse(std::string(name) == "a" ? "d-1" : "1");
        model.parameters.push_back(p);
    }
    return model;
}

}  // namespace

TEST_CASE("persons are spread over the cohort's distributions and shares") {
    const Cohort cohort = read_cohort(cohort_text, "cohort.toml");
    const auto persons = draw_persons(cohort, 40, 1);
    int younger = 0, type_2 = 0, thinner = 0;
    for (const Person& person : persons) {
        younger += person.traits[0] < 40.0;
        thinner += person.traits[1] < 1.0;
        type_2 += person.choices[0] == "2";
        CHECK((person.traits[0] >= 20.0 && person.traits[0] <= 60.0));
    }
    CHECK(younger == 20);
    CHECK(thinner == 20);
    CHECK(type_2 == 10);
    CHECK(draw_persons(cohort, 40, 1)[7].traits == persons[7].traits);
    CHECK(draw_persons(cohort, 40, 2)[7].traits != persons[7].traits);
}

TEST_CASE("a person's tissue multiplies the layers of the site") {
    const Cohort cohort = read_cohort(cohort_text, "cohort.toml");
    const Person person{{34.0, 1.5, 0.9}, {"4"}};
    tissue::Skin skin;
    skin.age = 100.0;
    skin.phototype = 4;
    skin.layers = {{"epidermis", 0.1, false, {{"perfusion", 0.0}}},
                   {"dermis", 2.0, false, {{"perfusion", 0.5}}}};
    const auto overrides = tissue_overrides(cohort, person, skin, tiny());
    REQUIRE(overrides.size() == 3);
    CHECK(overrides[0].key == "skin.layers");
    CHECK(overrides[0].value.find("\"dermis\", thickness = \"3 mm\", properties = { perfusion = "
                                  "0.45") != std::string::npos);
    CHECK(overrides[0].value.find("\"epidermis\", thickness = \"0.1") != std::string::npos);
    skin.layers.pop_back();
    CHECK_THROWS_WITH(tissue_overrides(cohort, person, skin, tiny()), Catch::Contains("dermis"));
    const auto who = person_overrides(cohort, person);
    CHECK(who[0].value == "\"34 year\"");
    CHECK(who[1].key == "skin.phototype");
    CHECK(parameter_factor(cohort, person, "a") == 1.0);
}

TEST_CASE("every fault of a cohort file is told at its place") {
    CHECK_THAT(fault_of("title = \"x\"\n"), Catch::Contains("do not differ"));
    CHECK_THAT(fault_of(cohort_text + "[thicknes.dermis]\n"), Catch::Contains("thickness"));
    std::string text = cohort_text;
    text.replace(text.find("0.75"), 4, "0.70");
    CHECK_THAT(fault_of(text), Catch::Contains("add up to 0.95"));
    text = cohort_text;
    text.replace(text.find("\"20 year\""), 9, "20");
    CHECK_THAT(fault_of(text), Catch::Contains("cohort.toml:4:10") && Catch::Contains("34 year"));
    text = cohort_text;
    text.replace(text.find("median = 1"), 10, "median = 3");
    CHECK_THAT(fault_of(text), Catch::Contains("median lies outside"));
}

TEST_CASE("systematic resampling takes rows in proportion to their weight") {
    const std::string text =
        "# from a test\ndraw,weight,a [h-1],b\n0,1,24,0.5\n1,3,48,0.6\n2,0,9,9\n";
    const ParameterDraws draws = draw_sample(text, "s.csv", tiny(), 40, 5);
    std::map<double, int> counts;
    for (const auto& row : draws.values)
        ++counts[row[0]];
    CHECK(counts[24.0] == 10);
    CHECK(counts[48.0] == 30);
    CHECK(draws.parameters[0].unit == "h-1");
    CHECK_THROWS_WITH(draw_sample("draw,weight,c\n0,1,2\n", "s.csv", tiny(), 1, 1),
                      Catch::Contains("s.csv:1") && Catch::Contains("'c'"));
    CHECK_THROWS_WITH(draw_sample("draw,weight,a [mm]\n0,1,2\n", "s.csv", tiny(), 1, 1),
                      Catch::Contains("mm"));
    CHECK_THROWS_WITH(draw_sample("draw,weight,b\n0,1,x\n", "s.csv", tiny(), 1, 1),
                      Catch::Contains("s.csv:2"));
    CHECK_THROWS_WITH(draw_sample("draw,weight,b\n0,0,1\n", "s.csv", tiny(), 1, 1),
                      Catch::Contains("positive weight"));
}

TEST_CASE("a sample may draw the options of a switch") {
    model::Model model = tiny();
    model.parameters[1].options.resize(2);
    model.parameters[1].options[0].name = "keep";
    model.parameters[1].options[1].name = "drop";
    const std::string text = "draw,weight,a [h-1],b [option]\n0,1,24,drop\n1,1,48,keep\n";
    const ParameterDraws draws = draw_sample(text, "s.csv", model, 2, 1);
    for (const auto& row : draws.values) {
        const io::Override set = set_parameter(draws.parameters[1], row[1]);
        CHECK(set.key == "parameters.b");
        CHECK(set.value == (row[0] == 24.0 ? "\"drop\"" : "\"keep\""));
    }
    CHECK_THROWS_WITH(draw_sample("draw,weight,b [option]\n0,1,dropp\n", "s.csv", model, 1, 1),
                      Catch::Contains("no option 'dropp'") && Catch::Contains("drop"));
}

TEST_CASE("a cohort is summed up by its median, the range over draws and the spread of persons") {
    // Person p under draw d has 10 d + p, for 11 persons and 21 draws.
    CohortTable table{21, 11, {}};
    for (int d = 0; d < 21; ++d)
        for (int p = 0; p < 11; ++p)
            table.values.push_back(10.0 * d + p);
    const CohortSummary summary = summarise(table, 1);
    CHECK(summary.median.median == 105.0);
    CHECK(summary.median.low == Approx(15.0));
    CHECK(summary.median.high == Approx(195.0));
    CHECK(summary.person_low == Approx(100.5));
    CHECK(summary.person_high == Approx(109.5));
    CHECK(summary.missing == 0);
    CHECK(summary.median.monte_carlo > 5.0);
    CHECK(summary.median.monte_carlo < 40.0);
}

TEST_CASE("the Monte Carlo error of a median falls as one over the root of the persons") {
    // A normal population: the median's standard error is 1.2533/sqrt(n); no spread over draws.
    const auto error = [](std::size_t n) {
        CohortTable table{1, n, {}};
        const Distribution bell{Distribution::Kind::normal, 0.0, -1.959963984540054,
                                1.959963984540054};
        for (std::size_t i = 0; i < n; ++i)
            table.values.push_back(
                quantile(bell, (static_cast<double>(i) + 0.5) / static_cast<double>(n)));
        return summarise(table, 3, 400).median.monte_carlo;
    };
    CHECK(error(100) == Approx(0.12).epsilon(0.25));
    CHECK(error(100) / error(900) == Approx(3.0).epsilon(0.35));
}

TEST_CASE("pairing takes away what persons and draws have in common") {
    CohortTable a{3, 4, {}}, b{3, 4, {}};
    for (int i = 0; i < 12; ++i) {
        a.values.push_back(i * i);
        b.values.push_back(i * i + (i % 4 == 0 ? -1.0 : 2.0));
    }
    const CohortTable difference = paired_difference(a, b);
    const CohortSummary summary = summarise(difference, 1);
    CHECK(summary.median.median == 2.0);
    CHECK(summary.median.low == 2.0);
    CHECK(summary.median.high == 2.0);
    CHECK(share_of_draws(difference, 1.0) == 1.0);
    const CohortShares more = shares(difference, 1.5, true, 1);
    CHECK(more.better.median == 0.75);
    CHECK(more.worse.median == 0.0);
    const CohortShares less = shares(difference, 0.5, false, 1);
    CHECK(less.better.median == 0.25);
    CHECK(less.worse.median == 0.75);
}

TEST_CASE("cases without a value are left out and counted") {
    const double none = std::numeric_limits<double>::quiet_NaN();
    const CohortTable table{2, 3, {1.0, none, 3.0, none, none, none}};
    const CohortSummary summary = summarise(table, 1);
    CHECK(summary.median.median == 2.0);
    CHECK(summary.missing == 4);
}

TEST_CASE("levels and differences are of the same persons under the same draws") {
    const double none = std::numeric_limits<double>::quiet_NaN();
    // The second regimen has a value for those who do well only, the third for nobody.
    std::vector<CohortTable> tables{{1, 4, {1.0, 2.0, 9.0, 9.0}},
                                    {1, 4, {0.5, 1.5, none, none}},
                                    {1, 4, {none, none, none, none}}};
    CHECK(keep_common(tables) == 2);
    const double first = summarise(tables[0], 1).median.median;
    const double second = summarise(tables[1], 1).median.median;
    const double change = summarise(paired_difference(tables[0], tables[1]), 1).median.median;
    CHECK(first == 1.5);
    CHECK(second - first == change);
    CHECK(summarise(tables[0], 1).missing == 2);
    CHECK(keep_common(tables) == 0);
}

TEST_CASE("a least difference names an outcome, a direction and a size") {
    const LeastDifference more = parse_least("gain>0.5");
    CHECK((more.outcome == "gain" && more.least == 0.5 && more.more_is_better));
    CHECK_FALSE(parse_least("melanin_peak < 0.1").more_is_better);
    for (const char* wrong : {"gain", "gain>", "gain>-1", ">1", "gain>x"})
        CHECK_THROWS_AS(parse_least(wrong), UsageError);
}
