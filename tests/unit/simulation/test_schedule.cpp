#include <catch2/catch.hpp>

#include <vector>

#include "../../../src/simulation/schedule.hpp"

using namespace neocol;
using simulation::OutputOptions;
using simulation::RecordSchedule;

namespace {

Time minutes(double n) {
    return Time(n / 1440.0);
}

std::vector<double> times_until(RecordSchedule schedule, double end) {
    std::vector<double> times;
    while (schedule.next().days() <= end) {
        times.push_back(schedule.next().days());
        schedule.pass(times.back());
    }
    return times;
}

TEST_CASE("records are made at further times too, each once") {
    OutputOptions output;
    output.dense = false;
    output.also_at = {Time(0.25), Time(2.0), Time(2.5)};
    CHECK(times_until(RecordSchedule(output), 3.0) ==
          std::vector<double>{0.0, 0.25, 1.0, 2.0, 2.5, 3.0});
    RecordSchedule later(output);
    later.pass(2.2);  // as after a checkpoint
    CHECK(times_until(later, 3.0) == std::vector<double>{2.5, 3.0});
}

TEST_CASE("records after a jump double their distance until the regular ones take over") {
    OutputOptions output;
    RecordSchedule schedule(output);
    schedule.pass(0.0);
    schedule.jump(0.0);
    CHECK(schedule.next() == minutes(1));
    schedule.pass(minutes(1).days());
    CHECK(schedule.next() == minutes(2));
}

}  // namespace
