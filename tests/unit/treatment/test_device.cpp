#include <numbers>

#include <catch2/catch.hpp>

#include <neocol/core/error.hpp>
#include <neocol/treatment/device.hpp>

using namespace neocol;
using namespace neocol::treatment;

TEST_CASE("a roller of 770 um needles leaves the channel that was measured") {
    // Kalluri 2011, doi:10.1208/s12248-011-9288-3: depth 152.5 um, diameter 70.7 um, base 140 um.
    Device device;
    device.needle_diameter = 0.140;
    device.depth_ratio = 152.5 / 770.0;
    device.hole_ratio = 70.7 / 140.0;
    CHECK(channel_depth(device, 0.770) == Approx(0.1525));
    CHECK(2.0 * hole_radius(device) == Approx(0.0707));
}

TEST_CASE("a pass of a roller pierces once per needle and turn") {
    // Dermaroller MF8: 192 needles, drum 2 cm by 2 cm: 192 / (pi 2 cm 2 cm) = 15.3 per cm2.
    Device device;
    device.kind = DeviceKind::roller;
    device.needles = 192;
    device.drum_diameter = device.drum_width = 20.0;
    CHECK(punctures_per_pass(device) == Approx(192 / (std::numbers::pi * 400.0)));
    CHECK(100.0 * punctures_per_pass(device) == Approx(15.28).epsilon(1e-3));
    device.punctures_per_pass = 0.16;
    CHECK(punctures_per_pass(device) == 0.16);
    device = {};
    device.kind = DeviceKind::pen;
    CHECK_THROWS_AS(punctures_per_pass(device), InputError);
}

TEST_CASE("needles that cannot be are refused") {
    Device device;
    CHECK_THROWS_AS(channel_depth(device, 0.0), InputError);
    CHECK_THROWS_AS(channel_depth(device, -1.0), InputError);
    device.depth_ratio = 1.2;
    CHECK_THROWS_AS(channel_depth(device, 1.0), InputError);
    device.depth_ratio = 0.0;
    CHECK_THROWS_AS(channel_depth(device, 1.0), InputError);
    device.hole_ratio = 0.0;
    CHECK_THROWS_AS(hole_radius(device), InputError);
    device = {};
    device.needle_diameter = -0.1;
    CHECK_THROWS_AS(hole_radius(device), InputError);
}
