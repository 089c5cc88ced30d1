#include <cmath>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/treatment/device.hpp>

using namespace neocol;
using namespace neocol::treatment;

namespace {

constexpr double mm_per_s = 86400.0;  // [mm/d]

/// models/microneedling/insertion.toml, whose numbers test_io_insertion_law holds to these.
constexpr InsertionLaw shipped{.sharp_force = 0.029,
                               .force_per_area = 40.0,
                               .reference_speed = 0.5 * mm_per_s,
                               .speed_exponent = -0.432,
                               .least_share = 0.1,
                               .stiffness = 0.073,
                               .contact_modulus = 6.0,
                               .sharp_tip = 0.02};

double insertion_force(double tip_diameter, double speed) {
    return treatment::insertion_force(
        {.tip_diameter = tip_diameter, .speed = speed, .law = shipped});
}

/// A sharp needle on a roller moved by hand.
Insertion roller(double skin_compliance = 1.0) {
    return {.tip_diameter = 0.008,
            .speed = 10.0 * mm_per_s,
            .grip = 0.45,
            .skin_compliance = skin_compliance,
            .law = shipped};
}

}  // namespace

TEST_CASE("the force to pierce is what was measured at two speeds") {
    // Olatunji 2013, doi:10.1002/jps.23439: 0.030 and 0.028 N at 0.5 mm/s, 0.0216 and 0.0214 N
    // at 1 mm/s, needles close together and apart.
    const double sharp = 1e-6;
    CHECK(insertion_force(sharp, 0.5 * mm_per_s) == Approx(0.029).epsilon(1e-6));
    CHECK(insertion_force(sharp, 1.0 * mm_per_s) == Approx(0.0215).epsilon(0.01));
    CHECK(insertion_force(sharp, 1e4 * mm_per_s) == Approx(0.0029));
}

TEST_CASE("the force to pierce is linear in the area of the tip") {
    // Davis 2004, doi:10.1016/j.jbiomech.2003.12.010: linear, 0.1 to 3 N for blunt tips.
    const auto force = [](double area) {
        return insertion_force(std::sqrt(4.0 * area / 3.14159265358979), 0.5 * mm_per_s);
    };
    CHECK(force(0.02) - force(0.01) == Approx(force(0.03) - force(0.02)));
    CHECK(force(0.002) > 0.1);
    CHECK(force(0.07) < 3.0);
}

TEST_CASE("a needle goes less deep than it is long, as measured") {
    // Lima 2013: rollers of 3 mm pierce 50 to 70 % of their length. Kalluri 2011: 152.5 +- 9.6 um
    // of a 770 um roller on hairless rats, whose thin skin on a soft bed gives 3.3 times as much.
    // Lam 2008: slow needles of less than 1 mm, less than half. Donnelly 2011: 0.77 +- 0.15 of a
    // pressed 0.6 mm array.
    CHECK(pierced_depth(roller(), 3.0) / 3.0 > 0.5);
    CHECK(pierced_depth(roller(), 3.0) / 3.0 < 0.7);
    CHECK(pierced_depth(roller(3.3), 0.77) == Approx(0.1525).margin(0.0096));
    Insertion slow = roller();
    slow.speed = 0.5 * mm_per_s;
    CHECK(pierced_depth(slow, 0.9) / 0.9 < 0.5);
    Insertion array = roller();
    array.grip = 0.2;
    CHECK(pierced_depth(array, 0.6) / 0.6 == Approx(0.77).margin(0.15));
}

TEST_CASE("speed, a sharper tip and taut skin let a needle go deeper") {
    const double usual = pierced_depth(roller(), 1.0);
    Insertion other = roller();
    other.speed *= 10.0;
    CHECK(pierced_depth(other, 1.0) > usual);
    other = roller();
    other.tip_diameter = 0.05;
    CHECK(pierced_depth(other, 1.0) < usual);
    CHECK(pierced_depth(roller(0.7), 1.0) > usual);
}

TEST_CASE("blunt needles pierce, at a hundred times the force of sharp ones") {
    // Davis 2004: hollow needles with tips of 60 to 160 um pierce living skin with 0.1 to 3 N.
    Insertion blunt = roller();
    blunt.speed = 0.5 * mm_per_s;
    for (const double tip : {0.06, 0.1, 0.16}) {
        blunt.tip_diameter = tip;
        INFO("tip of " << tip << " mm");
        CHECK(insertion_force(tip, blunt.speed) > 0.1);
        CHECK(insertion_force(tip, blunt.speed) < 3.0);
        CHECK(pierced_depth(blunt, 1.0) > 0.0);
    }
}

TEST_CASE("needles too short for the skin's give do not pierce, and that is said") {
    Device device;
    device.depth_ratio = 0.0;
    device.insertion = roller();
    const double give = yield_before_piercing(device.insertion);
    CHECK(pierced_depth(device.insertion, 0.9 * give) == 0.0);
    CHECK_THROWS_AS(channel_depth(device, 0.9 * give), InputError);
    CHECK(channel_depth(device, 1.5) == pierced_depth(device.insertion, 1.5));
    CHECK_THROWS_AS(insertion_force(0.0, mm_per_s), InputError);
    CHECK_THROWS_AS(insertion_force(0.01, 0.0), InputError);
}

TEST_CASE("a law that makes no sense is refused") {
    for (const auto member :
         {&InsertionLaw::stiffness, &InsertionLaw::sharp_force, &InsertionLaw::reference_speed}) {
        Insertion insertion = roller();
        insertion.law.*member = 0.0;
        CHECK_THROWS_AS(pierced_depth(insertion, 1.0), InputError);
    }
    Insertion none = roller();
    none.law = {};
    CHECK_THROWS_AS(pierced_depth(none, 1.0), InputError);
}
