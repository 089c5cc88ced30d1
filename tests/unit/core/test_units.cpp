#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/core/units.hpp>

using namespace neocol;

namespace {

Dimension d(const std::string& name, double power = 1.0) {
    return Dimension::base(name).power(power);
}

std::string message_of(const UnitSystem& units, const std::string& text) {
    try {
        units.parse_quantity(text);
    } catch (const InputError& error) {
        return error.diagnostics.at(0).message + " | " + error.diagnostics.at(0).help;
    }
    return "accepted";
}

}  // namespace

TEST_CASE("quantities become internal values in mm, d, pg, cell, K") {
    const UnitSystem units;
    const auto value = [&](const char* text) { return units.parse_quantity(text).internal(); };
    CHECK(value("1.5 mm") == 1.5);
    CHECK(value("20 um") == 0.02);
    CHECK(value("20 \xc2\xb5m") == 0.02);
    CHECK(value("250 cm-2") == 2.5);
    CHECK(value("250 /cm2") == 2.5);
    CHECK(value("250/cm2") == 2.5);
    CHECK(value("250 1/cm2") == 2.5);
    CHECK(value("4 week") == 28.0);
    CHECK(value("12 h") == 0.5);
    CHECK(value("20 %") == Approx(0.2).epsilon(1e-15));
    CHECK(value("20%") == value("20 %"));
    CHECK(value("0.3") == 0.3);
    CHECK(value("1e-3 mm2/d") == 1e-3);
    CHECK(value("1e-7 cm2/s") == Approx(1e-5 * 86400.0).epsilon(1e-14));
    CHECK(value("1 ng/mL") == 1.0);
    CHECK(value("1 ug/mL") == 1000.0);
    CHECK(value("3 pg/cell/d") == 3.0);
    CHECK(value("3 mm3/cell/d") == 3.0);
    CHECK(value("2e6 cell/mL") == 2000.0);
    CHECK(value("5 cells/mm3") == 5.0);
    CHECK(value("34 year") == Approx(34.0 * 365.242198781).epsilon(1e-12));
    CHECK(value("25 degC") == Approx(298.15).epsilon(1e-15));
    CHECK(value("77 degF") == Approx(298.15).epsilon(1e-12));
    CHECK(value("-0.5 mm") == -0.5);
}

TEST_CASE("dimensions multiply, divide and take roots") {
    const UnitSystem units;
    CHECK(units.parse("mm3/cell/d").dimension == d("m", 3) / d("cell") / d("s"));
    CHECK(units.parse("ng/mL").dimension == d("kg") / d("m", 3));
    CHECK(units.parse("nM").dimension == d("mol") / d("m", 3));
    CHECK(units.parse("%").dimension.is_one());
    CHECK(units.parse("rad").dimension.is_one());
    CHECK(units.parse("").dimension.is_one());
    CHECK(d("m", 2).power(0.5) == d("m"));
    CHECK((d("m") / d("m")).is_one());
    CHECK_THROWS_AS(d("m").power(0.123456), std::logic_error);
}

TEST_CASE("the coherent unit of a dimension reads and parses back") {
    const UnitSystem units;
    const Unit unit = units.coherent(units.parse("ng/mL/h").dimension);
    CHECK(unit.text == "pg mm-3 d-1");
    const Unit again = units.parse(unit.text);
    CHECK(again.dimension == unit.dimension);
    CHECK(again.scale == 1.0);
    CHECK(units.coherent({}).text == "1");
}

TEST_CASE("a model's own units are base units") {
    UnitSystem units;
    units.declare("I_ref");
    CHECK(units.parse("I_ref/d").dimension == d("I_ref") / d("s"));
    CHECK(units.coherent(d("I_ref")).text == "I_ref");
    CHECK_THROWS_AS(units.declare("mm"), InputError);
    CHECK_THROWS_AS(units.declare("I_ref"), InputError);
    CHECK_THROWS_AS(units.declare("2x"), InputError);
}

TEST_CASE("units that are hardly ever meant are refused with a hint") {
    const UnitSystem units;
    CHECK(message_of(units, "3 month") ==
          "'month' is no fixed length of time | a month has 28 to 31 days: say which, such as "
          "'30 day' or '4 week'");
    CHECK(message_of(units, "37 C") == "'C' is the coulomb | did you mean 'degC'?");
    CHECK(message_of(units, "3 a") == "'a' is the are (100 m2) | did you mean 'year' or 'd'?");
    CHECK(message_of(units, "2 mm^0.5") ==
          "unit 'mm^0.5' has a fractional power | powers of units are whole numbers, such as "
          "'mm2' or 'd-1'");
    CHECK(message_of(units, "days since 2000-01-01").find("no quantity") != std::string::npos);
}

TEST_CASE("unknown units come with the nearest known one") {
    const UnitSystem units;
    CHECK(message_of(units, "3 weeek") == "unknown unit 'weeek' | did you mean 'week'?");
    CHECK(message_of(units, "3 cels/mm3") == "unknown unit 'cels' | did you mean 'cell'?");
}

TEST_CASE("what is no quantity is refused") {
    const UnitSystem units;
    CHECK(message_of(units, "thick") ==
          "'thick' is no quantity | write a number and its unit, such as '1.5 mm'");
    CHECK(message_of(units, "1 2 mm").find("no quantity") != std::string::npos);
    CHECK(message_of(units, "1,5 mm").find("no quantity") != std::string::npos);
    CHECK(message_of(units, "inf mm").find("no quantity") != std::string::npos);
    CHECK(message_of(units, "").find("no quantity") != std::string::npos);
}

TEST_CASE("a value is written in its unit") {
    const UnitSystem units;
    CHECK(format_quantity(0.02, units.parse("um")) == "20 um");
    CHECK(format_quantity(0.2, units.parse("%")) == "20 %");
    CHECK(format_quantity(1.0 / 3.0, units.parse("1"), 3) == "0.333");
}
