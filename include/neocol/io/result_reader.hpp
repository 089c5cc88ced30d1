#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <neocol/io/hdf5_file.hpp>
#include <neocol/io/run_description.hpp>
#include <neocol/simulation/session.hpp>
#include <neocol/treatment/wound.hpp>

namespace neocol::io {

/// A quantity over time as stored, in its own unit.
struct StoredSeries {
    std::string name, units, long_name, reduce, region;
    std::vector<double> values;         ///< by StoredResult::time; at a jump those before it
    std::vector<double> before, after;  ///< by StoredResult::events
};

/// An instant at which the state jumped.
struct StoredEvent {
    double time = 0.0;  ///< [d]
    std::string cause;  ///< in the order applied, a comma between
};

struct StoredOutcome {
    std::string name, units, long_name, definition;
    double value = 0.0;
    bool censored = false;
    std::string reason;
};

struct StoredSession : simulation::SessionNumbers {
    std::string device;
    std::vector<double> layer_fraction;  ///< by StoredResult::layers
};

/// Everything in a result but fields and punctures.
struct StoredResult : RunHead {
    std::string path;
    bool is_sealed = true;            ///< as neocol wrote it, by its digest
    std::vector<std::string> damage;  ///< parts that could not be read, each with its reason
    std::vector<double> time;         ///< [d]; rises from record to record
    std::vector<StoredEvent> events;
    std::vector<StoredSeries> observables;
    std::vector<StoredOutcome> outcomes;
    std::vector<std::string> layers;
    std::vector<StoredSession> sessions;
    std::vector<std::string> fields;                     ///< names
    std::vector<double> field_times, field_times_after;  ///< [d]; of the latter just after a jump
    std::string geometry;
    std::vector<std::string> species;  ///< of the budget
    std::vector<double> budget_residual;
    struct Bound {
        std::string name, unit;
        double lowest = 0.0, highest = 0.0;
        bool satisfied = true;
    };
    std::vector<Bound> bounds;
    RunOrigin provenance;
    RunNumbers numbers;
    struct Value {
        std::string key, value, origin;
    };
    std::vector<Value> resolved;  ///< every value of the scenario and where it came from

    /// True if the run reached its end in a way that its numbers should not be trusted;
    /// `stop_reason` says why.
    bool is_doubtful() const { return status == name_of(simulation::RunStatus::doubtful); }
    /// Series by name, nullptr if there is none.
    const StoredSeries* find(const std::string& name) const;
};

/// Reads a result or the `.part` of an unfinished one.
/// \throws IoError  no such file, not as neocol wrote it (but see `trust`), damaged, not a result
/// of neocol, or of a newer format
StoredResult read_result(const std::string& path, hdf5::Trust trust = hdf5::Trust::sealed);

/// Positions of the punctures of a session, counted from 0; empty if it had none.
/// \throws IoError  as read_result(), or no such session
std::vector<treatment::Channel> read_punctures(const std::string& path, std::size_t i_session);

/// Number of sessions that were carried out. \throws IoError  as read_result()
std::size_t count_sessions(const std::string& path);

}  // namespace neocol::io
