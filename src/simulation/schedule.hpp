#pragma once

#include <limits>
#include <set>
#include <span>
#include <vector>

#include <neocol/core/time.hpp>
#include <neocol/model/model.hpp>
#include <neocol/simulation/scenario.hpp>

namespace neocol::simulation {

/// Everything that may fall on one moment at which steps land.
struct Landing {
    double time = 0.0;                ///< [d]
    std::vector<std::size_t> events;  ///< dated, by name
    int session = -1;
    std::vector<std::size_t> after_session;  ///< events with no delay after it, by name
    bool fields = false;
};

/// Landings of a run in order of time; its start is the first, its end the last. Times are summed
/// as whole numbers, so that what was meant as one moment is one landing.
std::vector<Landing> make_landings(const Scenario& scenario, const model::Model& model);

/// Whether the switches that an event names stand where it happens.
bool happens(const model::Event& event, const Scenario& scenario, const model::Model& model);

/// A time of an event in a scenario, which may set the parameter it hangs on.
Time resolved_time(const model::EventTime& time, const Scenario& scenario,
                   const model::Model& model);

/// When observables are recorded: at every multiple of an interval, at further times and, if it is
/// dense, after each jump by steps that double from a minute until the interval takes over.
class RecordSchedule {
public:
    explicit RecordSchedule(const OutputOptions& output)
        : every_(output.every),
          dense_(output.dense),
          others_(output.also_at.begin(), output.also_at.end()) {}

    /// The next record is due then.
    Time next() const;
    /// It was made, and all others that are due by that time [d].
    void pass(double time);
    /// A jump at this time [d].
    void jump(double time);

private:
    Time regular() const { return multiple(n_passed_, every_); }

    Time every_;
    bool dense_;
    std::int64_t n_passed_ = 0;
    std::set<Time> others_;  ///< still to come: after jumps, and those asked for
};

}  // namespace neocol::simulation
