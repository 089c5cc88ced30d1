#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/core/time.hpp>

using namespace neocol;

namespace {

Time read(const std::string& text) {
    static const UnitSystem units;
    return exact_time(text, units.parse_quantity(text));
}

std::string refusal(const std::string& text) {
    try {
        read(text);
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

constexpr std::int64_t second = 1'000'000'000;

}  // namespace

TEST_CASE("the same time in any unit is one number of nanoseconds") {
    for (const char* text : {"1 day", "24 h", "24 hour", "1440 min", "86400 s", "8.64e7 ms",
                             "86400000000 us", "0.1e1 d", "1.000 d", "864e11 ns"})
        CHECK(read(text) == Time::of_nanoseconds(86400 * second));
    CHECK(read("0.1 day") == read("2.4 h"));
    CHECK(read("1 week") == read("7 day"));
    CHECK(read("-90 min").nanoseconds() == -5400 * second);
    CHECK(read("0 s") == Time());
}

TEST_CASE("a year is 365.2422 days exactly") {
    CHECK(read("1 year") == read("365.2422 day"));
    CHECK(read("1 year").nanoseconds() == 31'556'926'080'000'000);
}

TEST_CASE("a time that is no whole number of nanoseconds is refused with the nearest") {
    CHECK(refusal("0.1234567891 s").find("the nearest is \"0.123456789 s\"") != std::string::npos);
    CHECK(refusal("1e-12 day").find("the nearest is \"0.000000086 s\"") != std::string::npos);
    CHECK(refusal("0.4 ns").find("the nearest is \"0 d\"") != std::string::npos);
    CHECK(refusal("1e-300 d").find("no whole number") != std::string::npos);
    CHECK(refusal("300 year").find("times reach to 292 years") != std::string::npos);
    CHECK(refusal("1e300 d").find("times reach to 292 years") != std::string::npos);
    CHECK(refusal("292 year") == "accepted");
}

TEST_CASE("what a program printed of a double is the time that was meant") {
    CHECK(read("0.041666666666666664 d") == read("1 h"));
    CHECK(read("0.30000000000000004 d") == read("0.3 d"));
    CHECK(refusal("0.04166666666667 d") != "accepted");
}

TEST_CASE("days are made by one rounding, and text and days give the time back") {
    CHECK(read("1 week").days() == 7.0);
    CHECK(read("1 h").days() == 1.0 / 24.0);
    for (const char* text :
         {"1 day", "2.5 h", "1 h", "20 min", "7 ns", "1 year", "-3 s", "0.25 d"}) {
        const Time time = read(text);
        CHECK(read(time.text()) == time);
        if (time < read("100 d")) CHECK(Time(time.days()) == time);
    }
    CHECK(read("60 h").text() == "2.5 d");
    CHECK(read("1 h").text() == "3600 s");
}

TEST_CASE("sums stay within the range") {
    const Time end = Time::of_nanoseconds(std::numeric_limits<std::int64_t>::max());
    CHECK(end + end == end);
    CHECK(multiple(1'000'000, read("100 year")) == end);
    CHECK(multiple(3, read("8 h")) == read("1 d"));
    CHECK(Time(1e300) == end);
}

TEST_CASE("drawn numbers are rounded to whole nanoseconds in units of time alone") {
    CHECK(whole_nanoseconds(1.0 / 3.0, "day") == 1.0 / 3.0);  // 8 h
    CHECK(whole_nanoseconds(0.1234567891, "s") == 0.123456789);
    CHECK(whole_nanoseconds(0.1234567891, "mm") == 0.1234567891);
}

TEST_CASE("what is drawn is read, however short its text") {
    for (const char* unit : {"day", "h", "week", "s", "year"}) {
        for (int k = 0; k < 20'000; ++k) {
            const double number = 1e-3 + 0.000317 * k + 1e-13 * (k % 977);
            const double whole = whole_nanoseconds(number, unit);
            CAPTURE(unit, k, whole);
            REQUIRE_NOTHROW(read(fmt::format("{} {}", whole, unit)));
        }
    }
    // Shortest texts of 15 digits, which are no exact number of nanoseconds.
    CHECK_NOTHROW(read("3.18056730673713 day"));
}
